// SPDX-License-Identifier: MIT

#include "cctl/proto/connector_handshake.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/handshake_states.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/open_challenges.h"
#include "cctl/wire/line_reader.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"
#include "tests/support/handshake_text.h"
#include "tests/support/recorded_join.h"

namespace cctl {
namespace {

namespace recorded = testing::recorded;
using testing::AckText;
using testing::ChallengeText;
using testing::Envelope;
using testing::Hex;
using Source = KeyCandidate::Source;
using State = ConnectorState;

constexpr Instant kStart{1'000};
constexpr Instant kSoon = kStart + Seconds(1);
constexpr UnixTime kDate{recorded::kTimestamp};
constexpr std::uint8_t kTag[] = {0xa1, 0xb2, 0xc3, 0xd4};

const Identity kSelf = *Identity::Parse(recorded::kJoiner);
const Identity kPeer = *Identity::Parse(recorded::kListener);
const Nonce kChallenge = *Nonce::Parse(recorded::kNonce);
const Nonce kClientNonce = *Nonce::Parse("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
const Psk kKey = *ParsePskHex(recorded::kPskHex);

ConnectorHandshake::Config Expecting(std::optional<Identity> expected = kPeer) {
  return {.self = kSelf, .expected = expected, .version = VersionText("0.64.0"), .client_nonce = kClientNonce};
}

ConnectorHandshake::Config Joining() {
  ConnectorHandshake::Config config = Expecting();
  config.rekey = true;
  return config;
}

std::string RightChallenge() { return ChallengeText(kPeer.view(), kChallenge.view()); }

std::string RightAck() {
  const Proof proof = ListenerProof(kKey, kPeer, kSelf, kClientNonce, kChallenge);
  return AckText(kPeer.view(), "ok", R"(,"proof":")" + Hex(proof) + '"');
}

ConnectorHandshake::Config Pairing() {
  ConnectorHandshake::Config config = Expecting();
  config.proposal = kKey;
  return config;
}

std::string ResponseText(PairStatus status) {
  std::string line;
  AppendPairResponse(line, PairResponse{kPeer, status});
  line.pop_back();
  return line;
}

class Connector {
 public:
  explicit Connector(const ConnectorHandshake::Config& config = Expecting()) : machine(config, kStart) {}

  template <typename Event>
  std::optional<Event> Take() {
    const auto event = machine.PollEvent();
    if (!event || !std::holds_alternative<Event>(*event)) return std::nullopt;
    return std::get<Event>(*event);
  }

  // The error that it ended with; a default one if it has not.
  Error TakeError() {
    const auto failed = Take<ConnectorHandshake::Failed>();
    return failed ? failed->error : Error{};
  }

  // Up to the handshake, which has been sent and is returned.
  std::string Answer(std::string_view challenge = RightChallenge(), Source source = Source::kStored) {
    machine.HandleLine(kSoon, challenge);
    EXPECT_TRUE(Take<ConnectorHandshake::KeyWanted>());
    machine.HandleKey(kSoon, kKey, source);
    return Transmit();
  }

  std::string Transmit() { return std::string(machine.PollTransmit(ids, kDate)); }

  MessageIds ids{kTag};
  ConnectorHandshake machine;
};

TEST(ConnectorHandshake, SendsNothingBeforeItHasChallengeAndKey) {
  Connector connector;
  EXPECT_EQ(connector.Transmit(), "");
  EXPECT_TRUE(connector.machine.wants_line());
  connector.machine.HandleLine(kSoon, RightChallenge());
  EXPECT_EQ(connector.Transmit(), "");
  EXPECT_FALSE(connector.machine.wants_line());
  const auto wanted = connector.Take<ConnectorHandshake::KeyWanted>();
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->peer, kPeer);
  connector.machine.HandleKey(kSoon, kKey, Source::kStored);
  EXPECT_FALSE(connector.machine.wants_line()) << "an ack before our handshake is out answers nothing";
  EXPECT_EQ(connector.Transmit(),
            R"({"id":"msg_1795422026237_0_a1b2c3d4","msg_type":"handshake","from_peer":"beta-18c17d7e",)"
            R"("timestamp":1795422026237,"payload":{"proof":")" +
                Hex(ConnectorProof(kKey, kChallenge)) + R"(","version":"0.64.0","client_nonce":")" +
                std::string(kClientNonce.view()) + "\",\"port\":0}}\n");
  EXPECT_TRUE(connector.machine.wants_line());
  EXPECT_EQ(connector.Transmit(), "");
  connector.machine.HandleLine(kSoon, RightAck());
  const auto done = connector.Take<ConnectorHandshake::Authenticated>();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->peer, kPeer);
  EXPECT_TRUE(done->proved);
  EXPECT_FALSE(done->rekeyed);
  EXPECT_FALSE(connector.machine.PollTimeout());
}

// The released listener's bytes, whole, in pieces, and with the session's first bytes behind them. Our handshake is,
// but for the id and what we add behind the version, the bytes that the released joiner sent.
TEST(ConnectorHandshake, TakesTheJoinersSideOfTheRecordedJoin) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    ConnectorHandshake::Config config = Joining();
    config.require_proof = false;
    Connector connector(config);
    LineReader reader;
    const auto feed = [&](std::string_view stream) {
      for (std::size_t at = 0; at < stream.size(); at += piece) {
        std::string_view in = stream.substr(at, piece);
        while (connector.machine.wants_line()) {
          const auto line = *reader.Next(in);
          if (!line) break;
          connector.machine.HandleLine(kSoon, *line);
        }
      }
    };
    feed(std::string(recorded::kChallenge) + "\n");
    const auto wanted = connector.Take<ConnectorHandshake::KeyWanted>();
    ASSERT_TRUE(wanted);
    EXPECT_FALSE(wanted->peer) << "a released listener does not say who it is";
    connector.machine.HandleKey(kSoon, kKey, Source::kInvite);
    std::string sent = connector.Transmit();
    sent.replace(sent.find("_a1b2c3d4"), 9, "");
    const std::string_view fixed = recorded::kHandshake.substr(0, recorded::kHandshake.size() - 2);
    EXPECT_EQ(sent.substr(0, fixed.size()), fixed);
    feed(std::string(recorded::kAck) + "\n{\"id\"");
    const auto store = connector.Take<ConnectorHandshake::StoreWanted>();
    ASSERT_TRUE(store);
    EXPECT_EQ(store->peer, kPeer);
    EXPECT_TRUE(store->key == kKey) << "a released listener has stored the link's key as it is";
    EXPECT_FALSE(store->rekeyed);
    connector.machine.HandleStored(true);
    const auto done = connector.Take<ConnectorHandshake::Authenticated>();
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->proved);
    EXPECT_FALSE(done->confirm);
  }
}

