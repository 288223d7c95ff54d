// SPDX-License-Identifier: MIT
//
// Both roles of the handshake against each other, on a virtual clock, over a stream that delays, cuts and breaks.

#include "tests/support/handshake_pair.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/proto/key_candidates.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_host.h"
#include "tests/support/virtual_clock.h"

namespace cctl {
namespace {

using testing::Dial;
using testing::HandshakePair;
using testing::JoinBy;
using testing::Reconnect;
using testing::SeededRandom;
using testing::TestHost;
using testing::VirtualClock;

// A listener and the joiners that come to it.
class HandshakePairTest : public ::testing::Test {
 protected:
  std::unique_ptr<HandshakePair> Run(TestHost& connector, const Dial& dial) {
    auto pair = std::make_unique<HandshakePair>(clock_, random_, listener_, connector, dial);
    clock_.Run();
    return pair;
  }

  // Whether both ends are authenticated, and hold the same key for each other.
  ::testing::AssertionResult Paired(const HandshakePair& pair, TestHost& connector) {
    if (!pair.accepted) return ::testing::AssertionFailure() << "not accepted";
    if (!pair.joined) return ::testing::AssertionFailure() << "not joined";
    if (pair.accepted->peer != connector.identity || pair.joined->peer != listener_.identity) {
      return ::testing::AssertionFailure() << "with somebody else";
    }
    const StoredKey* const ours = listener_.Find(connector.identity);
    const StoredKey* const theirs = connector.Find(listener_.identity);
    if (ours == nullptr || theirs == nullptr || !(ours->psk == theirs->psk)) {
      return ::testing::AssertionFailure() << "different keys";
    }
    return ::testing::AssertionSuccess();
  }

