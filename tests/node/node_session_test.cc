// SPDX-License-Identifier: MIT
//
// What becomes of sessions between running nodes: lost and made again, ended by the user, made twice at once.

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveFor;
using testing::DriveToAnswer;
using testing::HandshakeLine;
using testing::JoinByLink;
using testing::NodeHost;
using testing::NonceOf;
using testing::RawListener;
using testing::RawPeer;

// The reconnect schedule's 5, 10, 20, 40, 60 s last as many milliseconds.
constexpr Duration kFast{1};

class NodeSessionTest : public ::testing::Test {
 protected:
  NodeSessionTest() {
    listener_.options.reconnect_scale = joiner_.options.reconnect_scale = kFast;
    listener_.Start();
    joiner_.Start();
  }

  void Join() { ASSERT_NO_FATAL_FAILURE(JoinByLink(listener_, joiner_)); }

  bool DriveTo(std::size_t sessions) {
    return Drive({&listener_, &joiner_}, [&] {
      return listener_.node().session_count() == sessions && joiner_.node().session_count() == sessions;
    });
  }

  ConnectTarget AtListener() { return {*Host::Parse("127.0.0.1"), listener_.node().port(), listener_.identity}; }

  NodeHost listener_{"alpha-cda2"};
  NodeHost joiner_{"beta-18c1"};
};

TEST_F(NodeSessionTest, JoinerReconnectsWhenTheListenerIsStartedAgain) {
  Join();
  const auto keys = std::pair(*listener_.KeyOf(joiner_.identity), *joiner_.KeyOf(listener_.identity));
  listener_.Stop();
  ASSERT_TRUE(Drive({&joiner_}, [&] { return joiner_.node().session_count() == 0; }));
  DriveFor({&joiner_}, Milliseconds(100));  // several dials in vain
  EXPECT_EQ(joiner_.node().session_count(), 0u);
  joiner_.events.clear();
  listener_.options.dial_known_peers = false;  // so that it is for the joiner to come back
  listener_.Start();
  ASSERT_TRUE(DriveTo(1));
  const auto connected = joiner_.All<PeerConnected>();
  ASSERT_EQ(connected.size(), 1u);
  EXPECT_TRUE(connected[0].outbound);
  EXPECT_TRUE(*listener_.KeyOf(joiner_.identity) == keys.first);
  EXPECT_TRUE(*joiner_.KeyOf(listener_.identity) == keys.second);
}

TEST_F(NodeSessionTest, StartedRelayDialsThePeersThatItKnows) {
  Join();
  joiner_.Stop();
  listener_.Stop();
  joiner_.Start();
  joiner_.events.clear();
  listener_.options.dial_known_peers = false;
  listener_.Start();
  ASSERT_TRUE(DriveTo(1));
  EXPECT_TRUE(joiner_.All<PeerConnected>().at(0).outbound);
}

TEST_F(NodeSessionTest, ClientForOneCommandDialsNobodyByItself) {
  Join();
  joiner_.Stop();
  ASSERT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 0; }));
  listener_.Stop();
  listener_.options.dial_known_peers = false;
  listener_.Start();
  joiner_.options.dial_known_peers = false;
  joiner_.options.listen.reset();
  joiner_.Start();
  EXPECT_EQ(joiner_.node().port(), 0);
  DriveFor({&listener_, &joiner_}, Milliseconds(100));
  EXPECT_EQ(joiner_.node().session_count(), 0u);
}

TEST_F(NodeSessionTest, PeerIsToldAgainAndTheReasonOfItsLeavingIs) {
  Join();
  EXPECT_EQ(listener_.All<PeerDisconnected>().size(), 0u);
  joiner_.Stop();
  ASSERT_TRUE(Drive({&listener_}, [&] { return !listener_.All<PeerDisconnected>().empty(); }));
  EXPECT_EQ(listener_.All<PeerDisconnected>()[0].peer, joiner_.identity);
  EXPECT_EQ(listener_.All<PeerDisconnected>()[0].reason, "closed");
  EXPECT_EQ(listener_.node().session_count(), 0u);
  EXPECT_EQ(listener_.StateOf(joiner_.identity), "disconnected");
}

TEST_F(NodeSessionTest, ShutdownEndsSessionsAndSaysSo) {
  Join();
  joiner_.node().Shutdown();
  EXPECT_FALSE(joiner_.node().done()) << "what has been sent is delivered first";
  ASSERT_TRUE(Drive(
      {&listener_, &joiner_}, [&] { return joiner_.node().done(); }, Seconds(3)));
  const auto gone = joiner_.All<PeerDisconnected>();
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].reason, "shutdown");
}

