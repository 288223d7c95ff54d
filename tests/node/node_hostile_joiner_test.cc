// SPDX-License-Identifier: MIT
//
// A relay and those who connect to it without a right to, or break off. Whoever is refused leaves the state folder byte
// for byte as it was.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/state_operations.h"
#include "cctl/sys/clock.h"
#include "tests/node/heap_in_use.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"
#include "tests/support/handshake_text.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveFor;
using testing::FolderContent;
using testing::HandshakeLine;
using testing::HeapInUse;
using testing::HeartbeatLine;
using testing::JoinByLink;
using testing::NodeHost;
using testing::NonceOf;
using testing::PayloadOf;
using testing::RawPeer;

constexpr std::string_view kPeer = "beta-18c1";

class HostileJoinerTest : public ::testing::Test {
 protected:
  HostileJoinerTest() {
    listener_.Put(*Identity::Parse(kPeer), key_);
    EXPECT_TRUE(CreatePairCode(listener_.folder(), listener_.random, WallNow(), Hours(24)));
    listener_.Start();
    link_ = listener_.Invite({.uses = 5});
    before_ = listener_.Content();
  }
  // Whoever is refused or has left is no reason to write anything, now or when the relay ends.
  void ExpectUnchanged() {
    listener_.Stop();
    EXPECT_EQ(listener_.Content(), before_);
  }

  // A new connection and the challenge on it.
  RawPeer Connect(std::uint8_t from = 1) {
    RawPeer peer = RawPeer::ConnectTo(listener_.node().port(), from);
    challenge_ = NextLine(peer);
    return peer;
  }
  std::string NextLine(RawPeer& peer) {
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&listener_}, [&] { return (line = peer.TakeLine()) || peer.ended(); }));
    return line.value_or("");
  }
  // What the connection is told before it is ended: a status, or nothing.
  std::string StatusAtTheEndOf(RawPeer& peer) {
    EXPECT_TRUE(Drive({&listener_}, [&] { return peer.ended(); }));
    const auto line = peer.TakeLine();
    EXPECT_EQ(peer.TakeLine(), std::nullopt);
    return line ? PayloadOf(*line, "handshake_ack").value("status", "") : "";
  }
  // Sends a handshake and says how it ends.
  std::string Refused(const std::string& line) {
    RawPeer peer = RawPeer::ConnectTo(listener_.node().port());
    (void)NextLine(peer);
    peer.Send(line);
    return StatusAtTheEndOf(peer);
  }
  Nonce NewNonce() { return *Nonce::Generate(listener_.random); }

  const Psk key_ = DerivePsk(*PairCode::Parse("a3f2-9b1c-d4e5-f678"));
  NodeHost listener_{"alpha-cda2"};
  std::optional<InviteLink> link_;  // open for five more
  FolderContent before_;
  std::string challenge_;
};

TEST_F(HostileJoinerTest, RightOneIsLetInByTheSameHelpers) {
  RawPeer peer = Connect();
  peer.Send(HandshakeLine(kPeer, key_, NonceOf(challenge_), NewNonce()));
  EXPECT_EQ(PayloadOf(NextLine(peer), "handshake_ack")["status"], "ok");
  EXPECT_EQ(listener_.node().session_count(), 1u);
}

TEST_F(HostileJoinerTest, WhatIsNoHandshakeIsClosedWithoutAWord) {
  const std::string proof(64, '0');
  const std::string kLines[] = {
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
      "{}\n",
      "\xff\xfe\xfd\n",
      std::string(3, '\0') + "\n",
      testing::HandshakeText("", proof) + "\n",
      testing::HandshakeText("../beta", proof) + "\n",
      testing::Envelope("handshake", kPeer, "[]") + "\n",
      testing::Envelope("handshake", kPeer, R"({"version":"1"})") + "\n",
      testing::Envelope("heartbeat", kPeer, "{}") + "\n",
      testing::Envelope("challenge", kPeer, R"({"nonce":")" + proof + R"("})") + "\n",
      testing::Envelope("delegate_task", kPeer, "{}") + "\n",
      testing::HandshakeText(kPeer, proof, R"(,"rekey":true)") + "\n",  // without a client nonce
  };
  for (const std::string& line : kLines) EXPECT_EQ(Refused(line), "") << line;
  EXPECT_TRUE(listener_.All<WarningRaised>().empty()) << "port scanners are no news";
  ExpectUnchanged();
}

