// SPDX-License-Identifier: MIT
//
// One relay, one thread, many at once: a thousand sessions, strangers who say nothing, and what an idle peer costs.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/psk.h"
#include "cctl/node/connection.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/proto/peer_record.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/descriptor_limit.h"
#include "cctl/wire/message_envelope.h"
#include "tests/node/heap_in_use.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveFor;
using testing::HandshakeLine;
using testing::HeapInUse;
using testing::HeartbeatLine;
using testing::JoinByLink;
using testing::NodeHost;
using testing::NonceOf;
using testing::PayloadOf;
using testing::RawHeader;
using testing::RawPeer;

constexpr std::string_view kKey = "a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d";

// Turning a thousand connections takes a sanitized program on a busy machine longer than the usual patience.
constexpr Duration kPatience = Seconds(100);

std::string PeerName(std::size_t number) { return "peer-" + std::to_string(number); }

int steps = 0;  // of writing to disk

class NodeLoadTest : public ::testing::Test {
 protected:
  NodeLoadTest() { relay_.options.max_sessions = 4096; }

  // Descriptors at both ends of so many connections, and some to spare.
  static bool CanOpen(std::size_t connections) {
    const auto limit = RaiseDescriptorLimit(2 * connections + 200);
    return limit && *limit >= 2 * connections + 200;
  }

  // Pairs without the cost of durable writing; as the released claudectl's files: proved, and seen nowhere.
  void PutPeers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      relay_.WriteFile("relay/peers/" + PeerName(i) + ".key", kKey);
      relay_.WriteFile("relay/peers/" + PeerName(i) + ".meta", R"({"proved":true})");
    }
  }

  // Each peer's authenticated connection. At most so many strangers at once as the relay lets in.
  void ConnectPeers(std::vector<RawPeer>& peers, std::size_t count) {
    constexpr std::size_t kAtOnce = 200;
    const Psk key = *ParsePskHex(kKey);
    for (std::size_t first = 0; first < count; first += kAtOnce) {
      const std::size_t end = std::min(count, first + kAtOnce);
      for (std::size_t i = first; i < end; ++i) {
        peers.push_back(RawPeer::ConnectTo(relay_.node().port(), static_cast<std::uint8_t>(1 + i % 100)));
      }
      std::size_t next = first;
      const auto challenged = [&] {
        if (on_turn_) on_turn_();
        for (; next < end; ++next) {
          const auto line = peers[next].TakeLine();
          if (!line) return false;
          peers[next].Send(HandshakeLine(PeerName(next), key, NonceOf(*line), *Nonce::Generate(relay_.random)));
        }
        return true;
      };
      ASSERT_TRUE(Drive({&relay_}, challenged, kPatience));
      next = first;
      const auto accepted = [&] {
        if (on_turn_) on_turn_();
        for (; next < end; ++next) {
          const auto line = peers[next].TakeLine();
          if (!line) return false;
          EXPECT_EQ(PayloadOf(*line, "handshake_ack").value("status", ""), "ok") << next;
        }
        return true;
      };
      ASSERT_TRUE(Drive({&relay_}, accepted, kPatience));
    }
    ASSERT_EQ(relay_.node().session_count(), count);
  }

  NodeHost relay_{"relay-0001"};
  std::function<void()> on_turn_;
};

TEST_F(NodeLoadTest, ThousandSessionsAtOnceAreServedByOneThread) {
  constexpr std::size_t kSessions = 1000;
  if (!CanOpen(kSessions)) GTEST_SKIP() << "not so many descriptors are allowed here";
  PutPeers(kSessions);
  relay_.Start();
  std::vector<RawPeer> peers;
  ASSERT_NO_FATAL_FAILURE(ConnectPeers(peers, kSessions));
  EXPECT_EQ(relay_.All<PeerConnected>().size(), kSessions);

  // All of them speak at once: a heartbeat, which nobody answers, and a message that is acknowledged.
  for (std::size_t i = 0; i < kSessions; ++i) {
    std::string message;
    AppendMessage(message, RawHeader(PeerName(i)), "task_status", std::to_string(i));
    peers[i].Send(HeartbeatLine(PeerName(i)) + message + HeartbeatLine(PeerName(i)));
  }
  std::size_t next = 0;
  const auto acknowledged = [&] {
    for (; next < kSessions; ++next) {
      const auto line = peers[next].TakeLine();
      if (!line) return false;
      EXPECT_EQ(PayloadOf(*line, "ack").value("id", ""), "msg_raw") << next;
    }
    return true;
  };
  ASSERT_TRUE(Drive({&relay_}, acknowledged, kPatience));
  const auto messages = relay_.All<MessageReceived>();
  ASSERT_EQ(messages.size(), kSessions);
  for (const MessageReceived& message : messages) EXPECT_EQ(PeerName(std::stoul(message.payload)), message.peer.view());
  EXPECT_EQ(relay_.node().session_count(), kSessions);
  for (RawPeer& peer : peers) EXPECT_FALSE(peer.ended());
  EXPECT_TRUE(relay_.All<PeerDisconnected>().empty());
  EXPECT_TRUE(relay_.All<WarningRaised>().empty());

  for (RawPeer& peer : peers) peer.Close();
  EXPECT_TRUE(Drive(
      {&relay_}, [&] { return relay_.All<PeerDisconnected>().size() == kSessions; }, kPatience));
  EXPECT_EQ(relay_.node().session_count(), 0u);
}

