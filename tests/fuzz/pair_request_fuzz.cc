// SPDX-License-Identifier: MIT
//
// Both handshake machines where they pair by a request, under arbitrary lines, right lines with bytes changed, and
// verbs in any order. Whatever comes, nobody is let in whom nobody approved, no key is stored but the one that was
// asked for, and it goes to nobody but the name that was chosen.
//
// Input: a byte that chooses role and configuration, then steps of one byte each with their own bytes behind them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/check_number.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/handshake_states.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"
#include "tests/fuzz/handshake_program.h"
#include "tests/fuzz/program.h"
#include "tests/support/handshake_text.h"

namespace {

using namespace cctl;
using namespace cctl::testing;

constexpr PairStatus kStatuses[] = {PairStatus::kApproved, PairStatus::kDenied, PairStatus::kExpired,
                                    PairStatus::kBusy};

std::string_view WithoutNewline(std::string_view sent) {
  Require(!sent.empty() && sent.back() == '\n' && sent.find('\n') == sent.size() - 1);
  return sent.substr(0, sent.size() - 1);
}

// Whether a line is a handshake of `from` with a proof by `key`.
bool Proves(std::string_view line, const Identity& from, const Psk& key) {
  const auto message = ParseMessage(line);
  if (!message || message->type != MessageType::kHandshake) return false;
  const auto peer = FromPeer(*message);
  const auto handshake = ParseHandshake(message->payload);
  return peer && *peer && **peer == from && handshake && handshake->proof &&
         *handshake->proof == ConnectorProof(key, kChallenge) && !handshake->client_nonce_malformed;
}

void FuzzListener(std::uint8_t choice, Program& in) {
  MessageIds ids(kTag);
  ListenerHandshake machine({kListener, kChallenge}, Instant{0});
  Require(ParseMessage(WithoutNewline(machine.PollTransmit(ids, kDate))).has_value());
  std::string asking;
  AppendPairRequest(asking, PairRequest{kConnector, kKey, VersionText("1.0"), std::nullopt});
  asking.pop_back();
  std::string more;
  if ((choice & 2) != 0) more += R"(,"client_nonce":")" + std::string(kClientNonce.view()) + '"';
  const std::string proving = HandshakeText("beta", Hex(ConnectorProof(kKey, kChallenge)), more);
  std::optional<PairRequest> request;  // as it was read
  bool approved = false;
  bool proved = false;
  bool stored = false;
  std::optional<ListenerState> ended;
  while (!in.empty()) {
    const Instant now{in.Bit() ? 1 : 0};
    switch (in.Below(7)) {
      case 0: {
        const bool wanted = machine.wants_line();
        const std::string line =
            Line(in, machine.state() == ListenerState::kAwaitingHandshake && request ? proving : asking);
        const bool first = !request;
        machine.HandleLine(now, line);
        if (wanted && first) {
          if (const auto read = ParsePairRequest(line)) request = *read;
        }
        if (wanted && !first && request) proved = Proves(line, request->from, request->proposal);
        break;
      }
      case 1: {
        const PairStatus status = kStatuses[in.Below(4)];
        const bool asked = machine.state() == ListenerState::kAwaitingDecision;
        machine.HandleDecision(now, status);
        approved = approved || (asked && status == PairStatus::kApproved);
        if (asked) {
          const auto response = ParsePairResponse(WithoutNewline(machine.PollTransmit(ids, kDate)));
          Require(response && response->from == kListener && response->status == status);
        }
        break;
      }
      case 2: {  // of a handshake without a request: no key admits it here
        const KeyCandidate wrong{KeyCandidate::Source::kStored, KeyOf(8)};
        machine.HandleKeys({&wrong, in.Below(2)}, in.Bit());
        break;
      }
      case 3: {
        const bool ok = in.Bit();
        if (machine.state() == ListenerState::kAwaitingStorage) stored = ok;
        machine.HandleStored(ok);
        break;
      }
      case 4:
        machine.HandleTimeout(Instant{in.Byte() * 1000});
        break;
      case 5:
        if (in.Byte() == 0) machine.HandleClosed();
        break;
      case 6:
        if (const auto event = machine.PollEvent()) {
          if (const auto* const wants = std::get_if<ListenerHandshake::PairRequested>(&*event)) {
            Require(request && wants->peer == request->from);
            Require(wants->check == CheckNumber(request->proposal, kChallenge));
          }
          if (const auto* const store = std::get_if<ListenerHandshake::StoreWanted>(&*event)) {
            Require(approved && proved && store->source == KeyCandidate::Source::kProposed);
            Require(store->peer == request->from && store->key == request->proposal && !store->rekeyed);
          }
          if (const auto* const done = std::get_if<ListenerHandshake::Authenticated>(&*event)) {
            Require(done->peer == request->from);
          }
        }
        break;
    }
    const ListenerState state = machine.state();
    if (state == ListenerState::kAwaitingDecision) {
      Require(request.has_value() && !approved);
      Require(machine.PollTransmit(ids, kDate).empty());  // nothing is said before somebody decides
    }
    if (state == ListenerState::kAwaitingStorage) Require(approved && proved);
    if (state == ListenerState::kAuthenticated) Require(approved && proved && stored);
    CheckEnd(machine, ended);
  }
}

