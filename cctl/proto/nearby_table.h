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
#include <unordered_map>
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

struct NearbyEntry {
  Identity identity;
  std::optional<InstanceId> instance;
  VersionText version;
  std::uint32_t paired_count = 0;
  std::uint8_t address_count = 0;
  std::array<NearbyAddress, kMaxNearbyAddresses> addresses = {};  // in the order in which they were first heard
  Instant first_heard = {};
  Instant last_heard = {};
  NearbyList list = NearbyList::kProbation;
  bool paired = false;
  bool told = false;  // PeerFound was raised
};

class NearbyTable {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = UINT32_MAX;

  explicit NearbyTable(const SipKey& key) : key_(key) {}

  [[nodiscard]] std::size_t size(NearbyList list) const { return lists_[Index(list)].size; }

  [[nodiscard]] Slot Find(const Identity& identity, std::optional<InstanceId> instance) const {
    const auto found = index_.find(HashOf(identity, instance));
    if (found == index_.end()) return kNone;
    // Two names with one keyed hash of 64 bits: the second is as good as not there.
    const NearbyEntry& entry = nodes_[found->second].entry;
    return entry.identity == identity && entry.instance == instance ? found->second : kNone;
  }

  NearbyEntry& operator[](Slot slot) { return nodes_[slot].entry; }
  const NearbyEntry& operator[](Slot slot) const { return nodes_[slot].entry; }

  // Puts a new entry at the end of its list; kNone if one with its hash is there.
  Slot Insert(const NearbyEntry& entry) {
    const auto [at, is_new] = index_.try_emplace(HashOf(entry.identity, entry.instance), kNone);
    if (!is_new) return kNone;
    Slot slot = static_cast<Slot>(nodes_.size());
    if (free_.empty()) {
      nodes_.push_back({entry});
    } else {
      slot = free_.back();
      free_.pop_back();
      nodes_[slot].entry = entry;
    }
    at->second = slot;
    Link(slot);
    return slot;
  }

  void Erase(Slot slot) {
    Unlink(slot);
    index_.erase(HashOf(nodes_[slot].entry.identity, nodes_[slot].entry.instance));
    free_.push_back(slot);
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
  // The hash is one already.
  struct AsItIs {
    std::size_t operator()(std::uint64_t hash) const { return static_cast<std::size_t>(hash); }
  };

  static std::size_t Index(NearbyList list) { return static_cast<std::size_t>(list); }

  [[nodiscard]] std::uint64_t HashOf(const Identity& identity, std::optional<InstanceId> instance) const {
    const std::uint64_t name = SipHash(key_, AsBytes(identity.view()));
    const std::uint64_t run = instance ? std::uint64_t{1} << 32 | static_cast<std::uint32_t>(*instance) : 0;
    std::uint8_t both[16];
    std::memcpy(both, &name, 8);
    std::memcpy(both + 8, &run, 8);
    return SipHash(key_, both);
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
  std::unordered_map<std::uint64_t, Slot, AsItIs> index_;
  std::array<List, 2> lists_;
};

}  // namespace cctl::detail

#endif  // CCTL_PROTO_NEARBY_TABLE_H_
