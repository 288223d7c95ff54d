// SPDX-License-Identifier: MIT

#include "cctl/proto/listener_handshake.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
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
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_id.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/handshake_states.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/wire/line_reader.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"
#include "tests/support/handshake_text.h"
#include "tests/support/recorded_join.h"

namespace cctl {
namespace {

namespace recorded = testing::recorded;
using testing::Envelope;
using testing::HandshakeText;
using testing::Hex;
using Source = KeyCandidate::Source;
using State = ListenerState;

constexpr Instant kStart{1'000};
constexpr Instant kSoon = kStart + Seconds(1);
constexpr UnixTime kDate{recorded::kTimestamp};
constexpr std::uint8_t kTag[] = {0xa1, 0xb2, 0xc3, 0xd4};
constexpr std::string_view kClientNonce = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
constexpr std::string_view kWithNonce =
    R"(,"client_nonce":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","port":9847)";
constexpr std::string_view kWithRekey =
    R"(,"client_nonce":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","rekey":true)";

const Identity kSelf = *Identity::Parse(recorded::kListener);
const Identity kPeer = *Identity::Parse(recorded::kJoiner);
const Nonce kChallenge = *Nonce::Parse(recorded::kNonce);
const Psk kKey = *ParsePskHex(recorded::kPskHex);
const InviteId kInvite = *InviteId::Parse("5b0c9a12");

Psk OtherKey(std::uint8_t fill) {
  Psk key;
  for (std::uint8_t& byte : key.mutable_bytes()) byte = fill;
  return key;
}

KeyCandidate StoredCandidate(const Psk& key = kKey) { return {Source::kStored, key}; }
KeyCandidate TailnetCandidate() { return {Source::kTailnet, kKey}; }
KeyCandidate InviteCandidate(const Psk& key = kKey, bool expired = false, bool needs_rekey = false) {
  return {Source::kInvite, key, kInvite, expired, needs_rekey};
}

std::string RightHandshake(std::string_view more = "") {
  return HandshakeText(kPeer.view(), Hex(ConnectorProof(kKey, kChallenge)), more);
}

std::string PairRequestText() {
  std::string line;
  AppendPairRequest(line, PairRequest{kPeer, kKey, VersionText("1.0.0"), std::uint16_t{9847}});
  line.pop_back();
  return line;
}

// A listener whose challenge has been sent.
class Listener {
 public:
  explicit Listener(Identity self = kSelf) : machine({self, kChallenge}, kStart) { challenge = Transmit(); }

  std::string Transmit() { return std::string(machine.PollTransmit(ids, kDate)); }

  template <typename Event>
  std::optional<Event> Take() {
    const auto event = machine.PollEvent();
    if (!event || !std::holds_alternative<Event>(*event)) return std::nullopt;
    return std::get<Event>(*event);
  }

  // How it ended; what nobody would expect if it has not.
  ListenerHandshake::Failed TakeFailed() {
    const auto failed = Take<ListenerHandshake::Failed>();
    EXPECT_TRUE(failed);
    return failed.value_or(ListenerHandshake::Failed{});
  }

  // A handshake, and the keys to try it with.
  Listener& Try(std::string_view line, const std::vector<KeyCandidate>& keys, bool answer = true) {
    machine.HandleLine(kSoon, line);
    EXPECT_TRUE(Take<ListenerHandshake::KeysWanted>());
    machine.HandleKeys(keys, answer);
    return *this;
  }

  MessageIds ids{kTag};
  ListenerHandshake machine;
  std::string challenge;
};

std::string Ack(std::string_view payload, int counter = 1) {
  return R"({"id":"msg_1795422026237_)" + std::to_string(counter) +
         R"(_a1b2c3d4","msg_type":"handshake_ack","from_peer":"alpha-cda2c8d3","timestamp":1795422026237,"payload":)" +
         std::string(payload) + "}\n";
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(ListenerHandshake, SendsItsChallengeAtOnceAndNothingElseBeforeTheAck) {
  Listener listener;
  EXPECT_EQ(listener.challenge,
            R"({"id":"msg_1795422026237_0_a1b2c3d4","msg_type":"challenge","from_peer":"alpha-cda2c8d3",)"
            R"("timestamp":1795422026237,"payload":{"nonce":")" +
                std::string(recorded::kNonce) + "\"}}\n");
  EXPECT_EQ(listener.Transmit(), "");
  EXPECT_TRUE(listener.machine.wants_line());
  listener.machine.HandleLine(kSoon, RightHandshake());
  EXPECT_EQ(listener.Transmit(), "");
  EXPECT_FALSE(listener.machine.wants_line());
  const auto wanted = listener.Take<ListenerHandshake::KeysWanted>();
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->peer, kPeer);
  listener.machine.HandleKeys(std::vector{InviteCandidate()}, true);
  EXPECT_EQ(listener.Transmit(), "") << "nothing before the key is stored";
  listener.machine.HandleStored(true);
  EXPECT_EQ(listener.Transmit(), Ack(R"({"status":"ok"})"));
}

