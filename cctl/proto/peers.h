// SPDX-License-Identifier: MIT
//
// Whom to dial when, and which session stays (docs/protocol.md, sections 4.1 and 4.3). A relay tells this machine of
// its peers and of what became of dials and connections, and does what the events say:
//
//   for (const StoredPeer& peer : stored) peers.Add(now, peer.identity, peer.addresses);
//   peers.HandleTimeout(now);                                // and again at PollTimeout()
//   while (std::optional<cctl::Peers::Event> event = peers.PollEvent()) { ... }
//
// - Each DialWanted is answered by exactly one HandleDialFailed or HandleAuthenticated(dialled), whatever happens to
//   the peer meanwhile. Connections for which there was no DialWanted (a join, a pairing) are reported the same way.
// - Each connection that was authenticated is reported by HandleAuthenticated before any line of it is handled; a peer
//   is Add()ed before. CloseWanted may be the answer. When a connection closes, for whatever reason, HandleClosed.
// - Messages are sent on connection(identity), and read from every connection that is not to be closed.
//
// Only the side that dialled dials again (both may, after a short session): after 5, 10, 20, 40, 60, 60, ... s, each
// time all addresses one after the other, the one that answered last first. A peer that refuses us at one of them
// (IsRefusal) and answers at none is left alone for 10 minutes, or until the user or a new instance of it asks.
//
// Names are compared as SameName does: two that differ in case are one peer. An idle peer costs about 160 bytes and no
// timer; every call is O(log n) in the number of peers.

#ifndef CCTL_PROTO_PEERS_H_
#define CCTL_PROTO_PEERS_H_

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/peer_record.h"
#include "cctl/proto/peer_state.h"
#include "cctl/proto/session_choice.h"
#include "cctl/proto/session_limits.h"

namespace cctl {

class Peers {
 public:
  struct DialWanted {
    Identity identity;    // whom to expect there
    std::string address;  // one that was given to Add, Connect, HandleAnnounced or HandleAuthenticated
  };
  struct CloseWanted {
    ConnectionId connection;
  };
  // The first session with a peer; another that takes its place or stands beside it is no event.
  struct PeerConnected {
    Identity identity;
    std::string address;  // as HandleAuthenticated was told
  };
  // The last one is gone. `reason`: what HandleClosed was told, or kInterrupted after Disconnect and Remove.
  struct PeerDisconnected {
    Identity identity;
    Errc reason;
  };
  using Event = std::variant<DialWanted, CloseWanted, PeerConnected, PeerDisconnected>;

  struct Status {
    PeerState state;
    std::optional<Errc> error;               // why there is no session: how the last dial or session ended
    std::optional<Instant> next_dial;        // kWaiting, kRefused
    std::optional<ConnectionId> connection;  // kConnected: the newest, to send on
  };

  // `random` spreads the dials, and must outlive this. Should it fail, they are not spread.
  Peers(const Identity& self, RandomSource& random) : self_(self), random_(random) {}

  // A paired peer and where it may be found, the address that answered last first. It is dialled at once, as far as
  // kMaxDials allows: call HandleTimeout. For a peer that is known the addresses are put in front of the others.
  void Add(Instant now, const Identity& identity, std::span<const std::string> addresses);

  // Forgets a peer: its sessions are to be closed. False if there is none of that name.
  bool Remove(Instant now, const Identity& identity);

  // The user wants a session: dials at once, whatever the state, first at `address` if one is given. Errors: kNotFound
  // (part "peer"), kUnreachable (part "address": none is known).
  Result<void> Connect(Instant now, const Identity& identity, std::string_view address = {});

  // The user wants no session: it is closed, and the peer is neither dialled nor let in until Connect, or a restart of
  // the program. (A listener that finds the peer kHeld does well to answer `busy` before it comes to that.) False if
  // there is none of that name.
  bool Disconnect(Instant now, const Identity& identity);

