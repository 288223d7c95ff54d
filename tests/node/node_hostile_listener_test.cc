// SPDX-License-Identifier: MIT
//
// `join` against what may answer at a link's address instead of the relay that made it. Each ends with the exact code,
// and with the joiner's state folder byte for byte as it was.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_operations.h"
#include "cctl/sys/clock.h"
#include "cctl/wire/handshake_messages.h"
#include "tests/node/heap_in_use.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"
#include "tests/support/handshake_text.h"

namespace cctl {
namespace {

using testing::AckLine;
using testing::ChallengeLine;
using testing::Drive;
using testing::DriveFor;
using testing::FolderContent;
using testing::HeapInUse;
using testing::NodeHost;
using testing::NonceOf;
using testing::PayloadOf;
using testing::RawListener;
using testing::RawPeer;

constexpr std::string_view kListener = "alpha-cda2";
constexpr std::string_view kJoiner = "beta-18c1";
constexpr std::string_view kOther = "gamma-0001";

// What stands at the link's address. Called again and again, once somebody has connected.
using Behaviour = std::function<void(RawPeer&)>;

// Says one thing, and then nothing.
Behaviour Says(std::string text) {
  return [text, said = false](RawPeer& peer) mutable {
    if (!std::exchange(said, true)) peer.Send(text);
  };
}

class HostileListenerTest : public ::testing::Test {
 protected:
  HostileListenerTest() {
    joiner_.Put(*Identity::Parse(kOther), DerivePsk(*PairCode::Parse("e6e2-85ae-9cb3-6d94")));
    EXPECT_TRUE(CreatePairCode(joiner_.folder(), joiner_.random, WallNow(), Hours(24)));
    joiner_.Invite();
    joiner_.Start();
    before_ = joiner_.Content();
  }
  void TearDown() override {
    joiner_.Stop();
    EXPECT_EQ(joiner_.Content(), before_);
  }

  [[nodiscard]] InviteLink Link() const {
    return {*Identity::Parse(kListener), *Host::Parse("127.0.0.1"), at_.port(), code_};
  }

  // A proof as it has to be, by `key`.
  static Proof Prove(const Psk& key, const nlohmann::json& handshake, const Nonce& nonce,
                     std::string_view listener = kListener, std::string_view joiner = kJoiner) {
    const auto client_nonce = Nonce::Parse(handshake.value("client_nonce", ""));
    EXPECT_TRUE(client_nonce);
    return ListenerProof(key, *Identity::Parse(listener), *Identity::Parse(joiner), *client_nonce, nonce);
  }

  // Challenges as the right one does, and answers the handshake by what `ack` makes of its payload.
  Behaviour Answers(std::function<std::string(const nlohmann::json& handshake)> ack) {
    return [this, ack, challenged = false, answered = false](RawPeer& peer) mutable {
      if (!std::exchange(challenged, true)) peer.Send(ChallengeLine(kListener, nonce_));
      const auto line = answered ? std::nullopt : peer.TakeLine();
      if (!line) return;
      answered = true;
      peer.Send(ack(PayloadOf(*line, "handshake")));
    };
  }

  Outcome<nlohmann::json> Join(NodeHost& joiner, Behaviour behaviour, const DialOptions& options = {}) {
    const RequestId join = joiner.node().Join(Link(), options);
    peer_.reset();
    const auto done = [&] {
      if (!peer_) peer_ = at_.Accept();
      if (peer_) behaviour(*peer_);
      return joiner.AnswerTo(join).has_value();
    };
    EXPECT_TRUE(Drive({&joiner}, done));
    return joiner.AnswerTo(join).value_or(Failure{});
  }

  // The code of a join that must fail and change nothing.
  Errc JoinInVain(Behaviour behaviour, const DialOptions& options = {}) {
    const auto answer = Join(joiner_, std::move(behaviour), options);
    EXPECT_FALSE(answer) << *answer;
    EXPECT_EQ(joiner_.Content(), before_);
    EXPECT_EQ(joiner_.node().session_count(), 0u);
    joiner_.events.clear();
    return answer ? Errc::kInternal : answer.error().code;
  }