TEST(ConnectorHandshake, ReleasedListenerIsUnprovenUnlessThatIsAllowed) {
  Connector connector(Joining());
  connector.Answer(recorded::kChallenge, Source::kInvite);
  connector.machine.HandleLine(kSoon, recorded::kAck);
  EXPECT_EQ(connector.TakeError(), (Error{Errc::kUnproven, 0, 0, "proof"}));
}

TEST(ConnectorHandshake, StoresTheRotatedKeyAfterTheListenersProof) {
  Connector connector(Joining());
  const std::string sent = connector.Answer(RightChallenge(), Source::kInvite);
  EXPECT_NE(sent.find(R"("rekey":true)"), std::string::npos);
  EXPECT_FALSE(connector.machine.PollEvent()) << "nothing is stored before the ack";
  connector.machine.HandleLine(kSoon, RightAck());
  const Psk rotated = RotatePsk(kKey, kClientNonce, kChallenge, kSelf, kPeer);
  const auto store = connector.Take<ConnectorHandshake::StoreWanted>();
  ASSERT_TRUE(store);
  EXPECT_TRUE(store->key == rotated);
  EXPECT_TRUE(store->rekeyed);
  EXPECT_FALSE(connector.machine.wants_line()) << "what the listener says now is the session's";
  connector.machine.HandleStored(true);
  const auto done = connector.Take<ConnectorHandshake::Authenticated>();
  ASSERT_TRUE(done && done->confirm);
  EXPECT_TRUE(done->proved);
  EXPECT_TRUE(done->rekeyed);
  EXPECT_EQ(*done->confirm, ConfirmProof(rotated, kClientNonce, kChallenge));
}

