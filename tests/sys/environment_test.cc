// SPDX-License-Identifier: MIT

#include "cctl/sys/environment.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace cctl {
namespace {

TEST(Environment, EmptyCountsAsNotSet) {
  ASSERT_EQ(setenv("CCTL_TEST_VARIABLE", "value", 1), 0);
  EXPECT_EQ(GetEnvironment("CCTL_TEST_VARIABLE"), "value");
  ASSERT_EQ(setenv("CCTL_TEST_VARIABLE", "", 1), 0);
  EXPECT_EQ(GetEnvironment("CCTL_TEST_VARIABLE"), std::nullopt);
  ASSERT_EQ(unsetenv("CCTL_TEST_VARIABLE"), 0);
  EXPECT_EQ(GetEnvironment("CCTL_TEST_VARIABLE"), std::nullopt);
}

}  // namespace
}  // namespace cctl