// The released joiner's bytes, whole, one by one, and with more behind them: our ack is, but for the id, the bytes that
// the released listener sent.
TEST(ListenerHandshake, TakesTheListenersSideOfTheRecordedJoin) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, recorded::kHandshake.size() + 4}) {
    Listener listener;
    EXPECT_EQ(Replaced(Replaced(listener.challenge, "_0_a1b2c3d4", "_0"), recorded::kListener, ""),
              std::string(recorded::kChallenge) + "\n");
    const std::string stream = std::string(recorded::kHandshake) + "\n{\"a";
    LineReader reader;
    int lines = 0;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      std::string_view in = std::string_view(stream).substr(at, piece);
      while (const auto line = *reader.Next(in)) {
        listener.machine.HandleLine(kSoon, *line);
        ++lines;
      }
    }
    EXPECT_EQ(lines, 1);
    ASSERT_TRUE(listener.Take<ListenerHandshake::KeysWanted>());
    listener.machine.HandleKeys(std::vector{InviteCandidate()}, true);
    const auto store = listener.Take<ListenerHandshake::StoreWanted>();
    ASSERT_TRUE(store);
    EXPECT_EQ(store->peer, kPeer);
    EXPECT_TRUE(store->key == kKey) << "a released joiner gets the link's key as it is";
    EXPECT_FALSE(store->rekeyed);
    EXPECT_EQ(store->invite, kInvite);
    listener.machine.HandleStored(true);
    EXPECT_EQ(Replaced(listener.Transmit(), "_1_a1b2c3d4", "_1"), std::string(recorded::kAck) + "\n");
    const auto done = listener.Take<ListenerHandshake::Authenticated>();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->peer, kPeer);
    EXPECT_EQ(done->version.view(), "0.64.0");
    EXPECT_EQ(done->port, 0);
    EXPECT_FALSE(done->proved);
    EXPECT_FALSE(done->confirm);
  }
}

TEST(ListenerHandshake, ProvesItselfToWhoeverSentAClientNonce) {
  Listener listener;
  listener.Try(RightHandshake(kWithNonce), {StoredCandidate()});
  const Proof proof = ListenerProof(kKey, kSelf, kPeer, *Nonce::Parse(kClientNonce), kChallenge);
  EXPECT_EQ(listener.Transmit(), Ack(R"({"status":"ok","proof":")" + Hex(proof) + "\"}"));
  const auto done = listener.Take<ListenerHandshake::Authenticated>();
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->proved);
  EXPECT_FALSE(done->rekeyed);
  EXPECT_EQ(done->port, 9847);
  EXPECT_FALSE(listener.machine.PollTimeout());
}

TEST(ListenerHandshake, RotatesAKeyThatIsToBeStoredForWhoeverAsksForIt) {
  for (const Source source : {Source::kInvite, Source::kPending}) {
    Listener listener;
    listener.Try(RightHandshake(kWithRekey), {{source, kKey}});
    const Nonce client_nonce = *Nonce::Parse(kClientNonce);
    const Psk rotated = RotatePsk(kKey, client_nonce, kChallenge, kPeer, kSelf);
    const auto store = listener.Take<ListenerHandshake::StoreWanted>();
    ASSERT_TRUE(store);
    EXPECT_TRUE(store->key == rotated);
    EXPECT_TRUE(store->rekeyed);
    EXPECT_EQ(store->source, source);
    listener.machine.HandleStored(true);
    const auto done = listener.Take<ListenerHandshake::Authenticated>();
    ASSERT_TRUE(done && done->confirm);
    EXPECT_TRUE(done->rekeyed);
    EXPECT_EQ(*done->confirm, ConfirmProof(rotated, client_nonce, kChallenge));
    const Proof proof = ListenerProof(kKey, kSelf, kPeer, client_nonce, kChallenge);
    EXPECT_EQ(listener.Transmit(), Ack(R"({"status":"ok","proof":")" + Hex(proof) + "\"}")) << "by the link's key";
  }
}