TEST(ConnectorHandshake, StoresAPendingKeyAsItIsAndAStoredOneNotAtAll) {
  Connector pending(Joining());
  EXPECT_EQ(pending.Answer(RightChallenge(), Source::kPending).find("rekey"), std::string::npos);
  pending.machine.HandleLine(kSoon, RightAck());
  const auto store = pending.Take<ConnectorHandshake::StoreWanted>();
  ASSERT_TRUE(store);
  EXPECT_TRUE(store->key == kKey);
  Connector stored(Joining());
  EXPECT_EQ(stored.Answer(RightChallenge(), Source::kStored).find("rekey"), std::string::npos);
  stored.machine.HandleLine(kSoon, RightAck());
  EXPECT_TRUE(stored.Take<ConnectorHandshake::Authenticated>());
}

TEST(ConnectorHandshake, KeyThatCouldNotBeStoredEndsIt) {
  Connector connector(Joining());
  connector.Answer(RightChallenge(), Source::kInvite);
  connector.machine.HandleLine(kSoon, RightAck());
  ASSERT_TRUE(connector.Take<ConnectorHandshake::StoreWanted>());
  connector.machine.HandleStored(false);
  EXPECT_EQ(connector.TakeError(), (Error{Errc::kIo, 0, 0, "key"}));
}

TEST(ConnectorHandshake, WithoutAKeyItEndsBeforeItHasSaidAnything) {
  Connector connector;
  connector.machine.HandleLine(kSoon, RightChallenge());
  ASSERT_TRUE(connector.Take<ConnectorHandshake::KeyWanted>());
  connector.machine.HandleNoKey();
  EXPECT_EQ(connector.TakeError(), (Error{Errc::kNotFound, 0, 0, "key"}));
  EXPECT_EQ(connector.Transmit(), "");
}

// A stranger who connects to us, and whom we dial, hands us our own challenge to have it answered by us.
TEST(ConnectorHandshake, ReflectionOfOurOwnChallengeIsRefused) {
  OpenChallenges open;
  ConnectorHandshake::Config config = Expecting(std::nullopt);
  config.open_challenges = &open;
  open.Insert(kChallenge);
  for (const std::string& line : {RightChallenge(), ChallengeText("", kChallenge.view())}) {
    Connector connector(config);
    connector.machine.HandleLine(kSoon, line);
    EXPECT_EQ(connector.TakeError(), (Error{Errc::kProtocol, 0, 0, "nonce"}));
    EXPECT_EQ(connector.Transmit(), "");
  }
  open.Erase(kChallenge);
  Connector connector(config);
  EXPECT_NE(connector.Answer(), "");
}

TEST(ConnectorHandshake, OurselvesAtTheOtherEndIsInvalid) {
  for (const std::string_view name : {"beta-18c17d7e", "Beta-18C17D7E"}) {
    Connector in_challenge(Expecting(std::nullopt));
    in_challenge.machine.HandleLine(kSoon, ChallengeText(name, kChallenge.view()));
    EXPECT_EQ(in_challenge.TakeError(), (Error{Errc::kInvalid, 0, 0, "identity"}));
    Connector in_ack(Expecting(std::nullopt));
    in_ack.Answer(ChallengeText("", kChallenge.view()));
    in_ack.machine.HandleLine(kSoon, AckText(name, "ok"));
    EXPECT_EQ(in_ack.TakeError(), (Error{Errc::kInvalid, 0, 0, "identity"}));
  }
}