  // A connection was authenticated. `proved`: see SessionOrigin. `address`: where it was dialled, or where the peer
  // says that it listens, at the address it came from; empty if it does not. That is the first to be dialled from now
  // on.
  void HandleAuthenticated(Instant now, const Identity& identity, ConnectionId connection, bool dialled, bool proved,
                           std::string_view address);

  // A connection has closed. One that is not known, because it was to be closed anyway, is ignored.
  void HandleClosed(Instant now, const Identity& identity, ConnectionId connection, Errc reason);

  // What DialWanted asked for has failed, before or during the handshake.
  void HandleDialFailed(Instant now, const Identity& identity, Errc reason, std::string_view address);

  // An announcement that names the peer came from an on-link address. `new_instance`: this instance of it had not been
  // heard before. Nobody has proved anything: a peer that waits is dialled at once, but once in 5 s at most.
  void HandleAnnounced(Instant now, const Identity& identity, std::string_view address, bool new_instance);

  // Asks for the dials that are due. Too early it does nothing.
  void HandleTimeout(Instant now);

  std::optional<Event> PollEvent() {
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }

  // When HandleTimeout is due; nothing while nobody is to be dialled, or as many as may be are.
  [[nodiscard]] std::optional<Instant> PollTimeout() const {
    if (timers_.empty() || dials_ >= kMaxDials) return std::nullopt;
    return timers_.begin()->first;
  }

  // Where we stand with a peer; nothing if there is none of that name.
  [[nodiscard]] std::optional<Status> Find(const Identity& identity) const;

  // The connection to send on, if there is one.
  [[nodiscard]] std::optional<ConnectionId> connection(const Identity& identity) const {
    const auto found = peers_.find(identity.view());
    if (found == peers_.end() || found->second.state != PeerState::kConnected) return std::nullopt;
    return found->second.newest.id;
  }

  // Everybody who was added, in the order of their names.
  [[nodiscard]] std::vector<Identity> Identities() const {
    std::vector<Identity> identities;
    identities.reserve(peers_.size());
    for (const Entry& entry : peers_) identities.push_back(NameOf(entry));
    return identities;
  }

  [[nodiscard]] std::size_t size() const { return peers_.size(); }

 private:
  using Map = std::map<std::string, detail::PeerRecord, detail::PeerNameLess>;
  using Entry = Map::value_type;

  static Identity NameOf(const Entry& entry) { return *Identity::Parse(entry.first); }

  // Changes the state as the table says; a dial that was planned is planned no longer.
  void Move(Entry& entry, PeerEvent event) {
    timers_.erase({entry.second.due, entry.first});
    entry.second.state = NextPeerState(entry.second.state, event);
  }

  // Plans the next dial of a peer that is kWaiting or kRefused.
  void Plan(Entry& entry, Instant due) {
    timers_.erase({entry.second.due, entry.first});
    entry.second.due = due;
    timers_.emplace(due, entry.first);
  }

  Instant AfterBackoff(Instant now, detail::PeerRecord& peer) {
    std::uint8_t bytes[2] = {};
    if (!random_.Fill(bytes)) bytes[0] = bytes[1] = 0;
    return now + peer.backoff.Next(static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]));
  }

  // Begins a round of all addresses. While an earlier dial is under way its end does so.
  void BeginRound(Instant now, Entry& entry) {
    entry.second.refused = false;
    entry.second.restart = entry.second.dialling;
    if (!entry.second.dialling) Dial(now, entry, entry.second.addresses.First());
  }

  void Dial(Instant now, Entry& entry, std::string_view address) {
    entry.second.dialling = true;
    entry.second.dialled = true;
    entry.second.since = now;
    ++dials_;
    events_.push_back(DialWanted{NameOf(entry), std::string(address)});
  }

  void EndDial(detail::PeerRecord& peer) {
    if (!peer.dialling) return;
    peer.dialling = false;
    --dials_;
  }

  // Asks for every connection of a peer to be closed.
  void CloseAll(detail::PeerRecord& peer) {
    events_.push_back(CloseWanted{peer.newest.id});
    if (peer.others == nullptr) return;
    for (const detail::PeerConnection& other : *peer.others) events_.push_back(CloseWanted{other.id});
    peer.others.reset();
  }

  // Lets a new connection of a peer that has one in, or not.
  bool Choose(Instant now, Entry& entry, const detail::PeerConnection& newer);

  Identity self_;
  RandomSource& random_;
  Map peers_;
  std::set<std::pair<Instant, std::string_view>> timers_;  // views of the map's keys
  std::deque<Event> events_;
  std::size_t dials_ = 0;
};

