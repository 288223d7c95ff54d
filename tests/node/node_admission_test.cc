// SPDX-License-Identifier: MIT
//
// What strangers may cost a relay: time, connections and answers to wrong proofs, and that none of it keeps out who has
// the right key.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/session_limits.h"
#include "cctl/sys/clock.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveFor;
using testing::FolderContent;
using testing::HandshakeLine;
using testing::NodeHost;
using testing::NonceOf;
using testing::PayloadOf;
using testing::RawPeer;

constexpr std::string_view kPeer = "beta-18c1";

class NodeAdmissionTest : public ::testing::Test {
 protected:
  NodeAdmissionTest() {
    listener_.Put(*Identity::Parse(kPeer), key_);
    listener_.Start();
    before_ = listener_.Content();
  }

  RawPeer Connect(std::uint8_t from = 1) {
    RawPeer peer = RawPeer::ConnectTo(listener_.node().port(), from);
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&listener_}, [&] { return (line = peer.TakeLine()).has_value(); }));
    challenge_ = line.value_or("");
    return peer;
  }
  // A handshake by `key` from an address; the status that it is answered, or nothing where it is only closed.
  std::string Try(const Psk& key, std::uint8_t from) {
    RawPeer peer = Connect(from);
    return Finish(peer, challenge_, key);
  }
  std::string Finish(RawPeer& peer, std::string_view challenge, const Psk& key) {
    peer.Send(HandshakeLine(kPeer, key, NonceOf(challenge), *Nonce::Generate(listener_.random)));
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&listener_}, [&] { return (line = peer.TakeLine()) || peer.ended(); }));
    return line ? PayloadOf(*line, "handshake_ack").value("status", "") : "";
  }

  const Psk key_ = DerivePsk(*PairCode::Parse("a3f2-9b1c-d4e5-f678"));
  const Psk wrong_ = DerivePsk(*PairCode::Parse("e6e2-85ae-9cb3-6d94"));
  NodeHost listener_{"alpha-cda2"};
  FolderContent before_;
  std::string challenge_;
};

// The only test that waits for a limit of the product's: ten seconds.
TEST_F(NodeAdmissionTest, WhoeverProvesNothingIsClosedAtTheHandshakeLimit) {
  const Instant start = SteadyNow();
  RawPeer silent = Connect();
  RawPeer halfway = Connect();
  halfway.Send(R"({"id":"m1","msg_type":"handsh)");
  RawPeer slow = Connect();
  // A byte now and then does not make the time longer.
  while (SteadyNow() - start < Seconds(3)) {
    slow.Send(" ");
    DriveFor({&listener_}, Milliseconds(500));
  }
  EXPECT_FALSE(silent.ended() || halfway.ended() || slow.ended());
  // Nobody says anything any more: it is a timer of the loop's own that ends the wait.
  while (!(silent.ended() && halfway.ended() && slow.ended()) && SteadyNow() - start < Minutes(1)) {
    listener_.Turn(Minutes(1));
  }
  const Duration took = SteadyNow() - start;
  EXPECT_GE(took, kListenerHandshakeLimit);
  EXPECT_LT(took, kListenerHandshakeLimit + Seconds(2));
  EXPECT_TRUE(silent.ended() && halfway.ended() && slow.ended());
  listener_.Stop();
  EXPECT_EQ(listener_.Content(), before_);
}

TEST_F(NodeAdmissionTest, NeighboursWrongProofsAreNotAnsweredForLongAndLockNobodyOut) {
  for (std::size_t i = 0; i < kMaxWrongProofs; ++i) EXPECT_EQ(Try(wrong_, 1), "denied") << i;
  EXPECT_EQ(listener_.All<WarningRaised>().size(), kMaxWrongProofs);
  EXPECT_EQ(Try(wrong_, 1), "");
  EXPECT_EQ(listener_.All<WarningRaised>().size(), kMaxWrongProofs + 1) << "that it has become quiet is told once";
  EXPECT_EQ(Try(wrong_, 1), "");
  EXPECT_EQ(Try(wrong_, 1), "");
  EXPECT_EQ(listener_.All<WarningRaised>().size(), kMaxWrongProofs + 1);
  for (const WarningRaised& warning : listener_.All<WarningRaised>()) EXPECT_EQ(warning.code, Errc::kAuthFailed);
  EXPECT_EQ(listener_.Content(), before_);

  EXPECT_EQ(Try(key_, 1), "ok") << "from the very same address";
  EXPECT_EQ(listener_.node().session_count(), 1u);
  EXPECT_EQ(Try(wrong_, 1), "") << "and that does not start the count again";
  EXPECT_EQ(Try(wrong_, 2), "denied") << "another address has its own";
}

