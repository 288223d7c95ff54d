// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that pairs by approval (docs/protocol.md, section 4.2): our request to
// somebody, from a name on the LAN to the proved key, and others' requests to us, from the question to the decision.

#ifndef CCTL_NODE_ENGINE_PAIRING_H_
#define CCTL_NODE_ENGINE_PAIRING_H_

#include <algorithm>
#include <cstddef>
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
#include "cctl/identity/psk.h"
#include "cctl/net/endpoint.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/connection.h"
#include "cctl/node/dial.h"
#include "cctl/node/engine.h"
#include "cctl/node/handshake_answers.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/node/pairing_commit.h"
#include "cctl/proto/admission.h"
#include "cctl/proto/crossed_requests.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/proto/pair_queue.h"
#include "cctl/wire/pair_messages.h"

namespace cctl {

// How soon a key that was approved is proved again, after the connection was lost.
inline constexpr Duration kProveRetry = Seconds(1);

// ---- our request ----

inline RequestId Engine::PairWith(const PairTarget& target, const DialOptions& options) {
  const Instant now = context_.Now();
  const RequestId request = ++last_id_;
  const auto fail = [this, request](Failure failure) {
    FinishRequest(request, std::move(failure));
    return request;
  };
  if (SameName(target.peer, context_.self)) return fail({Errc::kInvalid, "that is this machine's own identity"});
  const auto paired = context_.folder.FindPeer(target.peer);
  if (!paired) return fail(ToFailure(paired.error()));
  if (*paired) {
    const auto meta = context_.folder.LoadMeta(**paired);
    if (!meta) return fail(ToFailure(meta.error()));
    if (**paired != target.peer || !IsUnconfirmed(*meta)) {
      CheckPaired(now, request, **paired, options);
      return request;
    }
  }
  if (lan_ == nullptr && tailnet_ == nullptr) {
    return fail({Errc::kUnsupported, "discovery on the LAN is off (relay.lan_discovery), so nobody can be found there",
                 context_.Command("invite")});
  }
  Instant until = now;
  if (lan_ != nullptr && !FindInTailnet(target.peer)) {
    // Who answered a search a moment ago need not be asked again; who is known needs none.
    const bool heard = !lan_->nearby().Find(target.peer).empty();
    if (!target.at && !heard && lan_->search().done(now)) lan_->Search(now);
    until = (std::max)(now, lan_->search().end());
  }
  searches_.push_back({request, target, now + options.timeout.value_or(kPairRequestTimeout), until});
  ContinueSearches(now);
  return request;
}

inline void Engine::ContinueSearches(Instant now) {
  for (std::size_t i = 0; i < searches_.size();) {
    const PairSearch search = searches_[i];
    const bool waits = (now < search.until && !FindInTailnet(search.target.peer)) || AwaitsTailnet();
    if (!search.target.at && waits && now < search.deadline) {
      ++i;
      continue;
    }
    searches_.erase(searches_.begin() + static_cast<std::ptrdiff_t>(i));
    EndSearch(now, search);
  }
}

// Goes on with who was found.
inline void Engine::EndSearch(Instant now, const PairSearch& search) {
  if (search.target.at) return StartPairDial(now, search, {*search.target.at});
  if (const auto at = FindInTailnet(search.target.peer)) return StartPairDial(now, search, {*at});
  const std::string who(search.target.peer.view());
  const std::vector<NearbyPeer> found =
      lan_ != nullptr ? lan_->nearby().Find(search.target.peer) : std::vector<NearbyPeer>{};
  if (found.empty()) {
    return FinishRequest(search.request,
                         Failure{Errc::kNotFound, who + " is not on this network", context_.Command("discover")});
  }
  if (found.size() > 1) {
    std::string message = std::to_string(found.size()) + " machines call themselves " + who + ":";
    for (const NearbyPeer& peer : found) {
      message.append(" ").append(ToEndpoint(peer.addresses[0]).Format().view());
    }
    return FinishRequest(search.request, Failure{Errc::kAmbiguous, std::move(message),
                                                 context_.Command("pair-with " + who + " --addr <address>")});
  }
  std::vector<Endpoint> endpoints;
  for (const RemoteAddress& address : found[0].addresses) endpoints.push_back(ToEndpoint(address));
  StartPairDial(now, search, std::move(endpoints));
}

inline void Engine::StartPairDial(Instant now, const PairSearch& search, std::vector<Endpoint> endpoints) {
  const auto known = context_.folder.FindPeer(search.target.peer);
  Dial dial{.purpose = DialPurpose::kPair,
            .request = search.request,
            .expected = search.target.peer,
            .address = std::string(endpoints[0].Format().view())};
  dial.deadline = search.deadline;
  dial.via = search.target.via;
  if (known && *known) dial.stage = PairStage::kProve;
  StartDial(now, std::move(dial), std::move(endpoints));
}

// Before an address is dialled: by which key to begin, and whether a request may be sent there.
inline Engine::PairStep Engine::BeginPairAt(Instant now, Dial& dial, const Endpoint& to) {
  const auto skip = [&dial](Errc code) {
    const Error error = {code, 0, 0, "address"};
    if (TellsMore(error, dial.error)) dial.error = error;
    return PairStep::kSkip;
  };
  if (std::exchange(dial.by_tailnet, false)) dial.stage = PairStage::kAsk;
  const bool on_link = lan_ != nullptr && lan_->IsOnLink(to.ip);
  if (!on_link && WaitForTailnet(now, dial)) {  // which may have it
    dial.endpoints.insert(dial.endpoints.begin(), to);
    return PairStep::kWait;
  }
  if (dial.stage == PairStage::kAsk && !dial.no_tailnet_key && IsTailnetCandidate(to.ip)) {
    dial.by_tailnet = true;
    dial.stage = PairStage::kProve;
  }
  // An identity that is a node's of the tailnet is not asked for elsewhere.
  const bool pinned = context_.pins.FindNode(*dial.expected).has_value();
  if (!dial.by_tailnet && pinned) return skip(Errc::kDenied);
  if (!dial.by_tailnet && !dial.may_ask && dial.stage == PairStage::kAsk) return skip(Errc::kAuthFailed);
  return on_link || IsTailnetAddress(to.ip) ? PairStep::kGoOn : skip(Errc::kUntrustedNetwork);
}

// After an address has failed: whether something is still to be tried there.
inline bool Engine::ContinuePair(Instant now, Dial& dial, const Error& error) {
  // The other side has not got the key that we have: it is asked. That it has none may also mean that it has paired
  // with somebody of our name; then it says no.
  const bool no_key = error.code == Errc::kAuthFailed || (dial.by_tailnet && error.code == Errc::kNotFound);
  if (dial.stage == PairStage::kProve && no_key) {
    if (std::exchange(dial.by_tailnet, false)) dial.no_tailnet_key = true;
    dial.stage = PairStage::kAsk;
    dial.endpoints.insert(dial.endpoints.begin(), dial.current);
    TryNext(now, dial.id);
    return true;
  }
  // `busy`: its own request has come first.
  const bool may_pass = (MayTryNext(error.code) && error.code != Errc::kIdentityMismatch) || error.code == Errc::kBusy;
  if (dial.stage != PairStage::kApproved || !may_pass) return false;
  // Approved, and the connection lost: the key is proved as soon as somebody answers there again.
  dial.error = error;
  dial.endpoints = {dial.current};
  dial.retry_at = now + kProveRetry;
  timers_.Arm(*dial.retry_at, kDialTimers + dial.id);
  return true;
}

// ---- both ask, or one asks twice (cctl/proto/crossed_requests.h) ----

// Whether a key of ours, which the peer's user has approved, is being proved to it.
inline bool Engine::ProvesApproved(const Identity& peer) const {
  return std::any_of(dials_.begin(), dials_.end(),
                     [&peer](const auto& entry) { return IsApproved(entry.second, peer); });
}

inline bool Engine::IsApproved(const Dial& dial, const Identity& peer) {
  return dial.purpose == DialPurpose::kPair && dial.stage == PairStage::kApproved && dial.expected == peer;
}

// The sessions in which the peer has yet to show that it has stored the key that it was let in by.
inline std::vector<ConnectionId> Engine::AwaitingConfirmation(const Identity& peer) const {
  std::vector<ConnectionId> awaiting;
  for (const auto& entry : unconfirmed_) {
    const Connection* const connection = connections_.Find(entry.first);
    if (connection != nullptr && connection->peer() == peer) awaiting.push_back(entry.first);
  }
  return awaiting;
}

// Whether what our request has proposed, and was approved, comes second: to another request of ours, to one of the
// peer's, or to a pairing that stands.
inline bool Engine::ComesSecond(const Identity& peer) const {
  if (ProvesApproved(peer) || !AwaitingConfirmation(peer).empty()) return true;
  const auto known = context_.folder.FindPeer(peer);
  if (!known || !*known) return false;
  const auto meta = context_.folder.LoadMeta(**known);
  return meta && !IsUnconfirmed(*meta);
}

// Has a request go on with the key that is stored, in a moment.
inline void Engine::ProveStored(Instant now, Dial& dial) {
  dial.stage = PairStage::kApproved;
  if (dial.connection) Close(now, *dial.connection, {Errc::kUnreachable, 0, 0, "key"}, /*linger=*/false);
}

// Whether the key that was approved and proved is on disk.
inline bool Engine::StoreProposed(Instant now, const ListenerHandshake::StoreWanted& wanted) {
  if (ProvesApproved(wanted.peer) && !MayReplaceOwnProposal(context_.self, wanted.peer)) return false;
  // What it has proved before and never confirmed it has lost.
  for (const ConnectionId id : AwaitingConfirmation(wanted.peer)) {
    Close(now, id, {Errc::kInterrupted, 0, 0, "key"}, /*linger=*/false);
  }
  if (!AnswerStoreWanted(context_, wanted)) return false;
  std::vector<DialId> ours;
  for (const auto& [id, dial] : dials_) {
    if (IsApproved(dial, wanted.peer)) ours.push_back(id);
  }
  for (const DialId id : ours) ProveStored(now, dials_.at(id));
  return true;
}

// ---- others' requests ----

// The answer to a request that needs no question; nothing where it has been queued for one.
inline std::optional<PairStatus> Engine::JudgePairRequest(Instant now, const Connection& connection,
                                                          const ListenerHandshake::PairRequested& request) {
  const Endpoint& remote = connection.handshake->remote;
  const std::string from = std::string(request.peer.view()) + " at " + std::string(remote.Format().view());
  // Its key has come in the clear: from elsewhere, somebody on the way may have it.
  if (!MayBeAskedThere(connection)) {
    const bool nowhere = lan_ == nullptr && tailnet_ == nullptr;
    TellRefused(now, remote, Errc::kUntrustedNetwork,
                "refused a pair request of " + from +
                    (nowhere ? ": discovery on the LAN is off" : ": it does not come from a network of this machine"));
    return PairStatus::kDenied;
  }
  if (context_.pins.FindNode(request.peer)) {
    const std::string name(request.peer.view());
    TellRefused(now, remote, Errc::kDenied,
                "refused a pair request of " + from + ": " + name +
                    " is known as a machine of the tailnet; to pair anew: " + context_.Command("forget " + name));
    return PairStatus::kDenied;
  }
  const auto known = context_.folder.FindPeer(request.peer);
  if (!known) {
    context_.Warn(known.error());
    return PairStatus::kBusy;
  }
  if (*known) {
    const auto meta = context_.folder.LoadMeta(**known);
    if (!meta || **known != request.peer || !IsUnconfirmed(*meta)) {
      const std::string name((*known)->view());
      TellRefused(now, remote, Errc::kDenied,
                  "refused a pair request of " + from + ": " + name +
                      " is paired already; to pair anew: " + context_.Command("forget " + name));
      return PairStatus::kDenied;
    }
  }
  if (context_.options.lan.auto_approve && lan_ != nullptr && lan_->IsNeighbour(remote.ip) &&
      auto_approval_.Admit(now)) {
    return PairStatus::kApproved;
  }
  switch (pair_queue_.Receive(now,
                              {connection.id, request.peer, ToAddressKey(remote.ip), request.version, request.check},
                              context_.options.pair_request_timeout)) {
    case PairQueue::Reception::kQueued:
      return std::nullopt;
    case PairQueue::Reception::kBusy:
      return PairStatus::kBusy;
    case PairQueue::Reception::kDenied:
      break;
  }
  return PairStatus::kDenied;
}

inline void Engine::HandlePairRequested(Instant now, Connection& connection,
                                        const ListenerHandshake::PairRequested& request) {
  const std::string addr(connection.handshake->remote.ip.Format().view());
  const std::optional<PairStatus> status = JudgePairRequest(now, connection, request);
  if (!status) {
    admission_.HandleSettled(connection.id);  // it waits for a person now, and is counted by the queue
    context_.events.push_back(PairRequested{std::string(FormatPairRequestId(pair_queue_.requests().back().id).view()),
                                            request.peer, addr, std::string(request.version.view()), request.check,
                                            context_.Wall() + context_.options.pair_request_timeout});
    return;
  }
  std::get<ListenerHandshake>(connection.handshake->machine).HandleDecision(now, *status);
  // What a flood could make of it is not told: `busy`, and the same denial again.
  if (status == PairStatus::kApproved) {
    context_.events.push_back(PairDecided{{}, request.peer, addr, "approved", /*automatic=*/true});
  }
}

// A stranger may ask all day: what is said of it is bounded like what is said of wrong proofs.
inline void Engine::TellRefused(Instant now, const Endpoint& remote, Errc code, std::string message) {
  const auto verdict = admission_.HandleWrongProof(now, ToAddressKey(remote.ip));
  if (verdict == Admission::WrongProof::kAnswer) context_.Warn(code, std::move(message));
}

inline void Engine::TellDecided(const QueuedPair& request, std::string_view status) {
  context_.events.push_back(PairDecided{std::string(FormatPairRequestId(request.id).view()), request.identity,
                                        std::string(ToIpAddress(request.address).Format().view()),
                                        std::string(status)});
}

inline nlohmann::json Engine::Decide(Instant now, const QueuedPair& request, bool approved) {
  (void)pair_queue_.Decide(now, request.id, approved);
  const std::string_view status = approved ? "approved" : "denied";
  TellDecided(request, status);
  if (Connection* const connection = connections_.Find(request.connection)) {
    auto& machine = std::get<ListenerHandshake>(connection->handshake->machine);
    machine.HandleDecision(now, approved ? PairStatus::kApproved : PairStatus::kDenied);
    DriveHandshake(now, request.connection);
  }
  return {{"id", FormatPairRequestId(request.id).view()}, {"identity", request.identity.view()}, {"status", status}};
}

inline Outcome<nlohmann::json> Engine::DecidePair(std::string_view word, bool approved) {
  const Instant now = context_.Now();
  const std::vector<QueuedPair> found = pair_queue_.Find(word);
  const std::string name(Printable(word).view());
  if (found.empty()) {
    return Failure{Errc::kNotFound, "no pair request of " + name + " is waiting (it may have been decided already)",
                   context_.Command("requests")};
  }
  if (found.size() > 1) {
    std::string message = std::to_string(found.size()) + " requests call themselves " + name + ":";
    for (const QueuedPair& request : found) {
      message.append(" ").append(FormatPairRequestId(request.id).view());
      message.append(" (").append(ToIpAddress(request.address).Format().view()).append(")");
    }
    return Failure{Errc::kAmbiguous, std::move(message), context_.Command("requests")};
  }
  // By name, somebody who asks and hangs up could have another's request approved.
  const bool by_id = FormatPairRequestId(found[0].id) == word;
  if (approved && !by_id && pair_queue_.HasChanged(now, found[0].identity)) {
    return Failure{Errc::kAmbiguous,
                   "another request of that name came and went within the last two minutes; compare the check number, "
                   "and approve by id: " +
                       std::string(FormatPairRequestId(found[0].id).view()),
                   context_.Command("requests")};
  }
  return nlohmann::json{{"decided", nlohmann::json::array({Decide(now, found[0], approved)})}};
}

inline Outcome<nlohmann::json> Engine::DenyAllPairs() {
  const Instant now = context_.Now();
  const std::vector<QueuedPair> all(pair_queue_.requests().begin(), pair_queue_.requests().end());
  nlohmann::json decided = nlohmann::json::array();
  for (const QueuedPair& request : all) decided.push_back(Decide(now, request, /*approved=*/false));
  return nlohmann::json{{"decided", std::move(decided)}};
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_PAIRING_H_
