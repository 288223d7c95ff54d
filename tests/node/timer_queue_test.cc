// SPDX-License-Identifier: MIT

#include "cctl/node/timer_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "cctl/base/time.h"

namespace cctl {
namespace {

TEST(TimerQueue, HasNothingAtFirst) {
  TimerQueue timers;
  EXPECT_FALSE(timers.Next());
  EXPECT_FALSE(timers.PopDue(Instant{INT64_MAX}));
  EXPECT_EQ(timers.size(), 0u);
}

TEST(TimerQueue, GivesOutWhatIsDueInTheOrderOfTimesAndThenOfTokens) {
  TimerQueue timers;
  std::vector<std::pair<std::int64_t, std::uint64_t>> armed;
  std::uint64_t random = 1;
  for (int i = 0; i < 1'000; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    armed.emplace_back(static_cast<std::int64_t>(random >> 58), random >> 33);
    timers.Arm(Instant{armed.back().first}, armed.back().second);
  }
  std::sort(armed.begin(), armed.end());
  std::size_t taken = 0;
  for (std::int64_t now = 0; now < 64; ++now) {
    while (const auto token = timers.PopDue(Instant{now})) {
      ASSERT_LT(taken, armed.size());
      EXPECT_EQ(*token, armed[taken].second);
      EXPECT_LE(armed[taken].first, now);
      ++taken;
    }
    // What is left is later.
    if (taken < armed.size()) {
      ASSERT_TRUE(timers.Next());
      EXPECT_EQ(timers.Next()->ms, armed[taken].first);
      EXPECT_GT(timers.Next()->ms, now);
    }
  }
  EXPECT_EQ(taken, armed.size());
  EXPECT_EQ(timers.size(), 0u);
}

TEST(TimerQueue, WakesAsOftenAsATokenWasArmed) {
  TimerQueue timers;
  timers.Arm(Instant{5}, 7);
  timers.Arm(Instant{3}, 7);
  EXPECT_FALSE(timers.PopDue(Instant{2}));
  EXPECT_EQ(timers.PopDue(Instant{3}), 7u);
  EXPECT_FALSE(timers.PopDue(Instant{4}));
  EXPECT_EQ(timers.PopDue(Instant{9}), 7u);
  EXPECT_FALSE(timers.PopDue(Instant{9}));
}

}  // namespace
}  // namespace cctl
