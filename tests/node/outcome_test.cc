// SPDX-License-Identifier: MIT

#include "cctl/node/outcome.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "cctl/base/errc.h"

namespace cctl {
namespace {

TEST(Outcome, HoldsAValueOrAnError) {
  const Outcome<std::string> value(std::string("done"));
  EXPECT_TRUE(value);
  EXPECT_EQ(*value, "done");
  EXPECT_EQ(value->size(), 4u);
  const Outcome<std::string> failure(Failure{Errc::kBusy, "somebody else is at it", "wait"});
  EXPECT_FALSE(failure.has_value());
  EXPECT_EQ(failure.error().code, Errc::kBusy);
  EXPECT_EQ(failure.error().hint, "wait");
}

TEST(Outcome, GivesAwayAValueThatCannotBeCopied) {
  Outcome<std::unique_ptr<int>> made(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(made);
  EXPECT_EQ(*taken, 7);
}

using OutcomeDeathTest = ::testing::Test;

TEST(OutcomeDeathTest, ReadingWhatIsNotThereEndsTheProgram) {
  const Outcome<int> failure(Failure{});
  const Outcome<int> value(1);
  EXPECT_DEATH((void)*failure, "");
  EXPECT_DEATH((void)value.error(), "");
}

}  // namespace
}  // namespace cctl
