// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that dials: from a name to its addresses, one address after the other, to the
// answer of whoever asked.

#ifndef CCTL_NODE_ENGINE_DIALS_H_
#define CCTL_NODE_ENGINE_DIALS_H_

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/base/text_cursor.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/name_resolver.h"
#include "cctl/net/tcp_socket.h"
#include "cctl/node/connection.h"
#include "cctl/node/dial.h"
#include "cctl/node/engine.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "cctl/proto/peers.h"
#include "cctl/proto/tailnet_prober.h"

namespace cctl {

// A relay's own dial of one address: the handshake's own limit, and as much again for name and connection.
inline constexpr Duration kKeepDialLimit = Seconds(20);

// What an address is given at least, where several share a dial's time.
inline constexpr Duration kLeastAttempt = Seconds(1);

// What a neighbour's address is given at most to take a connection.
inline constexpr Duration kNeighbourAttempt = Seconds(5);

namespace detail {

// "1.2.3.4:80", "[::1]:80" or "name:80", as Format and AppendHostPort write them.
inline std::optional<std::pair<std::string_view, std::uint16_t>> SplitAddress(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  TextCursor digits(address.substr(colon + 1));
  const Result<std::uint16_t> port = ParsePort(digits);
  if (!port) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::pair(host, *port);
}

}  // namespace detail

inline RequestId Engine::Join(const InviteLink& link, const DialOptions& options) {
  const Instant now = context_.Now();
  const RequestId request = ++last_id_;
  Dial dial{.purpose = DialPurpose::kJoin, .request = request, .expected = link.identity};
  dial.deadline = now + options.timeout.value_or(kDialTimeout);
  dial.allow_unproven = options.allow_unproven || !context_.options.require_mutual_auth;
  AppendHostPort(link.host, link.port, dial.address);
  if (SameName(link.identity, context_.self)) {
    FinishRequest(request, DialFailure(dial, {Errc::kInvalid, 0, 0, "identity"}, context_.Command("")));
    return request;
  }
  if (context_.pins.FindNode(link.identity)) {
    FinishRequest(request, DialFailure(dial, {Errc::kDenied, 0, 0, "identity"}, context_.Command("")));
    return request;
  }
  const auto paired = context_.folder.FindPeer(link.identity);
  if (!paired) {
    FinishRequest(request, ToFailure(paired.error()));
    return request;
  }
  if (!*paired) {
    dial.link_key = DerivePsk(link.code);
    dial.link_host = link.host;
    StartDial(now, std::move(dial), link.host.view(), link.port);
    return request;
  }
  // Nothing is sent to the address of a link that claims to be of somebody we know: where we know it to be is tried.
  CheckPaired(now, request, **paired, options);
  return request;
}

// Whether somebody who is paired already answers where we know it to be.
inline void Engine::CheckPaired(Instant now, RequestId request, const Identity& peer, const DialOptions& options) {
  const std::vector<std::string> addresses = book_.AddressesOf(peer);
  const std::string address = addresses.empty() ? std::string() : addresses[0];
  const auto split = detail::SplitAddress(address);
  const auto status = book_.peers().Find(peer);
  const bool connected = status && status->state == PeerState::kConnected;
  if (connected || !split) {
    nlohmann::json result = DialResult(peer, address, "already_paired", connected);
    result["reachable"] = connected;
    return FinishRequest(request, std::move(result));
  }
  Dial dial{.purpose = DialPurpose::kCheck, .request = request, .expected = peer, .address = address};
  dial.deadline = now + options.timeout.value_or(kDialTimeout);
  dial.allow_unproven = options.allow_unproven || !context_.options.require_mutual_auth;
  StartDial(now, std::move(dial), split->first, split->second);
}

inline RequestId Engine::Connect(const ConnectTarget& target, const DialOptions& options) {
  const Instant now = context_.Now();
  const RequestId request = ++last_id_;
  Dial dial{.purpose = DialPurpose::kConnect, .request = request, .expected = target.peer};
  dial.deadline = now + options.timeout.value_or(kDialTimeout);
  dial.allow_unproven = options.allow_unproven || !context_.options.require_mutual_auth;
  AppendHostPort(target.host, target.port, dial.address);
  StartDial(now, std::move(dial), target.host.view(), target.port);
  return request;
}

inline void Engine::StartKeepDial(Instant now, const Peers::DialWanted& wanted) {
  const auto status = book_.peers().Find(wanted.identity);
  // Connected while the wish was waiting here: by HandleAuthenticated, which was its answer.
  if (status && status->state == PeerState::kConnected) {
    book_.peers().HandleDialFailed(book_.ToSchedule(now), wanted.identity, Errc::kInterrupted, wanted.address);
    return;
  }
  Dial dial{.purpose = DialPurpose::kKeep, .expected = wanted.identity, .address = wanted.address};
  dial.deadline = now + kKeepDialLimit;
  dial.allow_unproven = !context_.options.require_mutual_auth;
  const auto split = detail::SplitAddress(wanted.address);
  if (split) {
    StartDial(now, std::move(dial), split->first, split->second);
  } else {
    book_.peers().HandleDialFailed(book_.ToSchedule(now), wanted.identity, Errc::kUnreachable, wanted.address);
  }
}

inline DialId Engine::StartDial(Instant now, Dial dial, std::string_view host, std::uint16_t port) {
  if (const auto ip = IpAddress::Parse(host)) return StartDial(now, std::move(dial), {Endpoint{*ip, port}});
  const DialId id = dial.id != 0 ? dial.id : ++last_id_;
  dial.id = id;
  timers_.Arm(dial.resolve_by ? (std::min)(*dial.resolve_by, dial.deadline) : dial.deadline, kDialTimers + id);
  dials_.emplace(id, std::move(dial));
  resolver_.Resolve(host, port, id);
  return id;
}

inline DialId Engine::StartDial(Instant now, Dial dial, std::vector<Endpoint> endpoints) {
  const DialId id = dial.id != 0 ? dial.id : ++last_id_;
  dial.id = id;
  dial.endpoints = std::move(endpoints);
  dial.resolve_by.reset();
  timers_.Arm(dial.deadline, kDialTimers + id);
  dials_.emplace(id, std::move(dial));
  TryNext(now, id);
  return id;
}

inline void Engine::HandleResolved(Instant now) {
  while (std::optional<ResolvedName> answer = resolver_.Poll()) {
    const auto dial = dials_.find(answer->token);
    if (dial == dials_.end()) continue;
    if (answer->endpoints.empty()) {
      FailDial(now, dial->first, answer->error);
      continue;
    }
    if (std::exchange(dial->second.resolve_by, std::nullopt))
      timers_.Arm(dial->second.deadline, kDialTimers + dial->first);
    dial->second.endpoints = std::move(answer->endpoints);
    TryNext(now, dial->first);
  }
}

inline void Engine::TryNext(Instant now, DialId id) {
  Dial& dial = dials_.at(id);
  if (dial.awaits_tailnet && WaitForTailnet(now, dial)) return;
  while (!dial.endpoints.empty()) {
    const Endpoint to = dial.endpoints.front();
    dial.endpoints.erase(dial.endpoints.begin());
    if (dial.purpose == DialPurpose::kPair) {
      const PairStep step = BeginPairAt(now, dial, to);
      if (step == PairStep::kSkip) continue;
      if (step == PairStep::kWait) return;
    }
    context_.Log(LogLevel::kDebug, "dialling ", to.Format().view(), dial.expected ? " for " : "",
                 dial.expected ? dial.expected->view() : std::string_view());
    auto socket = ConnectTcp(to);
    Connection* const connection = socket ? Adopt(*std::move(socket), Interest::kWrite) : nullptr;
    if (connection == nullptr) {
      const Error error = socket ? Error{Errc::kIo, 0, 0, "connect"} : socket.error();
      if (TellsMore(error, dial.error)) dial.error = error;
      continue;
    }
    connection->handshake = std::make_unique<Handshaking>();
    connection->handshake->remote = to;
    connection->handshake->dial = id;
    Duration share{(dial.deadline - now).ms / static_cast<std::int64_t>(dial.endpoints.size() + 1)};
    // A person may take minutes to decide; who is in the same room and does not even answer is not there.
    if (dial.purpose == DialPurpose::kPair) share = (std::min)(share, kNeighbourAttempt);
    const bool probe = dial.purpose == DialPurpose::kTailnet;
    connection->handshake->deadline = now + (probe ? dial.patience : (std::max)(share, kLeastAttempt));
    dial.connection = connection->id;
    dial.current = to;
    return Arm(*connection);
  }
  FailDial(now, id, dial.error.value_or(Error{Errc::kUnreachable, 0, 0, "address"}));
}

// An address has failed; Close() has told so.
inline void Engine::HandleAttemptFailed(Instant now, DialId id, const Error& error) {
  const auto found = dials_.find(id);
  if (found == dials_.end()) return;
  Dial& dial = found->second;
  dial.connection.reset();
  context_.Log(LogLevel::kDebug, "dialling ", dial.current.Format().view(), " failed: ", ErrorWords(error));
  if (dial.purpose == DialPurpose::kPair && ContinuePair(now, dial, error)) return;
  const bool no_key = error.code == Errc::kNotFound && std::string_view(error.part) == "key";
  if (dial.purpose == DialPurpose::kConnect && no_key && AwaitsTailnet()) {  // which may have one
    dial.awaits_tailnet = true;
    dial.endpoints.insert(dial.endpoints.begin(), dial.current);
    return TryNext(now, id);
  }
  if (TellsMore(error, dial.error)) dial.error = error;
  // By a stored key: whoever refuses has proved nothing, and the peer may be at the next one.
  const bool any_failure = dial.purpose == DialPurpose::kReach && error.code != Errc::kInterrupted;
  if (any_failure || MayTryNext(error.code)) return TryNext(now, id);
  FailDial(now, id, error);
}

inline void Engine::FailDial(Instant now, DialId id, const Error& error) {
  const auto found = dials_.find(id);
  if (found == dials_.end()) return;
  const Dial dial = std::move(found->second);
  dials_.erase(found);
  if (dial.connection) Close(now, *dial.connection, error, /*linger=*/false);
  if (dial.reach != 0) return HandleReachFailed(now, dial, error);
  switch (dial.purpose) {
    case DialPurpose::kKeep:
      LogOutOfReach(dial, error);
      book_.peers().HandleDialFailed(book_.ToSchedule(now), *dial.expected, error.code, dial.address);
      return HandlePeers(now);
    case DialPurpose::kCheck: {
      nlohmann::json result = DialResult(*dial.expected, dial.address, "already_paired", false);
      result["reachable"] = false;
      return FinishRequest(dial.request, std::move(result));
    }
    case DialPurpose::kProbe:
      if (lan_ != nullptr) lan_->nearby().HandleProbed(now, *dial.expected, dial.instance, dial.answered);
      return;
    case DialPurpose::kTailnet:
      return FinishProbe(now, dial, error);
    case DialPurpose::kJoin:
    case DialPurpose::kConnect:
    case DialPurpose::kPair:
    case DialPurpose::kReach:
      return FinishRequest(dial.request, DialFailure(dial, error, context_.Command("")));
  }
}

// Once, until the peer is reached or fails for another reason: it is dialled again and again.
inline void Engine::LogOutOfReach(const Dial& dial, const Error& error) {
  if (!context_.Logs(LogLevel::kInfo) || error.code == Errc::kInterrupted) return;
  std::string why = DialFailure(dial, error, context_.Command("")).message;
  std::string& told = out_of_reach_[*dial.expected];
  if (std::exchange(told, why) == why) return;
  context_.Log(LogLevel::kInfo, dial.expected->view(), " is not reached, and tried again: ", why);
}

inline void Engine::FinishDial(Instant now, DialId id, const Identity& peer, const Endpoint& remote, bool proved) {
  const auto found = dials_.find(id);
  if (found == dials_.end()) return;
  const Dial dial = std::move(found->second);
  dials_.erase(found);
  if (const auto reaching = reaches_.find(dial.reach); reaching != reaches_.end()) {
    reaching->second.dial = 0;
    return FinishReach(now, dial.reach, DialResult(peer, remote.Format(), "connected", proved));
  }
  const bool by_tailnet = book_.FindGuest(peer).has_value();
  if (dial.purpose == DialPurpose::kTailnet && tailnet_ != nullptr) {
    const TailnetStanding standing = by_tailnet ? TailnetStanding::kConnected : TailnetStanding::kPaired;
    tailnet_->prober().HandleProbed(now, *dial.node, standing, peer);
    return HandleTailnet(now);
  }
  if (dial.request == 0) return;
  const bool check = dial.purpose == DialPurpose::kCheck;
  const bool pairs = !by_tailnet && (dial.link_key || dial.purpose == DialPurpose::kPair);
  const std::string_view status = check ? "already_paired" : pairs ? "paired" : "connected";
  nlohmann::json result = DialResult(peer, remote.Format(), status, proved);
  if (check) result["reachable"] = true;
  FinishRequest(dial.request, std::move(result));
}

inline void Engine::FinishRequest(RequestId request, Outcome<nlohmann::json> outcome) {
  context_.events.push_back(RequestFinished{request, std::move(outcome)});
}

inline nlohmann::json Engine::DialResult(const Identity& peer, std::string_view addr, std::string_view status,
                                         bool proved) const {
  nlohmann::json result = {
      {"identity", context_.self.view()}, {"peer", peer.view()}, {"status", status}, {"proved", proved}};
  result["addr"] = addr.empty() ? nlohmann::json(nullptr) : nlohmann::json(addr);
  return result;
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_DIALS_H_