TEST(ListenerHandshake, KeepsTheKeyOfWhoeverDoesNotAskForRotation) {
  Listener listener;
  listener.Try(RightHandshake(kWithNonce), {{Source::kPending, kKey}});
  const auto store = listener.Take<ListenerHandshake::StoreWanted>();
  ASSERT_TRUE(store);
  EXPECT_TRUE(store->key == kKey);
  EXPECT_FALSE(store->rekeyed);
}

// A joiner whose first `ok` was lost may come back with the link: by the invite, not by the key that was stored.
TEST(ListenerHandshake, PrefersTheInviteForRotationAndTheStoredKeyWithout) {
  for (const auto& keys :
       {std::vector{StoredCandidate(), InviteCandidate()}, std::vector{InviteCandidate(), StoredCandidate()}}) {
    Listener again;
    again.Try(RightHandshake(kWithRekey), keys);
    EXPECT_TRUE(again.Take<ListenerHandshake::StoreWanted>());
    Listener known;
    known.Try(RightHandshake(), keys);
    EXPECT_TRUE(known.Take<ListenerHandshake::Authenticated>());
  }
}

TEST(ListenerHandshake, TriesEveryCandidateWhereverTheRightOneStands) {
  for (std::size_t right = 0; right < 5; ++right) {
    std::vector<KeyCandidate> keys;
    for (std::uint8_t i = 0; i < 5; ++i) keys.push_back(InviteCandidate(i == right ? kKey : OtherKey(i)));
    Listener listener;
    listener.Try(RightHandshake(), keys);
    EXPECT_TRUE(listener.Take<ListenerHandshake::StoreWanted>()) << right;
  }
}

// What a stranger can see of every failure by which it could learn something: the same bytes.
TEST(ListenerHandshake, EveryFailedProofLooksTheSameOnTheWire) {
  const std::string wrong = HandshakeText(kPeer.view(), Hex(ConnectorProof(OtherKey(9), kChallenge)));
  const struct {
    const char* name;
    std::string line;
    std::vector<KeyCandidate> keys;
  } kCases[] = {
      {"unknown peer", wrong, {}},
      {"wrong key of a paired peer", wrong, {StoredCandidate()}},
      {"wrong key, open invite", wrong, {InviteCandidate()}},
      {"wrong key, expired invite", wrong, {InviteCandidate(kKey, true)}},
      {"malformed proof", HandshakeText(kPeer.view(), "xyz"), {StoredCandidate()}},
      {"empty proof", HandshakeText(kPeer.view(), ""), {StoredCandidate()}},
      {"proof of zeros", HandshakeText(kPeer.view(), std::string(64, '0')), {StoredCandidate()}},
      {"malformed client nonce", RightHandshake(R"(,"client_nonce":"00")"), {StoredCandidate()}},
      {"client nonce in upper case",
       RightHandshake(R"(,"client_nonce":")" + std::string(64, 'A') + '"'),
       {StoredCandidate()}},
      {"client nonce of another kind", RightHandshake(R"(,"client_nonce":null)"), {StoredCandidate()}},
  };
  for (const auto& c : kCases) {
    Listener listener;
    listener.Try(c.line, c.keys);
    EXPECT_EQ(listener.Transmit(), Ack(R"({"status":"denied"})")) << c.name;
    const auto failed = listener.Take<ListenerHandshake::Failed>();
    ASSERT_TRUE(failed) << c.name;
    EXPECT_EQ(failed->error, (Error{Errc::kDenied, 0, 0, "proof"})) << c.name;
    EXPECT_EQ(failed->peer, kPeer) << c.name;
    EXPECT_TRUE(failed->wrong_proof) << c.name;
    EXPECT_FALSE(failed->invite) << c.name;
  }
}

TEST(ListenerHandshake, WrongProofIsClosedWithoutAnAckWhereTheAddressHadItsShare) {
  Listener wrong;
  wrong.Try(HandshakeText(kPeer.view(), std::string(64, '0')), {StoredCandidate()}, /*answer=*/false);
  EXPECT_EQ(wrong.Transmit(), "");
  EXPECT_TRUE(wrong.TakeFailed().wrong_proof);
  Listener right;
  right.Try(RightHandshake(), {StoredCandidate()}, /*answer=*/false);
  EXPECT_EQ(right.Transmit(), Ack(R"({"status":"ok"})"));
}

