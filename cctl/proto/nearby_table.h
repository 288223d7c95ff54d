// SPDX-License-Identifier: MIT
//
// The entries of cctl/proto/nearby_peers.h: found by name and instance in constant time whoever has chosen the names,
// and kept in two lists, those who are known to stay and those on probation, each in the order in which they were heard
// last. It knows nothing of times and rules. Nothing is allocated for an entry that is there.

#ifndef CCTL_PROTO_NEARBY_TABLE_H_
#define CCTL_PROTO_NEARBY_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/sip_hash.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"

namespace cctl::detail {

enum class NearbyList : std::uint8_t { kKnown, kProbation };

struct NearbyAddress {
  RemoteAddress at;
  Instant heard;  // last
};

// What a datagram of somebody known is compared with stands first, in one line of the processor's cache.
struct NearbyEntry {
  std::optional<InstanceId> instance;
  RemoteAddress last_from = {};  // where it was heard last
  bool paired = false;
  bool told = false;  // PeerFound was raised
  Instant last_heard = {};
  Identity identity;
  VersionText version;
  std::uint32_t paired_count = 0;
  std::uint8_t address_count = 0;
  std::array<NearbyAddress, kMaxNearbyAddresses> addresses = {};  // in the order in which they were first heard
  Instant first_heard = {};
  NearbyList list = NearbyList::kProbation;
};

class NearbyTable {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = UINT32_MAX;

  explicit NearbyTable(const SipKey& key) : key_(key) {}

  [[nodiscard]] std::size_t size(NearbyList list) const { return lists_[Index(list)].size; }

  [[nodiscard]] Slot Find(const Identity& identity, std::optional<InstanceId> instance) const {
    const Slot slot = places_[PlaceOf(HashOf(identity, instance))].slot;
    if (slot == kNone) return kNone;
    // Two names with one keyed hash of 64 bits: the second is as good as not there.
    const NearbyEntry& entry = nodes_[slot].entry;
    return entry.identity == identity && entry.instance == instance ? slot : kNone;
  }

  NearbyEntry& operator[](Slot slot) { return nodes_[slot].entry; }
  const NearbyEntry& operator[](Slot slot) const { return nodes_[slot].entry; }

  // Puts a new entry at the end of its list; kNone if one with its hash is there.
  Slot Insert(const NearbyEntry& entry) {
    const std::size_t used = nodes_.size() - free_.size();
    if (2 * (used + 1) > places_.size()) Grow();
    const std::uint64_t hash = HashOf(entry.identity, entry.instance);
    const std::size_t place = PlaceOf(hash);
    if (places_[place].slot != kNone) return kNone;
    Slot slot = static_cast<Slot>(nodes_.size());
    if (free_.empty()) {
      nodes_.push_back({entry});
    } else {
      slot = free_.back();
      free_.pop_back();
      nodes_[slot].entry = entry;
    }
    places_[place] = {hash, slot};
    Link(slot);
    return slot;
  }

  void Erase(Slot slot) {
    Unlink(slot);
    std::size_t hole = PlaceOf(HashOf(nodes_[slot].entry.identity, nodes_[slot].entry.instance));
    free_.push_back(slot);
    // What stands behind, and would stand at the hole or before it if that were free, moves up.
    for (std::size_t next = Behind(hole); places_[next].slot != kNone; next = Behind(next)) {
      const std::size_t mask = places_.size() - 1;
      const std::size_t from_home = (next - places_[next].hash) & mask;
      if (from_home < ((next - hole) & mask)) continue;
      places_[hole] = places_[next];
      hole = next;
    }
    places_[hole] = {};
  }

  // Puts an entry at the end of a list.
  void MoveToEnd(Slot slot, NearbyList list) {
    Unlink(slot);
    nodes_[slot].entry.list = list;
    Link(slot);
  }

  // The one that was heard the longest ago; kNone: the list is empty.
  [[nodiscard]] Slot First(NearbyList list) const { return lists_[Index(list)].first; }
  [[nodiscard]] Slot Next(Slot slot) const { return nodes_[slot].next; }

 private:
  struct Node {
    NearbyEntry entry;
    Slot previous = kNone;
    Slot next = kNone;
  };
  struct List {
    Slot first = kNone;
    Slot last = kNone;
    std::size_t size = 0;
  };
  // Of a table with open addressing, at most half full: the entry of a hash stands at its lowest bits, or behind.
  struct Place {
    std::uint64_t hash = 0;
    Slot slot = kNone;
  };

  [[nodiscard]] std::size_t Behind(std::size_t place) const { return (place + 1) & (places_.size() - 1); }

  // Where an entry of that hash is, or would be put.
  [[nodiscard]] std::size_t PlaceOf(std::uint64_t hash) const {
    std::size_t place = hash & (places_.size() - 1);
    while (places_[place].slot != kNone && places_[place].hash != hash) place = Behind(place);
    return place;
  }

  void Grow() {
    const std::vector<Place> former = std::move(places_);
    places_.assign(2 * former.size(), Place{});
    for (const Place& place : former) {
      if (place.slot != kNone) places_[PlaceOf(place.hash)] = place;
    }
  }

  static std::size_t Index(NearbyList list) { return static_cast<std::size_t>(list); }

  [[nodiscard]] std::uint64_t HashOf(const Identity& identity, std::optional<InstanceId> instance) const {
    const std::uint64_t run = instance ? std::uint64_t{1} << 32 | static_cast<std::uint32_t>(*instance) : 0;
    const std::string_view name = identity.view();
    std::uint8_t both[sizeof run + kMaxIdentitySize];
    std::memcpy(both, &run, sizeof run);
    std::memcpy(both + sizeof run, name.data(), name.size());
    return SipHash(key_, ByteView(both, sizeof run + name.size()));
  }

  void Link(Slot slot) {
    List& list = lists_[Index(nodes_[slot].entry.list)];
    nodes_[slot].previous = list.last;
    nodes_[slot].next = kNone;
    (list.last == kNone ? list.first : nodes_[list.last].next) = slot;
    list.last = slot;
    ++list.size;
  }

  void Unlink(Slot slot) {
    Node& node = nodes_[slot];
    List& list = lists_[Index(node.entry.list)];
    (node.previous == kNone ? list.first : nodes_[node.previous].next) = node.next;
    (node.next == kNone ? list.last : nodes_[node.next].previous) = node.previous;
    --list.size;
  }

  SipKey key_;
  std::vector<Node> nodes_;
  std::vector<Slot> free_;
  std::vector<Place> places_{64};  // a power of two
  std::array<List, 2> lists_;
};

}  // namespace cctl::detail

#endif  // CCTL_PROTO_NEARBY_TABLE_H_