void FuzzConnector(std::uint8_t choice, Program& in) {
  MessageIds ids(kTag);
  ConnectorHandshake::Config config{.self = kConnector, .version = VersionText("1.0"), .client_nonce = kClientNonce};
  if ((choice & 2) != 0) config.expected = kListener;
  config.proposal = kKey;
  ConnectorHandshake machine(config, Instant{0});
  const std::string challenge = ChallengeText((choice & 4) != 0 ? "alpha" : "", kChallenge.view());
  std::string response;
  AppendPairResponse(response, PairResponse{kListener, kStatuses[(choice >> 3) % 4]});
  response.pop_back();
  const std::string ack = AckText(
      "alpha", "ok", R"(,"proof":")" + Hex(ListenerProof(kKey, kListener, kConnector, kClientNonce, kChallenge)) + '"');
  std::optional<Nonce> nonce;  // of the challenge that it answers
  bool asked = false;          // the key has left this machine
  bool agreed = false;
  bool stored = false;
  bool acked = false;
  std::optional<ConnectorState> ended;
  while (!in.empty()) {
    const Instant now{in.Bit() ? 1 : 0};
    switch (in.Below(6)) {
      case 0: {
        const bool wanted = machine.wants_line();
        const ConnectorState before = machine.state();
        const std::string line = Line(in, before == ConnectorState::kAwaitingChallenge  ? challenge
                                          : before == ConnectorState::kAwaitingDecision ? response
                                                                                        : ack);
        machine.HandleLine(now, line);
        if (!wanted) break;
        if (before == ConnectorState::kAwaitingChallenge) {
          const auto message = ParseMessage(line);
          const auto parsed = message ? ParseChallenge(message->payload) : Result<ChallengeView>(message.error());
          if (parsed) nonce = parsed->nonce;
        } else if (before == ConnectorState::kAwaitingDecision) {
          const auto parsed = ParsePairResponse(line);
          agreed = parsed && parsed->status == PairStatus::kApproved && parsed->from == kListener;
        } else {
          const auto message = ParseMessage(line);
          const auto parsed = message ? ParseHandshakeAck(message->payload) : Result<HandshakeAckView>(message.error());
          acked = nonce && parsed && parsed->status == AckStatus::kOk && parsed->proof &&
                  *parsed->proof == ListenerProof(kKey, kListener, kConnector, kClientNonce, *nonce);
        }
        break;
      }
      case 1: {
        const bool ok = in.Bit();
        if (machine.state() == ConnectorState::kAwaitingAgreement) stored = ok;
        machine.HandleStored(ok);
        break;
      }
      case 2:
        machine.HandleTimeout(Instant{in.Byte() * 1000});
        break;
      case 3:
        if (in.Byte() == 0) machine.HandleClosed();
        break;
      case 4: {
        const std::string_view sent = machine.PollTransmit(ids, kDate);
        if (sent.empty()) break;
        const std::string_view line = WithoutNewline(sent);
        if (const auto request = ParsePairRequest(line)) {
          Require(!asked && config.expected && request->from == kConnector && request->proposal == kKey);
          asked = true;
        } else {
          Require(asked && agreed && stored);  // the handshake, by the key that is on disk now
          Require(nonce && ParseMessage(line));
        }
        break;
      }
      case 5:
        if (const auto event = machine.PollEvent()) {
          if (const auto* const store = std::get_if<ConnectorHandshake::StoreWanted>(&*event)) {
            Require(agreed && store->approved && store->peer == kListener && store->key == kKey && !store->rekeyed);
          }
          if (const auto* const done = std::get_if<ConnectorHandshake::Authenticated>(&*event)) {
            Require(done->peer == kListener && done->proved && done->confirm);
          }
        }
        break;
    }
    const ConnectorState state = machine.state();
    if (state == ConnectorState::kAwaitingDecision) Require(config.expected.has_value());
    if (state == ConnectorState::kAwaitingAgreement) Require(asked && agreed);
    if (state == ConnectorState::kAuthenticated) Require(asked && agreed && stored && acked);
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
