// SPDX-License-Identifier: MIT

#include "cctl/proto/lan_search.h"

#include <gtest/gtest.h>

#include <string>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/lan_limits.h"

namespace cctl {
namespace {

constexpr Instant kStart{9'000};

TEST(LanSearch, AsksFifteenTimesAndIsOverAfterASecond) {
  LanSearch search(*Identity::Parse("desktop-b7c1"), kStart);
  int queries = 0;
  Instant last = kStart;
  while (const auto due = search.PollTimeout()) {
    search.HandleTimeout(*due - Milliseconds(1));  // too early
    EXPECT_FALSE(search.PollTransmit());
    search.HandleTimeout(*due);
    const auto query = search.PollTransmit();
    ASSERT_TRUE(query);
    EXPECT_EQ(*query, R"({"type":"query","identity":"desktop-b7c1"})");
    EXPECT_FALSE(search.PollTransmit());
    last = *due;
    ++queries;
  }
  EXPECT_EQ(queries, kSearchQueries);
  EXPECT_EQ(last, kStart + kQueryInterval * (kSearchQueries - 1));
  EXPECT_FALSE(search.done(kStart + kSearchTime - Milliseconds(1)));
  EXPECT_TRUE(search.done(kStart + kSearchTime));
  EXPECT_LE(last + Milliseconds(kAnswerSpreadMs), search.end()) << "the last answers have time to come";
}

TEST(LanSearch, BeginsAnew) {
  LanSearch search(*Identity::Parse(std::string(kMaxIdentitySize, 'x')), kStart);
  search.Restart(kStart + Minutes(1));
  EXPECT_EQ(search.PollTimeout(), kStart + Minutes(1));
  search.HandleTimeout(kStart + Minutes(1));
  EXPECT_TRUE(search.PollTransmit().value_or("").ends_with("xx\"}"));
  EXPECT_EQ(search.end(), kStart + Minutes(1) + kSearchTime);
}

}  // namespace
}  // namespace cctl
