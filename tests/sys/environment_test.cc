// SPDX-License-Identifier: MIT

#include "cctl/sys/environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/sys/set_environment.h"

namespace cctl {
namespace {

using testing::SetVariable;
using testing::UnsetVariable;

TEST(Environment, EmptyCountsAsNotSet) {
  SetVariable("CCTL_TEST_VARIABLE", "value");
  EXPECT_EQ(GetEnvironment("CCTL_TEST_VARIABLE"), "value");
  SetVariable("CCTL_TEST_VARIABLE", "");
  EXPECT_EQ(GetEnvironment("CCTL_TEST_VARIABLE"), std::nullopt);
  UnsetVariable("CCTL_TEST_VARIABLE");
  EXPECT_EQ(GetEnvironment("CCTL_TEST_VARIABLE"), std::nullopt);
}

TEST(Environment, IsListedWhole) {
  SetVariable("CCTL_TEST_VARIABLE", "a=b c");
  const std::vector<std::string> entries = ListEnvironment();
  EXPECT_EQ(std::count(entries.begin(), entries.end(), "CCTL_TEST_VARIABLE=a=b c"), 1);
  UnsetVariable("CCTL_TEST_VARIABLE");
  const std::vector<std::string> without = ListEnvironment();
  EXPECT_EQ(without.size(), entries.size() - 1);
  EXPECT_EQ(std::count(without.begin(), without.end(), "CCTL_TEST_VARIABLE=a=b c"), 0);
}

}  // namespace
}  // namespace cctl