inline void Peers::Add(Instant now, const Identity& identity, std::span<const std::string> addresses) {
  const auto [found, is_new] = peers_.try_emplace(std::string(identity.view()));
  Entry& entry = *found;
  detail::PeerRecord& peer = entry.second;
  if (is_new) peer.since = now - kAnnouncedDialInterval;
  const bool had_none = peer.addresses.empty();
  for (std::size_t i = addresses.size(); i-- > 0;) peer.addresses.PutFirst(addresses[i]);
  if (!had_none || peer.addresses.empty()) return;
  Move(entry, PeerEvent::kReappeared);
  if (peer.state == PeerState::kWaiting) Plan(entry, now);
}

inline bool Peers::Remove(Instant now, const Identity& identity) {
  if (!Disconnect(now, identity)) return false;
  const auto found = peers_.find(identity.view());
  EndDial(found->second);
  peers_.erase(found);
  return true;
}

inline Result<void> Peers::Connect(Instant now, const Identity& identity, std::string_view address) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) return Error{Errc::kNotFound, 0, 0, "peer"};
  detail::PeerRecord& peer = found->second;
  peer.addresses.PutFirst(address);
  if (peer.state == PeerState::kConnected) return {};
  if (peer.addresses.empty()) return Error{Errc::kUnreachable, 0, 0, "address"};
  const bool connecting = peer.state == PeerState::kConnecting;
  peer.backoff.Reset();
  Move(*found, PeerEvent::kConnectAsked);
  if (!connecting || !address.empty()) BeginRound(now, *found);
  return {};
}

inline bool Peers::Disconnect(Instant, const Identity& identity) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) return false;
  detail::PeerRecord& peer = found->second;
  if (peer.state == PeerState::kConnected) {
    CloseAll(peer);
    peer.error = Errc::kInterrupted;
    events_.push_back(PeerDisconnected{NameOf(*found), Errc::kInterrupted});
  }
  Move(*found, PeerEvent::kDisconnectAsked);
  return true;
}

inline void Peers::HandleAuthenticated(Instant now, const Identity& identity, ConnectionId connection, bool dialled,
                                       bool proved, std::string_view address) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) {
    events_.push_back(CloseWanted{connection});
    return;
  }
  detail::PeerRecord& peer = found->second;
  if (dialled) EndDial(peer);
  const PeerState before = peer.state;
  Move(*found, PeerEvent::kAuthenticated);
  if (peer.state != PeerState::kConnected) {
    events_.push_back(CloseWanted{connection});
    return;
  }
  peer.addresses.PutFirst(address);
  const detail::PeerConnection newer{connection, dialled, proved};
  if (before == PeerState::kConnected && !Choose(now, *found, newer)) {
    events_.push_back(CloseWanted{connection});
    return;
  }
  peer.newest = newer;
  peer.since = now;
  if (before == PeerState::kConnected) return;
  peer.error.reset();
  events_.push_back(PeerConnected{NameOf(*found), std::string(address)});
}

inline bool Peers::Choose(Instant now, Entry& entry, const detail::PeerConnection& newer) {
  detail::PeerRecord& peer = entry.second;
  const SessionChoice choice = ChooseSession({peer.newest.dialled, peer.newest.proved, peer.since},
                                             {newer.dialled, newer.proved, now}, self_ < NameOf(entry));
  if (choice == SessionChoice::kOlder) return false;
  if (choice == SessionChoice::kNewer) {
    CloseAll(peer);
    return true;
  }
  if (peer.others == nullptr) peer.others = std::make_unique<std::vector<detail::PeerConnection>>();
  peer.others->push_back(peer.newest);
  if (peer.others->size() == kMaxUnprovedSessions) {
    events_.push_back(CloseWanted{peer.others->front().id});
    peer.others->erase(peer.others->begin());
  }
  return true;
}

