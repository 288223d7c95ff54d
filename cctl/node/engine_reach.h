// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that reaches one peer of a project: at each place where it may be, one after
// the other, while the LAN is asked for it; by the stored key, or by a pair request where there is none. An address
// from a file is anybody's: whoever answers there has to prove the identity, and a request, which carries its key in
// the clear, goes to this machine's own networks only.

#ifndef CCTL_NODE_ENGINE_REACH_H_
#define CCTL_NODE_ENGINE_REACH_H_

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/host_port.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/connection.h"
#include "cctl/node/dial.h"
#include "cctl/node/engine.h"
#include "cctl/node/engine_dials.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/node/pairing_commit.h"
#include "cctl/node/tailnet_map.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/proto/peer_state.h"
#include "cctl/store/meta_file.h"
#include "cctl/tailnet/tailnet_node.h"

namespace cctl {

// Twelve of a search's fifteen queries have been answered by then. Who has not answered one, nor takes a connection on
// our own network, is switched off: a team of which one is does not make everybody wait a second.
inline constexpr Duration kUnheardPatience = Milliseconds(800);

// What an address elsewhere is given to answer and prove itself. Names and distant networks take longer than a LAN.
inline constexpr Duration kReachAttempt = Seconds(5);

namespace detail {

// Whether another place may do better. Where a key is tried, whoever refuses has proved nothing, and may stand where
// the peer once was; a person's no to a request is a no, and a question is not asked twice.
inline bool MayReachElsewhere(Errc code, bool paired, bool asked) {
  if (paired) return code != Errc::kInterrupted && code != Errc::kIo;
  switch (code) {
    case Errc::kUnreachable:
    case Errc::kTimeout:
    case Errc::kNotFound:
    case Errc::kAmbiguous:
    case Errc::kIdentityMismatch:
    case Errc::kUntrustedNetwork:
    case Errc::kUnsupported:
    case Errc::kProtocol:
      return !asked;
    default:
      return false;
  }
}

// What tells a user more: that there is nobody, or what somebody there has said.
inline int ReachWeight(Errc code) {
  if (code == Errc::kNotFound) return 0;
  return code == Errc::kUnreachable || code == Errc::kTimeout ? 1 : 2;
}

}  // namespace detail

inline RequestId Engine::Reach(const ReachTarget& target, const DialOptions& options) {
  const Instant now = context_.Now();
  const RequestId request = ++last_id_;
  const auto fail = [this, request](Failure failure) {
    FinishRequest(request, std::move(failure));
    return request;
  };
  const std::string who(target.peer.view());
  if (SameName(target.peer, context_.self)) return fail({Errc::kInvalid, "that is this machine's own identity"});
  const auto known = context_.folder.FindPeer(target.peer);
  if (!known) return fail(ToFailure(known.error()));
  if (*known && **known != target.peer) {
    return fail({Errc::kDenied, "paired with " + std::string((*known)->view()) + ", whose name differs in case only"});
  }
  const Duration time = options.timeout.value_or(target.may_request ? kPairRequestTimeout : kDialTimeout);
  Reaching reaching{.request = request, .target = target, .options = options, .deadline = now + time};
  if (*known) {
    const auto meta = context_.folder.LoadMeta(target.peer);
    if (!meta) return fail(ToFailure(meta.error()));
    reaching.paired = !IsUnconfirmed(*meta);
  }
  const bool in_tailnet = tailnet_ != nullptr && !target.only_addr;
  if (!reaching.paired && !target.may_request && !in_tailnet) {
    return fail({Errc::kNotFound, "not paired with " + who, context_.Command("pair-with " + who)});
  }
  if (!reaching.paired && lan_ == nullptr && tailnet_ == nullptr) {
    return fail({Errc::kUnsupported,
                 "discovery on the LAN is off (relay.lan_discovery), so nobody can be paired with there",
                 context_.Command("invite")});
  }
  // Where no person has to agree comes first.
  if (!reaching.paired && in_tailnet) {
    if (target.tailscale) AddPlace(reaching, "tailscale", *target.tailscale);
    reaching.places.push_back({"tailscale"});
    for (Place& place : reaching.places) place.key_only = true;
  }
  if (reaching.paired && !target.only_addr) {
    for (const std::string& address : book_.AddressesOf(target.peer)) AddPlace(reaching, "stored", address);
  }
  if (target.addr) AddPlace(reaching, "addr", *target.addr);
  if (lan_ != nullptr && !target.only_addr) {
    reaching.places.push_back({"lan"});
    if (lan_->nearby().Find(target.peer).empty() && lan_->search().done(now)) lan_->Search(now);
  }
  if (target.tailscale && !target.only_addr) AddPlace(reaching, "tailscale", *target.tailscale);
  if (in_tailnet) reaching.places.push_back({"tailscale"});
  reaching.search_until = now + kUnheardPatience;
  ContinueReach(now, reaches_.emplace(request, std::move(reaching)).first->second);
  return request;
}

inline void Engine::AddPlace(Reaching& reaching, std::string_view via, const HostPort& at) {
  std::string address;
  AppendHostPort(at.host, at.port, address);
  AddPlace(reaching, via, std::move(address));
}

inline void Engine::AddPlace(Reaching& reaching, std::string_view via, std::string address) {
  const auto same = [&address](const Place& place) { return !place.key_only && place.address == address; };
  if (std::none_of(reaching.places.begin(), reaching.places.end(), same)) {
    reaching.places.push_back({via, std::move(address)});
  }
}

// Tries the next place. The peer may be gone from `reaches_` afterwards.
inline void Engine::ContinueReach(Instant now, Reaching& reaching) {
  const Identity& peer = reaching.target.peer;
  if (const auto status = book_.peers().Find(peer); status && status->state == PeerState::kConnected) {
    const Connection* const connection = status->connection ? connections_.Find(*status->connection) : nullptr;
    const bool proved = connection != nullptr && connection->session && connection->session->peer_is_ours();
    return FinishReach(now, reaching.request, DialResult(peer, ReachedAt(peer), "connected", proved));
  }
  if (reaching.dial != 0) return;  // which has a time of its own
  if (now >= reaching.deadline) {
    Failure nobody{Errc::kTimeout, "where " + std::string(peer.view()) + " is was not found out in time"};
    return FinishReach(now, reaching.request, reaching.failure.value_or(std::move(nobody)));
  }
  while (reaching.next < reaching.places.size()) {
    const Place place = reaching.places[reaching.next];
    std::optional<std::vector<Endpoint>> endpoints = FindEndpoints(now, reaching, place);
    if (!endpoints) return;  // and again when more is known
    ++reaching.next;
    if (place.key_only) std::erase_if(*endpoints, [this](const Endpoint& at) { return !IsTailnetCandidate(at.ip); });
    if ((place.address.empty() || place.key_only) && endpoints->empty()) continue;
    if (StartReachDial(now, reaching, place, *std::move(endpoints))) return;
  }
  Failure failure = reaching.failure.value_or(
      Failure{Errc::kNotFound, std::string(peer.view()) + " is not on this network, and no address of it is known",
              context_.Command("discover")});
  FinishReach(now, reaching.request, std::move(failure));
}

// Where a place is, as far as the LAN and the tailnet say it; empty: they do not. Nothing: it is not known yet.
inline std::optional<std::vector<Endpoint>> Engine::FindEndpoints(Instant now, Reaching& reaching, const Place& place) {
  const Identity& peer = reaching.target.peer;
  if (place.via == "tailscale") {
    if (AwaitsTailnet()) return std::nullopt;
    if (place.address.empty()) {
      const auto at = FindInTailnet(peer);
      return at ? std::vector<Endpoint>{*at} : std::vector<Endpoint>{};
    }
    // The tailnet's own names, also where the system's resolver does not know them.
    const auto split = detail::SplitAddress(place.address);
    const TailnetMap* const map = tailnet_map();
    const TailnetNode* const node = split && map != nullptr ? map->FindNamed(split->first) : nullptr;
    const auto ip =
        node != nullptr && !node->addresses.empty() ? IpAddress::Parse(node->addresses[0]) : Result<IpAddress>(Error{});
    return ip ? std::vector<Endpoint>{{*ip, split->second}} : std::vector<Endpoint>{};
  }
  if (!place.address.empty()) return std::vector<Endpoint>{};
  const std::vector<NearbyPeer> found = lan_ != nullptr ? lan_->nearby().Find(peer) : std::vector<NearbyPeer>{};
  if (found.empty() && now < reaching.search_until) return std::nullopt;
  return Untried(reaching, found);
}

// Where it was heard and has not been tried. Of several machines of one name, all: the right one proves its key. To ask
// one of them to pair would be to ask anybody.
inline std::vector<Endpoint> Engine::Untried(Reaching& reaching, const std::vector<NearbyPeer>& found) {
  if (found.size() > 1 && !reaching.paired) {
    const std::string who(reaching.target.peer.view());
    NoteFailure(reaching, {Errc::kAmbiguous, std::to_string(found.size()) + " machines call themselves " + who,
                           context_.Command("pair-with " + who)});
    return {};
  }
  std::vector<Endpoint> endpoints;
  for (const NearbyPeer& one : found) {
    for (const RemoteAddress& address : one.addresses) {
      const Endpoint at = ToEndpoint(address);
      const auto same = [&at](const Place& place) { return place.address == at.Format().view(); };
      if (std::none_of(reaching.places.begin(), reaching.places.begin() + static_cast<std::ptrdiff_t>(reaching.next),
                       same)) {
        endpoints.push_back(at);
      }
    }
  }
  return endpoints;
}

// `endpoints`: of what was heard on the LAN; else the place's address says where. False: nothing can be dialled there.
inline bool Engine::StartReachDial(Instant now, Reaching& reaching, const Place& place,
                                   std::vector<Endpoint> endpoints) {
  Dial dial{.purpose = reaching.paired ? DialPurpose::kReach : DialPurpose::kPair,
            .expected = reaching.target.peer,
            .address = endpoints.empty() || !place.address.empty() ? place.address
                                                                   : std::string(endpoints[0].Format().view())};
  dial.reach = reaching.request;
  dial.via = PairedVia::kProject;
  dial.allow_unproven = reaching.options.allow_unproven || !context_.options.require_mutual_auth;
  // A person may take minutes to decide; a peer that is paired answers by itself.
  dial.deadline = reaching.paired ? (std::min)(reaching.deadline, now + kReachAttempt) : reaching.deadline;
  dial.resolve_by = now + kReachAttempt;
  dial.may_ask = reaching.target.may_request && !place.key_only;
  if (!reaching.paired) {
    const auto known = context_.folder.FindPeer(reaching.target.peer);
    if (known && *known) dial.stage = PairStage::kProve;
  }
  const std::string address = dial.address;  // of which `split` is a part, also when the dial has moved on
  const auto split = detail::SplitAddress(address);
  if (!split) return false;
  reaching.via = place.via;
  context_.events.push_back(PeerTried{reaching.target.peer, address, std::string(place.via)});
  // Known before it starts: it may be over when StartDial returns.
  dial.id = reaching.dial = ++last_id_;
  if (endpoints.empty()) {
    StartDial(now, std::move(dial), split->first, split->second);
  } else {
    StartDial(now, std::move(dial), std::move(endpoints));
  }
  return true;
}

inline void Engine::NoteFailure(Reaching& reaching, Failure failure) {
  const bool more =
      !reaching.failure || detail::ReachWeight(failure.code) > detail::ReachWeight(reaching.failure->code);
  if (more) reaching.failure = std::move(failure);
}

inline void Engine::HandleReachFailed(Instant now, const Dial& dial, const Error& error) {
  const auto found = reaches_.find(dial.reach);
  if (found == reaches_.end()) return;
  Reaching& reaching = found->second;
  reaching.dial = 0;
  Failure failure = DialFailure(dial, error, context_.Command(""));
  // Before the question is asked, no answer means nobody, however long it took to find out.
  if (failure.code == Errc::kTimeout && !dial.asked) {
    failure = DialFailure(dial, {Errc::kUnreachable, 0, 0, "address"}, context_.Command(""));
  }
  const bool elsewhere =
      detail::MayReachElsewhere(failure.code, reaching.paired || !dial.may_ask, dial.asked) && now < reaching.deadline;
  if (!elsewhere) return FinishReach(now, dial.reach, std::move(failure));
  NoteFailure(reaching, std::move(failure));
  ContinueReach(now, reaching);
}

inline void Engine::FinishReach(Instant now, RequestId request, Outcome<nlohmann::json> outcome) {
  const auto found = reaches_.find(request);
  if (found == reaches_.end()) return;
  const Reaching reaching = std::move(found->second);
  reaches_.erase(found);
  // It has come to us, or by another way, while we dialled.
  if (reaching.dial != 0) FailDial(now, reaching.dial, {Errc::kInterrupted, 0, 0, "dial"});
  if (outcome) (*outcome)["via"] = reaching.via.empty() ? nlohmann::json(nullptr) : nlohmann::json(reaching.via);
  FinishRequest(request, std::move(outcome));
}

// Those that wait for the LAN, or for somebody who is not there.
inline void Engine::ContinueReaches(Instant now) {
  std::vector<RequestId> all;
  for (const auto& [request, reaching] : reaches_) all.push_back(request);
  for (const RequestId request : all) {
    const auto found = reaches_.find(request);
    if (found == reaches_.end()) continue;
    if (now >= found->second.search_until && GiveUpUnheard(now, found->second)) continue;
    if (const auto left = reaches_.find(request); left != reaches_.end()) ContinueReach(now, left->second);
  }
}

// Ends an attempt at a neighbour that has not answered the search either; whether there was one.
inline bool Engine::GiveUpUnheard(Instant now, Reaching& reaching) {
  if (std::exchange(reaching.searched, true) || lan_ == nullptr) return false;
  const auto dial = dials_.find(reaching.dial);
  if (dial == dials_.end() || !dial->second.connection || !lan_->IsOnLink(dial->second.current.ip)) return false;
  const Connection* const connection = connections_.Find(*dial->second.connection);
  if (connection == nullptr || connection->phase != Phase::kConnecting) return false;
  if (!lan_->nearby().Find(reaching.target.peer).empty()) return false;
  Close(now, connection->id, {Errc::kUnreachable, 0, 0, "address"}, /*linger=*/false);
  return true;
}

inline std::string Engine::ReachedAt(const Identity& peer) const {
  if (const std::string_view address = book_.UnwrittenAddressOf(peer); !address.empty()) return std::string(address);
  const std::vector<std::string> addresses = book_.AddressesOf(peer);
  return addresses.empty() ? std::string() : addresses[0];
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_REACH_H_
