// SPDX-License-Identifier: MIT
//
// Both handshake machines under arbitrary lines, right lines with bytes changed, and verbs in any order. Whatever
// comes, neither is authenticated without a right proof, a key is stored before that where it has to be, an end is for
// good, and what is sent is one line that we would read ourselves. Pairing by a request: pair_request_fuzz.cc.
//
// Input: a byte that chooses role and configuration, then steps of one byte each with their own bytes behind them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_id.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/handshake_states.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/version_text.h"
#include "tests/fuzz/handshake_program.h"
#include "tests/fuzz/program.h"
#include "tests/support/handshake_text.h"

namespace {

using namespace cctl;
using namespace cctl::testing;

const InviteId kInvite = *InviteId::Parse("5b0c9a12");

// Whether a line is a handshake whose proof is right.
bool ProvesKey(std::string_view line) {
  const auto message = ParseMessage(line);
  if (!message || message->type != MessageType::kHandshake) return false;
  const auto handshake = ParseHandshake(message->payload);
  return handshake && handshake->proof && *handshake->proof == ConnectorProof(kKey, kChallenge) &&
         !handshake->client_nonce_malformed;
}

// Whether a line is an `ok` by which the listener proves the key, or, if that will do, one that proves nothing.
bool IsRightAck(std::string_view line, bool require_proof) {
  const auto message = ParseMessage(line);
  if (!message || message->type != MessageType::kHandshakeAck) return false;
  const auto from = FromPeer(*message);
  const auto ack = ParseHandshakeAck(message->payload);
  if (!from || !*from || !ack || ack->status != AckStatus::kOk || ack->proof_malformed) return false;
  if (!ack->proof) return !require_proof;
  return *ack->proof == ListenerProof(kKey, **from, kConnector, kClientNonce, kChallenge);
}

void CheckSent(std::string_view sent) {
  if (sent.empty()) return;
  Require(sent.back() == '\n' && sent.find('\n') == sent.size() - 1);
  Require(ParseMessage(sent).has_value());
}

void FuzzListener(std::uint8_t choice, Program& in) {
  using Source = KeyCandidate::Source;
  MessageIds ids(kTag);
  ListenerHandshake machine({kListener, kChallenge}, Instant{0});
  CheckSent(machine.PollTransmit(ids, kDate));
  std::string more;
  if ((choice & 2) != 0) more += R"(,"client_nonce":")" + std::string(kClientNonce.view()) + '"';
  if ((choice & 4) != 0) more += R"(,"rekey":true)";
  const std::string right = HandshakeText("beta", Hex(ConnectorProof(kKey, kChallenge)), more);
  bool proved = false;   // the line that it took was right
  bool offered = false;  // the right key was among those it was given
  bool stored = true;    // unless it asked for that
  bool vouched = true;   // the same
  std::optional<ListenerState> ended;
  while (!in.empty()) {
    const Instant now{(in.Byte() & 1) != 0 ? 1 : 0};
    switch (in.Byte() % 8) {
      case 0: {
        const bool wanted = machine.wants_line();
        const std::string line = Line(in, right);
        machine.HandleLine(now, line);
        if (wanted) proved = ProvesKey(line);
        break;
      }
      case 1: {
        const bool wanted = machine.state() == ListenerState::kAwaitingKeys;
        std::vector<KeyCandidate> keys;
        bool usable = false;
        for (unsigned n = in.Byte() % 4u; n > 0; --n) {
          const std::uint8_t bits = in.Byte();
          const bool is_right = (bits & 1) != 0;
          constexpr Source kSources[] = {Source::kStored, Source::kPending, Source::kInvite, Source::kTailnet};
          const Source source = kSources[(bits >> 1) % 4];
          keys.push_back({source, is_right ? kKey : KeyOf(bits), kInvite, (bits & 0x40) != 0, (bits & 0x80) != 0});
          usable |= keys.back().psk == kKey && !keys.back().expired;
        }
        machine.HandleKeys(keys, (in.Byte() & 1) != 0);
        if (wanted) offered = usable;
        break;
      }
      case 2: {
        const bool ok = (in.Byte() & 1) != 0;
        if (machine.state() == ListenerState::kAwaitingStorage) stored = ok;
        machine.HandleStored(ok);
        break;
      }
      case 3:
        machine.HandleTimeout(Instant{in.Byte() * 100});
        break;
      case 4:
        if (in.Byte() == 0) machine.HandleClosed();
        break;
      case 5:
        CheckSent(machine.PollTransmit(ids, kDate));
        break;
      case 7: {
        const bool ok = (in.Byte() & 1) != 0;
        if (machine.state() == ListenerState::kAwaitingVoucher) vouched = ok;
        machine.HandleVouched(ok);
        break;
      }
      case 6:
        if (const auto event = machine.PollEvent()) {
          if (const auto* store = std::get_if<ListenerHandshake::StoreWanted>(&*event)) {
            Require(proved && offered);
            Require(store->source != Source::kStored && store->source != Source::kTailnet);
          }
          if (std::holds_alternative<ListenerHandshake::Failed>(*event)) {
            Require(machine.state() == ListenerState::kFailed);
          }
        }
        break;
    }
    const ListenerState state = machine.state();
    if (state == ListenerState::kAwaitingStorage) Require(proved && offered);
    if (state == ListenerState::kAwaitingVoucher) Require(proved && offered);
    if (state == ListenerState::kAuthenticated) Require(proved && offered && stored && vouched);
    CheckEnd(machine, ended);
  }
}

