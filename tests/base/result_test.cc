// SPDX-License-Identifier: MIT

#include "cctl/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>
#include <utility>

namespace cctl {
namespace {

constexpr Error kTooBig{Errc::kOutOfRange, 7, 65'535, "port"};

constexpr Result<int> Halve(int n) {
  if (n % 2 != 0) return kTooBig;
  return n / 2;
}

static_assert(*Halve(4) == 2);
static_assert(Halve(3).error() == kTooBig);

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = Halve(4);
  ASSERT_TRUE(good);
  EXPECT_TRUE(good.has_value());
  EXPECT_EQ(good.value(), 2);
  EXPECT_EQ(good.error(), Error{});

  const Result<int> bad = Halve(3);
  EXPECT_FALSE(bad);
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error(), kTooBig);
}

TEST(Result, ValueOrTakesTheOtherForAnError) {
  EXPECT_EQ(Halve(4).value_or(9), 2);
  EXPECT_EQ(Halve(3).value_or(9), 9);
}

TEST(Result, GivesAwayAValueThatOnlyMoves) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 5);
}

TEST(Result, OfNothingSucceedsOrFails) {
  EXPECT_TRUE(Result<void>());
  const Result<void> failed = kTooBig;
  EXPECT_FALSE(failed);
  EXPECT_EQ(failed.error(), kTooBig);
}

TEST(ResultDeathTest, ReadingTheValueOfAnErrorEndsTheProgram) {
  Result<int> bad = Halve(3);
  EXPECT_DEATH(static_cast<void>(*bad), "");
  EXPECT_DEATH(static_cast<void>(bad.value()), "");
}

TEST(Error, IsComparedByItsWordsNotByTheirAddress) {
  const char port[] = "port";
  EXPECT_EQ((Error{Errc::kOutOfRange, 7, 65'535, port}), kTooBig);
  EXPECT_FALSE((Error{Errc::kInvalid, 7, 65'535, "port"} == kTooBig));
  EXPECT_FALSE((Error{Errc::kOutOfRange, 8, 65'535, "port"} == kTooBig));
  EXPECT_FALSE((Error{Errc::kOutOfRange, 7, 0, "port"} == kTooBig));
  EXPECT_FALSE((Error{Errc::kOutOfRange, 7, 65'535, "host"} == kTooBig));
}

static_assert(std::is_trivially_copyable_v<Error>);

}  // namespace
}  // namespace cctl