TEST_F(NodeSessionTest, DisconnectHoldsUntilConnect) {
  Join();
  const auto answer = joiner_.node().Disconnect("alpha-cda2");
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, (nlohmann::json{{"peer", "alpha-cda2"}, {"status", "disconnected"}}));
  ASSERT_TRUE(DriveTo(0));
  joiner_.events.clear();
  // Neither its own schedule nor the other side's dials bring it back: 60 of the schedule's seconds pass four times.
  (void)listener_.node().Connect({*Host::Parse("127.0.0.1"), joiner_.node().port(), joiner_.identity}, {});
  DriveFor({&listener_, &joiner_}, Milliseconds(250));
  EXPECT_TRUE(joiner_.All<PeerConnected>().empty());
  EXPECT_EQ(joiner_.node().session_count(), 0u);
  EXPECT_EQ(joiner_.StateOf(listener_.identity), "disconnected");

  const auto again = DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Connect(AtListener(), {}));
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_TRUE(DriveTo(1));
  EXPECT_EQ(joiner_.StateOf(listener_.identity), "connected");
  DriveFor({&listener_, &joiner_}, Milliseconds(50));
  EXPECT_EQ(joiner_.node().session_count(), 1u);
}

TEST_F(NodeSessionTest, DisconnectEndsTheDialThatIsUnderWay) {
  Join();
  ASSERT_TRUE(joiner_.node().Disconnect("alpha-cda2"));
  ASSERT_TRUE(DriveTo(0));
  joiner_.events.clear();
  const RequestId dial = joiner_.node().Connect(AtListener(), {});
  ASSERT_TRUE(joiner_.node().Disconnect("alpha-cda2"));
  const auto answer = DriveToAnswer({&listener_, &joiner_}, joiner_, dial);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kInterrupted);
  DriveFor({&listener_, &joiner_}, Milliseconds(50));
  EXPECT_TRUE(joiner_.All<PeerConnected>().empty());
  EXPECT_EQ(joiner_.StateOf(listener_.identity), "disconnected");
}

TEST_F(NodeSessionTest, DisconnectIsForgottenByARestart) {
  Join();
  ASSERT_TRUE(joiner_.node().Disconnect("alpha-cda2"));
  ASSERT_TRUE(DriveTo(0));
  joiner_.Stop();
  joiner_.Start();
  EXPECT_TRUE(DriveTo(1));
}

TEST_F(NodeSessionTest, DisconnectOfNobodyIsNotFound) {
  const auto answer = joiner_.node().Disconnect("alpha-cda2");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kNotFound);
}

TEST_F(NodeSessionTest, ForgetClosesTheSessionAndTheKeyOpensNothingAnyMore) {
  Join();
  listener_.events.clear();
  const auto answer = listener_.node().Forget("beta-18c1");
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, (nlohmann::json{{"peer", "beta-18c1"}, {"status", "forgotten"}}));
  ASSERT_TRUE(DriveTo(0));
  const auto gone = listener_.All<PeerDisconnected>();
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].reason, "forgotten");
  EXPECT_EQ(listener_.StateOf(joiner_.identity), "");
  // The joiner, which still holds its key, comes back and is refused; and the folder knows nothing of it.
  ASSERT_TRUE(Drive({&listener_, &joiner_}, [&] { return !listener_.All<WarningRaised>().empty(); }));
  EXPECT_EQ(listener_.All<WarningRaised>()[0].code, Errc::kAuthFailed);
  DriveFor({&listener_, &joiner_}, Milliseconds(20));
  EXPECT_EQ(listener_.node().session_count(), 0u);
  EXPECT_FALSE(std::filesystem::exists(listener_.PathOf("relay/peers/beta-18c1.key")));
  EXPECT_FALSE(std::filesystem::exists(listener_.PathOf("relay/peers/beta-18c1.meta")));
}

TEST_F(NodeSessionTest, ForgottenPeersMayBePairedAnew) {
  Join();
  const Psk before = *joiner_.KeyOf(listener_.identity);
  ASSERT_TRUE(listener_.node().Forget("beta-18c1"));
  ASSERT_TRUE(joiner_.node().Forget("alpha-cda2"));
  ASSERT_TRUE(DriveTo(0));
  Join();
  EXPECT_TRUE(*joiner_.KeyOf(listener_.identity) == *listener_.KeyOf(joiner_.identity));
  EXPECT_FALSE(*joiner_.KeyOf(listener_.identity) == before);
}

TEST_F(NodeSessionTest, ReloadDialsNewPeersAndClosesVanishedOnes) {
  const Psk key = DerivePsk(*PairCode::Parse("a3f2-9b1c-d4e5-f678"));
  listener_.Put(joiner_.identity, key);
  joiner_.Put(listener_.identity, key, listener_.address());
  DriveFor({&listener_, &joiner_}, Milliseconds(20));
  EXPECT_EQ(joiner_.node().session_count(), 0u) << "nobody has told it";
  joiner_.node().Reload();
  ASSERT_TRUE(DriveTo(1));
  ASSERT_TRUE(joiner_.folder().RemoveKey(listener_.identity));
  joiner_.node().Reload();
  EXPECT_TRUE(Drive({&listener_, &joiner_}, [&] { return joiner_.node().session_count() == 0; }));
}