TEST_F(HostileJoinerTest, EndlessLineIsCutOffWithBoundedMemory) {
  const std::string endless(10'000'000, '{');
  RawPeer peer = Connect();
  std::size_t sent = 0;
  std::size_t most = 0;
  const auto before = HeapInUse();
  ASSERT_TRUE(Drive({&listener_}, [&] {
    sent += peer.SendSome(std::string_view(endless).substr(sent));
    most = std::max(most, HeapInUse().value_or(0));
    return peer.ended();
  }));
  EXPECT_GT(sent, 8u * 1024);
  EXPECT_LT(sent, endless.size()) << "it was read to its end";
  if (before) {
    EXPECT_LT(most, *before + 64 * 1024);
  }
  ExpectUnchanged();
}

TEST_F(HostileJoinerTest, JoinerThatClosesAfterAnyByteOfItsHandshakeChangesNothing) {
  for (std::size_t cut = 0;; ++cut) {
    SCOPED_TRACE(cut);
    RawPeer peer = Connect();
    const std::string line = HandshakeLine("gamma-0001", DerivePsk(link_->code), NonceOf(challenge_), NewNonce(), true);
    if (cut == line.size()) break;
    peer.Send(line.substr(0, cut));
    peer.EndSending();
    ASSERT_EQ(StatusAtTheEndOf(peer), "");
  }
  EXPECT_TRUE(listener_.All<WarningRaised>().empty());
  ExpectUnchanged();
}

// After its handshake the joiner's part is the heartbeat by which it shows that it has the new key. Lost anywhere
// before the end of that, it comes again by the same link, and no second use is counted.
TEST_F(HostileJoinerTest, JoinerThatClosesAfterAnyByteOfItsConfirmationMayComeAgain) {
  const Identity joiner = *Identity::Parse("gamma-0001");
  const Psk link_key = DerivePsk(link_->code);
  const InviteId invite = *InviteId::Parse(listener_.last_invite);
  const std::size_t size = HeartbeatLine(joiner.view(), Proof{}).size();
  for (std::size_t cut = 0; cut <= size; ++cut) {
    SCOPED_TRACE(cut);
    RawPeer peer = Connect();
    const Nonce nonce = NonceOf(challenge_);
    const Nonce client_nonce = NewNonce();
    peer.Send(HandshakeLine(joiner.view(), link_key, nonce, client_nonce, /*rekey=*/true));
    ASSERT_EQ(PayloadOf(NextLine(peer), "handshake_ack")["status"], "ok");
    const Psk rotated = RotatePsk(link_key, client_nonce, nonce, joiner, listener_.identity);
    ASSERT_TRUE(*listener_.KeyOf(joiner) == rotated);
    peer.Send(HeartbeatLine(joiner.view(), ConfirmProof(rotated, client_nonce, nonce)).substr(0, cut));
    peer.EndSending();
    ASSERT_TRUE(Drive({&listener_}, [&] { return peer.ended(); }));
    const auto left = listener_.folder().LoadInvite(invite);
    ASSERT_TRUE(left && *left);
    ASSERT_EQ((*left)->uses_left, 4u);
    ASSERT_EQ(HasUnprovedJoiner(**left, joiner), cut < size) << "the newline is part of it";
    ASSERT_EQ(listener_.folder().LoadMeta(joiner)->proved, cut == size);
  }
  EXPECT_EQ(listener_.All<InviteUsed>().size(), 1u);
}

TEST_F(HostileJoinerTest, ReplayedProofIsDenied) {
  // A whole good run, of which somebody has kept every byte.
  RawPeer peer = Connect();
  const std::string handshake = HandshakeLine(kPeer, key_, NonceOf(challenge_), NewNonce());
  peer.Send(handshake);
  ASSERT_EQ(PayloadOf(NextLine(peer), "handshake_ack")["status"], "ok");
  peer.Close();
  ASSERT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 0; }));
  DriveFor({&listener_}, Milliseconds(5));
  before_ = listener_.Content();

  EXPECT_EQ(Refused(handshake), "denied");
  EXPECT_EQ(Refused(handshake + HeartbeatLine(kPeer)), "denied");
  EXPECT_EQ(listener_.node().session_count(), 0u);
  ExpectUnchanged();
}