TEST(ListenerHandshake, ReplayedProofIsDenied) {
  Listener listener;
  const std::string replayed(recorded::kHandshake);  // right for the recorded nonce
  const Nonce fresh = *Nonce::Parse(std::string(63, '1') + "2");
  ListenerHandshake machine({kSelf, fresh}, kStart);
  machine.PollTransmit(listener.ids, kDate);
  machine.HandleLine(kSoon, replayed);
  ASSERT_TRUE(machine.PollEvent());
  machine.HandleKeys(std::vector{StoredCandidate(), InviteCandidate()}, true);
  EXPECT_EQ(machine.state(), State::kFailed);
  const auto event = machine.PollEvent();
  EXPECT_TRUE(std::get<ListenerHandshake::Failed>(*event).wrong_proof);
}

TEST(ListenerHandshake, RightProofByAnExpiredInviteIsAnsweredExpired) {
  Listener listener;
  listener.Try(RightHandshake(kWithRekey), {InviteCandidate(kKey, true)});
  EXPECT_EQ(listener.Transmit(), Ack(R"({"status":"expired"})"));
  const auto failed = listener.Take<ListenerHandshake::Failed>();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->error.code, Errc::kExpired);
  EXPECT_EQ(failed->invite, kInvite);
  EXPECT_FALSE(failed->wrong_proof);

  Listener both;
  both.Try(RightHandshake(kWithRekey), {InviteCandidate(kKey, true), InviteCandidate()});
  EXPECT_TRUE(both.Take<ListenerHandshake::StoreWanted>()) << "an open one with the same key comes first";
}

TEST(ListenerHandshake, RotationThatBothSidesCannotShareIsDenied) {
  Listener keeps_shared_key;
  keeps_shared_key.Try(RightHandshake(kWithNonce), {InviteCandidate(kKey, false, /*needs_rekey=*/true)});
  EXPECT_EQ(keeps_shared_key.Transmit(), Ack(R"({"status":"denied"})"));
  EXPECT_EQ(keeps_shared_key.TakeFailed().error, (Error{Errc::kDenied, 0, 0, "rekey"}));
  Listener rotates_stored_key;
  rotates_stored_key.Try(RightHandshake(kWithRekey), {StoredCandidate()});
  EXPECT_EQ(rotates_stored_key.Transmit(), Ack(R"({"status":"denied"})"));
  const ListenerHandshake::Failed failed = rotates_stored_key.TakeFailed();
  EXPECT_EQ(failed.error, (Error{Errc::kDenied, 0, 0, "rekey"}));
  EXPECT_FALSE(failed.wrong_proof) << "it has a right key: no guess at one";
}

TEST(ListenerHandshake, OurOwnIdentityIsDeniedInEitherCaseWhateverTheProof) {
  for (const std::string_view name : {"alpha-cda2c8d3", "ALPHA-cda2c8d3"}) {
    Listener listener;
    listener.machine.HandleLine(kSoon, HandshakeText(name, Hex(ConnectorProof(kKey, kChallenge))));
    EXPECT_EQ(listener.Transmit(), Ack(R"({"status":"denied"})"));
    EXPECT_EQ(listener.TakeFailed().error, (Error{Errc::kDenied, 0, 0, "identity"}));
  }
}

