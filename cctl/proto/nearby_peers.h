// SPDX-License-Identifier: MIT
//
// Who is near: what was heard on the LAN, judged and kept (docs/protocol.md, section 5). Nothing of it is proved; a
// relay shows it, dials addresses of it, and believes only what answers there. The memory is bounded whatever comes:
// newcomers are on probation, and replace only each other, until they are paired, heard twice at least half an interval
// apart, or shown to have a relay (HandleProbed). Datagrams from elsewhere than the link are not to be handed in.
//
//   cctl::NearbyPeers nearby({.self = self, .instance = instance, .hash_key = key}, now);
//   const auto heard = nearby.HandleAnnouncement(now, from, announcement);
//   nearby.HandleTimeout(now);  // and again at PollTimeout()
//   while (const auto event = nearby.PollEvent()) { ... }
//
// Two instances of one name are two machines, unless they were heard at one address: then the one that was heard first
// has ended, and is not listed. An announcement of somebody known costs one look-up and no allocation.

#ifndef CCTL_PROTO_NEARBY_PEERS_H_
#define CCTL_PROTO_NEARBY_PEERS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/sip_hash.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/nearby_peer.h"
#include "cctl/proto/nearby_table.h"
#include "cctl/proto/peer_record.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"

namespace cctl {

class NearbyPeers {
 public:
  struct Config {
    Identity self;
    std::optional<InstanceId> instance;  // ours; absent: this program does not announce itself
    SipKey hash_key;                     // random, kept to this process
    Duration interval = kAnnounceInterval;
    std::size_t max_known = kMaxNearby;
    std::size_t max_probation = kMaxProbation;
    std::size_t max_probation_per_source = kMaxProbationPerSource;
  };

  enum class Verdict : std::uint8_t {
    kKnown,      // was there already
    kNew,        // is now
    kEcho,       // our own
    kDuplicate,  // another machine's with our name
    kNoRoom,     // dropped: the sender's share of newcomers is used up
  };
  struct Heard {
    Verdict verdict = Verdict::kKnown;
    bool paired = false;        // the name is a paired peer's: it may be dialled at once
    bool new_instance = false;  // and this run of it was not known before
  };

  struct PeerFound {
    Identity identity;
    RemoteAddress address;
    VersionText version;
    bool paired = false;
  };
  struct PeerLost {
    Identity identity;
    RemoteAddress address;
    bool goodbye = false;  // it said so; else it fell silent
  };
  // Another machine has our name. Once in kDuplicateReportInterval.
  struct DuplicateIdentity {
    AddressKey address;
  };
  // Does a relay of this name answer there? Answer by HandleProbed().
  struct ProbeWanted {
    Identity identity;
    std::optional<InstanceId> instance;
    RemoteAddress address;
  };
  using Event = std::variant<PeerFound, PeerLost, DuplicateIdentity, ProbeWanted>;

  NearbyPeers(const Config& config, Instant now)
      : config_(config), table_(config.hash_key), next_probe_(now), found_second_(now) {}

  // Who is paired: the names that always find room. Asked again whenever that changes.
  void SetPaired(std::span<const Identity> paired);

  Heard HandleAnnouncement(Instant now, const AddressKey& from, const Announcement& announcement);

  // Counts only from an address that announced that instance.
  void HandleGoodbye(const AddressKey& from, const Goodbye& goodbye);

  // What ProbeWanted asked for: whether a relay of that name answered.
  void HandleProbed(Instant now, const Identity& identity, std::optional<InstanceId> instance, bool answered);

  // Drops who has fallen silent.
  void HandleTimeout(Instant now);

  std::optional<Event> PollEvent() {
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }

  // When HandleTimeout is due; nothing while nobody is near.
  [[nodiscard]] std::optional<Instant> PollTimeout() const;

  // Everybody, by name, then in the order in which they were first heard.
  [[nodiscard]] std::vector<NearbyPeer> List() const;
  // Those of one name; two are two machines.
  [[nodiscard]] std::vector<NearbyPeer> Find(const Identity& identity) const;

