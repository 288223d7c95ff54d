// SPDX-License-Identifier: MIT

#include "cctl/base/time.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace cctl {
namespace {

template <typename A, typename B>
concept Comparable = requires(A a, B b) {
  a < b;
};

template <typename A, typename B>
concept Subtractable = requires(A a, B b) {
  a - b;
};

// A date that a user sets back must not reach a time limit: the compiler refuses it.
static_assert(Comparable<Instant, Instant> && !Comparable<Instant, UnixTime> && !Comparable<Instant, Duration>);
static_assert(Subtractable<Instant, Instant> && !Subtractable<Instant, UnixTime>);
static_assert(std::is_same_v<decltype(UnixTime{} - UnixTime{}), Duration>);
static_assert(std::is_same_v<decltype(Instant{} + Duration{}), Instant>);

TEST(Duration, UnitsAreMilliseconds) {
  EXPECT_EQ(Milliseconds(3).ms, 3);
  EXPECT_EQ(Seconds(2), Milliseconds(2'000));
  EXPECT_EQ(Minutes(2), Seconds(120));
  EXPECT_EQ(Hours(2), Minutes(120));
  EXPECT_EQ(Days(30).ms, 2'592'000'000);  // more than 32 bits hold
}

TEST(Duration, AddsSubtractsAndMultiplies) {
  EXPECT_EQ(Seconds(2) + Seconds(3), Seconds(5));
  EXPECT_EQ(Seconds(2) - Seconds(3), Seconds(-1));
  EXPECT_EQ(Seconds(2) * 3, Seconds(6));
  EXPECT_LT(Seconds(2), Seconds(3));
}

TEST(Instant, MovesByDurations) {
  const Instant start{1'000};
  EXPECT_EQ(start + Seconds(1), Instant{2'000});
  EXPECT_EQ(start - Seconds(1), Instant{0});
  EXPECT_EQ(start + Seconds(1) - start, Seconds(1));
  EXPECT_LT(start, start + Milliseconds(1));
}

TEST(UnixTime, MovesByDurations) {
  const UnixTime start{1'000};
  EXPECT_EQ(start + Seconds(1), UnixTime{2'000});
  EXPECT_EQ(start - Seconds(2), UnixTime{-1'000});
  EXPECT_EQ(start - (start + Seconds(1)), Seconds(-1));
  EXPECT_GT(start, UnixTime{});
}

}  // namespace
}  // namespace cctl
