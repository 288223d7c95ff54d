// SPDX-License-Identifier: MIT

#include "cctl/sys/descriptor_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

// In a child, whose limits go with it: soft and hard at first, what is wanted, the soft one that then holds.
int Check(rlim_t soft, rlim_t hard, std::uint64_t wanted, rlim_t expected) {
  const int status = testing::InChild([=] {
    rlimit limit = {soft, hard};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
    const auto raised = RaiseDescriptorLimit(wanted);
    if (!raised || *raised != expected) return 2;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur != expected || limit.rlim_max != hard) return 3;
    return 0;
  });
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(DescriptorLimit, IsRaisedAsFarAsItGoesAndNeverLowered) {
  EXPECT_EQ(Check(64, 200, 128, 128), 0);
  EXPECT_EQ(Check(64, 200, 1'000, 200), 0);
  EXPECT_EQ(Check(100, 200, 50, 100), 0);
  EXPECT_EQ(Check(200, 200, 1'000, 200), 0);
}

}  // namespace
}  // namespace cctl