void FuzzConnector(std::uint8_t choice, Program& in) {
  MessageIds ids(kTag);
  ConnectorHandshake::Config config{.self = kConnector, .version = VersionText("1.0"), .client_nonce = kClientNonce};
  if ((choice & 2) != 0) config.expected = kListener;
  config.require_proof = (choice & 4) != 0;
  config.rekey = (choice & 8) != 0;
  ConnectorHandshake machine(config, Instant{0});
  const std::string challenge = ChallengeText((choice & 16) != 0 ? "alpha" : "", kChallenge.view());
  const std::string more =
      (choice & 32) != 0
          ? R"(,"proof":")" + Hex(ListenerProof(kKey, kListener, kConnector, kClientNonce, kChallenge)) + '"'
          : std::string();
  const std::string ack = AckText("alpha", "ok", more);
  bool same_challenge = false;  // it was asked for the challenge that the ack was made for
  bool acked = false;
  bool stored = true;
  std::optional<ConnectorState> ended;
  while (!in.empty()) {
    const Instant now{(in.Byte() & 1) != 0 ? 1 : 0};
    switch (in.Byte() % 7) {
      case 0: {
        const bool wanted = machine.wants_line();
        const bool first = machine.state() == ConnectorState::kAwaitingChallenge;
        const std::string line = Line(in, first ? challenge : ack);
        machine.HandleLine(now, line);
        if (wanted && first) {
          const auto message = ParseMessage(line);
          const auto parsed = message ? ParseChallenge(message->payload) : Result<ChallengeView>(message.error());
          same_challenge = parsed && parsed->nonce == kChallenge;
        }
        if (wanted && !first) acked = IsRightAck(line, config.require_proof);
        break;
      }
      case 1:
        machine.HandleKey(now, kKey, static_cast<KeyCandidate::Source>(in.Byte() % 3));
        break;
      case 2:
        if (in.Byte() == 0) machine.HandleNoKey();
        break;
      case 3: {
        const bool ok = (in.Byte() & 1) != 0;
        if (machine.state() == ConnectorState::kAwaitingStorage) stored = ok;
        machine.HandleStored(ok);
        break;
      }
      case 4:
        machine.HandleTimeout(Instant{in.Byte() * 100});
        break;
      case 5:
        CheckSent(machine.PollTransmit(ids, kDate));
        break;
      case 6:
        if (const auto event = machine.PollEvent()) {
          if (const auto* const done = std::get_if<ConnectorHandshake::Authenticated>(&*event)) {
            Require(done->peer != kConnector && (!config.expected || done->peer == *config.expected));
            Require(done->proved || !config.require_proof);
            Require(!done->proved || same_challenge);
            Require(done->rekeyed == done->confirm.has_value() && (!done->rekeyed || done->proved));
          }
          if (std::holds_alternative<ConnectorHandshake::StoreWanted>(*event)) Require(acked);
        }
        break;
    }
    const ConnectorState state = machine.state();
    if (state == ConnectorState::kAwaitingStorage) Require(acked);
    if (state == ConnectorState::kAuthenticated) Require(acked && stored);
    CheckEnd(machine, ended);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Program in(data, size);
  const std::uint8_t choice = in.Byte();
  (choice & 1) != 0 ? FuzzListener(choice, in) : FuzzConnector(choice, in);
  return 0;
}
