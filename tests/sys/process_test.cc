// SPDX-License-Identifier: MIT

#include "cctl/sys/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

#ifndef _WIN32  // it forks
TEST(Process, ChildHasAnotherNumber) {
  const std::uint32_t parent = ProcessId();
  EXPECT_EQ(parent, static_cast<std::uint32_t>(getpid()));
  const int status = testing::InChild([parent] { return ProcessId() != parent ? 0 : 1; });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
#endif

}  // namespace
}  // namespace cctl