TEST_F(NodeSessionTest, PeersThatDialEachOtherAtOnceEndWithOneSession) {
  const Psk key = DerivePsk(*PairCode::Parse("a3f2-9b1c-d4e5-f678"));
  testing::SeededRandom order(1);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    NodeHost one("one");
    NodeHost two("two");
    one.Start();
    two.Start();
    one.Put(two.identity, key, two.address());
    two.Put(one.identity, key, one.address());
    one.node().Reload();
    two.node().Reload();
    // In any order of turns: in step, both see the two handshakes in one order, and need no rule.
    for (int i = 0; i < 20; ++i) (order.Below(2) == 0 ? one : two).Turn();
    const auto both = [&] { return !one.All<PeerConnected>().empty() && !two.All<PeerConnected>().empty(); };
    ASSERT_TRUE(Drive({&one, &two}, both));
    // What the other crossed dial was is gone; a session has two ends, so one at each is the same one.
    const auto single = [&] { return one.node().session_count() == 1 && two.node().session_count() == 1; };
    ASSERT_TRUE(Drive({&one, &two}, single));
    DriveFor({&one, &two}, Milliseconds(20));
    EXPECT_TRUE(single());
    EXPECT_EQ(one.All<PeerConnected>().size(), 1u);
    EXPECT_EQ(two.All<PeerConnected>().size(), 1u);
    EXPECT_TRUE(one.All<PeerDisconnected>().empty());
    EXPECT_TRUE(two.All<PeerDisconnected>().empty());
    ASSERT_FALSE(HasFailure());
  }
}

// A connection that died without a word is replaced by the next, and nobody is told of a loss.
TEST_F(NodeSessionTest, NewerConnectionOfAPeerTakesTheOlderOnesPlace) {
  const Identity peer = *Identity::Parse("gamma-0001");
  const Psk key = DerivePsk(*PairCode::Parse("a3f2-9b1c-d4e5-f678"));
  listener_.Put(peer, key);
  RawPeer connections[2];
  for (RawPeer& connection : connections) {
    connection = RawPeer::ConnectTo(listener_.node().port());
    std::optional<std::string> line;
    ASSERT_TRUE(Drive({&listener_}, [&] { return (line = connection.TakeLine()).has_value(); }));
    connection.Send(HandshakeLine("gamma-0001", key, NonceOf(*line), *Nonce::Generate(listener_.random)));
    ASSERT_TRUE(Drive({&listener_}, [&] { return connection.TakeLine().has_value(); }));
  }
  EXPECT_TRUE(Drive({&listener_}, [&] { return connections[0].ended(); }));
  EXPECT_FALSE(connections[1].ended());
  EXPECT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 1; }));
  EXPECT_EQ(listener_.All<PeerConnected>().size(), 1u);
  EXPECT_TRUE(listener_.All<PeerDisconnected>().empty());
}

TEST_F(NodeSessionTest, ApplicationsMessageIsHandedOnAndAcknowledged) {
  const Identity peer = *Identity::Parse("gamma-0001");
  const Psk key = DerivePsk(*PairCode::Parse("a3f2-9b1c-d4e5-f678"));
  listener_.Put(peer, key);
  RawPeer raw = RawPeer::ConnectTo(listener_.node().port());
  std::optional<std::string> line;
  ASSERT_TRUE(Drive({&listener_}, [&] { return (line = raw.TakeLine()).has_value(); }));
  // In one piece with the handshake: what follows the handshake's line is the session's.
  raw.Send(HandshakeLine("gamma-0001", key, NonceOf(*line), *Nonce::Generate(listener_.random)) +
           R"({"id":"m-1","msg_type":"delegate_task","from_peer":"somebody-else","timestamp":1,"payload":[1]})"
           "\n");
  ASSERT_TRUE(Drive({&listener_}, [&] { return (line = raw.TakeLine()).has_value(); }));
  EXPECT_EQ(testing::PayloadOf(*line, "handshake_ack")["status"], "ok");
  ASSERT_TRUE(Drive({&listener_}, [&] { return (line = raw.TakeLine()).has_value(); }));
  EXPECT_EQ(testing::PayloadOf(*line, "ack")["id"], "m-1");
  const auto messages = listener_.All<MessageReceived>();
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].peer, peer) << "who was authenticated, whatever from_peer says";
  EXPECT_EQ(messages[0].type, "delegate_task");
  EXPECT_EQ(messages[0].payload, "[1]");
}

}  // namespace
}  // namespace cctl