TEST_F(NodeAdmissionTest, OneAddressHoldsThirtyTwoConnectionsAndItsOldestGoes) {
  std::vector<RawPeer> mine;
  std::vector<std::string> challenges;
  for (std::size_t i = 0; i < kMaxUnauthenticatedPerSource; ++i) {
    mine.push_back(Connect());
    challenges.push_back(challenge_);
  }
  RawPeer neighbour = Connect(2);
  const std::string neighbours_challenge = challenge_;
  DriveFor({&listener_}, Milliseconds(10));
  for (RawPeer& peer : mine) EXPECT_FALSE(peer.ended());
  mine.push_back(Connect());
  challenges.push_back(challenge_);
  EXPECT_TRUE(Drive({&listener_}, [&] { return mine[0].ended(); }));
  for (std::size_t i = 1; i < mine.size(); ++i) EXPECT_FALSE(mine[i].ended()) << i;
  EXPECT_FALSE(neighbour.ended());
  EXPECT_EQ(listener_.Content(), before_);
  EXPECT_EQ(Finish(neighbour, neighbours_challenge, key_), "ok");
  EXPECT_EQ(Finish(mine[1], challenges[1], key_), "ok") << "the oldest that is left, and the last one";
  EXPECT_EQ(Finish(mine.back(), challenges.back(), key_), "ok");
}

TEST_F(NodeAdmissionTest, TwoHundredAndFiftySixStrangersAreHeldInAllAndTheGreediestAddressPays) {
  std::vector<RawPeer> strangers;
  for (std::size_t i = 0; i < kMaxUnauthenticated; ++i) {
    // The first address holds 20, the eight others 29 or 30.
    strangers.push_back(Connect(static_cast<std::uint8_t>(i < 20 ? 10 : 11 + i % 8)));
  }
  DriveFor({&listener_}, Milliseconds(10));
  for (RawPeer& peer : strangers) EXPECT_FALSE(peer.ended());
  RawPeer one_more = Connect(200);
  const std::string challenge = challenge_;
  const auto ended = [&] {
    return std::count_if(strangers.begin(), strangers.end(), [](auto& s) { return s.ended(); });
  };
  ASSERT_TRUE(Drive({&listener_}, [&] { return ended() > 0; }));
  DriveFor({&listener_}, Milliseconds(10));
  EXPECT_EQ(ended(), 1);
  EXPECT_EQ(listener_.Content(), before_);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(strangers[i].ended()) << "the oldest of all, but others hold more";
  EXPECT_EQ(Finish(one_more, challenge, key_), "ok");
}

// The answer has to be delivered, and the connection stays for that: it counts meanwhile.
TEST_F(NodeAdmissionTest, AnsweredStrangersCountUntilTheyAreGone) {
  std::string request;
  AppendPairRequest(request, PairRequest{*Identity::Parse("gamma-0001"), key_, VersionText("1.0.0"), std::uint16_t{0}});
  std::vector<RawPeer> mine;
  for (std::size_t i = 0; i < 4 * kMaxUnauthenticatedPerSource; ++i) {
    mine.push_back(Connect());
    mine.back().Send(request);
  }
  DriveFor({&listener_}, Milliseconds(20));
  // Who writes to a connection that is no longer there learns it, the second time.
  for (RawPeer& peer : mine) (void)peer.SendSome(" ");
  DriveFor({&listener_}, Milliseconds(20));
  for (RawPeer& peer : mine) (void)peer.SendSome(" ");
  const auto held = std::count_if(mine.begin(), mine.end(), [](const RawPeer& peer) { return !peer.broken(); });
  EXPECT_LE(static_cast<std::size_t>(held), kMaxUnauthenticatedPerSource);
  EXPECT_EQ(Try(key_, 2), "ok");
}

TEST_F(NodeAdmissionTest, FullRelayTakesNoMoreSessions) {
  listener_.Stop();
  listener_.options.max_sessions = 1;
  listener_.Start();
  RawPeer first = Connect();
  ASSERT_EQ(Finish(first, challenge_, key_), "ok");
  RawPeer second = RawPeer::ConnectTo(listener_.node().port());
  EXPECT_TRUE(Drive({&listener_}, [&] { return second.ended(); }));
  EXPECT_EQ(second.TakeLine(), std::nullopt);
  EXPECT_FALSE(first.ended());
  first.Close();
  ASSERT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 0; }));
  EXPECT_EQ(Try(key_, 1), "ok");
}

}  // namespace
}  // namespace cctl