TEST(ConnectorHandshake, AnybodyElseThanTheExpectedOneIsAMismatchAndGetsNoProof) {
  for (const std::string_view name : {"gamma", "ALPHA-cda2c8d3", "alpha-cda2c8d30"}) {
    Connector connector(Joining());
    connector.machine.HandleLine(kSoon, ChallengeText(name, kChallenge.view()));
    EXPECT_EQ(connector.TakeError(), (Error{Errc::kIdentityMismatch, 0, 0, "from_peer"})) << name;
    EXPECT_EQ(connector.Transmit(), "");
  }
}

TEST(ConnectorHandshake, AnotherNameInTheAckIsAMismatchAndNothingIsStored) {
  ConnectorHandshake::Config lax = Joining();
  lax.require_proof = false;
  for (const std::string& challenge : {RightChallenge(), ChallengeText("", kChallenge.view())}) {
    for (const std::string_view status : {"ok", "denied", "expired"}) {
      Connector connector(lax);
      connector.Answer(challenge, Source::kInvite);
      connector.machine.HandleLine(kSoon, AckText("gamma", status));
      EXPECT_EQ(connector.TakeError().code, Errc::kIdentityMismatch) << status;
    }
  }
  lax.expected = std::nullopt;
  Connector nobody_expected(lax);
  nobody_expected.Answer(RightChallenge(), Source::kInvite);
  nobody_expected.machine.HandleLine(kSoon, AckText("gamma", "ok"));
  EXPECT_EQ(nobody_expected.TakeError().code, Errc::kIdentityMismatch) << "the challenge was somebody else's";
}