TEST_F(NodeLoadTest, FiveHundredSilentConnectionsDoNotHoldUpAJoin) {
  constexpr std::size_t kSilent = 500;
  constexpr int kRounds = 5;
  if (!CanOpen(kSilent)) GTEST_SKIP() << "not so many descriptors are allowed here";
  relay_.Start();
  const auto measure = [this] {
    NodeHost joiner("joiner-" + std::to_string(testing::NextSeed()));
    joiner.Start();
    const auto link = relay_.Invite();
    const Instant start = SteadyNow();
    const auto answer = testing::DriveToAnswer({&relay_, &joiner}, joiner, joiner.node().Join(link, {}));
    EXPECT_TRUE(answer) << answer.error().message;
    return SteadyNow() - start;
  };
  Duration alone = Hours(1);
  Duration beside = Hours(1);
  for (int round = 0; round < kRounds; ++round) {
    alone = std::min(alone, measure());
    std::vector<RawPeer> silent;
    for (std::size_t i = 0; i < kSilent; ++i) {
      // Half of them are there already; the other half stands in front of the joiner in the accept queue.
      if (i < kSilent / 2) relay_.Turn();
      silent.push_back(RawPeer::ConnectTo(relay_.node().port(), static_cast<std::uint8_t>(2 + i % 40)));
    }
    beside = std::min(beside, measure());
  }
  std::printf("a join: %lld ms alone, %lld ms beside %zu silent connections\n", static_cast<long long>(alone.ms),
              static_cast<long long>(beside.ms), kSilent);
#ifdef __OPTIMIZE__
  // Elsewhere (no optimisation, sanitizers) the time says nothing about the product.
  if (!testing::kSanitized) {
    EXPECT_LE(beside - alone, Milliseconds(50));
  }
#endif
}

// A meta is written durably, which takes a disk some milliseconds: a relay whose peers come back all at once would
// otherwise be deaf for seconds.
TEST_F(NodeLoadTest, MetasOfManyPeersAreWrittenAFewAtATime) {
  constexpr std::size_t kPeers = 200;
  constexpr int kStepsOfOne = 5;  // WriteStep
  PutPeers(kPeers);
  relay_.folder().set_step_observer([] { ++steps; });
  relay_.Start();
  std::vector<RawPeer> peers;
  int before = steps = 0;
  int most = 0;
  on_turn_ = [&] {
    most = std::max(most, steps - before);
    before = steps;
  };
  ASSERT_NO_FATAL_FAILURE(ConnectPeers(peers, kPeers));
  const auto written = [&] {
    on_turn_();
    return steps == static_cast<int>(kPeers) * kStepsOfOne;
  };
  EXPECT_TRUE(Drive({&relay_}, written, kPatience));
  EXPECT_LE(most, 20 * kStepsOfOne) << "in one turn, or two: 20 of 200";
  for (std::size_t i = 0; i < kPeers; ++i) {
    EXPECT_TRUE(relay_.folder().LoadMeta(*Identity::Parse(PeerName(i)))->last_seen) << i;
  }
}

// By the allocator's own count (mallinfo2): before anybody is paired, when all are, and when all are connected and
// nothing moves. The peers are the other ends in the same process; their sockets are in a list that is there before.
TEST_F(NodeLoadTest, IdlePeerCostsWhatTheHeadersPromise) {
  constexpr std::size_t kPeers = 2048;
  constexpr double kRecord = 160;   // cctl/proto/peers.h
  constexpr double kSession = 200;  // cctl/node/connection.h
  if (!CanOpen(kPeers)) GTEST_SKIP() << "not so many descriptors are allowed here";
  relay_.Start();
  std::vector<RawPeer> peers;
  peers.reserve(kPeers);
  PutPeers(kPeers);
  DriveFor({&relay_}, Milliseconds(10));
  const auto before = HeapInUse();
  relay_.node().Reload();
  const auto paired = HeapInUse();
  ASSERT_NO_FATAL_FAILURE(ConnectPeers(peers, kPeers));
  // Until every meta is written, and what only a handshake needs is given back.
  const auto settled = [&] { return relay_.folder().LoadMeta(*Identity::Parse(PeerName(999)))->last_seen.has_value(); };
  ASSERT_TRUE(Drive({&relay_}, settled, kPatience));  // by name the last one
  std::vector<NodeEvent>().swap(relay_.events);
  for (RawPeer& peer : peers) peer.Forget();
  const auto connected = HeapInUse();
  EXPECT_EQ(relay_.node().session_count(), kPeers);
  if (!before || !paired || !connected) return;  // what is left is that so many can be connected
  const double record = static_cast<double>(*paired - *before) / kPeers;
  const double session = static_cast<double>(*connected - *paired) / kPeers;
  std::printf("an idle peer: %.1f bytes paired, %.1f more connected\n", record, session);
  EXPECT_GT(record, sizeof(detail::PeerRecord)) << "the measure measures nothing";
  EXPECT_GT(session, sizeof(Connection)) << "the measure measures nothing";
  EXPECT_LE(record, kRecord);
  EXPECT_LE(session, kSession);
}

}  // namespace
}  // namespace cctl
