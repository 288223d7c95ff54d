// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that begins once the other side is known: sessions, their messages, and what
// Peers wants done about them.

#ifndef CCTL_NODE_ENGINE_SESSIONS_H_
#define CCTL_NODE_ENGINE_SESSIONS_H_

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/native_address.h"
#include "cctl/node/connection.h"
#include "cctl/node/dial.h"
#include "cctl/node/engine.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/node/pairing_commit.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/peers.h"
#include "cctl/proto/session.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {

inline void Engine::BeginSession(Instant now, Connection& connection, const SessionStart& start) {
  const ConnectionId id = connection.id;
  const std::unique_ptr<Handshaking> handshake = std::move(connection.handshake);
  const Endpoint remote = handshake->remote;
  if (handshake->challenge) {
    context_.open_challenges.Erase(*handshake->challenge);
    admission_.HandleSettled(id);
  }
  connection.dialled = handshake->dial != 0;
  connection.phase = Phase::kSession;
  connection.set_peer(start.peer);
  connection.session.emplace(
      now, Session::Config{
               .peer_is_ours = start.proved, .expected_confirm = start.expect_confirm, .confirm = start.confirm});
  ++sessions_;
  out_of_reach_.erase(start.peer);
  if (start.peer_proved && !start.node) MarkProved(start.peer);
  if (start.confirms) unconfirmed_.emplace(id, *start.confirms);

  // Where it can be dialled: where it was, or where it says that it listens.
  std::string address;
  if (!start.node && (connection.dialled || start.port != 0)) {
    const Endpoint listens{remote.ip, connection.dialled ? remote.port : start.port};
    address = listens.Format().view();
  }
  const bool address_proved = !connection.dialled || start.proved;
  if (start.node) {
    BeginTailnetSession(now, start.peer, *start.node, handshake->dial);
  } else {
    book_.NoteSeen(now, start.peer, address_proved ? std::string_view(address) : std::string_view());
    book_.Add(now, start.peer);
  }
  const auto dial = dials_.find(handshake->dial);
  if (dial != dials_.end() && dial->second.purpose == DialPurpose::kKeep) address = dial->second.address;
  if (!start.node && dial != dials_.end() && dial->second.purpose != DialPurpose::kKeep) {
    const auto status = book_.peers().Find(start.peer);
    if (status && status->state == PeerState::kHeld) {
      // The user, who has disconnected it, wants it back; this connection is the dial that Peers asks for then.
      (void)book_.peers().Connect(book_.ToSchedule(now), start.peer, address);
    }
  }
  book_.peers().HandleAuthenticated(book_.ToSchedule(now), start.peer, id, connection.dialled, start.proved, address);

  line_.clear();
  if (connection.session->PollTransmit(now, context_.Wall(), context_.ids, context_.self, line_)) {
    Send(now, connection, line_);
  }
  if (Connection* const begun = connections_.Find(id)) Arm(*begun);
  HandlePeers(now);
  if (handshake->dial != 0) FinishDial(now, handshake->dial, start.peer, remote, start.proved);
}

inline void Engine::MarkProved(const Identity& peer) {
  if (const auto marked = CommitProved(context_.folder, peer, context_.Wall()); !marked) context_.Warn(marked.error());
}

// Both sides have proved this key. kOther: another one was, meanwhile.
inline Engine::Kept Engine::KeepProved(const Identity& peer, const Psk& key) {
  const auto kept = CommitProvedKey(context_.folder, peer, key, context_.Wall());
  if (kept) return Kept::kYes;
  if (kept.error().error.code == Errc::kDenied) return Kept::kOther;
  context_.Warn(kept.error());
  return Kept::kUnknown;
}

inline void Engine::HandleSessionLine(Instant now, Connection& connection, std::string_view line) {
  const ConnectionId id = connection.id;
  const Session::Event event = connection.session->HandleLine(now, line);
  if (const auto* failed = std::get_if<Session::Failed>(&event)) {
    return Close(now, id, failed->error, /*linger=*/false);
  }
  if (std::holds_alternative<Session::KeyConfirmed>(event)) {
    const auto confirmed = unconfirmed_.extract(id);
    if (confirmed.empty() || KeepProved(*connection.peer(), confirmed.mapped()) != Kept::kOther) return;
    return Close(now, id, {Errc::kDenied, 0, 0, "key"}, /*linger=*/false);
  }
  if (const auto* ack = std::get_if<Session::AckReceived>(&event)) return HandleAck(now, connection, ack->id);
  const auto* received = std::get_if<Session::MessageReceived>(&event);
  if (received == nullptr) return;
  const MessageView& view = received->message;
  MessageReceived message{*connection.peer(), {}, {}, std::string(view.payload)};
  view.id.AppendTo(message.id);
  view.type_text.AppendTo(message.type);
  if (inbox_.Offer(message, context_.Wall())) {
    line_.clear();
    const bool acked = connection.session->FormatAck(context_.Wall(), context_.ids, context_.self, view.id, line_);
    if (acked) Send(now, connection, line_);
  }
  context_.events.push_back(std::move(message));
}

