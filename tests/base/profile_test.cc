// SPDX-License-Identifier: MIT

#include "cctl/base/profile.h"

#include <gtest/gtest.h>

namespace cctl {
namespace {

// Changing one of these cuts off every installed claudectl.
TEST(Profile, DefaultsAreClaudectls) {
  EXPECT_EQ(kClaudectlProfile.command, "claudectl relay");
  EXPECT_EQ(kClaudectlProfile.link_scheme, "cctl");
  EXPECT_EQ(kClaudectlProfile.state_folder, ".claudectl");
  EXPECT_EQ(kClaudectlProfile.env_prefix, "CLAUDECTL");
  EXPECT_EQ(kClaudectlProfile.tcp_port, 9847);
  EXPECT_EQ(kClaudectlProfile.udp_port, 9848);
}

}  // namespace
}  // namespace cctl
