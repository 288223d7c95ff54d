// SPDX-License-Identifier: MIT
//
// The table against a plain map, through a long run of insertions, look-ups, moves and erasures.

#include "cctl/proto/nearby_table.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cctl/identity/identity.h"
#include "cctl/wire/instance_id.h"
#include "tests/support/seeded_random.h"

namespace cctl::detail {
namespace {

using Slot = NearbyTable::Slot;
using Key = std::pair<std::string, std::optional<InstanceId>>;

NearbyEntry Entry(const Key& key, NearbyList list = NearbyList::kProbation) {
  NearbyEntry entry{.instance = key.second, .identity = *Identity::Parse(key.first), .version = {}};
  entry.list = list;
  return entry;
}

// The names of a list, in its order.
std::vector<std::string> Names(const NearbyTable& table, NearbyList list) {
  std::vector<std::string> names;
  for (Slot slot = table.First(list); slot != NearbyTable::kNone; slot = table.Next(slot)) {
    names.emplace_back(table[slot].identity.view());
  }
  return names;
}

using Texts = std::vector<std::string>;

TEST(NearbyTable, SaysTheSameAsAMap) {
  testing::SeededRandom random(1);
  NearbyTable table({random.Next(), random.Next()});
  std::map<Key, Slot> map;
  for (int step = 0; step < 200'000; ++step) {
    const std::size_t number = random.Below(2'000);
    Key key{"host-" + std::to_string(number / 2), std::nullopt};
    if (number % 2 == 1) key.second = InstanceId{static_cast<std::uint32_t>(number)};
    const auto known = map.find(key);
    const Slot found = table.Find(*Identity::Parse(key.first), key.second);
    ASSERT_EQ(found, known == map.end() ? NearbyTable::kNone : known->second) << step;
    switch (random.Below(4)) {
      case 0:
      case 1:
        if (known == map.end()) map[key] = table.Insert(Entry(key));
        break;
      case 2:
        if (known != map.end()) {
          table.Erase(known->second);
          map.erase(known);
        }
        break;
      default:
        if (known != map.end()) {
          table.MoveToEnd(known->second, random.Below(2) == 0 ? NearbyList::kKnown : NearbyList::kProbation);
        }
    }
    ASSERT_EQ(table.size(NearbyList::kKnown) + table.size(NearbyList::kProbation), map.size());
  }
  EXPECT_EQ(Names(table, NearbyList::kKnown).size(), table.size(NearbyList::kKnown));
  EXPECT_GT(map.size(), 500u);
}

TEST(NearbyTable, KeepsTheOrderOfItsLists) {
  NearbyTable table({1, 2});
  const Slot a = table.Insert(Entry({"a", {}}));
  const Slot b = table.Insert(Entry({"b", {}}));
  const Slot c = table.Insert(Entry({"c", {}}));
  table.MoveToEnd(a, NearbyList::kProbation);
  EXPECT_EQ(Names(table, NearbyList::kProbation), (Texts{"b", "c", "a"}));
  table.MoveToEnd(c, NearbyList::kKnown);
  EXPECT_EQ(Names(table, NearbyList::kProbation), (Texts{"b", "a"}));
  EXPECT_EQ(Names(table, NearbyList::kKnown), Texts{"c"});
  table.Erase(b);
  EXPECT_EQ(Names(table, NearbyList::kProbation), Texts{"a"});
  table.Erase(a);
  EXPECT_EQ(Names(table, NearbyList::kProbation), Texts{});
  EXPECT_EQ(table.Insert(Entry({"c", {}})), NearbyTable::kNone) << "it is there";
  EXPECT_NE(table.Insert(Entry({"c", InstanceId{1}})), NearbyTable::kNone);
}

}  // namespace
}  // namespace cctl::detail
