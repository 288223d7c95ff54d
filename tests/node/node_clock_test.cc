// SPDX-License-Identifier: MIT
//
// A node whose wall clock is set forward and back. Dates decide what a link or a code opens, and nothing else.

#include <gtest/gtest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_operations.h"
#include "cctl/proto/session_limits.h"
#include "cctl/sys/clock.h"
#include "tests/node/node_host.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveFor;
using testing::DriveToAnswer;
using testing::JoinByLink;
using testing::NodeHost;

Duration ahead;                  // of the machine's clock
std::optional<UnixTime> frozen;  // or a date at which the clock stands still

UnixTime JumpingClock() { return frozen.value_or(WallNow() + ahead); }

class NodeClockTest : public ::testing::Test {
 protected:
  NodeClockTest() {
    ahead = {};
    frozen.reset();
    listener_.options.wall_clock = &JumpingClock;
    listener_.Start();
    joiner_.Start();
  }

  Outcome<nlohmann::json> Join(const InviteLink& link) {
    return DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Join(link, {}));
  }
  Outcome<nlohmann::json> Connect() {
    const ConnectTarget at{*Host::Parse("127.0.0.1"), listener_.node().port(), listener_.identity};
    return DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Connect(at, {}));
  }

  NodeHost listener_{"alpha-cda2"};
  NodeHost joiner_{"beta-18c1"};
};

TEST_F(NodeClockTest, LinkIsExpiredWhenItsTtlIsOver) {
  const InviteLink link = listener_.Invite({.ttl = Hours(1)});
  const UnixTime made = listener_.folder().ListInvites()->invites.at(0).created_at;
  const auto before = std::pair(listener_.Content(), joiner_.Content());
  frozen = made + Hours(1);
  const auto late = Join(link);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kExpired);
  EXPECT_EQ(listener_.Content(), before.first);
  EXPECT_EQ(joiner_.Content(), before.second);
  const auto warnings = listener_.All<WarningRaised>();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].code, Errc::kExpired);
  EXPECT_NE(warnings[0].message.find("invite " + listener_.last_invite), std::string::npos) << warnings[0].message;
  EXPECT_NE(warnings[0].message.find("beta-18c1"), std::string::npos) << warnings[0].message;
}

// Whoever has an old link may try it all day.
TEST_F(NodeClockTest, ExpiredLinkIsAnsweredEachTimeAndToldOfAFewTimes) {
  const InviteLink link = listener_.Invite();
  ahead = Hours(25);
  for (std::size_t i = 0; i < 4 * kMaxWrongProofs; ++i) {
    const auto answer = Join(link);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::kExpired);
  }
  EXPECT_EQ(listener_.All<WarningRaised>().size(), kMaxWrongProofs);
}

TEST_F(NodeClockTest, LinkIsGoodInTheLastMillisecondOfItsTtl) {
  const InviteLink link = listener_.Invite({.ttl = Hours(1)});
  frozen = listener_.folder().ListInvites()->invites.at(0).created_at + Hours(1) - Milliseconds(1);
  EXPECT_TRUE(Join(link));
}

TEST_F(NodeClockTest, ClockThatIsSetBackReopensNoLinkThatWasSeenExpired) {
  const InviteLink link = listener_.Invite({.ttl = Hours(1)});
  ahead = Hours(2);
  ASSERT_EQ(Join(link).error().code, Errc::kExpired);
  ahead = {};
  const auto again = Join(link);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kExpired);
  EXPECT_FALSE(joiner_.KeyOf(listener_.identity));
}

TEST_F(NodeClockTest, ClockThatIsSetBackBeforeALinkWasMadeClosesIt) {
  const InviteLink link = listener_.Invite({.ttl = Hours(1)});
  ahead = Hours(-1);
  const auto early = Join(link);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Errc::kExpired);
}

TEST_F(NodeClockTest, WaitingCodeIsGoodForItsTtl) {
  const auto made = CreatePairCode(listener_.folder(), listener_.random, WallNow(), Hours(24));
  ASSERT_TRUE(made);
  ASSERT_TRUE(AcceptCode(joiner_.folder(), WallNow(), (*made)["pair_code"].get<std::string>(), "alpha-cda2"));
  ahead = Hours(25);
  const auto before = listener_.Content();
  const auto late = Connect();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kExpired);
  EXPECT_EQ(listener_.Content(), before);
  const auto warnings = listener_.All<WarningRaised>();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].message.find("pair code"), std::string::npos) << warnings[0].message;
}

TEST_F(NodeClockTest, ClockThatIsSetBackReopensNoCodeThatWasSeenExpired) {
  const auto made = CreatePairCode(listener_.folder(), listener_.random, WallNow(), Hours(24));
  ASSERT_TRUE(made);
  ASSERT_TRUE(AcceptCode(joiner_.folder(), WallNow(), (*made)["pair_code"].get<std::string>(), "alpha-cda2"));
  ahead = Hours(25);
  ASSERT_EQ(Connect().error().code, Errc::kExpired);
  ahead = {};
  const auto again = Connect();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kExpired);
  EXPECT_FALSE(listener_.KeyOf(joiner_.identity));
  // A new code is another one.
  const auto anew = CreatePairCode(listener_.folder(), listener_.random, WallNow(), Hours(24));
  ASSERT_TRUE(anew);
  ASSERT_TRUE(joiner_.folder().RemoveKey(listener_.identity));
  ASSERT_TRUE(AcceptCode(joiner_.folder(), WallNow(), (*anew)["pair_code"].get<std::string>(), "alpha-cda2"));
  EXPECT_TRUE(Connect());
}

TEST_F(NodeClockTest, ClockThatJumpsBreaksNoSessionAndPairsNobodyAnew) {
  ASSERT_NO_FATAL_FAILURE(JoinByLink(listener_, joiner_));
  const Psk key = *listener_.KeyOf(joiner_.identity);
  for (const Duration jump : {Hours(-24 * 365), Hours(24 * 365), Hours(-24 * 365 * 80)}) {  // to before 1970, too
    ahead = jump;
    listener_.node().Reload();
    DriveFor({&listener_, &joiner_}, Milliseconds(50));
    EXPECT_EQ(listener_.node().session_count(), 1u);
    EXPECT_EQ(joiner_.node().session_count(), 1u);
  }
  EXPECT_TRUE(listener_.All<PeerDisconnected>().empty());
  EXPECT_TRUE(joiner_.All<PeerDisconnected>().empty());
  // A stored key has no date: the peer comes back whatever the clock says.
  joiner_.Stop();
  ASSERT_TRUE(Drive({&listener_}, [&] { return listener_.node().session_count() == 0; }));
  joiner_.Start();
  EXPECT_TRUE(Drive({&listener_, &joiner_}, [&] { return joiner_.node().session_count() == 1; }));
  EXPECT_TRUE(*listener_.KeyOf(joiner_.identity) == key);
}

}  // namespace
}  // namespace cctl
