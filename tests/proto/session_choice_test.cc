// SPDX-License-Identifier: MIT

#include "cctl/proto/session_choice.h"

#include <initializer_list>

#include "cctl/base/time.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

constexpr bool kDialled = true;
constexpr bool kAccepted = false;
constexpr bool kLesser = true;
constexpr bool kGreater = false;

SessionChoice Choose(bool older, bool newer, Duration between, bool self_is_lesser) {
  const Instant start{1'000};
  return ChooseSession({older, true, start}, {newer, true, start + between}, self_is_lesser);
}

TEST(SessionChoice, KeepsTheNewerOfTwoFromOneSide) {
  for (const bool side : {kDialled, kAccepted}) {
    for (const bool lesser : {kLesser, kGreater}) {
      EXPECT_EQ(Choose(side, side, Milliseconds(0), lesser), SessionChoice::kNewer);
      EXPECT_EQ(Choose(side, side, Hours(1), lesser), SessionChoice::kNewer);
    }
  }
}

TEST(SessionChoice, KeepsTheOneOfTheLesserConnectorWhereDialsCrossed) {
  // We are the lesser: the one that we dialled.
  EXPECT_EQ(Choose(kDialled, kAccepted, Seconds(5), kLesser), SessionChoice::kOlder);
  EXPECT_EQ(Choose(kAccepted, kDialled, Seconds(5), kLesser), SessionChoice::kNewer);
  // The peer is.
  EXPECT_EQ(Choose(kDialled, kAccepted, Seconds(5), kGreater), SessionChoice::kNewer);
  EXPECT_EQ(Choose(kAccepted, kDialled, Seconds(5), kGreater), SessionChoice::kOlder);
}

TEST(SessionChoice, KeepsTheNewerOfDialsMoreThanFiveSecondsApart) {
  for (const bool lesser : {kLesser, kGreater}) {
    EXPECT_EQ(Choose(kDialled, kAccepted, Milliseconds(5'001), lesser), SessionChoice::kNewer);
    EXPECT_EQ(Choose(kAccepted, kDialled, Milliseconds(5'001), lesser), SessionChoice::kNewer);
  }
}

TEST(SessionChoice, NeverClosesBothOfCrossedDialsWhateverTheirOrderAtEitherEnd) {
  // A is the lesser. At each end the connection that A dialled (x) and the one that B dialled (y) come in either order.
  for (const bool x_first_at_a : {true, false}) {
    for (const bool x_first_at_b : {true, false}) {
      const auto a = x_first_at_a ? Choose(kDialled, kAccepted, Seconds(1), kLesser)
                                  : Choose(kAccepted, kDialled, Seconds(1), kLesser);
      const auto b = x_first_at_b ? Choose(kAccepted, kDialled, Seconds(1), kGreater)
                                  : Choose(kDialled, kAccepted, Seconds(1), kGreater);
      EXPECT_EQ(a, x_first_at_a ? SessionChoice::kOlder : SessionChoice::kNewer);
      EXPECT_EQ(b, x_first_at_b ? SessionChoice::kOlder : SessionChoice::kNewer);
    }
  }
}

TEST(SessionChoice, KeepsAllOfAPeerThatProvesNothing) {
  for (const bool older : {kDialled, kAccepted}) {
    for (const bool newer : {kDialled, kAccepted}) {
      EXPECT_EQ(ChooseSession({older, false, {}}, {newer, false, Instant{1}}, kLesser), SessionChoice::kBoth);
    }
  }
}

TEST(SessionChoice, DoesNotLetAnUnprovedConnectionDisplaceAProvedOne) {
  EXPECT_EQ(ChooseSession({kAccepted, true, {}}, {kDialled, false, Instant{60'000}}, kLesser), SessionChoice::kOlder);
  EXPECT_EQ(ChooseSession({kDialled, false, {}}, {kAccepted, true, Instant{1}}, kLesser), SessionChoice::kNewer);
}

}  // namespace
}  // namespace cctl
