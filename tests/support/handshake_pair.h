// SPDX-License-Identifier: MIT
//
// One connection between two hosts: both handshake machines, each behind a LineReader, and between them a stream that
// cuts bytes into random pieces, delays them, and can break. It moves bytes and timeouts as a relay does, and decides
// nothing.

#ifndef CCTL_TESTS_SUPPORT_HANDSHAKE_PAIR_H_
#define CCTL_TESTS_SUPPORT_HANDSHAKE_PAIR_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/line_reader.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/version_text.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_host.h"
#include "tests/support/virtual_clock.h"

namespace cctl::testing {

// What a connector is told by its user.
struct Dial {
  std::optional<Identity> expected = {};
  Psk key;
  KeyCandidate::Source source = KeyCandidate::Source::kStored;
  bool rekey = false;
  bool require_proof = true;
};

// `join <link>`.
inline Dial JoinBy(const Identity& listener, const Invite& invite) {
  return {.expected = listener, .key = invite.psk, .source = KeyCandidate::Source::kInvite, .rekey = true};
}

// A reconnect by the key that `host` has stored.
inline Dial Reconnect(TestHost& host, const Identity& listener) {
  return {.expected = listener, .key = host.Find(listener)->psk};
}

class HandshakePair {
 public:
  HandshakePair(VirtualClock& clock, SeededRandom& random, TestHost& listener, TestHost& connector, const Dial& dial)
      : clock_(clock),
        random_(random),
        listener_host_(listener),
        connector_host_(connector),
        dial_(dial),
        challenge_(*Nonce::Generate(random)),
        listener_({listener.identity, challenge_}, clock.now()),
        connector_({.self = connector.identity,
                    .expected = dial.expected,
                    .version = VersionText("1.0.0"),
                    .listen_port = 9847,
                    .require_proof = dial.require_proof,
                    .rekey = dial.rekey,
                    .client_nonce = *Nonce::Generate(random),
                    .open_challenges = &connector.open_challenges},
                   clock.now()) {
    listener_host_.open_challenges.Insert(challenge_);
    clock_.After(Delay(), [this] { PumpListener(); });
    PumpConnector();
  }
  HandshakePair(const HandshakePair&) = delete;
  HandshakePair& operator=(const HandshakePair&) = delete;
  ~HandshakePair() { listener_host_.open_challenges.Erase(challenge_); }

  // The connection breaks when this many bytes have arrived at one end.
  void BreakAfterBytesToListener(std::size_t bytes) { to_listener_.left = bytes; }
  void BreakAfterBytesToConnector(std::size_t bytes) { to_connector_.left = bytes; }

  // What came of it, once the clock has run.
  std::optional<ListenerHandshake::Authenticated> accepted;
  std::optional<ListenerHandshake::Failed> refused;
  std::optional<ConnectorHandshake::Authenticated> joined;
  std::optional<ConnectorHandshake::Failed> failed;
  std::vector<std::string> lines;  // as they were sent, by either

 private:
  struct Stream {
    std::size_t left = SIZE_MAX;  // bytes that still arrive
    Instant last;                 // arrival: nothing overtakes
    std::string arrived;          // and not yet read
    LineReader reader;
  };

  Duration Delay() { return Milliseconds(static_cast<std::int64_t>(random_.Below(40))); }

  void Send(Stream& stream, std::string_view bytes, void (HandshakePair::*pump)()) {
    if (broken_) return;
    lines.emplace_back(bytes);
    while (!bytes.empty()) {
      const std::string piece(bytes.substr(0, 1 + random_.Below(bytes.size())));
      bytes.remove_prefix(piece.size());
      const Instant at = clock_.now() + Delay();
      if (at > stream.last) stream.last = at;
      clock_.At(stream.last, [this, &stream, piece, pump] {
        if (broken_) return;
        const std::size_t size = piece.size() < stream.left ? piece.size() : stream.left;
        stream.arrived.append(piece, 0, size);
        if (stream.left != SIZE_MAX) stream.left -= size;
        (this->*pump)();
        if (stream.left == 0) Break();
      });
    }
  }

  void Break() {
    broken_ = true;
    listener_.HandleClosed();
    connector_.HandleClosed();
    PumpListener();
    PumpConnector();
  }

  // The end that closes has its last words delivered first.
  void Close(Stream& stream) {
    clock_.At(stream.last, [this] { Break(); });
  }

  std::optional<std::string> TakeLine(Stream& stream) {
    std::string_view in = stream.arrived;
    const auto line = stream.reader.Next(in);
    std::optional<std::string> taken;
    if (line && *line) taken = std::string(**line);
    stream.arrived.erase(0, stream.arrived.size() - in.size());
    return taken;
  }