  [[nodiscard]] std::size_t size() const { return table_.size(EntryList::kKnown) + table_.size(EntryList::kProbation); }
  [[nodiscard]] std::size_t probation() const { return table_.size(EntryList::kProbation); }
  void set_interval(Duration interval) { config_.interval = interval; }

 private:
  using EntryList = detail::NearbyList;
  using Entry = detail::NearbyEntry;
  using Slot = detail::NearbyTable::Slot;
  static constexpr Slot kNone = detail::NearbyTable::kNone;

  [[nodiscard]] Duration Lifetime() const { return config_.interval * kMissedAnnouncements; }
  [[nodiscard]] bool IsPaired(const Identity& identity) const { return paired_.count(identity.view()) > 0; }

  void Refresh(Instant now, Slot slot, const RemoteAddress& at, const Announcement& announcement);
  void NoteAddress(Instant now, Entry& entry, const RemoteAddress& at) const;
  Heard Admit(Instant now, const RemoteAddress& at, const Announcement& announcement);
  bool MakeRoom(EntryList list, const RemoteAddress& at);
  void Promote(Slot slot);
  void Tell(Instant now, Entry& entry);
  void Remove(Slot slot, bool goodbye);
  void ReportDuplicate(Instant now, const AddressKey& from);
  [[nodiscard]] static NearbyPeer View(const Entry& entry);
  [[nodiscard]] bool IsSuperseded(const Entry& entry) const;
  template <typename Wanted>
  [[nodiscard]] std::vector<NearbyPeer> Select(Wanted wanted) const;
  // The record of the source that brought an entry on probation: its first address.
  std::uint32_t& CountOf(const Entry& entry) {
    return per_source_[SipHash(config_.hash_key, SourceOf(entry.addresses[0].at.ip))];
  }
  void Uncount(const Entry& entry);

  Config config_;
  detail::NearbyTable table_;
  std::set<std::string, detail::PeerNameLess> paired_;
  std::unordered_map<std::uint64_t, std::uint32_t> per_source_;  // entries on probation, by the source's hash
  std::deque<Event> events_;
  Instant next_probe_;
  Instant found_second_;
  int found_in_second_ = 0;
  std::optional<Instant> duplicate_reported_;
};

inline void NearbyPeers::SetPaired(std::span<const Identity> paired) {
  paired_.clear();
  for (const Identity& identity : paired) paired_.emplace(identity.view());
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    for (Slot slot = table_.First(list); slot != kNone;) {
      const Slot next = table_.Next(slot);
      table_[slot].paired = IsPaired(table_[slot].identity);
      if (table_[slot].paired && list == EntryList::kProbation) Promote(slot);
      slot = next;
    }
  }
}

inline NearbyPeers::Heard NearbyPeers::HandleAnnouncement(Instant now, const AddressKey& from,
                                                          const Announcement& announcement) {
  if (config_.instance && announcement.instance == config_.instance) return {Verdict::kEcho};
  if (SameName(announcement.identity, config_.self)) {
    ReportDuplicate(now, from);
    return {Verdict::kDuplicate};
  }
  const RemoteAddress at{from, announcement.port};
  const Slot slot = table_.Find(announcement.identity, announcement.instance);
  if (slot == kNone) return Admit(now, at, announcement);
  const Entry& known = table_[slot];
  // Each announcement comes in two forms, over each interface more than once; and a flood comes even more often.
  if (now - known.last_heard < kRepetition && known.last_from == at) return {Verdict::kKnown, known.paired, false};
  Refresh(now, slot, at, announcement);
  return {Verdict::kKnown, table_[slot].paired, false};
}

inline void NearbyPeers::Refresh(Instant now, Slot slot, const RemoteAddress& at, const Announcement& announcement) {
  Entry& entry = table_[slot];
  entry.version = announcement.version;
  entry.paired_count = announcement.paired_count;
  entry.last_heard = now;
  entry.last_from = at;
  NoteAddress(now, entry, at);
  table_.MoveToEnd(slot, entry.list);
  const bool stays = now - entry.first_heard >= Duration{config_.interval.ms / 2};
  if (entry.list == EntryList::kProbation && stays) Promote(slot);
  if (!entry.told) Tell(now, entry);
}

