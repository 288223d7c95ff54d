// SPDX-License-Identifier: MIT

#include "cctl/proto/reconnect_backoff.h"

#include <cstdint>

#include "cctl/base/time.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

TEST(ReconnectBackoff, DoublesFromFiveSecondsToAMinute) {
  ReconnectBackoff backoff;
  for (const int seconds : {5, 10, 20, 40, 60, 60, 60}) EXPECT_EQ(backoff.Next(0), Seconds(seconds));
}

TEST(ReconnectBackoff, AddsATenthAtMost) {
  ReconnectBackoff backoff;
  EXPECT_EQ(backoff.Next(UINT16_MAX), Milliseconds(5'500));
  EXPECT_EQ(backoff.Next(UINT16_MAX / 2), Milliseconds(10'499));
  EXPECT_EQ(backoff.Next(1), Seconds(20));
  EXPECT_EQ(backoff.Next(UINT16_MAX), Seconds(44));
  EXPECT_EQ(backoff.Next(UINT16_MAX), Seconds(66));
  EXPECT_EQ(backoff.Next(UINT16_MAX), Seconds(66));
}

TEST(ReconnectBackoff, BeginsAnewWhenReset) {
  ReconnectBackoff backoff;
  for (int i = 0; i < 4; ++i) (void)backoff.Next(0);
  backoff.Reset();
  EXPECT_EQ(backoff.Next(0), Seconds(5));
  EXPECT_EQ(backoff.Next(0), Seconds(10));
}

}  // namespace
}  // namespace cctl
