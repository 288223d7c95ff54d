// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that has to do with Tailscale (docs/protocol.md, section 6): nodes probed and
// dropped as TailnetProber wants it, the key that two nodes share tried, and nobody let in by it whom Tailscale does
// not vouch for. Such a peer is a guest: its key is on no disk, and its identity is pinned to its node.

#ifndef CCTL_NODE_ENGINE_TAILNET_H_
#define CCTL_NODE_ENGINE_TAILNET_H_

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/native_address.h"
#include "cctl/node/connection.h"
#include "cctl/node/dial.h"
#include "cctl/node/engine.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/node/tailnet.h"
#include "cctl/node/tailnet_map.h"
#include "cctl/node/tailnet_options.h"
#include "cctl/node/tailnet_report.h"
#include "cctl/proto/peer_state.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_condition.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"

namespace cctl {

// What a probed address that takes the connection is given to say that it is a relay.
inline constexpr Duration kTailnetChallengeLimit = Seconds(2);

// How soon a dial that waits for the first status looks for it again.
inline constexpr Duration kTailnetWait = Milliseconds(50);

inline void Engine::SetTailnet(TailnetOptions options) {
  const Instant now = context_.Now();
  const TailnetOptions former = std::exchange(context_.options.tailnet, std::move(options));
  if (tailnet_ != nullptr) {
    TailnetOptions in_place = former;
    in_place.probe_interval = context_.options.tailnet.probe_interval;
    if (in_place == context_.options.tailnet) {
      tailnet_->prober().set_interval(now, in_place.probe_interval);
      return;
    }
  }
  EndTailnet(now);
  StartTailnet(now);
  ContinueSearches(now);  // who waited for it, and need not any more
  ContinueReaches(now);
}

inline void Engine::StartTailnet(Instant now) {
  if (!context_.options.tailnet.enabled || stopping_) return;
  tailnet_ = std::make_unique<Tailnet>(context_.options.tailnet, poller_, kTailnetTokens, now);
  tailnet_->HandleTimeouts(now);
  HandleTailnet(now);
}

inline void Engine::EndTailnet(Instant now) {
  if (tailnet_ == nullptr) return;
  tailnet_.reset();
  refused_nodes_.clear();
  std::vector<DialId> probes;
  for (const auto& [id, dial] : dials_) {
    if (dial.purpose == DialPurpose::kTailnet) probes.push_back(id);
  }
  for (const DialId id : probes) FailDial(now, id, {Errc::kInterrupted, 0, 0, "dial"});
  if (!stopping_) goodbye_ = "left_tailnet";
  const std::map<Identity, StableId> guests = book_.guests();
  for (const auto& [peer, node] : guests) (void)book_.Remove(now, peer);
  HandlePeers(now);
  FinishTailnetReports();
}

// Tells and does what has become known.
inline void Engine::HandleTailnet(Instant now) {
  while (tailnet_ != nullptr) {
    const auto event = tailnet_->PollEvent(now);
    if (!event) break;
    if (const auto* probe = std::get_if<TailnetProber::ProbeWanted>(&*event)) {
      ProbeNode(now, *probe);
    } else if (const auto* drop = std::get_if<TailnetProber::DropWanted>(&*event)) {
      DropNode(now, drop->node);
    } else if (const auto* vouched = std::get_if<Tailnet::Vouched>(&*event)) {
      HandleVouched(now, *vouched);
    } else if (const auto* changed = std::get_if<Tailnet::ConditionChanged>(&*event)) {
      std::string message(TailnetConditionSentence(changed->condition));
      if (!changed->detail.empty()) message.append(" (").append(changed->detail).append(")");
      context_.events.push_back(
          TailnetChanged{std::string(TailnetConditionName(changed->condition)), std::move(message)});
    } else if (const auto* untagged = std::get_if<Tailnet::SelfUntagged>(&*event)) {
      context_.Warn(Errc::kConfig, "this machine does not carry " + context_.options.tailnet.tag + ", so the " +
                                       std::to_string(untagged->nodes) +
                                       " of its tailnet that do will not connect to it");
    } else {
      FinishTailnetReports();
    }
  }
  HandlePeers(now);
}

// ---- whom we connect to ----

inline void Engine::ProbeNode(Instant now, const TailnetProber::ProbeWanted& wanted) {
  const auto candidate = tailnet_->prober().candidates().find(wanted.node);
  if (candidate == tailnet_->prober().candidates().end()) {  // a status without it has come meanwhile
    return tailnet_->prober().HandleProbed(now, wanted.node, TailnetStanding::kNoRelay, {});
  }
  const std::optional<Identity> pinned = context_.pins.FindIdentity(wanted.node);
  const std::optional<Identity> who = pinned ? pinned : candidate->second.identity;
  const auto status = who ? book_.peers().Find(*who) : std::nullopt;
  const bool left_alone = status && (status->state == PeerState::kConnected || status->state == PeerState::kHeld);
  const auto ip = IpAddress::Parse(wanted.address);
  if (left_alone || !ip) {
    const TailnetStanding standing = left_alone ? TailnetStanding::kPaired : TailnetStanding::kNoRelay;
    return tailnet_->prober().HandleProbed(now, wanted.node, standing, who);
  }
  const Endpoint at{*ip, context_.options.profile.tcp_port};
  Dial dial{.purpose = DialPurpose::kTailnet, .address = std::string(at.Format().view())};
  dial.node = wanted.node;
  dial.patience = wanted.patience;
  dial.deadline = now + wanted.patience + kTailnetChallengeLimit;
  dial.allow_unproven = !context_.options.require_mutual_auth;
  StartDial(now, std::move(dial), {at});
}

// A probe has not become a session.
inline void Engine::FinishProbe(Instant now, const Dial& dial, const Error& error) {
  if (tailnet_ == nullptr) return;
  TailnetStanding standing = TailnetStanding::kNoRelay;
  if (dial.left_alone) {
    standing = TailnetStanding::kPaired;
  } else if (error.code == Errc::kTimeout && std::string_view(error.part) == "connect") {
    standing = TailnetStanding::kSilent;
  } else if (dial.named) {
    standing = TailnetStanding::kRefused;
  }
  const auto candidate = tailnet_->prober().candidates().find(*dial.node);
  // Once, not with every probe.
  if (standing == TailnetStanding::kRefused && candidate != tailnet_->prober().candidates().end() &&
      candidate->second.told != standing) {
    const std::string name(Printable(candidate->second.name).view());
    std::string why = context_.pins.Fault(*dial.node, *dial.named);
    if (why.empty()) {
      why = error.code == Errc::kNotFound ? "Tailscale does not say that it is who stands there"
                                          : DialFailure(dial, error, context_.Command("")).message;
    }
    context_.Warn(Errc::kAuthFailed, "not connected to " + std::string(dial.named->view()) + " on " + name + " (" +
                                         dial.address + "): " + why);
  }
  tailnet_->prober().HandleProbed(now, *dial.node, standing, dial.named);
}

inline void Engine::DropNode(Instant now, const StableId& node) {
  const auto& guests = book_.guests();
  const auto guest =
      std::find_if(guests.begin(), guests.end(), [&node](const auto& one) { return one.second == node; });
  if (guest == guests.end()) return;
  const Identity peer = guest->first;
  goodbye_ = "left_tailnet";
  (void)book_.Remove(now, peer);
  HandlePeers(now);
}

// ---- sessions ----

inline void Engine::BeginTailnetSession(Instant now, const Identity& peer, const StableId& node, DialId dial) {
  const auto status = book_.peers().Find(peer);
  const auto found = dials_.find(dial);
  const bool wanted = found != dials_.end() && found->second.purpose != DialPurpose::kTailnet;
  // The user, who has disconnected it, wants it back.
  if (wanted && status && status->state == PeerState::kHeld) (void)book_.Remove(now, peer);
  refused_nodes_.erase(node);
  book_.AddGuest(now, peer, node);
  if (tailnet_ != nullptr) tailnet_->prober().HandleConnected(now, node, peer);
}

// After a connection of somebody has closed.
inline void Engine::NoteGuestGone(Instant now, const Identity& peer) {
  const auto node = book_.FindGuest(peer);
  if (!node || tailnet_ == nullptr) return;
  const auto status = book_.peers().Find(peer);
  if (!status || status->state != PeerState::kConnected) tailnet_->prober().HandleDisconnected(now, *node);
}

// ---- addresses ----

// Whether a dial has to wait until it is known who is in the tailnet; then it is tried again.
inline bool Engine::WaitForTailnet(Instant now, Dial& dial) {
  if (!AwaitsTailnet()) return false;
  dial.retry_at = now + kTailnetWait;
  timers_.Arm(*dial.retry_at, kDialTimers + dial.id);
  return true;
}

inline bool Engine::IsTailnetAddress(const IpAddress& ip) const {
  const TailnetMap* const map = tailnet_map();
  return map != nullptr && map->FindNode(ip) != nullptr;
}

inline bool Engine::IsTailnetCandidate(const IpAddress& ip) const {
  const TailnetMap* const map = tailnet_map();
  return map != nullptr && map->IsCandidate(map->FindNode(ip), context_.options.tailnet.Tag());
}

// Whether a pair request may go through a connection, or come by it: its key is in the clear, so through networks of
// this machine, or the tailnet, only.
inline bool Engine::MayBeAskedThere(const Connection& connection) const {
  if (lan_ != nullptr && lan_->IsOnLink(connection.handshake->remote.ip)) return true;
  const TailnetMap* const map = tailnet_map();
  const auto path = map != nullptr ? TailnetPathOf(connection) : std::nullopt;
  return path && map->FindInside(*path) != nullptr;
}

// Where in the tailnet a peer is that has connected by it.
inline std::optional<Endpoint> Engine::FindInTailnet(const Identity& peer) const {
  const TailnetMap* const map = tailnet_map();
  if (map == nullptr) return std::nullopt;
  const auto pinned = context_.pins.FindNode(peer);
  for (const auto& [id, candidate] : tailnet_->prober().candidates()) {
    if (pinned ? *pinned != id : candidate.identity != peer) continue;
    const auto ip = IpAddress::Parse(candidate.address);
    if (ip) return Endpoint{*ip, context_.options.profile.tcp_port};
  }
  return std::nullopt;
}

// ---- what is told ----

inline RequestId Engine::ReportTailnet() {
  const Instant now = context_.Now();
  const RequestId request = ++last_id_;
  tailnet_reports_.push_back(request);
  if (tailnet_ != nullptr && !tailnet_->IsFresh(now)) {
    tailnet_->ReadStatus(now);
    HandleTailnet(now);
  } else {
    FinishTailnetReports();
  }
  return request;
}

inline void Engine::FinishTailnetReports() {
  for (const RequestId request : std::exchange(tailnet_reports_, {})) {
    FinishRequest(request, TailnetToJson(tailnet_.get(), context_.pins));
  }
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_TAILNET_H_
