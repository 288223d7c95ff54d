// SPDX-License-Identifier: MIT

#include "cctl/node/connection.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/connection_id.h"

namespace cctl {
namespace {

TEST(ConnectionTable, FindsWhatWasInserted) {
  ConnectionTable table;
  std::vector<ConnectionId> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(table.Insert().id);
  EXPECT_EQ(table.size(), 100u);
  EXPECT_EQ(std::set<ConnectionId>(ids.begin(), ids.end()).size(), 100u);
  for (const ConnectionId id : ids) {
    ASSERT_NE(table.Find(id), nullptr);
    EXPECT_EQ(table.Find(id)->id, id);
  }
  EXPECT_EQ(table.Find(ConnectionId{0}), nullptr);
  EXPECT_EQ(table.Find(ConnectionId{~std::uint64_t{0}}), nullptr);
}

TEST(ConnectionTable, NumberOfAClosedConnectionFindsNothingThoughItsSlotIsTaken) {
  ConnectionTable table;
  const ConnectionId first = table.Insert().id;
  table.Erase(first);
  const ConnectionId second = table.Insert().id;
  EXPECT_NE(first, second);
  EXPECT_EQ(table.Find(first), nullptr);
  table.Erase(first);  // of somebody who has not heard of it yet
  EXPECT_NE(table.Find(second), nullptr);
  EXPECT_EQ(table.size(), 1u);
}

TEST(ConnectionTable, TakesSlotsOfClosedConnectionsAgain) {
  ConnectionTable table;
  const ConnectionId stays = table.Insert().id;
  // More than there is room for at once: a table that only grew would run out of numbers.
  constexpr int kMoreThanThereAreSlots = (1 << 20) + 10;
  for (int i = 0; i < kMoreThanThereAreSlots; ++i) {
    const ConnectionId id = table.Insert().id;
    ASSERT_NE(table.Find(id), nullptr) << i;
    ASSERT_EQ(table.Find(id)->id, id) << i;
    table.Erase(id);
    ASSERT_EQ(table.Find(id), nullptr) << i;
  }
  EXPECT_EQ(table.size(), 1u);
  EXPECT_NE(table.Find(stays), nullptr);
}

TEST(ConnectionTable, VisitsEveryConnectionAlsoWhereTheVisitorErasesIt) {
  ConnectionTable table;
  for (int i = 0; i < 10; ++i) table.Insert();
  int visited = 0;
  table.ForEach([&](Connection& connection) {
    ++visited;
    table.Erase(connection.id);
  });
  EXPECT_EQ(visited, 10);
  EXPECT_EQ(table.size(), 0u);
  table.ForEach([&](Connection&) { ++visited; });
  EXPECT_EQ(visited, 10);
}

TEST(Connection, HoldsRoomForBytesOnlyWhileSomeWait) {
  ConnectionTable table;
  Connection& connection = table.Insert();
  EXPECT_EQ(connection.unsent(), 0u);
  EXPECT_EQ(connection.waiting, nullptr);
  (void)connection.Waiting(Instant{5});
  EXPECT_EQ(connection.waiting->progress, Instant{5});
  connection.ReleaseIfIdle();
  EXPECT_EQ(connection.waiting, nullptr);

  std::string_view half = "half a line";
  (void)connection.Waiting(Instant{6}).reader.Next(half);
  connection.ReleaseIfIdle();
  EXPECT_NE(connection.waiting, nullptr);
}

TEST(Connection, RemembersWhoItIsWith) {
  ConnectionTable table;
  Connection& connection = table.Insert();
  EXPECT_FALSE(connection.peer());
  const auto longest = Identity::Parse(std::string(kMaxIdentitySize, 'a'));
  connection.set_peer(*longest);
  EXPECT_EQ(connection.peer(), *longest);
}

}  // namespace
}  // namespace cctl
