// SPDX-License-Identifier: MIT
//
// Both handshake machines with the key of a tailnet, which others can compute: a right proof by it is not enough.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/handshake_states.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_key.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/version_text.h"
#include "tests/support/handshake_text.h"

namespace cctl {
namespace {

using testing::AckText;
using testing::ChallengeText;
using testing::HandshakeText;
using testing::Hex;
using Source = KeyCandidate::Source;

constexpr Instant kStart{1'000};
constexpr Instant kSoon = kStart + Seconds(1);
constexpr UnixTime kDate{1'795'422'026'237};
constexpr std::uint8_t kTag[] = {1, 2, 3, 4};
const Identity kAlpha = *Identity::Parse("alpha-1");
const Identity kBeta = *Identity::Parse("beta-2");
const Nonce kChallenge = *Nonce::Parse("5610a8506b7cbad460c722fe0880e0a69db7d45f9d39aab4dd5ce15760767489");
const Nonce kClientNonce = *Nonce::Parse("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
const Psk kKey = DeriveTailnetPsk(*StableId::Parse("nALPHA"), *StableId::Parse("nBETA"));

std::string Handshake(std::string_view more) {
  return HandshakeText("beta-2", Hex(ConnectorProof(kKey, kChallenge)), more);
}

std::string WithNonce(std::string_view more = {}) {
  return Handshake(R"(,"client_nonce":")" + std::string(kClientNonce.view()) + '"' + std::string(more));
}

class TailnetListener {
 public:
  TailnetListener() : machine({kAlpha, kChallenge}, kStart) { (void)Transmit(); }

  std::string Transmit() { return std::string(machine.PollTransmit(ids, kDate)); }

  // A handshake, tried with the tailnet's key; what the machine says then.
  std::optional<ListenerHandshake::Event> Try(std::string_view line) {
    machine.HandleLine(kSoon, line);
    (void)machine.PollEvent();
    machine.HandleKeys(std::vector<KeyCandidate>{{Source::kTailnet, kKey}}, /*answer_wrong_proofs=*/true);
    return machine.PollEvent();
  }

  MessageIds ids{kTag};
  ListenerHandshake machine;
};

void ExpectDenied(TailnetListener& listener, const std::optional<ListenerHandshake::Event>& event) {
  ASSERT_TRUE(event);
  const auto* failed = std::get_if<ListenerHandshake::Failed>(&*event);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->error.code, Errc::kDenied);
  EXPECT_EQ(failed->peer, kBeta);
  EXPECT_NE(listener.Transmit().find(R"("status":"denied")"), std::string::npos);
}

TEST(TailnetHandshake, RightProofIsNotAnsweredBeforeSomebodyVouches) {
  TailnetListener listener;
  const auto event = listener.Try(WithNonce());
  ASSERT_TRUE(event);
  const auto* wanted = std::get_if<ListenerHandshake::VoucherWanted>(&*event);
  ASSERT_NE(wanted, nullptr);
  EXPECT_EQ(wanted->peer, kBeta);
  EXPECT_EQ(listener.Transmit(), "");
  listener.machine.HandleVouched(true);
  const auto done = listener.machine.PollEvent();
  ASSERT_TRUE(done);
  const auto* authenticated = std::get_if<ListenerHandshake::Authenticated>(&*done);
  ASSERT_NE(authenticated, nullptr);
  EXPECT_EQ(authenticated->peer, kBeta);
  EXPECT_TRUE(authenticated->proved);
  EXPECT_FALSE(authenticated->confirm) << "there is no key to be stored";
  EXPECT_NE(listener.Transmit().find(R"("status":"ok")"), std::string::npos);
}

TEST(TailnetHandshake, RightProofThatNobodyVouchesForIsDeniedAsAWrongOne) {
  TailnetListener listener;
  (void)listener.Try(WithNonce());
  listener.machine.HandleVouched(false);
  const auto event = listener.machine.PollEvent();
  ASSERT_TRUE(event && std::holds_alternative<ListenerHandshake::Failed>(*event));
  EXPECT_TRUE(std::get<ListenerHandshake::Failed>(*event).wrong_proof);
  ExpectDenied(listener, event);
}

TEST(TailnetHandshake, ProofThatAsksForNoneOfOursIsDenied) {
  TailnetListener listener;
  ExpectDenied(listener, listener.Try(Handshake("")));
}

TEST(TailnetHandshake, JoinerThatWantsAKeyOfItsOwnIsDenied) {
  TailnetListener listener;
  ExpectDenied(listener, listener.Try(WithNonce(R"(,"rekey":true)")));
}

TEST(TailnetHandshake, WrongProofAsksNobodyToVouch) {
  TailnetListener listener;
  const std::string wrong =
      HandshakeText("beta-2", std::string(64, '0'), R"(,"client_nonce":")" + std::string(kClientNonce.view()) + '"');
  ExpectDenied(listener, listener.Try(wrong));
}

TEST(TailnetHandshake, VoucherThatComesTooLateChangesNothing) {
  TailnetListener listener;
  (void)listener.Try(WithNonce());
  const Instant deadline = kStart + kListenerHandshakeLimit;
  ASSERT_EQ(listener.machine.PollTimeout(), deadline);
  listener.machine.HandleTimeout(deadline);
  listener.machine.HandleVouched(true);
  EXPECT_EQ(listener.machine.state(), ListenerState::kFailed);
  EXPECT_EQ(listener.Transmit(), "");
}

TEST(TailnetHandshake, ConnectorStoresNothingAndTakesNoListenerThatProvesNothing) {
  for (const bool proves : {true, false}) {
    ConnectorHandshake machine({.self = kBeta,
                                .expected = kAlpha,
                                .version = VersionText("1.0"),
                                .require_proof = false,
                                .rekey = true,
                                .client_nonce = kClientNonce},
                               kStart);
    MessageIds ids(kTag);
    machine.HandleLine(kSoon, ChallengeText("alpha-1", kChallenge.view()));
    (void)machine.PollEvent();
    machine.HandleKey(kSoon, kKey, Source::kTailnet);
    const std::string sent(machine.PollTransmit(ids, kDate));
    EXPECT_NE(sent.find(Hex(ConnectorProof(kKey, kChallenge))), std::string::npos);
    EXPECT_EQ(sent.find("rekey"), std::string::npos);
    const Proof proof = ListenerProof(kKey, kAlpha, kBeta, kClientNonce, kChallenge);
    machine.HandleLine(kSoon, AckText("alpha-1", "ok", proves ? R"(,"proof":")" + Hex(proof) + '"' : std::string()));
    const auto event = machine.PollEvent();
    ASSERT_TRUE(event);
    if (proves) {
      const auto* done = std::get_if<ConnectorHandshake::Authenticated>(&*event);
      ASSERT_NE(done, nullptr);
      EXPECT_TRUE(done->proved);
      EXPECT_FALSE(done->confirm);
    } else {
      const auto* failed = std::get_if<ConnectorHandshake::Failed>(&*event);
      ASSERT_NE(failed, nullptr);
      EXPECT_EQ(failed->error.code, Errc::kUnproven);
    }
  }
}

}  // namespace
}  // namespace cctl
