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

// Counts how many of it there are.
class Counted {
 public:
  explicit Counted(int value) : value_(value) { ++alive; }
  Counted(const Counted& other) : value_(other.value_) { ++alive; }
  Counted(Counted&& other) noexcept : value_(std::exchange(other.value_, 0)) { ++alive; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }

  [[nodiscard]] int value() const { return value_; }

  static int alive;

 private:
  int value_;
};

int Counted::alive = 0;

TEST(Result, CopiesMovesAndDestroysItsValueOnce) {
  {
    Result<Counted> one = Counted(1);
    Result<Counted> two = Counted(2);
    Result<Counted> none = kTooBig;
    EXPECT_EQ(Counted::alive, 2);

    const Result<Counted> copy = one;
    EXPECT_EQ(copy->value(), 1);
    EXPECT_EQ(Counted::alive, 3);

    const Result<Counted> moved = std::move(two);
    EXPECT_EQ(moved->value(), 2);
    EXPECT_EQ(Counted::alive, 4);  // what was moved from is still there

    one = none;
    EXPECT_FALSE(one);
    EXPECT_EQ(one.error(), kTooBig);
    EXPECT_EQ(Counted::alive, 3);

    none = copy;
    EXPECT_EQ(none->value(), 1);
    EXPECT_EQ(none.error(), Error{});
    EXPECT_EQ(Counted::alive, 4);

    none = std::move(one);
    EXPECT_FALSE(none);
    EXPECT_EQ(Counted::alive, 3);

    auto& same = none = copy;
    none = same;
    EXPECT_EQ(none->value(), 1);
  }
  EXPECT_EQ(Counted::alive, 0);
}

static_assert(std::is_trivially_copyable_v<Result<int>>);
static_assert(std::is_copy_constructible_v<Result<Counted>>);
static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
static_assert(std::is_nothrow_move_constructible_v<Result<std::unique_ptr<int>>>);

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
