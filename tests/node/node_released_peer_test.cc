// SPDX-License-Identifier: MIT
//
// A node and the released claudectl 0.64.0: the recorded join with a node in either role, byte by byte, and a state
// folder that the released program has left behind.

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/hex.h"
#include "cctl/base/host_name.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/sys/clock.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"
#include "tests/support/recorded_join.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

namespace recorded = testing::recorded;
using testing::Drive;
using testing::DriveFor;
using testing::DriveToAnswer;
using testing::NodeHost;
using testing::PayloadOf;
using testing::RawListener;
using testing::RawPeer;

// Gives the nonce of the record where 32 bytes are asked for, so that a node's challenge is the recorded one.
class RecordedRandom final : public RandomSource {
 public:
  Result<void> Fill(ByteSpan out) override {
    return out.size() == 32 ? DecodeHex(recorded::kNonce, out, "nonce") : others_.Fill(out);
  }

 private:
  testing::SeededRandom others_{1};
};

Psk RecordedKey() { return ParsePskHex(recorded::kPskHex).value(); }

std::string Line(std::string_view text) { return std::string(text) + "\n"; }

class ReleasedJoinerTest : public ::testing::Test {
 protected:
  ReleasedJoinerTest() {
    listener_.options.random = &random_;
    listener_.Start();
  }

  // The recorded link's invite.
  InviteId AddInvite(std::uint32_t uses) {
    const Invite invite{.id = *InviteId::Parse("5b0c9a12"),
                        .psk = RecordedKey(),
                        .created_at = WallNow(),
                        .ttl = Hours(24),
                        .uses = uses,
                        .uses_left = uses,
                        .host = *Host::Parse("127.0.0.1"),
                        .port = 9950};
    EXPECT_TRUE(listener_.folder().SaveInvite(invite));
    return invite.id;
  }

  // The released joiner's part, as it was recorded; what it is answered.
  nlohmann::json Join(RawPeer& joiner) {
    joiner = RawPeer::ConnectTo(listener_.node().port());
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&listener_}, [&] { return (line = joiner.TakeLine()).has_value(); }));
    EXPECT_EQ(PayloadOf(*line, "challenge")["nonce"], recorded::kNonce);
    joiner.Send(Line(recorded::kHandshake));
    EXPECT_TRUE(Drive({&listener_}, [&] { return (line = joiner.TakeLine()).has_value(); }));
    return PayloadOf(*line, "handshake_ack");
  }

  RecordedRandom random_;
  NodeHost listener_{recorded::kListener};
  const Identity joiner_ = *Identity::Parse(recorded::kJoiner);
};

TEST_F(ReleasedJoinerTest, JoinsByTheRecordedBytesAndKeepsTheLinksKey) {
  const InviteId invite = AddInvite(1);
  RawPeer joiner;
  EXPECT_EQ(Join(joiner), (nlohmann::json{{"status", "ok"}})) << "it asks for no proof and gets none";
  ASSERT_TRUE(listener_.KeyOf(joiner_));
  EXPECT_TRUE(*listener_.KeyOf(joiner_) == RecordedKey());
  ASSERT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 1; }));
  const auto left = listener_.folder().LoadInvite(invite);
  EXPECT_TRUE(left && !*left) << "used up; that it joined has proved the key";
  EXPECT_EQ(listener_.folder().LoadMeta(joiner_)->proved, true);
  const auto connected = listener_.All<PeerConnected>();
  ASSERT_EQ(connected.size(), 1u);
  EXPECT_EQ(connected[0].peer, joiner_);
  EXPECT_FALSE(connected[0].proved);
}

TEST_F(ReleasedJoinerTest, IsNotLetInByALinkThatOthersHoldToo) {
  const InviteId invite = AddInvite(2);
  const auto before = listener_.Content();
  RawPeer joiner;
  EXPECT_EQ(Join(joiner), (nlohmann::json{{"status", "denied"}}));
  EXPECT_TRUE(Drive({&listener_}, [&] { return joiner.ended(); }));
  EXPECT_EQ(listener_.Content(), before);
  const auto warnings = listener_.All<WarningRaised>();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].code, Errc::kDenied);
  EXPECT_NE(warnings[0].message.find(invite.view()), std::string::npos) << warnings[0].message;
}