  // What the joiner has sent until it ended the connection.
  std::string ReceivedInAll() {
    EXPECT_TRUE(Drive({&joiner_}, [&] { return peer_->ended(); }));
    return peer_->received();
  }

  const PairCode code_ = *PairCode::Parse("a3f2-9b1c-d4e5-f678");
  const Psk key_ = DerivePsk(code_);
  const Nonce nonce_ = *Nonce::Parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  RawListener at_;
  std::optional<RawPeer> peer_;  // the joiner's connection
  NodeHost joiner_{kJoiner};
  FolderContent before_;
};

TEST_F(HostileListenerTest, RightOneIsJoinedByTheSameHelpers) {
  NodeHost joiner(kJoiner);
  joiner.Start();
  const auto answer = Join(joiner, Answers([this](const auto& handshake) {
                             return AckLine(kListener, AckStatus::kOk, Prove(key_, handshake, nonce_));
                           }));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"], "paired");
}

TEST_F(HostileListenerTest, OtherProgramsAreNoRelay) {
  const std::string_view kGreetings[] = {
      "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
      "220 mail.example.net ESMTP\r\n",
      std::string_view("\x15\x03\x01\x00\x02\x02\x46\n", 8),
      "\xff\xfe\n",
      "{}\n",
      "[]\n",
      "null\n",
      R"({"jsonrpc":"2.0","method":"x"})"
      "\n",
  };
  for (const std::string_view greeting : kGreetings) {
    EXPECT_EQ(JoinInVain(Says(std::string(greeting))), Errc::kProtocol) << greeting;
  }
}

TEST_F(HostileListenerTest, ListenerThatBeginsWithAnotherMessageIsNoRelay) {
  EXPECT_EQ(JoinInVain(Says(AckLine(kListener, AckStatus::kOk))), Errc::kProtocol);
  EXPECT_EQ(JoinInVain(Says(testing::HeartbeatLine(kListener))), Errc::kProtocol);
  EXPECT_EQ(JoinInVain(Says(testing::HandshakeLine(kListener, key_, nonce_))), Errc::kProtocol);
  EXPECT_EQ(JoinInVain(Says(ChallengeLine(kListener, nonce_) + ChallengeLine(kListener, nonce_))), Errc::kProtocol);
}

TEST_F(HostileListenerTest, NonceOfAnotherFormIsNotAnswered) {
  const std::string good(nonce_.view());
  std::string upper = good;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return c >= 'a' ? c - 'a' + 'A' : c; });
  const std::string kPayloads[] = {
      R"({"nonce":""})",
      R"({"nonce":")" + good.substr(1) + R"("})",
      R"({"nonce":")" + good + R"(0"})",
      R"({"nonce":")" + upper + R"("})",
      R"({"nonce":"server:alpha-cda2:beta-18c1:)" + good + R"("})",  // what a listener would like to have signed
      R"({"nonce":" )" + good.substr(1) + R"("})",
      R"({"nonce":12})",
      R"({"nonce":null})",
      R"({"nonce":[")" + good + R"("]})",
      R"({"Nonce":")" + good + R"("})",
      R"({"nonce":")" + good + R"(","nonce":")" + good + R"("})",
      "{}",
      "[]",
  };
  for (const std::string& payload : kPayloads) {
    EXPECT_EQ(JoinInVain(Says(testing::Envelope("challenge", kListener, payload) + "\n")), Errc::kProtocol) << payload;
    EXPECT_EQ(ReceivedInAll(), "") << "a proof over a text that somebody else chose";
  }
}

TEST_F(HostileListenerTest, SilentPortIsATimeout) {
  const Instant start = SteadyNow();
  EXPECT_EQ(JoinInVain(Says(""), {.timeout = Milliseconds(150)}), Errc::kTimeout);
  EXPECT_GE(SteadyNow() - start, Milliseconds(150));
  EXPECT_EQ(JoinInVain(Says(ChallengeLine(kListener, nonce_)), {.timeout = Milliseconds(150)}), Errc::kTimeout);
  EXPECT_EQ(JoinInVain(Says(R"({"id":)"), {.timeout = Milliseconds(150)}), Errc::kTimeout);
}