TEST_F(HostileJoinerTest, ReplayedJoinIsDenied) {
  RawPeer peer = Connect();
  const Psk link_key = DerivePsk(link_->code);
  const std::string handshake = HandshakeLine("gamma-0001", link_key, NonceOf(challenge_), NewNonce(), true);
  peer.Send(handshake);
  ASSERT_EQ(PayloadOf(NextLine(peer), "handshake_ack")["status"], "ok");
  peer.Close();
  ASSERT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 0; }));
  DriveFor({&listener_}, Milliseconds(5));
  before_ = listener_.Content();
  EXPECT_EQ(Refused(handshake), "denied") << "though the joiner itself might still come again";
  ExpectUnchanged();
}

TEST_F(HostileJoinerTest, ImpostorUnderAPairedNameIsDeniedThoughItHoldsAnOpenLink) {
  for (const std::string_view name : {"beta-18c1", "BETA-18c1"}) {
    for (const bool rekey : {true, false}) {
      RawPeer peer = Connect();
      peer.Send(HandshakeLine(name, DerivePsk(link_->code), NonceOf(challenge_), NewNonce(), rekey));
      EXPECT_EQ(StatusAtTheEndOf(peer), "denied") << name;
    }
  }
  RawPeer ourselves = Connect(2);
  ourselves.Send(HandshakeLine("alpha-cda2", DerivePsk(link_->code), NonceOf(challenge_), NewNonce(), true));
  EXPECT_EQ(StatusAtTheEndOf(ourselves), "denied") << "our own name";
  EXPECT_TRUE(listener_.All<PeerConnected>().empty());
  ExpectUnchanged();
}

TEST_F(HostileJoinerTest, LinkSeenByAThirdPartyAfterItsUseWithTheJoinersNameIsDenied) {
  NodeHost joiner("gamma-0001");
  joiner.Start();
  const InviteLink once = listener_.Invite();
  const RequestId join = joiner.node().Join(once, {});
  ASSERT_TRUE(DriveToAnswer({&listener_, &joiner}, joiner, join));
  const auto proved = [&] { return listener_.folder().LoadMeta(joiner.identity)->proved == true; };
  ASSERT_TRUE(Drive({&listener_, &joiner}, proved));
  DriveFor({&listener_, &joiner}, Milliseconds(5));
  const auto before = listener_.Content();
  const std::size_t warnings = listener_.All<WarningRaised>().size();
  RawPeer third = Connect();
  third.Send(HandshakeLine("gamma-0001", DerivePsk(once.code), NonceOf(challenge_), NewNonce(), true));
  EXPECT_EQ(StatusAtTheEndOf(third), "denied");
  EXPECT_EQ(listener_.Content(), before);
  EXPECT_EQ(listener_.All<WarningRaised>().size(), warnings + 1) << "its user wants to know";
  EXPECT_EQ(joiner.node().session_count(), 1u) << "and the joiner notices nothing";
}

TEST_F(HostileJoinerTest, MalformedClientNonceIsDeniedThoughTheProofIsRight) {
  RawPeer peer = Connect();
  const std::string proof = testing::Hex(ConnectorProof(key_, NonceOf(challenge_)));
  peer.Send(testing::HandshakeText(kPeer, proof, R"(,"client_nonce":"server:x")") + "\n");
  EXPECT_EQ(StatusAtTheEndOf(peer), "denied");
  ExpectUnchanged();
}

TEST_F(HostileJoinerTest, HandshakeInASessionEndsIt) {
  RawPeer peer = Connect();
  const std::string line = HandshakeLine(kPeer, key_, NonceOf(challenge_), NewNonce());
  peer.Send(line);
  ASSERT_EQ(PayloadOf(NextLine(peer), "handshake_ack")["status"], "ok");
  peer.Send(HandshakeLine("gamma-0001", DerivePsk(link_->code), NonceOf(challenge_), NewNonce(), true));
  ASSERT_TRUE(Drive({&listener_}, [&] { return peer.ended() && !listener_.All<PeerDisconnected>().empty(); }));
  EXPECT_EQ(listener_.All<PeerDisconnected>()[0].reason, "protocol");
  EXPECT_FALSE(listener_.KeyOf(*Identity::Parse("gamma-0001")));
}

}  // namespace
}  // namespace cctl