TEST_F(ReleasedJoinerTest, IsSentNothingThatItDoesNotKnow) {
  listener_.Put(joiner_, RecordedKey());
  RawPeer joiner;
  ASSERT_EQ(Join(joiner)["status"], "ok");
  joiner.Send(R"({"id":"msg_1","msg_type":"task_status","from_peer":"beta-18c17d7e","timestamp":1,"payload":{"x":1}})"
              "\n");
  ASSERT_TRUE(Drive({&listener_}, [&] { return !listener_.All<MessageReceived>().empty(); }));
  DriveFor({&listener_}, Milliseconds(20));
  EXPECT_FALSE(joiner.ended());
  EXPECT_EQ(joiner.received(), "") << "it would end the connection on an `ack`";
}

// The released program opens a connection for each thing that it sends, and leaves the old ones to us.
TEST_F(ReleasedJoinerTest, HasFourConnectionsSideBySideAndTheOldestGoesForAFifth) {
  listener_.Put(joiner_, RecordedKey());
  RawPeer connections[5];
  for (int i = 0; i < 4; ++i) ASSERT_EQ(Join(connections[i])["status"], "ok");
  ASSERT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 4; }));
  ASSERT_EQ(Join(connections[4])["status"], "ok");
  ASSERT_TRUE(Drive({&listener_}, [&] { return connections[0].ended(); }));
  EXPECT_EQ(listener_.node().session_count(), 4u);
  for (int i = 1; i < 5; ++i) EXPECT_FALSE(connections[i].ended()) << i;
  EXPECT_EQ(listener_.All<PeerConnected>().size(), 1u);
  EXPECT_TRUE(listener_.All<PeerDisconnected>().empty());
  for (RawPeer& connection : connections) connection.Close();
  ASSERT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 0; }));
  EXPECT_EQ(listener_.All<PeerDisconnected>().size(), 1u);
}

class ReleasedListenerTest : public ::testing::Test {
 protected:
  // A join by the recorded link, of which only the port is another one.
  Outcome<nlohmann::json> Join(const DialOptions& options) {
    InviteLink link = *ParseInviteLink(recorded::kLink);
    link.port = released_.port();
    const RequestId join = joiner_.node().Join(link, options);
    bool answered = false;
    listener_side_ = std::nullopt;
    const auto done = [&] {
      if (!listener_side_) {
        if ((listener_side_ = released_.Accept())) listener_side_->Send(Line(recorded::kChallenge));
      } else if (!answered) {
        const auto line = listener_side_->TakeLine();
        if (!line) return false;
        answered = true;
        sent_ = nlohmann::json::parse(*line);
        listener_side_->Send(Line(recorded::kAck));
      }
      return joiner_.AnswerTo(join).has_value();
    };
    EXPECT_TRUE(Drive({&joiner_}, done));
    return joiner_.AnswerTo(join).value_or(Failure{});
  }

  RawListener released_;
  std::optional<RawPeer> listener_side_;
  nlohmann::json sent_;
  NodeHost joiner_{recorded::kJoiner};
  const Identity listener_ = *Identity::Parse(recorded::kListener);
};

TEST_F(ReleasedListenerTest, IsAcceptedByItsRecordedBytesWhereTheUserAllowsIt) {
  joiner_.Start();
  const auto answer = Join({.allow_unproven = true});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"], "paired");
  EXPECT_EQ((*answer)["proved"], false);
  const auto recorded_line = nlohmann::json::parse(recorded::kHandshake);
  EXPECT_EQ(sent_["msg_type"], "handshake");
  EXPECT_EQ(sent_["from_peer"], recorded::kJoiner);
  EXPECT_EQ(sent_["payload"]["proof"], recorded_line["payload"]["proof"]) << "the very proof of the record";
  ASSERT_TRUE(joiner_.KeyOf(listener_));
  EXPECT_TRUE(*joiner_.KeyOf(listener_) == RecordedKey()) << "it knows nothing of a new key";
  EXPECT_EQ(joiner_.node().session_count(), 1u);
  DriveFor({&joiner_}, Milliseconds(20));
  EXPECT_EQ(listener_side_->TakeLine(), std::nullopt) << "it loses what comes in the first second";
}