TEST_F(HostileListenerTest, ClosedPortIsUnreachable) {
  const std::uint16_t port = at_.port();
  at_ = RawListener();
  InviteLink link = Link();
  link.port = port;
  const auto answer = testing::DriveToAnswer({&joiner_}, joiner_, joiner_.node().Join(link, {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnreachable);
}

// 10 MB without a newline, from the first byte on or in place of the ack: what it takes is no more than a line's limit.
TEST_F(HostileListenerTest, EndlessLineIsCutOffWithBoundedMemory) {
  const std::string endless(10'000'000, 'a');
  for (const bool challenged : {false, true}) {
    std::size_t sent = 0;
    std::size_t most = 0;
    bool begun = false;
    bool its_turn = !challenged;
    const auto before = HeapInUse();
    EXPECT_EQ(JoinInVain([&](RawPeer& peer) {
                if (challenged && !std::exchange(begun, true)) peer.Send(ChallengeLine(kListener, nonce_));
                its_turn = its_turn || peer.TakeLine();
                if (its_turn) sent += peer.SendSome(std::string_view(endless).substr(sent));
                most = std::max(most, HeapInUse().value_or(0));
              }),
              Errc::kProtocol);
    EXPECT_GT(sent, 8u * 1024);
    EXPECT_LT(sent, endless.size()) << "it was read to its end";
    if (before) {
      EXPECT_LT(most, *before + 64 * 1024);
    }
  }
}

TEST_F(HostileListenerTest, OkWithoutAProofIsUnproven) {
  EXPECT_EQ(JoinInVain(Answers([](const auto&) { return AckLine(kListener, AckStatus::kOk); })), Errc::kUnproven);
}

TEST_F(HostileListenerTest, OkWithAWrongProofIsRefused) {
  const Psk wrong = DerivePsk(*PairCode::Parse("e6e2-85ae-9cb3-6d94"));
  const Nonce older = *Nonce::Parse(std::string(64, '0'));
  const auto says = [this](auto proof) {
    return JoinInVain(Answers([proof](const auto& h) { return AckLine(kListener, AckStatus::kOk, proof(h)); }));
  };
  EXPECT_EQ(says([&](const auto& h) { return Prove(wrong, h, nonce_); }), Errc::kAuthFailed);
  EXPECT_EQ(says([&](const auto& h) { return Prove(key_, h, older); }), Errc::kAuthFailed) << "of another time";
  EXPECT_EQ(says([&](const auto& h) { return Prove(key_, h, nonce_, kListener, kOther); }), Errc::kAuthFailed);
  EXPECT_EQ(says([&](const auto& h) { return Prove(key_, h, nonce_, kOther); }), Errc::kAuthFailed);
  EXPECT_EQ(says([&](const auto& h) { return *ParseProof(h.value("proof", "")); }), Errc::kAuthFailed)
      << "our own proof, handed back";
  EXPECT_EQ(says([&](const auto&) { return Proof{}; }), Errc::kAuthFailed);
  // Allowing a listener that proves nothing does not allow one that proves something wrong.
  const auto wrong_ack =
      Answers([&](const auto& h) { return AckLine(kListener, AckStatus::kOk, Prove(wrong, h, nonce_)); });
  EXPECT_EQ(JoinInVain(wrong_ack, {.allow_unproven = true}), Errc::kAuthFailed);
  for (const std::string_view proof : {R"("")", R"("ab")", "1", "null"}) {
    const auto malformed = Answers(
        [proof](const auto&) { return testing::AckText(kListener, "ok", ",\"proof\":" + std::string(proof)) + "\n"; });
    EXPECT_EQ(JoinInVain(malformed, {.allow_unproven = true}), Errc::kAuthFailed) << proof;
  }
}

TEST_F(HostileListenerTest, RefusalIsWhatTheListenerSays) {
  const auto says = [this](AckStatus status) {
    return JoinInVain(Answers([status](const auto&) { return AckLine(kListener, status); }));
  };
  EXPECT_EQ(says(AckStatus::kDenied), Errc::kAuthFailed);
  EXPECT_EQ(says(AckStatus::kExpired), Errc::kExpired);
  EXPECT_EQ(says(AckStatus::kBusy), Errc::kBusy);
  EXPECT_EQ(JoinInVain(Answers([](const auto&) { return testing::AckText(kListener, "OK") + "\n"; })), Errc::kProtocol);
}

TEST_F(HostileListenerTest, AnotherIdentityThanTheLinksIsAMismatch) {
  EXPECT_EQ(JoinInVain(Says(ChallengeLine(kOther, nonce_))), Errc::kIdentityMismatch);
  EXPECT_EQ(ReceivedInAll(), "") << "it has learnt nothing";
  EXPECT_EQ(JoinInVain(Says(ChallengeLine("ALPHA-cda2", nonce_))), Errc::kIdentityMismatch);
  EXPECT_EQ(JoinInVain(Answers([&](const auto& handshake) {
              return AckLine(kOther, AckStatus::kOk, Prove(key_, handshake, nonce_, kOther));
            })),
            Errc::kIdentityMismatch);
  EXPECT_EQ(JoinInVain(Says(ChallengeLine(kJoiner, nonce_))), Errc::kInvalid) << "our own name";
  EXPECT_EQ(JoinInVain(Says(ChallengeLine("../../x", nonce_))), Errc::kProtocol) << "no name at all";
}

// The listener's part is the challenge and the ack; after the ack's last byte, its newline, the join is complete.
TEST_F(HostileListenerTest, ListenerThatClosesAfterAnyByteOfItsPartChangesNothing) {
  const std::string challenge = ChallengeLine(kListener, nonce_);
  const std::size_t ack_size = AckLine(kListener, AckStatus::kOk, Proof{}).size();
  for (std::size_t cut = 0; cut < challenge.size() + ack_size; ++cut) {
    SCOPED_TRACE(cut);
    bool begun = false;
    const Errc code = JoinInVain([&](RawPeer& peer) {
      if (!std::exchange(begun, true)) {
        peer.Send(challenge.substr(0, cut));
        if (cut < challenge.size()) peer.Close();
        return;
      }
      const auto line = peer ? peer.TakeLine() : std::nullopt;
      if (!line) return;
      const std::string ack = AckLine(kListener, AckStatus::kOk, Prove(key_, PayloadOf(*line, "handshake"), nonce_));
      ASSERT_EQ(ack.size(), ack_size);
      peer.Send(ack.substr(0, cut - challenge.size()));
      peer.Close();
    });
    ASSERT_EQ(code, Errc::kProtocol);
    ASSERT_FALSE(HasFailure());
  }
}

// A stranger who is dialled by us, for instance by a link that he has made, connects to us at the same time and hands
// us our own challenge: were it answered, he would have a right proof for any key that we hold.
TEST_F(HostileListenerTest, ReflectionOfOurOwnChallenge) {
  RawPeer stranger = RawPeer::ConnectTo(joiner_.node().port());
  std::optional<std::string> ours;
  ASSERT_TRUE(Drive({&joiner_}, [&] { return (ours = stranger.TakeLine()).has_value(); }));
  EXPECT_EQ(JoinInVain(Says(ChallengeLine(kListener, NonceOf(*ours)))), Errc::kProtocol);
  EXPECT_EQ(ReceivedInAll(), "");

  // The same of a peer whose key is stored.
  const ConnectTarget target{*Host::Parse("127.0.0.1"), at_.port(), *Identity::Parse(kOther)};
  const RequestId connect = joiner_.node().Connect(target, {});
  peer_.reset();
  const auto done = [&] {
    if (!peer_ && (peer_ = at_.Accept())) peer_->Send(ChallengeLine(kOther, NonceOf(*ours)));
    return joiner_.AnswerTo(connect).has_value();
  };
  ASSERT_TRUE(Drive({&joiner_}, done));
  ASSERT_FALSE(*joiner_.AnswerTo(connect));
  EXPECT_EQ(joiner_.AnswerTo(connect)->error().code, Errc::kProtocol);
  EXPECT_EQ(ReceivedInAll(), "");
}

}  // namespace
}  // namespace cctl