// A machine that moves keeps its place in the order; one address too many takes the place of one that has fallen
// silent.
inline void NearbyPeers::NoteAddress(Instant now, Entry& entry, const RemoteAddress& at) const {
  const auto begin = entry.addresses.begin();
  const auto end = begin + entry.address_count;
  const auto found = std::find_if(begin, end, [&at](const detail::NearbyAddress& a) { return a.at == at; });
  if (found != end) {
    found->heard = now;
    return;
  }
  const auto silent =
      std::find_if(begin, end, [this, now](const detail::NearbyAddress& a) { return now - a.heard >= Lifetime(); });
  if (entry.list == EntryList::kProbation) {
    // The first address is whose share it is counted in: it stays.
    if (silent == begin || entry.address_count == kMaxNearbyAddresses) return;
  }
  if (silent != end) {
    std::move(silent + 1, end, silent);
    --entry.address_count;
  }
  if (entry.address_count < kMaxNearbyAddresses) entry.addresses[entry.address_count++] = {at, now};
}

inline NearbyPeers::Heard NearbyPeers::Admit(Instant now, const RemoteAddress& at, const Announcement& announcement) {
  const bool paired = IsPaired(announcement.identity);
  const EntryList list = paired ? EntryList::kKnown : EntryList::kProbation;
  if (!MakeRoom(list, at)) return {Verdict::kNoRoom};
  Entry entry{.instance = announcement.instance,
              .last_from = at,
              .identity = announcement.identity,
              .version = announcement.version,
              .paired_count = announcement.paired_count};
  entry.addresses[0] = {at, now};
  entry.address_count = 1;
  entry.first_heard = entry.last_heard = now;
  entry.list = list;
  entry.paired = paired;
  const Slot slot = table_.Insert(entry);
  if (slot == kNone) return {Verdict::kNoRoom};
  if (list == EntryList::kProbation) ++CountOf(entry);
  Tell(now, table_[slot]);
  if (list == EntryList::kProbation && probation() > config_.max_probation / 2 && now >= next_probe_) {
    next_probe_ = now + kProbeInterval;
    events_.push_back(ProbeWanted{entry.identity, entry.instance, at});
  }
  return {Verdict::kNew, paired, true};
}

// Room for one more in a list. A paired name takes the place of whoever was heard the longest ago and is not paired.
inline bool NearbyPeers::MakeRoom(EntryList list, const RemoteAddress& at) {
  if (list == EntryList::kProbation) {
    const auto share = per_source_.find(SipHash(config_.hash_key, SourceOf(at.ip)));
    if (share != per_source_.end() && share->second >= config_.max_probation_per_source) return false;
    if (probation() >= config_.max_probation) Remove(table_.First(list), /*goodbye=*/false);
    return true;
  }
  if (table_.size(list) < config_.max_known) return true;
  Slot slot = table_.First(list);
  while (slot != kNone && table_[slot].paired) slot = table_.Next(slot);
  if (slot == kNone) slot = table_.First(list);  // more paired names than room: the longest silent goes
  Remove(slot, /*goodbye=*/false);
  return true;
}

// Off probation, if there is room; a paired one makes it.
inline void NearbyPeers::Promote(Slot slot) {
  Entry& entry = table_[slot];
  if (entry.paired) {
    (void)MakeRoom(EntryList::kKnown, entry.addresses[0].at);
  } else if (table_.size(EntryList::kKnown) >= config_.max_known) {
    return;
  }
  Uncount(entry);
  table_.MoveToEnd(slot, EntryList::kKnown);
}

inline void NearbyPeers::Tell(Instant now, Entry& entry) {
  if (entry.list == EntryList::kProbation) {
    if (now - found_second_ >= Seconds(1)) {
      found_second_ = now;
      found_in_second_ = 0;
    }
    if (found_in_second_ >= kMaxFoundPerSecond) return;
    ++found_in_second_;
  }
  entry.told = true;
  events_.push_back(PeerFound{entry.identity, entry.addresses[0].at, entry.version, entry.paired});
}