TEST(ListenerHandshake, AnythingButAHandshakeAsTheFirstLineIsClosedWithoutAnAnswer) {
  const std::string proof(64, '0');
  const struct {
    std::string line;
    const char* part;
    std::uint32_t offset;
  } kCases[] = {
      {"GET / HTTP/1.1", "json", 0},
      {"{}", "id", 1},
      {R"({"type":"pair_request","from":"desktop-b7c1"})", "psk_proposal", 44},
      {Envelope("heartbeat", "beta", "{}"), "msg_type", 0},
      {Envelope("challenge", "beta", R"({"nonce":"0"})"), "msg_type", 0},
      {Envelope("handshake_ack", "beta", R"({"status":"ok"})"), "msg_type", 0},
      {Envelope("delegate_task", "beta", "{}"), "msg_type", 0},
      {HandshakeText("", proof), "from_peer", 0},
      {HandshakeText("../../etc/passwd", proof), "from_peer", 0},
      {HandshakeText("beta_\\u001b[2J", proof), "from_peer", 5},
      {HandshakeText(std::string(129, 'a'), proof), "from_peer", 128},
      {Envelope("handshake", "beta", "null"), "json", 0},
      {Envelope("handshake", "beta", R"({"version":"1"})"), "proof", 14},
      {Envelope("handshake", "beta", R"({"proof":"00"})"), "version", 13},
      {Envelope("handshake", "beta", R"({"proof":"00","version":"a b"})"), "version", 26},
      {HandshakeText("beta", "00", R"(,"port":65536)"), "port", 37},
      {HandshakeText("beta", "00", R"(,"rekey":true)"), "rekey", 38},
      {HandshakeText("beta", "00", R"(,"proof":"00")"), "json", 30},
  };
  for (const auto& c : kCases) {
    Listener listener;
    listener.machine.HandleLine(kSoon, c.line);
    EXPECT_EQ(listener.Transmit(), "") << c.line;
    const auto failed = listener.Take<ListenerHandshake::Failed>();
    ASSERT_TRUE(failed) << c.line;
    EXPECT_EQ(failed->error.code, Errc::kProtocol) << c.line;
    EXPECT_STREQ(failed->error.part, c.part) << c.line;
    EXPECT_EQ(failed->error.offset, c.offset) << c.line;
    EXPECT_FALSE(failed->wrong_proof) << c.line;
    EXPECT_EQ(listener.machine.state(), State::kFailed);
  }
}

TEST(ListenerHandshake, EveryProperPrefixOfAHandshakeAsALineIsRefused) {
  const std::string whole = RightHandshake(kWithRekey);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    Listener listener;
    listener.machine.HandleLine(kSoon, std::string_view(whole).substr(0, size));
    const auto failed = listener.Take<ListenerHandshake::Failed>();
    ASSERT_TRUE(failed) << size;
    EXPECT_EQ(failed->error, (Error{Errc::kProtocol, static_cast<std::uint32_t>(size), 0, "json"}));
  }
}

TEST(ListenerHandshake, ClosedAfterEveryByteFailsAndAnswersNothing) {
  const std::string whole = RightHandshake(kWithRekey) + "\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    Listener listener;
    LineReader reader;
    std::string_view in = std::string_view(whole).substr(0, size);
    if (const auto line = *reader.Next(in)) listener.machine.HandleLine(kSoon, *line);
    listener.machine.HandleClosed();
    const auto failed = listener.Take<ListenerHandshake::Failed>();
    ASSERT_TRUE(failed) << size;
    EXPECT_EQ(failed->error, (Error{Errc::kProtocol, 0, 0, "connection"}));
    EXPECT_EQ(failed->peer.has_value(), size == whole.size());
    EXPECT_EQ(listener.Transmit(), "");
  }
}

TEST(ListenerHandshake, LimitRunsOnWhileItWaitsForKeysAndStorage) {
  const auto reach = [](Listener& listener, State state) {
    if (state != State::kAwaitingHandshake) listener.machine.HandleLine(kSoon, RightHandshake());
    if (state == State::kAwaitingStorage) listener.machine.HandleKeys(std::vector{InviteCandidate()}, true);
    ASSERT_EQ(listener.machine.state(), state);
  };
  for (const State state : {State::kAwaitingHandshake, State::kAwaitingKeys, State::kAwaitingStorage}) {
    Listener listener;
    reach(listener, state);
    const Instant deadline = kStart + kListenerHandshakeLimit;
    ASSERT_EQ(listener.machine.PollTimeout(), deadline);
    listener.machine.HandleTimeout(deadline - Milliseconds(1));
    EXPECT_EQ(listener.machine.state(), state) << "a spurious call does nothing";
    listener.machine.HandleTimeout(deadline);
    const auto failed = listener.Take<ListenerHandshake::Failed>();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->error.code, Errc::kTimeout);
    EXPECT_FALSE(listener.machine.PollTimeout());
    listener.machine.HandleKeys(std::vector{StoredCandidate()}, true);
    listener.machine.HandleStored(true);
    EXPECT_EQ(listener.machine.state(), State::kFailed) << "an answer that comes too late changes nothing";
    EXPECT_EQ(listener.Transmit(), "");
  }
}

TEST(ListenerHandshake, LineAtTheLimitIsLateThoughNobodyCalledHandleTimeout) {
  Listener listener;
  listener.machine.HandleLine(kStart + kListenerHandshakeLimit, RightHandshake());
  EXPECT_EQ(listener.TakeFailed().error.code, Errc::kTimeout);
}