inline void Peers::HandleClosed(Instant now, const Identity& identity, ConnectionId connection, Errc reason) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end() || found->second.state != PeerState::kConnected) return;
  detail::PeerRecord& peer = found->second;
  if (peer.others != nullptr) {
    if (connection == peer.newest.id) std::swap(peer.newest, peer.others->back());
    std::erase_if(*peer.others, [connection](const detail::PeerConnection& other) { return other.id == connection; });
    if (peer.others->empty()) peer.others.reset();
    return;
  }
  if (connection != peer.newest.id) return;
  const bool stable = now - peer.since >= kStableSession;
  if (stable) peer.backoff.Reset();
  // Where dials cross and acks are lost, each end may have closed its own connection for the other's, and then wait for
  // the other for good. So we leave it to the peer to dial only after a session that both ends must have known of.
  const bool ours_to_dial = peer.newest.dialled || (peer.dialled && !stable);
  peer.dialled = ours_to_dial;
  peer.error = reason;
  events_.push_back(PeerDisconnected{NameOf(*found), reason});
  Move(*found, ours_to_dial && !peer.addresses.empty() ? PeerEvent::kLostOurs : PeerEvent::kLostTheirs);
  if (peer.state == PeerState::kWaiting) Plan(*found, AfterBackoff(now, peer));
}

inline void Peers::HandleDialFailed(Instant now, const Identity& identity, Errc reason, std::string_view address) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end() || !found->second.dialling) return;
  detail::PeerRecord& peer = found->second;
  EndDial(peer);
  if (peer.state != PeerState::kConnecting) return;
  peer.error = reason;
  if (peer.restart) return BeginRound(now, *found);
  peer.refused = peer.refused || IsRefusal(reason);
  // Another address may be the peer's although this one is somebody else's by now.
  if (const std::string_view next = peer.addresses.After(address); !next.empty()) return Dial(now, *found, next);
  Move(*found, peer.refused ? PeerEvent::kRoundRefused : PeerEvent::kRoundFailed);
  Plan(*found, peer.refused ? now + kRefusedPause : AfterBackoff(now, peer));
}

inline void Peers::HandleAnnounced(Instant now, const Identity& identity, std::string_view address, bool new_instance) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) return;
  detail::PeerRecord& peer = found->second;
  const bool had_none = peer.addresses.empty();
  peer.addresses.PutLast(address);
  if (peer.addresses.empty()) return;
  const PeerEvent event = new_instance || had_none ? PeerEvent::kReappeared : PeerEvent::kAnnounced;
  if (NextPeerState(peer.state, event) != PeerState::kWaiting) return;
  if (event == PeerEvent::kReappeared) peer.backoff.Reset();
  const Instant due = (std::max)(now, peer.since + kAnnouncedDialInterval);
  if (peer.state == PeerState::kWaiting && peer.due <= due) return;
  Move(*found, event);
  Plan(*found, due);
}

inline void Peers::HandleTimeout(Instant now) {
  while (!timers_.empty() && timers_.begin()->first <= now && dials_ < kMaxDials) {
    Entry& entry = *peers_.find(timers_.begin()->second);
    Move(entry, PeerEvent::kDialDue);
    BeginRound(now, entry);
  }
}

inline std::optional<Peers::Status> Peers::Find(const Identity& identity) const {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) return std::nullopt;
  const detail::PeerRecord& peer = found->second;
  Status status{peer.state, peer.error, {}, connection(identity)};
  if (peer.state == PeerState::kWaiting || peer.state == PeerState::kRefused) status.next_dial = peer.due;
  return status;
}

}  // namespace cctl

#endif  // CCTL_PROTO_PEERS_H_
