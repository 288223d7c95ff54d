// SPDX-License-Identifier: MIT

#include "cctl/sys/clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace cctl {
namespace {

TEST(SteadyClock, NeverGoesBack) {
  Instant last = SteadyNow();
  for (int i = 0; i < 100'000; ++i) {
    const Instant now = SteadyNow();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SteadyClock, Advances) {
  const Instant start = SteadyNow();
  const std::time_t give_up = std::time(nullptr) + 20;
  while (SteadyNow() < start + Milliseconds(2) && std::time(nullptr) < give_up) {
  }
  EXPECT_GE(SteadyNow() - start, Milliseconds(2));
}

TEST(WallClock, IsTheSystemsDate) {
  const std::time_t before = std::time(nullptr);
  const UnixTime now = WallNow();
  const std::time_t after = std::time(nullptr);
  EXPECT_GE(now.ms, static_cast<std::int64_t>(before) * 1000);
  EXPECT_LT(now.ms, (static_cast<std::int64_t>(after) + 1) * 1000);
}

}  // namespace
}  // namespace cctl
