// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that takes a connection from its first line to the session: hands lines to
// the handshake's machine, and its questions to cctl/node/handshake_answers.h.

#ifndef CCTL_NODE_ENGINE_HANDSHAKES_H_
#define CCTL_NODE_ENGINE_HANDSHAKES_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/nonce.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/stream_socket.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/connection.h"
#include "cctl/node/engine.h"
#include "cctl/node/handshake_answers.h"
#include "cctl/proto/admission.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/wire/version_text.h"

namespace cctl {

inline void Engine::BeginListener(Instant now, Connection& connection, const Endpoint& remote) {
  const Result<Nonce> challenge = Nonce::Generate(*context_.options.random);
  if (!challenge) {  // without randomness there is no proof: nobody is let in
    context_.Warn(Errc::kIo, "the system's random generator fails; connections are refused");
    return Erase(connection);
  }
  const ConnectionId id = connection.id;
  connection.phase = Phase::kHandshake;
  connection.handshake = std::make_unique<Handshaking>();
  connection.handshake->remote = remote;
  connection.handshake->challenge = *challenge;
  connection.handshake->machine.emplace<ListenerHandshake>(
      ListenerHandshake::Config{context_.self, *challenge, context_.options.pair_request_timeout}, now);
  context_.open_challenges.Insert(*challenge);
  const auto dropped = admission_.HandleAccepted(id, ToAddressKey(remote.ip));
  if (dropped) {
    Close(now, *dropped, {Errc::kBusy, 0, 0, "connection"}, /*linger=*/false);
    if (Connection* const lingering = connections_.Find(*dropped)) Erase(*lingering);
  }
  DriveHandshake(now, id);
}

// The poller knows more about a connection that was dialled.
inline void Engine::BeginConnector(Instant now, Connection& connection) {
  const ConnectResult connected = connection.socket.FinishConnect();
  if (connected.status == ConnectStatus::kInProgress) return;
  if (connected.status == ConnectStatus::kFailed) {
    return Close(now, connection.id, connected.error, /*linger=*/false);
  }
  Dial& dial = dials_.at(connection.handshake->dial);
  const Result<Nonce> client_nonce = Nonce::Generate(*context_.options.random);
  const Result<VersionText> version = ParseVersion(context_.options.version);
  // Each address gets a key of its own: who stood at the last one has read that.
  std::optional<Psk> proposal;
  bool random = client_nonce.has_value();
  if (dial.purpose == DialPurpose::kPair && dial.stage == PairStage::kAsk) {
    random = random && context_.options.random->Fill(proposal.emplace().mutable_bytes());
  }
  if (!random || !version) {
    return Close(now, connection.id, {Errc::kIo, 0, 0, "random"}, /*linger=*/false);
  }
  if (proposal && !MayBeAskedThere(connection)) {
    return Close(now, connection.id, {Errc::kUntrustedNetwork, 0, 0, "address"}, /*linger=*/false);
  }
  connection.phase = Phase::kHandshake;
  connection.handshake->machine.emplace<ConnectorHandshake>(
      ConnectorHandshake::Config{.self = context_.self,
                                 .expected = dial.expected,
                                 .version = *version,
                                 .listen_port = context_.listen_port,
                                 .require_proof = !dial.allow_unproven,
                                 .rekey = dial.link_key.has_value(),
                                 .client_nonce = *client_nonce,
                                 .proposal = proposal,
                                 .pair_timeout = dial.deadline - now,
                                 .open_challenges = &context_.open_challenges},
      now);
  Settle(connection);
  Arm(connection);
}

// Sends what the machine has to say and answers what it asks, until it waits for the other side again.
inline void Engine::DriveHandshake(Instant now, ConnectionId id) {
  Connection* const connection = connections_.Find(id);
  if (connection == nullptr || connection->phase != Phase::kHandshake) return;
  if (std::holds_alternative<ListenerHandshake>(connection->handshake->machine)) {
    DriveListener(now, *connection);
  } else {
    DriveConnector(now, *connection);
  }
  // A machine's next deadline may be before the one it had.
  if (Connection* const driven = connections_.Find(id)) Arm(*driven);
}

inline void Engine::DriveListener(Instant now, Connection& connection) {
  ListenerHandshake& machine = std::get<ListenerHandshake>(connection.handshake->machine);
  std::optional<Psk> stored;
  while (const auto event = machine.PollEvent()) {
    if (const auto* request = std::get_if<ListenerHandshake::PairRequested>(&*event)) {
      HandlePairRequested(now, connection, *request);
    } else if (const auto* keys = std::get_if<ListenerHandshake::KeysWanted>(&*event)) {
      // Whether a wrong proof is answered is known once it is known to be wrong: HandleDenied.
      std::vector<KeyCandidate> candidates = AnswerKeysWanted(context_, keys->peer);
      AddTailnetKey(connection, keys->peer, candidates);
      machine.HandleKeys(candidates, /*answer_wrong_proofs=*/true);
    } else if (const auto* store = std::get_if<ListenerHandshake::StoreWanted>(&*event)) {
      const bool proposed = store->source == KeyCandidate::Source::kProposed;
      stored = store->key;
      machine.HandleStored(proposed ? StoreProposed(now, *store) : AnswerStoreWanted(context_, *store));
    } else if (std::holds_alternative<ListenerHandshake::VoucherWanted>(*event)) {
      AskForVoucher(now, connection);  // and it goes on with HandleVouched
    } else if (const auto* done = std::get_if<ListenerHandshake::Authenticated>(&*event)) {
      Send(now, connection, machine.PollTransmit(context_.ids, context_.Wall()));
      return BeginSession(now, connection,
                          {.peer = done->peer,
                           .proved = done->proved,
                           .peer_proved = !done->confirm,
                           .port = done->port,
                           .expect_confirm = done->confirm,
                           .confirms = done->confirm ? stored : std::nullopt,
                           .node = connection.handshake->vouched ? connection.handshake->node : std::nullopt});
    } else if (const auto* failed = std::get_if<ListenerHandshake::Failed>(&*event)) {
      return HandleDenied(now, connection, *failed);
    }
  }
  const std::string_view line = machine.PollTransmit(context_.ids, context_.Wall());
  if (!line.empty()) Send(now, connection, line);
}

// What is wrong with a proof, for the owner.
inline std::string Engine::WhyNoProof(const ListenerHandshake::Failed& failed) const {
  const auto known = failed.peer ? context_.folder.FindPeer(*failed.peer) : std::optional<Identity>();
  if (!known || !*known) return "it does not prove a key that is known here";
  const std::string name((*known)->view());
  return name + " is paired already, and it proves another key; to pair anew: " + context_.Command("forget " + name);
}

// The other side is told so where Admission allows it, and the owner where it is worth knowing.
inline void Engine::HandleDenied(Instant now, Connection& connection, const ListenerHandshake::Failed& failed) {
  ListenerHandshake& machine = std::get<ListenerHandshake>(connection.handshake->machine);
  const Endpoint& remote = connection.handshake->remote;
  auto verdict = Admission::WrongProof::kAnswer;
  if (failed.wrong_proof) verdict = admission_.HandleWrongProof(now, ToAddressKey(remote.ip));
  const std::string who = failed.peer ? std::string(failed.peer->view()) : "somebody";
  const std::string from = who + " at " + std::string(remote.Format().view());
  if (failed.wrong_proof && verdict == Admission::WrongProof::kAnswer) {
    const std::string& why = connection.handshake->why;
    const bool again = IsRefusedAgain(*connection.handshake);
    if (!again) context_.Warn(Errc::kAuthFailed, "refused " + from + ": " + (why.empty() ? WhyNoProof(failed) : why));
  } else if (verdict == Admission::WrongProof::kCloseAndLog) {
    context_.Warn(Errc::kAuthFailed, "refused " + from + " again; further wrong proofs from there are not answered");
  } else if (failed.error.code == Errc::kExpired) {
    const std::string by = failed.invite ? "invite " + std::string(failed.invite->view()) : "the pair code";
    TellRefused(now, remote, Errc::kExpired, "refused " + from + ": " + by + " has expired");
  } else if (failed.error.code == Errc::kDenied && failed.invite) {
    TellRefused(now, remote, Errc::kDenied,
                "refused " + from + ": invite " + std::string(failed.invite->view()) +
                    " admits only joiners that take a key of their own");
  }
  const bool answer = verdict == Admission::WrongProof::kAnswer;
  const std::string_view ack = answer ? machine.PollTransmit(context_.ids, context_.Wall()) : std::string_view();
  if (!ack.empty()) Send(now, connection, ack);
  Close(now, connection.id, failed.error, /*linger=*/!ack.empty());
}

inline void Engine::DriveConnector(Instant now, Connection& connection) {
  ConnectorHandshake& machine = std::get<ConnectorHandshake>(connection.handshake->machine);
  Dial& dial = dials_.at(connection.handshake->dial);
  std::optional<Error> no_key;
  while (const auto event = machine.PollEvent()) {
    if (const auto* sent = std::get_if<ConnectorHandshake::PairRequestSent>(&*event)) {
      dial.asked = true;
      context_.events.push_back(
          PairRequestSent{sent->peer, std::string(connection.handshake->remote.Format().view()), sent->check});
    } else if (const auto* wanted = std::get_if<ConnectorHandshake::KeyWanted>(&*event)) {
      dial.answered = wanted->peer == dial.expected;
      const Result<DialKey> key = IsLeftAlone(dial, wanted->peer) ? Result<DialKey>(Error{Errc::kBusy, 0, 0, "peer"})
                                                                  : AnswerKeyWanted(context_, dial, wanted->peer);
      if (key) {
        if (key->source == KeyCandidate::Source::kStored) dial.proving = key->psk;
        machine.HandleKey(now, key->psk, key->source);
      } else if (key.error().code == Errc::kNotFound && TryTailnetKey(now, connection, dial, wanted->peer)) {
        break;  // it goes on with HandleVouched
      } else {
        no_key = key.error();
        machine.HandleNoKey();
      }
    } else if (const auto* store = std::get_if<ConnectorHandshake::StoreWanted>(&*event)) {
      if (store->approved && ComesSecond(store->peer)) return ProveStored(now, dial);
      const bool stored = AnswerStoreWanted(context_, dial, *store);
      dial.proving = store->key;
      if (stored && store->approved) {
        dial.stage = PairStage::kApproved;
        LookForUnconfirmed(now + kUnconfirmedTime + Seconds(1));
      }
      machine.HandleStored(stored);
    } else if (const auto* done = std::get_if<ConnectorHandshake::Authenticated>(&*event)) {
      const bool by_tailnet = connection.handshake->vouched;  // which may have been switched off since
      if (by_tailnet && (tailnet_ == nullptr || !Pin(*connection.handshake->node, done->peer))) {
        return Close(now, connection.id, {Errc::kIo, 0, 0, "key"}, /*linger=*/false);
      }
      if (dial.key_of && *dial.key_of != done->peer) {  // it took the key of one and calls itself another
        return Close(now, connection.id, {Errc::kIdentityMismatch, 0, 0, "from_peer"}, /*linger=*/false);
      }
      const bool by_key = done->proved && !by_tailnet && dial.proving;
      const Kept kept = by_key ? KeepProved(done->peer, *dial.proving) : Kept::kUnknown;
      if (kept == Kept::kOther) return Close(now, connection.id, {Errc::kUnreachable, 0, 0, "key"}, /*linger=*/false);
      return BeginSession(now, connection,
                          {.peer = done->peer,
                           .proved = done->proved,
                           .peer_proved = done->proved && !by_key,
                           .confirm = done->confirm,
                           .node = connection.handshake->vouched ? connection.handshake->node : std::nullopt});
    } else if (const auto* failed = std::get_if<ConnectorHandshake::Failed>(&*event)) {
      return Close(now, connection.id, no_key.value_or(failed->error), /*linger=*/false);
    }
  }
  const std::string_view line = machine.PollTransmit(context_.ids, context_.Wall());
  if (!line.empty()) Send(now, connection, line);
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_HANDSHAKES_H_