TEST_F(ReleasedListenerTest, IsUnprovenOtherwiseAndNothingIsStored) {
  joiner_.Start();
  const auto before = joiner_.Content();
  const auto answer = Join({});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnproven);
  EXPECT_EQ(answer.error().hint, "--allow-unproven");
  EXPECT_EQ(joiner_.Content(), before);
  // It may have stored the key, so the same link works again with the flag.
  EXPECT_TRUE(Join({.allow_unproven = true}));
}

TEST_F(ReleasedListenerTest, IsAcceptedWhereTheConfigurationDoesNotAskForProof) {
  joiner_.options.require_mutual_auth = false;
  joiner_.Start();
  EXPECT_TRUE(Join({}));
  EXPECT_TRUE(*joiner_.KeyOf(listener_) == RecordedKey());
}

// What the released program leaves: the key without a newline, and a meta with two members.
TEST(ReleasedStateFolder, ItsKeysAreUsedAsTheyAre) {
  NodeHost one(recorded::kListener);
  NodeHost two(recorded::kJoiner);
  one.WriteFile("relay/peers/beta-18c17d7e.key", recorded::kPskHex);
  two.WriteFile("relay/peers/alpha-cda2c8d3.key", recorded::kPskHex);
  one.Start();
  two.WriteFile("relay/peers/alpha-cda2c8d3.meta",
                R"({"addr":")" + one.address() + R"(","last_seen":1795422026237,"added_later":[1]})");
  two.Start();
  const auto connected = [&] { return one.node().session_count() == 1 && two.node().session_count() == 1; };
  ASSERT_TRUE(Drive({&one, &two}, connected));
  DriveFor({&one, &two}, Milliseconds(20));
  EXPECT_TRUE(connected());
  EXPECT_TRUE(two.All<PeerConnected>().at(0).proved) << "both are ours by now, and hold the same key";
  EXPECT_EQ(one.Content()["relay/peers/beta-18c17d7e.key"], recorded::kPskHex);
  EXPECT_EQ(two.Content()["relay/peers/alpha-cda2c8d3.key"], recorded::kPskHex);
  const auto meta = nlohmann::json::parse(two.Content()["relay/peers/alpha-cda2c8d3.meta"]);
  EXPECT_EQ(meta["addr"], one.address());
  EXPECT_EQ(meta["added_later"], nlohmann::json::array({1}));
  EXPECT_GT(meta["last_seen"], 1'500'000'000'000) << "by this machine's clock";
  EXPECT_NE(meta["last_seen"], 1'795'422'026'237);
}

TEST(ReleasedStateFolder, KeyThatCannotBeReadLetsNobodyInAndIsLeftAsItIs) {
  NodeHost one(recorded::kListener);
  one.WriteFile("relay/peers/beta-18c17d7e.key", recorded::kPskHex.substr(1));
  one.Start();
  const auto before = one.Content();
  NodeHost two(recorded::kJoiner);
  two.Put(one.identity, RecordedKey());
  two.Start();
  const ConnectTarget at{*Host::Parse("127.0.0.1"), one.node().port(), one.identity};
  const auto answer = DriveToAnswer({&one, &two}, two, two.node().Connect(at, {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kAuthFailed);
  EXPECT_EQ(one.Content(), before);
  const auto warnings = one.All<WarningRaised>();
  ASSERT_FALSE(warnings.empty());
  EXPECT_NE(warnings[0].message.find("relay/peers/beta-18c17d7e.key"), std::string::npos) << warnings[0].message;
  EXPECT_EQ(warnings[0].message.find(recorded::kPskHex.substr(1, 8)), std::string::npos) << "no secret in a log";
}

}  // namespace
}  // namespace cctl
