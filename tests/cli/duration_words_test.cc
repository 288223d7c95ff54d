// SPDX-License-Identifier: MIT

#include "tools/claudectl/duration_words.h"

#include <gtest/gtest.h>

namespace cctl::cli {
namespace {

TEST(DurationInWords, TakesTheLargestUnitThatLeavesNoRest) {
  EXPECT_EQ(DurationInWords(Hours(24)), "24 hours");
  EXPECT_EQ(DurationInWords(Days(7)), "7 days");
  EXPECT_EQ(DurationInWords(Hours(36)), "36 hours");
  EXPECT_EQ(DurationInWords(Hours(1)), "1 hour");
  EXPECT_EQ(DurationInWords(Minutes(90)), "90 minutes");
  EXPECT_EQ(DurationInWords(Seconds(60)), "1 minute");
  EXPECT_EQ(DurationInWords(Seconds(1)), "1 second");
  EXPECT_EQ(DurationInWords(Seconds(0)), "0 seconds");
}

}  // namespace
}  // namespace cctl::cli