TEST(ConnectorHandshake, FalseListenerThatSaysOkWithoutTheKeyIsRefused) {
  const Nonce other = *Nonce::Parse(std::string(64, 'b'));
  Psk other_key;
  const Identity gamma = *Identity::Parse("gamma");
  const std::pair<const char*, Proof> kWrong[] = {
      {"zeros", Proof{}},
      {"our own proof, sent back", ConnectorProof(kKey, kChallenge)},
      {"by another key", ListenerProof(other_key, kPeer, kSelf, kClientNonce, kChallenge)},
      {"of another listener", ListenerProof(kKey, gamma, kSelf, kClientNonce, kChallenge)},
      {"to another connector", ListenerProof(kKey, kPeer, gamma, kClientNonce, kChallenge)},
      {"of the roles the other way round", ListenerProof(kKey, kSelf, kPeer, kClientNonce, kChallenge)},
      {"of another connection", ListenerProof(kKey, kPeer, kSelf, other, kChallenge)},
      {"of another challenge", ListenerProof(kKey, kPeer, kSelf, kClientNonce, other)},
      {"of the nonces the other way round", ListenerProof(kKey, kPeer, kSelf, kChallenge, kClientNonce)},
  };
  for (const bool require_proof : {true, false}) {
    ConnectorHandshake::Config config = Joining();
    config.require_proof = require_proof;
    for (const auto& [name, proof] : kWrong) {
      Connector connector(config);
      connector.Answer(RightChallenge(), Source::kInvite);
      connector.machine.HandleLine(kSoon, AckText(kPeer.view(), "ok", R"(,"proof":")" + Hex(proof) + '"'));
      EXPECT_EQ(connector.TakeError(), (Error{Errc::kAuthFailed, 0, 0, "proof"})) << name;
    }
    for (const std::string_view malformed : {"null", "\"\"", "\"00\"", "7", "{}"}) {
      Connector connector(config);
      connector.Answer(RightChallenge(), Source::kInvite);
      connector.machine.HandleLine(kSoon, AckText(kPeer.view(), "ok", R"(,"proof":)" + std::string(malformed)));
      EXPECT_EQ(connector.TakeError(), (Error{Errc::kAuthFailed, 0, 0, "proof"})) << malformed;
    }
  }
}

TEST(ConnectorHandshake, NamesWhatTheOtherSideSays) {
  const struct {
    const char* status;
    Errc code;
  } kCases[] = {{"denied", Errc::kAuthFailed}, {"expired", Errc::kExpired}, {"busy", Errc::kBusy}};
  for (const auto& c : kCases) {
    for (const std::string_view from : {kPeer.view(), std::string_view()}) {
      Connector connector;
      connector.Answer();
      connector.machine.HandleLine(kSoon, AckText(from, c.status));
      EXPECT_EQ(connector.TakeError(), (Error{c.code, 0, 0, "status"})) << c.status;
    }
  }
}

TEST(ConnectorHandshake, WhatIsNoChallengeIsNoRelay) {
  const std::string digits(63, 'a');
  const struct {
    std::string line;
    const char* part;
    std::uint32_t offset;
  } kCases[] = {
      {"SSH-2.0-OpenSSH_9.2p1", "json", 0},
      {"HTTP/1.1 400 Bad Request", "json", 0},
      {"[]", "json", 0},
      {"{}", "id", 1},
      {AckText(kPeer.view(), "ok"), "msg_type", 0},
      {Envelope("heartbeat", kPeer.view(), "{}"), "msg_type", 0},
      {Envelope("challenge", "a b", R"({"nonce":""})"), "from_peer", 1},
      {Envelope("challenge", "", "{}"), "nonce", 1},
      {Envelope("challenge", "", R"({"nonce":7})"), "nonce", 9},
      {ChallengeText("", ""), "nonce", 10},
      {ChallengeText("", digits), "nonce", 73},
      {ChallengeText("", digits + "A"), "nonce", 73},
      {ChallengeText("", digits + "g"), "nonce", 73},
      {ChallengeText("", "server:alpha:beta:"), "nonce", 10},
      {ChallengeText("", digits + "aa"), "nonce", 74},
  };
  for (const auto& c : kCases) {
    Connector connector(Expecting(std::nullopt));
    connector.machine.HandleLine(kSoon, c.line);
    const Error error = connector.TakeError();
    EXPECT_EQ(error.code, Errc::kProtocol) << c.line;
    EXPECT_STREQ(error.part, c.part) << c.line;
    EXPECT_EQ(error.offset, c.offset) << c.line;
    EXPECT_EQ(connector.Transmit(), "");
  }
}

TEST(ConnectorHandshake, WhatIsNoAckIsNoRelay) {
  const struct {
    std::string line;
    const char* part;
  } kCases[] = {
      {"ok", "json"},
      {RightChallenge(), "msg_type"},
      {Envelope("heartbeat", kPeer.view(), "{}"), "msg_type"},
      {Envelope("handshake_ack", kPeer.view(), "{}"), "status"},
      {AckText(kPeer.view(), "OK"), "status"},
      {AckText(kPeer.view(), ""), "status"},
      {AckText("", "ok"), "from_peer"},
      {AckText("-", "ok"), "from_peer"},
  };
  for (const auto& c : kCases) {
    Connector connector;
    connector.Answer();
    connector.machine.HandleLine(kSoon, c.line);
    const Error error = connector.TakeError();
    EXPECT_EQ(error.code, Errc::kProtocol) << c.line;
    EXPECT_STREQ(error.part, c.part) << c.line;
  }
}

TEST(ConnectorHandshake, EveryProperPrefixOfALineIsRefused) {
  const std::string challenge = RightChallenge();
  for (std::size_t size = 1; size < challenge.size(); ++size) {
    Connector connector;
    connector.machine.HandleLine(kSoon, std::string_view(challenge).substr(0, size));
    EXPECT_EQ(connector.TakeError(), (Error{Errc::kProtocol, static_cast<std::uint32_t>(size), 0, "json"}));
  }
  const std::string ack = RightAck();
  for (std::size_t size = 1; size < ack.size(); ++size) {
    Connector connector;
    connector.Answer();
    connector.machine.HandleLine(kSoon, std::string_view(ack).substr(0, size));
    EXPECT_EQ(connector.TakeError(), (Error{Errc::kProtocol, static_cast<std::uint32_t>(size), 0, "json"}));
  }
}

TEST(ConnectorHandshake, ClosedAfterEveryByteFailsAndStoresNothing) {
  const std::string ack = RightAck();  // without its newline
  for (std::size_t size = 0; size <= ack.size(); ++size) {
    Connector connector(Joining());
    connector.Answer(RightChallenge(), Source::kInvite);
    LineReader reader;
    std::string_view in = std::string_view(ack).substr(0, size);
    ASSERT_FALSE(*reader.Next(in));
    connector.machine.HandleClosed();
    EXPECT_EQ(connector.TakeError(), (Error{Errc::kProtocol, 0, 0, "connection"}));
  }
}

TEST(ConnectorHandshake, WaitsTenSecondsForTheChallengeAndAnewForTheAck) {
  Connector silent;
  EXPECT_EQ(silent.machine.PollTimeout(), kStart + kConnectorHandshakeLimit);
  silent.machine.HandleTimeout(kStart + kConnectorHandshakeLimit - Milliseconds(1));
  EXPECT_EQ(silent.machine.state(), State::kAwaitingChallenge);
  silent.machine.HandleTimeout(kStart + kConnectorHandshakeLimit);
  EXPECT_EQ(silent.TakeError().code, Errc::kTimeout);
  EXPECT_FALSE(silent.machine.PollTimeout());

  Connector keyless;
  keyless.machine.HandleLine(kSoon, RightChallenge());
  EXPECT_EQ(keyless.machine.PollTimeout(), kStart + kConnectorHandshakeLimit) << "asking for the key takes of it";
  keyless.machine.HandleKey(kStart + kConnectorHandshakeLimit, kKey, Source::kStored);
  EXPECT_EQ(keyless.machine.state(), State::kFailed);
  EXPECT_EQ(keyless.Transmit(), "");

  Connector unanswered;
  unanswered.Answer();
  EXPECT_EQ(unanswered.machine.PollTimeout(), kSoon + kConnectorHandshakeLimit);
  unanswered.machine.HandleLine(kSoon + kConnectorHandshakeLimit, RightAck());
  EXPECT_EQ(unanswered.TakeError().code, Errc::kTimeout) << "late, though nobody called HandleTimeout";
}

TEST(ConnectorHandshake, AckBeforeOurHandshakeIsRefused) {
  ConnectorHandshake::Config lax = Joining();
  lax.require_proof = false;
  Connector connector(lax);
  connector.machine.HandleLine(kSoon, RightChallenge());
  ASSERT_TRUE(connector.Take<ConnectorHandshake::KeyWanted>());
  connector.machine.HandleKey(kSoon, kKey, Source::kInvite);
  connector.machine.HandleLine(kSoon, AckText(kPeer.view(), "ok"));
  EXPECT_EQ(connector.TakeError(), (Error{Errc::kProtocol, 0, 0, "line"}));
  EXPECT_EQ(connector.Transmit(), "") << "nothing is sent after the end";
}

TEST(ConnectorHandshake, LongestHandshakeFitsItsRoom) {
  ConnectorHandshake::Config config = Joining();
  config.self = *Identity::Parse(std::string(kMaxIdentitySize, 's'));
  config.version = VersionText(std::string(VersionText::kCapacity, '"'));  // each of them escaped
  config.listen_port = 65535;
  ConnectorHandshake machine(config, kStart);
  machine.HandleLine(kSoon, RightChallenge());
  machine.HandleKey(kSoon, kKey, Source::kInvite);
  MessageIds ids(kTag);
  const std::string line(machine.PollTransmit(ids, UnixTime{INT64_MIN}));
  ASSERT_FALSE(line.empty());
  EXPECT_TRUE(line.ends_with(",\"rekey\":true}}\n")) << line;
}

// Every state with every input: the machine does what the table says.
TEST(ConnectorHandshake, WalksItsTable) {
  using Input = ConnectorInput;
  const auto reach = [](Connector& connector, State state, Source source) {
    if (state == State::kFailed) connector.machine.HandleClosed();
    if (state == State::kAwaitingChallenge || state == State::kFailed) return;
    connector.machine.HandleLine(kSoon, RightChallenge());
    if (state == State::kAwaitingKey) return;
    if (state == State::kAwaitingDecision || state == State::kAwaitingAgreement) {
      connector.Transmit();
      if (state == State::kAwaitingAgreement) connector.machine.HandleLine(kSoon, ResponseText(PairStatus::kApproved));
      return;
    }
    connector.machine.HandleKey(kSoon, kKey, source);
    connector.Transmit();
    if (state == State::kAwaitingAck) return;
    connector.machine.HandleLine(kSoon, RightAck());
    if (state == State::kAuthenticated) connector.machine.HandleStored(true);
  };
  const auto give = [](ConnectorHandshake& machine, Input input) {
    switch (input) {
      case Input::kChallenge:
      case Input::kAsk:
        return machine.HandleLine(kSoon, RightChallenge());
      case Input::kApproved:
        return machine.HandleLine(kSoon, ResponseText(PairStatus::kApproved));
      case Input::kAck:
      case Input::kAckToStore:
        return machine.HandleLine(kSoon, RightAck());
      case Input::kOtherLine:
        return machine.HandleLine(kSoon, "{}");
      case Input::kKey:
        return machine.HandleKey(kSoon, kKey, Source::kInvite);
      case Input::kNoKey:
        return machine.HandleNoKey();
      case Input::kStored:
        return machine.HandleStored(true);
      case Input::kNotStored:
        return machine.HandleStored(false);
      case Input::kTimeout:
        return machine.HandleTimeout(kSoon + kPairRequestTimeout + kPairAnswerSlack);  // later than any limit
      case Input::kClosed:
        return machine.HandleClosed();
    }
  };
  for (int s = 0; s < kConnectorStateCount; ++s) {
    for (int i = 0; i < kConnectorInputCount; ++i) {
      const auto state = static_cast<State>(s);
      const auto input = static_cast<Input>(i);
      const bool known_key = input == Input::kAck && state == State::kAwaitingAck;
      const bool pairs =
          input == Input::kAsk || state == State::kAwaitingDecision || state == State::kAwaitingAgreement;
      const bool reachable = state != State::kAwaitingKey && state != State::kAwaitingAck &&
                             state != State::kAwaitingStorage && state != State::kAuthenticated;
      Connector connector(pairs && reachable ? Pairing() : Joining());
      reach(connector, state, known_key ? Source::kStored : Source::kInvite);
      ASSERT_EQ(connector.machine.state(), state);
      (void)connector.machine.PollEvent();
      give(connector.machine, input);
      const State next = NextState(state, input);
      EXPECT_EQ(connector.machine.state(), next) << s << " " << i;
      const bool proves = next == State::kAwaitingAck && state != next;
      const bool asks = next == State::kAwaitingDecision && state != next;
      EXPECT_EQ(!connector.Transmit().empty(), proves || asks) << s << " " << i;
      EXPECT_EQ(connector.machine.PollEvent().has_value(), next != state && !proves) << s << " " << i;
    }
  }
}

}  // namespace
}  // namespace cctl
