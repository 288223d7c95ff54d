// SPDX-License-Identifier: MIT

#include "cctl/proto/pair_queue.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/lan_limits.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using Reception = PairQueue::Reception;

constexpr Instant kStart{77'000};

AddressKey Host(std::uint8_t host) {
  AddressKey key{};
  key[10] = key[11] = 0xff;
  key[12] = 10;
  key[15] = host;
  return key;
}

class PairQueueTest : public ::testing::Test {
 protected:
  Reception Receive(std::string_view name, std::uint8_t host, Instant now = kStart) {
    return queue_.Receive(now, {ConnectionId{++connection_}, *Identity::Parse(name), Host(host), {}, 481'516},
                          Seconds(120));
  }
  [[nodiscard]] PairRequestId Last() const { return queue_.requests().back().id; }

  testing::SeededRandom random_{1};
  PairQueue queue_{random_};
  std::uint64_t connection_ = 0;
};

TEST_F(PairQueueTest, KeepsRequestsUntilTheyAreDecided) {
  ASSERT_EQ(Receive("desktop-b7c1", 1), Reception::kQueued);
  ASSERT_EQ(Receive("phone-0001", 2), Reception::kQueued);
  ASSERT_EQ(queue_.requests().size(), 2u);
  const QueuedPair& first = queue_.requests()[0];
  EXPECT_EQ(first.identity.view(), "desktop-b7c1");
  EXPECT_EQ(first.check, 481'516u);
  EXPECT_EQ(first.expires, kStart + Seconds(120));
  const auto decided = queue_.Decide(kStart, first.id, true);
  ASSERT_TRUE(decided);
  EXPECT_EQ(decided->connection, ConnectionId{1});
  EXPECT_FALSE(queue_.Decide(kStart, decided->id, false)) << "decided twice";
  EXPECT_EQ(queue_.requests().size(), 1u);
}

TEST_F(PairQueueTest, FindsThemByIdAndByName) {
  Receive("desktop-b7c1", 1);
  Receive("desktop-b7c1", 2);
  Receive("phone-0001", 3);
  EXPECT_EQ(queue_.Find("desktop-b7c1").size(), 2u);
  EXPECT_EQ(queue_.Find("phone-0001").size(), 1u);
  EXPECT_TRUE(queue_.Find("Desktop-B7C1").empty());
  const auto by_id = queue_.Find(FormatPairRequestId(Last()).view());
  ASSERT_EQ(by_id.size(), 1u);
  EXPECT_EQ(by_id[0].identity.view(), "phone-0001");
}

TEST_F(PairQueueTest, IdsAreFourDigitsAndNeverTwiceAtATime) {
  EXPECT_EQ(FormatPairRequestId(PairRequestId{0x0a3f}).view(), "0a3f");
  testing::NoRandom none;
  for (RandomSource* const random : {static_cast<RandomSource*>(&random_), static_cast<RandomSource*>(&none)}) {
    PairQueue queue(*random);
    std::set<PairRequestId> ids;
    for (std::uint8_t i = 0; i < kMaxPairRequests; ++i) {
      const auto name = *Identity::Parse("a" + std::to_string(i));
      ASSERT_EQ(queue.Receive(kStart, {ConnectionId{i}, name, Host(i), {}, 0}, Seconds(1)), Reception::kQueued);
      EXPECT_TRUE(ids.insert(queue.requests().back().id).second);
    }
  }
}

TEST_F(PairQueueTest, HoldsFourOfAnAddressAnd32InAll) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Receive("a" + std::to_string(i), 1), Reception::kQueued);
  EXPECT_EQ(Receive("a5", 1), Reception::kBusy);
  for (std::uint8_t host = 2; host < 9; ++host) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(Receive("a" + std::to_string(i), host), Reception::kQueued);
  }
  EXPECT_EQ(Receive("late", 100), Reception::kBusy);
  queue_.Withdraw(kStart, ConnectionId{1});
  EXPECT_EQ(Receive("late", 100), Reception::kQueued);
}

TEST_F(PairQueueTest, WhoAsksAndHangsUpAllDayIsBusyAfterTenInAMinute) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(Receive("desktop-b7c1", 1, kStart + Seconds(i)), Reception::kQueued);
    queue_.Withdraw(kStart, ConnectionId{connection_});
  }
  EXPECT_EQ(Receive("other", 1, kStart + Seconds(20)), Reception::kBusy);
  EXPECT_EQ(Receive("other", 2, kStart + Seconds(20)), Reception::kQueued) << "another address is another matter";
  EXPECT_EQ(Receive("other", 1, kStart + Seconds(60)), Reception::kQueued);
}

TEST_F(PairQueueTest, AHundredAMinuteAreEnough) {
  int queued = 0;
  for (int i = 0; i < 250; ++i) {
    if (Receive("a", static_cast<std::uint8_t>(i)) != Reception::kQueued) continue;
    ++queued;
    queue_.Withdraw(kStart, ConnectionId{connection_});
  }
  EXPECT_EQ(queued, 100);
}

TEST_F(PairQueueTest, ADeniedNameIsDeniedForAMinuteWhereItCameFrom) {
  Receive("desktop-b7c1", 1);
  queue_.Decide(kStart, Last(), false);
  EXPECT_EQ(Receive("desktop-b7c1", 1, kStart + Seconds(59)), Reception::kDenied);
  EXPECT_EQ(Receive("DESKTOP-b7c1", 1, kStart + Seconds(59)), Reception::kDenied);
  EXPECT_EQ(Receive("desktop-b7c1", 2, kStart + Seconds(59)), Reception::kQueued);
  EXPECT_EQ(Receive("phone-0001", 1, kStart + Seconds(59)), Reception::kQueued);
  EXPECT_EQ(Receive("desktop-b7c1", 1, kStart + Seconds(60)), Reception::kQueued);
}

TEST_F(PairQueueTest, RemembersThatARequestOfANameWasWithdrawn) {
  const Identity name = *Identity::Parse("desktop-b7c1");
  Receive("desktop-b7c1", 1);
  EXPECT_FALSE(queue_.HasChanged(kStart, name));
  const auto withdrawn = queue_.Withdraw(kStart, ConnectionId{connection_});
  ASSERT_TRUE(withdrawn);
  EXPECT_TRUE(queue_.HasChanged(kStart + Seconds(119), name));
  EXPECT_FALSE(queue_.HasChanged(kStart + Seconds(120), name));
  EXPECT_FALSE(queue_.HasChanged(kStart, *Identity::Parse("phone-0001")));
  EXPECT_FALSE(queue_.Withdraw(kStart, ConnectionId{99}));
}

}  // namespace
}  // namespace cctl