TEST(ListenerHandshake, LineBeforeTheChallengeWasSentIsRefused) {
  ListenerHandshake machine({kSelf, kChallenge}, kStart);
  EXPECT_FALSE(machine.wants_line());
  machine.HandleLine(kSoon, RightHandshake());
  EXPECT_EQ(machine.state(), State::kFailed);
}

TEST(ListenerHandshake, LongestLinesFitTheirRoom) {
  const Identity self = *Identity::Parse(std::string(kMaxIdentitySize, 's'));
  Listener listener(self);
  ASSERT_EQ(listener.challenge.back(), '\n');
  const std::string peer(kMaxIdentitySize, 'p');
  listener.Try(HandshakeText(peer, Hex(ConnectorProof(kKey, kChallenge)), kWithNonce), {StoredCandidate()});
  MessageIds ids(kTag);
  const std::string ack(listener.machine.PollTransmit(ids, UnixTime{INT64_MAX}));
  ASSERT_FALSE(ack.empty());
  EXPECT_EQ(ack.back(), '\n');
}

// Every state with every input: the machine does what the table says.
TEST(ListenerHandshake, WalksItsTable) {
  using Input = ListenerInput;
  const auto reach = [](Listener& listener, State state) {
    if (state == State::kAwaitingHandshake) return;
    if (state == State::kFailed) return listener.machine.HandleClosed();
    if (state == State::kAwaitingDecision) return listener.machine.HandleLine(kSoon, PairRequestText());
    listener.machine.HandleLine(kSoon, RightHandshake(kWithNonce));
    if (state == State::kAwaitingKeys) return;
    const bool open = state == State::kAwaitingVoucher;
    listener.machine.HandleKeys(std::vector{open ? TailnetCandidate() : InviteCandidate()}, true);
    if (state == State::kAuthenticated) listener.machine.HandleStored(true);
  };
  const auto give = [](ListenerHandshake& machine, Input input) {
    switch (input) {
      case Input::kHandshake:
        return machine.HandleLine(kSoon, RightHandshake(kWithNonce));
      case Input::kPairRequest:
        return machine.HandleLine(kSoon, PairRequestText());
      case Input::kOtherLine:
        return machine.HandleLine(kSoon, "{}");
      case Input::kApproved:
        return machine.HandleDecision(kSoon, PairStatus::kApproved);
      case Input::kRefused:
        return machine.HandleDecision(kSoon, PairStatus::kDenied);
      case Input::kKnownKey:
        return machine.HandleKeys(std::vector{StoredCandidate()}, true);
      case Input::kNewKey:
        return machine.HandleKeys(std::vector{InviteCandidate()}, true);
      case Input::kOpenKey:
        return machine.HandleKeys(std::vector{TailnetCandidate()}, true);
      case Input::kNoKey:
        return machine.HandleKeys({}, true);
      case Input::kStored:
        return machine.HandleStored(true);
      case Input::kNotStored:
        return machine.HandleStored(false);
      case Input::kVouched:
        return machine.HandleVouched(true);
      case Input::kNotVouched:
        return machine.HandleVouched(false);
      case Input::kTimeout:
        return machine.HandleTimeout(kSoon + kPairRequestTimeout);  // later than any limit
      case Input::kClosed:
        return machine.HandleClosed();
    }
  };
  for (int s = 0; s < kListenerStateCount; ++s) {
    for (int i = 0; i < kListenerInputCount; ++i) {
      Listener listener;
      reach(listener, static_cast<State>(s));
      ASSERT_EQ(listener.machine.state(), static_cast<State>(s));
      listener.Transmit();
      (void)listener.machine.PollEvent();
      give(listener.machine, static_cast<Input>(i));
      const State next = NextState(static_cast<State>(s), static_cast<Input>(i));
      EXPECT_EQ(listener.machine.state(), next) << s << " " << i;
      const bool moved = next != static_cast<State>(s);
      // What the user decided is told to nobody but the other side.
      const bool told = moved && static_cast<Input>(i) != Input::kApproved;
      EXPECT_EQ(listener.machine.PollEvent().has_value(), told) << s << " " << i << ": each move has its event";
      if (!moved) {
        EXPECT_EQ(listener.Transmit(), "") << s << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace cctl