// Does what Peers wants.
inline void Engine::HandlePeers(Instant now) {
  Peers& peers = book_.peers();
  while (const auto event = peers.PollEvent()) {
    if (const auto* dial = std::get_if<Peers::DialWanted>(&*event)) {
      if (!stopping_) StartKeepDial(now, *dial);
    } else if (const auto* close = std::get_if<Peers::CloseWanted>(&*event)) {
      Close(now, close->connection, {Errc::kInterrupted, 0, 0, "connection"}, /*linger=*/true);
    } else if (const auto* connected = std::get_if<Peers::PeerConnected>(&*event)) {
      PeerConnected told{connected->identity, {}};
      const auto id = peers.connection(connected->identity);
      if (const Connection* const connection = id ? connections_.Find(*id) : nullptr; connection != nullptr) {
        if (const auto remote = PeerEndpoint(connection->socket.native())) told.addr = remote->Format().view();
        told.outbound = connection->dialled;
        told.proved = connection->session && connection->session->peer_is_ours();
      }
      context_.events.push_back(std::move(told));
    } else if (const auto* disconnected = std::get_if<Peers::PeerDisconnected>(&*event)) {
      const std::string_view reason = disconnected->reason == Errc::kInterrupted   ? goodbye_
                                      : disconnected->reason == Errc::kTimeout     ? "silent"
                                      : disconnected->reason == Errc::kUnreachable ? "closed"
                                      : disconnected->reason == Errc::kBusy        ? "slow"
                                                                                   : "protocol";
      context_.events.push_back(PeerDisconnected{disconnected->identity, std::string(reason)});
    }
  }
}

inline bool Engine::Disconnect(const Identity& peer) {
  const Instant now = context_.Now();
  goodbye_ = "disconnected";
  const bool known = book_.peers().Disconnect(book_.ToSchedule(now), peer);
  EndAttempts(now, peer);
  HandlePeers(now);
  return known;
}

// Ends what is being done to reach a peer. What only asks who stands at an address goes on.
inline void Engine::EndAttempts(Instant now, const Identity& peer) {
  const Error ended = {Errc::kInterrupted, 0, 0, "dial"};
  const Failure told{Errc::kInterrupted, "meanwhile " + std::string(peer.view()) + " was to be let alone"};
  std::vector<RequestId> requests;
  for (const auto& [request, reaching] : reaches_) {
    if (reaching.target.peer == peer) requests.push_back(request);
  }
  for (const RequestId request : requests) FinishReach(now, request, told);
  requests.clear();
  for (const PairSearch& search : searches_) {
    if (search.target.peer == peer) requests.push_back(search.request);
  }
  std::erase_if(searches_, [&peer](const PairSearch& search) { return search.target.peer == peer; });
  for (const RequestId request : requests) FinishRequest(request, told);
  std::vector<DialId> dials;
  for (const auto& [id, dial] : dials_) {
    if (dial.expected == peer && dial.purpose != DialPurpose::kProbe) dials.push_back(id);
  }
  for (const DialId id : dials) FailDial(now, id, ended);
}

inline void Engine::Forget(const Identity& peer) {
  const Instant now = context_.Now();
  goodbye_ = "forgotten";
  (void)context_.pins.Load(context_.folder);
  const auto node = book_.FindGuest(peer);
  (void)book_.Remove(now, peer);
  EndAttempts(now, peer);
  out_of_reach_.erase(peer);
  inbox_.Forget(peer);
  HandlePeers(now);
  if (node && tailnet_ != nullptr) tailnet_->prober().HandleDisconnected(now, *node);
}

// Has the peers read again then, at the latest: pairings that were never confirmed end by that.
inline void Engine::LookForUnconfirmed(Instant at) { unconfirmed_due_ = (std::min)(unconfirmed_due_.value_or(at), at); }

inline void Engine::LoadPeers(Instant now) {
  const std::map<Identity, StableId> guests = book_.guests();
  const std::optional<Duration> unconfirmed = book_.Load(now);
  if (unconfirmed) LookForUnconfirmed(now + *unconfirmed);
  for (const auto& [peer, node] : guests) {  // one that has a key now is a peer like others
    if (tailnet_ != nullptr && !book_.FindGuest(peer)) tailnet_->prober().HandleDisconnected(now, node);
  }
}

inline void Engine::Begin(Instant now) {
  for (const StateError& fault : context_.pins.Load(context_.folder)) context_.Warn(fault);
  LoadPeers(now);
  book_.peers().HandleTimeout(book_.ToSchedule(now));
  HandlePeers(now);
}

inline void Engine::Reload() {
  context_.reported.clear();
  out_of_reach_.clear();
  goodbye_ = "forgotten";
  Begin(context_.Now());
  context_.Log(LogLevel::kInfo,
               "the files were read again; machines that are paired: ", std::to_string(book_.Paired().size()));
}

inline void Engine::Shutdown() {
  if (stopping_) return;
  const Instant now = context_.Now();
  stopping_ = true;
  goodbye_ = "shutdown";
  if (listener_) (void)poller_.Remove(listener_->native());
  listener_.reset();
  lan_.reset();
  EndTailnet(now);
  for (const PairSearch& search : std::exchange(searches_, {})) {
    FinishRequest(search.request, Failure{Errc::kInterrupted, "ended before the search was over"});
  }
  while (!reaches_.empty()) {
    FinishReach(now, reaches_.begin()->first, Failure{Errc::kInterrupted, "ended before the peer was reached"});
  }
  while (!dials_.empty()) FailDial(now, dials_.begin()->first, {Errc::kInterrupted, 0, 0, "dial"});
  std::vector<ConnectionId> open;
  connections_.ForEach([&open](Connection& connection) { open.push_back(connection.id); });
  for (const ConnectionId id : open) {
    const Connection* const connection = connections_.Find(id);
    if (connection == nullptr) continue;
    Close(now, id, {Errc::kInterrupted, 0, 0, "connection"}, /*linger=*/connection->session.has_value());
  }
  book_.WriteMetas();
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_SESSIONS_H_