  void PumpListener() {
    for (;;) {
      if (const std::string_view out = listener_.PollTransmit(listener_host_.ids, clock_.date()); !out.empty()) {
        Send(to_connector_, out, &HandshakePair::PumpConnector);
      }
      if (const auto event = listener_.PollEvent()) {
        std::visit([this](const auto& e) { OnListenerEvent(e); }, *event);
        continue;
      }
      if (!listener_.wants_line() && !accepted) break;
      const std::optional<std::string> line = TakeLine(to_listener_);
      if (!line) break;
      accepted ? OnSessionLine(*line) : listener_.HandleLine(clock_.now(), *line);
    }
    if (const auto due = listener_.PollTimeout(); due && due != listener_due_) {
      listener_due_ = due;
      clock_.At(*due, [this] {
        listener_.HandleTimeout(clock_.now());
        PumpListener();
      });
    }
  }

  // Pair requests are tests/proto/pair_request_test.cc's business.
  void OnListenerEvent(const ListenerHandshake::PairRequested&) { ADD_FAILURE() << "a pair request"; }
  void OnListenerEvent(const ListenerHandshake::VoucherWanted&) { ADD_FAILURE() << "a key of a tailnet"; }
  void OnConnectorEvent(const ConnectorHandshake::PairRequestSent&) { ADD_FAILURE() << "a pair request"; }

  void OnListenerEvent(const ListenerHandshake::KeysWanted& wanted) {
    clock_.After(Delay(), [this, peer = wanted.peer] {
      listener_.HandleKeys(listener_host_.Candidates(peer, clock_.date()), /*answer_wrong_proofs=*/true);
      PumpListener();
    });
  }
  void OnListenerEvent(const ListenerHandshake::StoreWanted& wanted) {
    clock_.After(Delay(), [this, wanted] {
      listener_.HandleStored(
          listener_host_.Store(wanted.peer, wanted.key, wanted.invite, wanted.rekeyed, clock_.date()));
      PumpListener();
    });
  }
  void OnListenerEvent(const ListenerHandshake::Authenticated& done) {
    accepted = done;
    if (!done.rekeyed) listener_host_.NoteKeyProved(done.peer, clock_.date());
  }
  void OnListenerEvent(const ListenerHandshake::Failed& done) {
    refused = done;
    Close(to_connector_);
  }

  void OnSessionLine(std::string_view line) {
    const auto message = ParseMessage(line);
    if (!message || message->type != MessageType::kHeartbeat || !accepted->confirm) return;
    const auto heartbeat = ParseHeartbeat(message->payload);
    if (heartbeat && heartbeat->confirm && ConstantTimeEqual(*heartbeat->confirm, *accepted->confirm)) {
      listener_host_.NoteKeyProved(accepted->peer, clock_.date());
    }
  }

  void PumpConnector() {
    for (;;) {
      if (const std::string_view out = connector_.PollTransmit(connector_host_.ids, clock_.date()); !out.empty()) {
        Send(to_listener_, out, &HandshakePair::PumpListener);
      }
      if (const auto event = connector_.PollEvent()) {
        std::visit([this](const auto& e) { OnConnectorEvent(e); }, *event);
        continue;
      }
      if (!connector_.wants_line()) break;
      const std::optional<std::string> line = TakeLine(to_connector_);
      if (!line) break;
      connector_.HandleLine(clock_.now(), *line);
    }
    if (const auto due = connector_.PollTimeout(); due && due != connector_due_) {
      connector_due_ = due;
      clock_.At(*due, [this] {
        connector_.HandleTimeout(clock_.now());
        PumpConnector();
      });
    }
  }

  void OnConnectorEvent(const ConnectorHandshake::KeyWanted&) {
    clock_.After(Delay(), [this] {
      connector_.HandleKey(clock_.now(), dial_.key, dial_.source);
      PumpConnector();
    });
  }
  void OnConnectorEvent(const ConnectorHandshake::StoreWanted& wanted) {
    clock_.After(Delay(), [this, wanted] {
      const bool ok = connector_host_.disk_works && connector_.state() == ConnectorState::kAwaitingStorage;
      if (ok) connector_host_.Put({wanted.peer, wanted.key, /*proved=*/true});
      connector_.HandleStored(ok);
      PumpConnector();
    });
  }
  void OnConnectorEvent(const ConnectorHandshake::Authenticated& done) {
    joined = done;
    if (!done.confirm) return;
    std::string line;
    const MessageId id = connector_host_.ids.Next(clock_.date());
    AppendHeartbeat(line, {id.view(), connector_host_.identity.view(), clock_.date()}, &*done.confirm);
    Send(to_listener_, line, &HandshakePair::PumpListener);
  }
  void OnConnectorEvent(const ConnectorHandshake::Failed& done) {
    failed = done;
    Close(to_listener_);
  }

  VirtualClock& clock_;
  SeededRandom& random_;
  TestHost& listener_host_;
  TestHost& connector_host_;
  Dial dial_;
  Nonce challenge_;
  ListenerHandshake listener_;
  ConnectorHandshake connector_;
  Stream to_listener_;
  Stream to_connector_;
  bool broken_ = false;
  std::optional<Instant> listener_due_;
  std::optional<Instant> connector_due_;
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_HANDSHAKE_PAIR_H_
