// SPDX-License-Identifier: MIT

#include "cctl/proto/auto_approval.h"

#include <gtest/gtest.h>

#include <cstddef>

#include "cctl/base/time.h"
#include "cctl/proto/lan_limits.h"

namespace cctl {
namespace {

TEST(AutoApproval, LetsTenInAMinute) {
  AutoApproval approval;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(approval.Admit(Instant{i * 1'000}));
  EXPECT_FALSE(approval.Admit(Instant{59'999}));
  EXPECT_TRUE(approval.Admit(Instant{60'000})) << "the first is a minute ago";
  EXPECT_FALSE(approval.Admit(Instant{60'000}));
}

TEST(AutoApproval, LetsIn256InAll) {
  AutoApproval approval;
  std::size_t admitted = 0;
  for (int minute = 0; minute < 100; ++minute) {
    for (int i = 0; i < 20; ++i) admitted += approval.Admit(Instant{minute * 60'000}) ? 1 : 0;
  }
  EXPECT_EQ(admitted, kMaxAutoApproved);
}

}  // namespace
}  // namespace cctl
