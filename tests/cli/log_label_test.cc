// SPDX-License-Identifier: MIT

#include "tools/claudectl/log_label.h"

#include <gtest/gtest.h>

namespace cctl::cli {
namespace {

TEST(LogLabel, IsTheTimeWithMillisecondsAndTheLevelInFiveColumns) {
  EXPECT_EQ(LogLabel("info", {1'795'422'026'237}), "2026-11-23T08:20:26.237Z info ");
  EXPECT_EQ(LogLabel("debug", {1'795'422'026'007}), "2026-11-23T08:20:26.007Z debug");
  EXPECT_EQ(LogLabel("warn", {-1}), "1969-12-31T23:59:59.999Z warn ");
}

}  // namespace
}  // namespace cctl::cli