  VirtualClock clock_;
  SeededRandom random_{1};
  TestHost listener_{"alpha-cda2", random_};
  TestHost joiner_{"beta-18c1", random_};
};

TEST_F(HandshakePairTest, JoinByALinkRotatesTheKeyAndProvesIt) {
  const Invite invite = listener_.AddInvite(random_, clock_.date());
  const auto pair = Run(joiner_, JoinBy(listener_.identity, invite));
  ASSERT_TRUE(Paired(*pair, joiner_));
  EXPECT_TRUE(pair->accepted->proved);
  EXPECT_TRUE(pair->joined->proved);
  EXPECT_TRUE(pair->accepted->rekeyed);
  EXPECT_TRUE(pair->joined->rekeyed);
  EXPECT_EQ(pair->accepted->version.view(), "1.0.0");
  EXPECT_EQ(pair->accepted->port, 9847);
  EXPECT_FALSE(listener_.Find(joiner_.identity)->psk == invite.psk);
  EXPECT_TRUE(listener_.Find(joiner_.identity)->proved) << "by the first heartbeat";
  EXPECT_TRUE(listener_.invites.empty()) << "used up, and nobody needs it any more";
}

TEST_F(HandshakePairTest, StoredKeyReconnectsWithoutStoringAnything) {
  const Invite invite = listener_.AddInvite(random_, clock_.date());
  Run(joiner_, JoinBy(listener_.identity, invite));
  listener_.disk_works = joiner_.disk_works = false;
  const auto pair = Run(joiner_, Reconnect(joiner_, listener_.identity));
  ASSERT_TRUE(Paired(*pair, joiner_));
  EXPECT_FALSE(pair->accepted->rekeyed);
  EXPECT_FALSE(pair->joined->rekeyed);
}

TEST_F(HandshakePairTest, PendingKeyBecomesThePeersKeyAsItIs) {
  const Psk code_key = DerivePsk(*PairCode::Generate(random_));
  listener_.pending = PendingKey{code_key};
  joiner_.Put({listener_.identity, code_key});
  const auto pair = Run(joiner_, Reconnect(joiner_, listener_.identity));
  ASSERT_TRUE(Paired(*pair, joiner_));
  EXPECT_FALSE(pair->accepted->rekeyed);
  EXPECT_FALSE(listener_.pending);
}

TEST_F(HandshakePairTest, ConnectorsPendingKeyIsStoredAfterItsProof) {
  const Psk code_key = DerivePsk(*PairCode::Generate(random_));
  listener_.Put({joiner_.identity, code_key});  // `accept`
  const auto pair = Run(joiner_, {.key = code_key, .source = KeyCandidate::Source::kPending, .rekey = true});
  ASSERT_TRUE(Paired(*pair, joiner_));
  EXPECT_FALSE(pair->joined->rekeyed) << "only an invite's key is rotated";
}

TEST_F(HandshakePairTest, ExpiredInviteIsAnsweredExpired) {
  const Invite invite = listener_.AddInvite(random_, clock_.date());
  clock_.Advance(Hours(25));
  const auto pair = Run(joiner_, JoinBy(listener_.identity, invite));
  ASSERT_TRUE(pair->failed && pair->refused);
  EXPECT_EQ(pair->failed->error.code, Errc::kExpired);
  EXPECT_EQ(pair->refused->error.code, Errc::kExpired);
  EXPECT_EQ(pair->refused->invite, invite.id);
  EXPECT_FALSE(pair->refused->wrong_proof);
  EXPECT_TRUE(listener_.peers.empty());
}

TEST_F(HandshakePairTest, WrongKeyIsDeniedWithoutAHintWhenTheInviteIsExpired) {
  listener_.AddInvite(random_, clock_.date());
  clock_.Advance(Hours(25));
  const auto pair =
      Run(joiner_, {.key = DerivePsk(*PairCode::Generate(random_)), .source = KeyCandidate::Source::kInvite});
  ASSERT_TRUE(pair->failed && pair->refused);
  EXPECT_EQ(pair->failed->error.code, Errc::kAuthFailed);
  EXPECT_TRUE(pair->refused->wrong_proof);
}

TEST_F(HandshakePairTest, SeveralJoinersByOneInviteHaveKeysOfTheirOwn) {
  const Invite invite = listener_.AddInvite(random_, clock_.date(), 3);
  TestHost hosts[] = {{"one", random_}, {"two", random_}, {"three", random_}, {"four", random_}};
  for (int i = 0; i < 3; ++i) {
    const auto pair = Run(hosts[i], JoinBy(listener_.identity, invite));
    ASSERT_TRUE(Paired(*pair, hosts[i])) << i;
  }
  for (int i = 0; i < 3; ++i) {
    const Psk& key = listener_.Find(hosts[i].identity)->psk;
    EXPECT_FALSE(key == listener_.Find(hosts[(i + 1) % 3].identity)->psk);
    EXPECT_FALSE(key == invite.psk);
  }
  EXPECT_TRUE(listener_.invites.empty());
  const auto late = Run(hosts[3], JoinBy(listener_.identity, invite));
  ASSERT_TRUE(late->failed);
  EXPECT_EQ(late->failed->error.code, Errc::kAuthFailed);

  // None of them can pose as another: its key is not the other's, and the link opens nothing under a paired name.
  TestHost impostor("two", random_);
  const auto posing = Run(impostor, {.expected = listener_.identity, .key = hosts[0].Find(listener_.identity)->psk});
  ASSERT_TRUE(posing->failed);
  EXPECT_EQ(posing->failed->error.code, Errc::kAuthFailed);
}

TEST_F(HandshakePairTest, InviteOfSeveralUsesAdmitsNobodyWhoKeepsItsKey) {
  const Invite invite = listener_.AddInvite(random_, clock_.date(), 2);
  Dial dial = JoinBy(listener_.identity, invite);
  dial.rekey = false;
  const auto pair = Run(joiner_, dial);
  ASSERT_TRUE(pair->failed && pair->refused);
  EXPECT_EQ(pair->failed->error.code, Errc::kAuthFailed);
  EXPECT_EQ(pair->refused->error, (Error{Errc::kDenied, 0, 0, "rekey"}));
  EXPECT_FALSE(pair->refused->wrong_proof);
  EXPECT_TRUE(listener_.peers.empty());
}

TEST_F(HandshakePairTest, ImpostorUnderAPairedNameIsDeniedThoughItHoldsAnOpenLink) {
  const Invite first = listener_.AddInvite(random_, clock_.date());
  ASSERT_TRUE(Paired(*Run(joiner_, JoinBy(listener_.identity, first)), joiner_));
  const Psk before = listener_.Find(joiner_.identity)->psk;
  const Invite open = listener_.AddInvite(random_, clock_.date(), 5);
  for (const std::string_view name : {"beta-18c1", "BETA-18c1"}) {
    TestHost impostor(name, random_);
    const auto pair = Run(impostor, JoinBy(listener_.identity, open));
    ASSERT_TRUE(pair->failed && pair->refused) << name;
    EXPECT_EQ(pair->failed->error.code, Errc::kAuthFailed);
    EXPECT_EQ(pair->refused->error.code, Errc::kDenied);
  }
  EXPECT_TRUE(listener_.Find(joiner_.identity)->psk == before);
  EXPECT_EQ(listener_.FindInvite(open.id)->uses_left, 5u);
}

TEST_F(HandshakePairTest, LinkSeenByAThirdPartyAfterItsUseWithTheJoinersNameIsDenied) {
  const Invite invite = listener_.AddInvite(random_, clock_.date());
  ASSERT_TRUE(Paired(*Run(joiner_, JoinBy(listener_.identity, invite)), joiner_));
  const Psk before = listener_.Find(joiner_.identity)->psk;
  TestHost third("beta-18c1", random_);
  const auto pair = Run(third, JoinBy(listener_.identity, invite));
  ASSERT_TRUE(pair->failed && pair->refused);
  EXPECT_EQ(pair->failed->error.code, Errc::kAuthFailed);
  EXPECT_TRUE(pair->refused->wrong_proof);
  EXPECT_TRUE(listener_.Find(joiner_.identity)->psk == before);
}

TEST_F(HandshakePairTest, LinkOfSeveralUsesDoesNotReopenTheNameThatProvedItsKey) {
  const Invite invite = listener_.AddInvite(random_, clock_.date(), 5);
  ASSERT_TRUE(Paired(*Run(joiner_, JoinBy(listener_.identity, invite)), joiner_));
  TestHost third("beta-18c1", random_);
  const auto pair = Run(third, JoinBy(listener_.identity, invite));
  ASSERT_TRUE(pair->failed);
  EXPECT_EQ(pair->failed->error.code, Errc::kAuthFailed);
}

TEST_F(HandshakePairTest, InviteForOneIdentityAdmitsItAgainWithAFreshDiskAndCountsTheUse) {
  const Invite invite = listener_.AddInvite(random_, clock_.date(), 2, joiner_.identity);
  ASSERT_TRUE(Paired(*Run(joiner_, JoinBy(listener_.identity, invite)), joiner_));
  EXPECT_EQ(listener_.FindInvite(invite.id)->uses_left, 1u);
  TestHost fresh("beta-18c1", random_);
  ASSERT_TRUE(Paired(*Run(fresh, JoinBy(listener_.identity, invite)), fresh));
  TestHost other("gamma", random_);
  EXPECT_TRUE(Run(other, JoinBy(listener_.identity, invite))->failed);
  TestHost third("beta-18c1", random_);
  EXPECT_TRUE(Run(third, JoinBy(listener_.identity, invite))->failed) << "no uses left";
}

TEST_F(HandshakePairTest, FullDiskOfTheListenerIsBusyAndCountsNoUse) {
  const Invite invite = listener_.AddInvite(random_, clock_.date());
  listener_.disk_works = false;
  const auto pair = Run(joiner_, JoinBy(listener_.identity, invite));
  ASSERT_TRUE(pair->failed);
  EXPECT_EQ(pair->failed->error.code, Errc::kBusy);
  EXPECT_TRUE(joiner_.peers.empty());
  EXPECT_EQ(listener_.FindInvite(invite.id)->uses_left, 1u);
  listener_.disk_works = true;
  EXPECT_TRUE(Paired(*Run(joiner_, JoinBy(listener_.identity, invite)), joiner_));
}

TEST_F(HandshakePairTest, FullDiskOfTheJoinerEndsItAndTheLinkWorksAgain) {
  const Invite invite = listener_.AddInvite(random_, clock_.date());
  joiner_.disk_works = false;
  const auto pair = Run(joiner_, JoinBy(listener_.identity, invite));
  ASSERT_TRUE(pair->failed);
  EXPECT_EQ(pair->failed->error, (Error{Errc::kIo, 0, 0, "key"}));
  joiner_.disk_works = true;
  EXPECT_TRUE(Paired(*Run(joiner_, JoinBy(listener_.identity, invite)), joiner_));
}

// However much of either side's bytes arrives before the connection breaks, past the invite's TTL too: the same link
// joined again by the same identity pairs both, and counts one use in all.
TEST_F(HandshakePairTest, JoinerLostAtAnyByteJoinsAgainWithoutASecondUse) {
  std::size_t to_listener = 0;
  std::size_t to_connector = 0;
  {
    const Invite invite = listener_.AddInvite(random_, clock_.date());
    TestHost host("measure", random_);
    const auto pair = Run(host, JoinBy(listener_.identity, invite));
    ASSERT_EQ(pair->lines.size(), 4u);  // challenge, handshake, ack, heartbeat
    to_connector = pair->lines[0].size() + pair->lines[2].size() + 16;
    to_listener = pair->lines[1].size() + pair->lines[3].size() + 16;
  }
  int committed = 0;
  for (const bool at_listener : {true, false}) {
    for (std::size_t bytes = 1; bytes < (at_listener ? to_listener : to_connector); ++bytes) {
      SCOPED_TRACE(std::string(at_listener ? "to the listener: " : "to the connector: ") + std::to_string(bytes));
      TestHost fresh("gamma-" + std::to_string(at_listener) + std::to_string(bytes), random_);
      const InviteId id = listener_.AddInvite(random_, clock_.date()).id;
      const Invite invite = *listener_.FindInvite(id);
      HandshakePair pair(clock_, random_, listener_, fresh, JoinBy(listener_.identity, invite));
      at_listener ? pair.BreakAfterBytesToListener(bytes) : pair.BreakAfterBytesToConnector(bytes);
      clock_.Run();
      if (pair.joined) {
        ASSERT_TRUE(pair.accepted) << "the joiner stores only what the listener has stored";
        ASSERT_TRUE(Paired(pair, fresh));
        continue;
      }
      ASSERT_TRUE(pair.failed);
      ASSERT_TRUE(fresh.peers.empty());
      if (listener_.Find(fresh.identity) != nullptr) {
        ++committed;
        ASSERT_EQ(listener_.FindInvite(id)->uses_left, 0u);
        clock_.Advance(Hours(25));
      }
      const auto again = Run(fresh, JoinBy(listener_.identity, invite));
      ASSERT_TRUE(Paired(*again, fresh));
      ASSERT_EQ(listener_.FindInvite(id), nullptr) << "used up and proved";
    }
  }
  EXPECT_GT(committed, 100) << "the whole of the ack's bytes is a place to be lost at";
}

TEST_F(HandshakePairTest, ThousandPairsOnBrokenStreamsEndPairedOrUntouched) {
  int paired = 0;
  for (int i = 0; i < 1000; ++i) {
    SCOPED_TRACE(i);
    TestHost host("host-" + std::to_string(i), random_);
    const Invite invite = listener_.AddInvite(random_, clock_.date(), static_cast<std::uint32_t>(1 + random_.Below(3)));
    HandshakePair pair(clock_, random_, listener_, host, JoinBy(listener_.identity, invite));
    if (random_.Below(2) == 0) pair.BreakAfterBytesToListener(random_.Below(900));
    if (random_.Below(2) == 0) pair.BreakAfterBytesToConnector(random_.Below(900));
    clock_.Run();
    ASSERT_TRUE(pair.accepted || pair.refused);
    ASSERT_TRUE(pair.joined || pair.failed);
    ASSERT_FALSE(pair.joined && pair.failed);
    if (pair.joined) {
      ++paired;
      ASSERT_TRUE(Paired(pair, host));
      ASSERT_TRUE(Paired(*Run(host, Reconnect(host, listener_.identity)), host));
    } else {
      ASSERT_TRUE(host.peers.empty());
    }
    listener_.invites.clear();
    ASSERT_EQ(listener_.open_challenges.size(), 1u) << "this pair's own";
  }
  EXPECT_GT(paired, 250);
  EXPECT_LT(paired, 950);
}

TEST_F(HandshakePairTest, HostsThatDialEachOtherAtOnceAuthenticateTwice) {
  const Invite invite = listener_.AddInvite(random_, clock_.date());
  ASSERT_TRUE(Paired(*Run(joiner_, JoinBy(listener_.identity, invite)), joiner_));
  HandshakePair there(clock_, random_, listener_, joiner_, Reconnect(joiner_, listener_.identity));
  HandshakePair back(clock_, random_, joiner_, listener_, Reconnect(listener_, joiner_.identity));
  clock_.Run();
  EXPECT_TRUE(there.accepted && there.joined);
  EXPECT_TRUE(back.accepted && back.joined);
}

}  // namespace
}  // namespace cctl