inline void NearbyPeers::Uncount(const Entry& entry) {
  if (entry.list != EntryList::kProbation) return;
  const auto share = per_source_.find(SipHash(config_.hash_key, SourceOf(entry.addresses[0].at.ip)));
  if (share != per_source_.end() && --share->second == 0) per_source_.erase(share);
}

inline void NearbyPeers::Remove(Slot slot, bool goodbye) {
  const Entry& entry = table_[slot];
  Uncount(entry);
  if (entry.told && !IsSuperseded(entry)) {
    events_.push_back(PeerLost{entry.identity, entry.addresses[0].at, goodbye});
  }
  table_.Erase(slot);
}

// Whether the machine is still near, in another run of its relay.
inline bool NearbyPeers::IsSuperseded(const Entry& entry) const {
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    for (Slot slot = table_.First(list); slot != kNone; slot = table_.Next(slot)) {
      const Entry& other = table_[slot];
      if (&other == &entry || other.identity != entry.identity) continue;
      if (other.addresses[0].at == entry.addresses[0].at) return true;
    }
  }
  return false;
}

inline void NearbyPeers::ReportDuplicate(Instant now, const AddressKey& from) {
  if (duplicate_reported_ && now - *duplicate_reported_ < kDuplicateReportInterval) return;
  duplicate_reported_ = now;
  events_.push_back(DuplicateIdentity{from});
}

inline void NearbyPeers::HandleGoodbye(const AddressKey& from, const Goodbye& goodbye) {
  const Slot slot = table_.Find(goodbye.identity, goodbye.instance);
  if (slot == kNone) return;
  const Entry& entry = table_[slot];
  const auto end = entry.addresses.begin() + entry.address_count;
  const bool announced = std::any_of(entry.addresses.begin(), end,
                                     [&from](const detail::NearbyAddress& address) { return address.at.ip == from; });
  if (announced) Remove(slot, /*goodbye=*/true);
}

inline void NearbyPeers::HandleProbed(Instant now, const Identity& identity, std::optional<InstanceId> instance,
                                      bool answered) {
  const Slot slot = table_.Find(identity, instance);
  if (slot == kNone || !answered || table_[slot].list != EntryList::kProbation) return;
  Promote(slot);
  if (!table_[slot].told) Tell(now, table_[slot]);
}

inline void NearbyPeers::HandleTimeout(Instant now) {
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    for (Slot slot = table_.First(list); slot != kNone; slot = table_.First(list)) {
      if (now - table_[slot].last_heard < Lifetime()) break;
      Remove(slot, /*goodbye=*/false);
    }
  }
}

inline std::optional<Instant> NearbyPeers::PollTimeout() const {
  std::optional<Instant> due;
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    const Slot first = table_.First(list);
    if (first == kNone) continue;
    const Instant silent = table_[first].last_heard + Lifetime();
    if (!due || silent < *due) due = silent;
  }
  return due;
}

inline NearbyPeer NearbyPeers::View(const Entry& entry) {
  NearbyPeer peer{entry.identity, entry.instance,   entry.version, entry.paired_count, {},
                  entry.paired,   entry.first_heard};
  for (std::size_t i = 0; i < entry.address_count; ++i) peer.addresses.push_back(entry.addresses[i].at);
  return peer;
}

// Those that `wanted` names, but for the instances of which a later one was heard at the same address.
template <typename Wanted>
std::vector<NearbyPeer> NearbyPeers::Select(Wanted wanted) const {
  std::vector<NearbyPeer> peers;
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    for (Slot slot = table_.First(list); slot != kNone; slot = table_.Next(slot)) {
      if (wanted(table_[slot])) peers.push_back(View(table_[slot]));
    }
  }
  DropSuperseded(peers);
  return peers;
}

inline std::vector<NearbyPeer> NearbyPeers::List() const {
  return Select([](const Entry&) { return true; });
}

inline std::vector<NearbyPeer> NearbyPeers::Find(const Identity& identity) const {
  return Select([&identity](const Entry& entry) { return entry.identity == identity; });
}

}  // namespace cctl

#endif  // CCTL_PROTO_NEARBY_PEERS_H_
