// SPDX-License-Identifier: MIT

#include "cctl/sys/host_name.h"

#include <gtest/gtest.h>

#ifdef __linux__
#include <sched.h>
#endif
#ifndef _WIN32
#include <unistd.h>
#endif

#include <cstring>

#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

#ifndef _WIN32  // the other way to ask is there by Winsock only
TEST(HostName, IsTheSystemsUpToTheFirstDot) {
  char name[256] = {};
  ASSERT_EQ(gethostname(name, sizeof name - 1), 0);
  const std::string whole(name);
  EXPECT_EQ(ShortHostName(), whole.substr(0, whole.find('.')));
}
#endif

#ifdef __linux__
TEST(HostName, DomainIsLeftOut) {
  const int status = testing::InChild([] {
    if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) != 0) return testing::kCannotRunHere;
    const char* const name = "desk.example.net";
    if (sethostname(name, std::strlen(name)) != 0) return testing::kCannotRunHere;
    return ShortHostName() == "desk" ? 0 : 1;
  });
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == testing::kCannotRunHere) GTEST_SKIP() << "no user namespaces here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
#endif

}  // namespace
}  // namespace cctl
