// SPDX-License-Identifier: MIT

#include "cctl/invite/invite.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/invite/invite_id.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using enum InviteAdmission;

constexpr UnixTime kMade{1'795'422'026'237};
constexpr Duration kDay = Days(1);
constexpr Duration kTick = Milliseconds(1);
constexpr bool kRekey = true;
constexpr bool kKeepsLinkKey = false;

const Identity kAnn = *Identity::Parse("ann");
const Identity kBob = *Identity::Parse("bob");

// Valid, and of the kind that the command makes where nothing else is asked for: one use, a day, for whoever comes.
Invite NewInvite(std::uint32_t uses = 1) {
  Invite invite{.id = *InviteId::Parse("5b0c9a12"), .psk = {}, .host = *Host::Parse("192.168.1.50")};
  invite.created_at = kMade;
  invite.ttl = kDay;
  invite.uses = uses;
  invite.uses_left = uses;
  invite.port = 9847;
  return invite;
}

// As `invite --for <identity> --uses unlimited` makes it.
Invite UnlimitedFor(const Identity& identity) {
  Invite invite = NewInvite(kUnlimitedUses);
  invite.only_for = identity;
  return invite;
}

Identity Numbered(std::size_t n) { return *Identity::Parse("peer-" + std::to_string(n)); }

TEST(Invite, ExpiresInTheMillisecondThatItsTimeIsOver) {
  const Invite invite = NewInvite();
  EXPECT_EQ(ExpiresAt(invite), kMade + kDay);
  EXPECT_FALSE(IsExpired(invite, kMade));
  EXPECT_FALSE(IsExpired(invite, kMade + kDay - kTick));
  EXPECT_TRUE(IsExpired(invite, kMade + kDay));
  EXPECT_TRUE(IsExpired(invite, kMade + kDay + Days(1000)));
}

// docs/files.md: more than 5 minutes ahead of the clock counts as expired.
TEST(Invite, IsExpiredWhereItIsDatedMoreThanFiveMinutesAheadOfTheClock) {
  const Invite invite = NewInvite();
  EXPECT_FALSE(IsExpired(invite, kMade - Minutes(5)));
  EXPECT_TRUE(IsExpired(invite, kMade - Minutes(5) - kTick));
  EXPECT_TRUE(IsExpired(invite, UnixTime{0}));
}

TEST(Invite, ThatLivesForASecondIsOpenBeforeItsDateToo) {
  Invite invite = NewInvite();
  invite.ttl = kMinInviteTtl;
  EXPECT_TRUE(IsOpen(invite, kMade - kInviteClockTolerance));
  EXPECT_TRUE(IsOpen(invite, kMade + Milliseconds(999)));
  EXPECT_FALSE(IsOpen(invite, kMade + Milliseconds(1000)));
}

TEST(Invite, IsUsedUpRatherThanExpired) {
  Invite invite = NewInvite();
  EXPECT_EQ(StateOf(invite, kMade), InviteState::kOpen);
  EXPECT_EQ(StateOf(invite, kMade + kDay), InviteState::kExpired);
  invite.uses_left = 0;
  EXPECT_EQ(StateOf(invite, kMade), InviteState::kUsedUp);
  EXPECT_EQ(StateOf(invite, kMade + kDay), InviteState::kUsedUp);
  EXPECT_FALSE(IsOpen(invite, kMade));
}

// docs/cli.md's words, which scripts compare.
TEST(Invite, StatesHaveNames) {
  EXPECT_EQ(InviteStateName(InviteState::kOpen), "open");
  EXPECT_EQ(InviteStateName(InviteState::kUsedUp), "used_up");
  EXPECT_EQ(InviteStateName(InviteState::kExpired), "expired");
}

TEST(Invite, OpenOnesAreCounted) {
  EXPECT_EQ(CountOpen({}, kMade), 0u);
  std::vector<Invite> invites(4, NewInvite());
  invites[1].uses_left = 0;
  invites[2].created_at = kMade - kDay;
  invites[3].created_at = kMade + kInviteClockTolerance + kTick;
  EXPECT_EQ(CountOpen(invites, kMade), 1u);
  EXPECT_EQ(CountOpen(invites, kMade + kTick), 2u) << "the last one is no more than 5 minutes ahead now";
}

TEST(InviteAdmission, TakesWhoeverComesAsOftenAsItWasMadeFor) {
  Invite invite = NewInvite(2);
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade), kNewUse);
  NoteJoin(invite, kAnn, kRekey);
  EXPECT_EQ(invite.uses_left, 1u);
  EXPECT_EQ(Admit(invite, kBob, kRekey, kMade), kNewUse);
  NoteJoin(invite, kBob, kRekey);
  EXPECT_EQ(invite.uses_left, 0u);
  EXPECT_EQ(Admit(invite, Numbered(1), kRekey, kMade), kUsedUp);
}

TEST(InviteAdmission, EndsWithTheTtl) {
  const Invite invite = NewInvite();
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade + kDay - kTick), kNewUse);
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade + kDay), kExpired);
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade - kInviteClockTolerance - kTick), kExpired);
}

// docs/protocol.md, section 4.1: the connection may have been lost between `ok` and the joiner's disk.
TEST(InviteAdmission, TakesAJoinerAgainUntilItHasProvedItsKey) {
  Invite invite = NewInvite();
  NoteJoin(invite, kAnn, kRekey);
  ASSERT_EQ(invite.uses_left, 0u);
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade), kAgain);
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade + kDay), kAgain) << "the TTL no longer matters";
  EXPECT_EQ(Admit(invite, kAnn, kRekey, UnixTime{0}), kAgain) << "and the clock neither";
  EXPECT_EQ(Admit(invite, kBob, kRekey, kMade), kUsedUp);
  NoteJoin(invite, kAnn, kRekey);
  EXPECT_EQ(invite.uses_left, 0u);
  EXPECT_EQ(invite.joined, std::vector{kAnn});

  EXPECT_TRUE(NoteProved(invite, kAnn));
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade), kUsedUp);
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade + kDay), kExpired) << "what a late joiner is told";
}

TEST(InviteAdmission, CountsAUseOfAJoinerThatHasProvedItsKeyAndComesBack) {
  Invite invite = NewInvite(2);
  NoteJoin(invite, kAnn, kRekey);
  ASSERT_TRUE(NoteProved(invite, kAnn));
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade), kNewUse);
  NoteJoin(invite, kAnn, kRekey);
  EXPECT_EQ(invite.uses_left, 0u);
}

TEST(InviteAdmission, KnowsAJoinerByEachByteOfItsName) {
  Invite invite = NewInvite();
  NoteJoin(invite, kAnn, kRekey);
  EXPECT_EQ(Admit(invite, *Identity::Parse("Ann"), kRekey, kMade), kUsedUp);
  EXPECT_EQ(Admit(invite, *Identity::Parse("ann-"), kRekey, kMade), kUsedUp);
  Invite for_ann = NewInvite();
  for_ann.only_for = kAnn;
  EXPECT_EQ(Admit(for_ann, *Identity::Parse("ANN"), kRekey, kMade), kOtherIdentity);
}

TEST(InviteAdmission, OfAnInviteForOneRefusesEverybodyElse) {
  Invite invite = NewInvite();
  invite.only_for = kAnn;
  EXPECT_EQ(Admit(invite, kBob, kRekey, kMade), kOtherIdentity);
  EXPECT_EQ(Admit(invite, kBob, kKeepsLinkKey, kMade), kOtherIdentity);
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade), kNewUse);
  EXPECT_EQ(Admit(invite, kAnn, kKeepsLinkKey, kMade), kNewUse);
  NoteJoin(invite, kAnn, kRekey);
  EXPECT_EQ(Admit(invite, kBob, kRekey, kMade), kOtherIdentity) << "used up as well";
}

// docs/protocol.md, section 4.1: several people who hold one key could pose as each other.
TEST(InviteAdmission, OfSeveralUsesWantsANewKey) {
  EXPECT_EQ(Admit(NewInvite(1), kAnn, kKeepsLinkKey, kMade), kNewUse) << "the released joiner";
  EXPECT_EQ(Admit(NewInvite(2), kAnn, kKeepsLinkKey, kMade), kRekeyNeeded);
  EXPECT_EQ(Admit(UnlimitedFor(kAnn), kAnn, kKeepsLinkKey, kMade), kRekeyNeeded);

  Invite one_left = NewInvite(2);
  one_left.uses_left = 1;
  EXPECT_EQ(Admit(one_left, kAnn, kKeepsLinkKey, kMade), kRekeyNeeded) << "somebody else has had the link";

  Invite joined = NewInvite(2);
  NoteJoin(joined, kAnn, kRekey);
  EXPECT_EQ(Admit(joined, kAnn, kKeepsLinkKey, kMade), kRekeyNeeded) << "nor when it comes again";
  EXPECT_EQ(Admit(joined, kAnn, kKeepsLinkKey, kMade + kDay), kExpired);
}

TEST(InviteAdmission, UnlimitedNeverRunsOut) {
  Invite invite = UnlimitedFor(kAnn);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(Admit(invite, kAnn, kRekey, kMade), kNewUse) << i;
    NoteJoin(invite, kAnn, kRekey);
    ASSERT_EQ(Admit(invite, kAnn, kRekey, kMade), kAgain) << i;
    ASSERT_TRUE(NoteProved(invite, kAnn)) << i;
  }
  EXPECT_EQ(invite.uses_left, kUnlimitedUses);
  EXPECT_EQ(Admit(invite, kBob, kRekey, kMade), kOtherIdentity);
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade + kDay), kExpired) << "without limit in number, not in time";
}

TEST(InviteAdmission, StopsWhileTooManyHaveYetToProveTheirKeys) {
  Invite invite = NewInvite(1000);
  for (std::size_t i = 0; i < kMaxUnprovedJoiners; ++i) {
    ASSERT_EQ(Admit(invite, Numbered(i), kRekey, kMade), kNewUse) << i;
    NoteJoin(invite, Numbered(i), kRekey);
  }
  EXPECT_TRUE(CheckInvite(invite)) << "what has been admitted can be stored";
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade), kFull);
  EXPECT_EQ(Admit(invite, Numbered(7), kRekey, kMade), kAgain);
  ASSERT_TRUE(NoteProved(invite, Numbered(7)));
  EXPECT_EQ(Admit(invite, kAnn, kRekey, kMade), kNewUse);
}

TEST(InviteAdmission, IsOneOfTwo) {
  for (const InviteAdmission admission : {kNewUse, kAgain}) EXPECT_TRUE(IsAdmitted(admission));
  for (const InviteAdmission admission : {kExpired, kOtherIdentity, kRekeyNeeded, kUsedUp, kFull}) {
    EXPECT_FALSE(IsAdmitted(admission));
  }
}

TEST(NoteJoin, WithoutANewKeyWaitsForNoProof) {
  Invite invite = NewInvite();
  NoteJoin(invite, kAnn, kKeepsLinkKey);
  EXPECT_EQ(invite.uses_left, 0u);
  EXPECT_FALSE(HasUnprovedJoiner(invite, kAnn));
  EXPECT_TRUE(ShouldDelete(invite, kMade));
}

// It took the link's key after all, and has shown by joining that it has that.
TEST(NoteJoin, WithoutANewKeyEndsTheWaitForAnEarlierOne) {
  Invite invite = NewInvite();
  NoteJoin(invite, kAnn, kRekey);
  ASSERT_EQ(Admit(invite, kAnn, kKeepsLinkKey, kMade), kAgain);
  NoteJoin(invite, kAnn, kKeepsLinkKey);
  EXPECT_EQ(invite.uses_left, 0u);
  EXPECT_FALSE(HasUnprovedJoiner(invite, kAnn));
}

TEST(NoteJoin, DoesNotCountBelowZero) {
  Invite invite = NewInvite();
  invite.uses_left = 0;
  NoteJoin(invite, kAnn, kRekey);
  EXPECT_EQ(invite.uses_left, 0u);
}

TEST(NoteProved, IsOfOneJoinerAndOnce) {
  Invite invite = NewInvite(3);
  EXPECT_FALSE(NoteProved(invite, kAnn));
  NoteJoin(invite, kAnn, kRekey);
  NoteJoin(invite, kBob, kRekey);
  EXPECT_TRUE(NoteProved(invite, kAnn));
  EXPECT_FALSE(NoteProved(invite, kAnn));
  EXPECT_EQ(invite.joined, std::vector{kBob});
  EXPECT_EQ(invite.uses_left, 1u) << "a use is not given back";
}

// docs/protocol.md, section 4.1: no invite can take over an identity that is paired.
TEST(MayReplaceKey, OnlyTheInviteThatMadeItAndBeforeItIsProved) {
  const std::optional<InviteId> this_one = InviteId::Parse("5b0c9a12").value();
  const std::optional<InviteId> another = InviteId::Parse("00000000").value();
  Invite invite = NewInvite(2);
  EXPECT_FALSE(MayReplaceKey(invite, kAnn, this_one)) << "it has not joined";
  NoteJoin(invite, kAnn, kRekey);
  EXPECT_TRUE(MayReplaceKey(invite, kAnn, this_one));
  EXPECT_FALSE(MayReplaceKey(invite, kAnn, another));
  EXPECT_FALSE(MayReplaceKey(invite, kAnn, std::nullopt)) << "paired by hand";
  EXPECT_FALSE(MayReplaceKey(invite, kBob, this_one));
  ASSERT_TRUE(NoteProved(invite, kAnn));
  EXPECT_FALSE(MayReplaceKey(invite, kAnn, this_one));
}

TEST(MayReplaceKey, AnInviteForOneReplacesItsKeyEachTime) {
  const std::optional<InviteId> this_one = InviteId::Parse("5b0c9a12").value();
  Invite invite = UnlimitedFor(kAnn);
  EXPECT_TRUE(MayReplaceKey(invite, kAnn, this_one)) << "the key was proved, the disk is new";
  EXPECT_FALSE(MayReplaceKey(invite, kBob, this_one));
  EXPECT_FALSE(MayReplaceKey(invite, kAnn, InviteId::Parse("00000000").value()));
  EXPECT_FALSE(MayReplaceKey(invite, kAnn, std::nullopt));
}

TEST(ShouldDelete, WhenItIsUsedUpAndEveryKeyIsProved) {
  Invite invite = NewInvite(2);
  EXPECT_FALSE(ShouldDelete(invite, kMade));
  NoteJoin(invite, kAnn, kRekey);
  NoteJoin(invite, kBob, kRekey);
  EXPECT_FALSE(ShouldDelete(invite, kMade));
  ASSERT_TRUE(NoteProved(invite, kAnn));
  EXPECT_FALSE(ShouldDelete(invite, kMade));
  ASSERT_TRUE(NoteProved(invite, kBob));
  EXPECT_TRUE(ShouldDelete(invite, kMade));
  EXPECT_TRUE(ShouldDelete(invite, UnixTime{0})) << "whatever the clock says";
}

// docs/files.md: expired invites are kept for 7 days, so that a late joiner hears `expired`.
TEST(ShouldDelete, AWeekAfterItHasExpired) {
  Invite invite = NewInvite();
  EXPECT_FALSE(ShouldDelete(invite, kMade + kDay));
  EXPECT_FALSE(ShouldDelete(invite, kMade + kDay + Days(7) - kTick));
  EXPECT_TRUE(ShouldDelete(invite, kMade + kDay + Days(7)));
  NoteJoin(invite, kAnn, kRekey);
  EXPECT_TRUE(ShouldDelete(invite, kMade + kDay + Days(7))) << "a joiner that never came back does not keep it";
}

TEST(ShouldDelete, NotWhatIsDatedAhead) {
  const Invite invite = NewInvite();
  ASSERT_TRUE(IsExpired(invite, UnixTime{0}));
  EXPECT_FALSE(ShouldDelete(invite, UnixTime{0})) << "the clock of a machine that has just started may be wrong";
}

// Uses, joiners and dates in any order: an admitted joiner is never lost, and no more are taken than the invite allows.
TEST(Invite, CountsRightWhateverHappens) {
  testing::SeededRandom random(5);
  int again = 0, refused = 0;
  for (int round = 0; round < 500; ++round) {
    Invite invite = NewInvite(static_cast<std::uint32_t>(1 + random.Below(4)));
    if (random.Below(3) == 0) invite.only_for = kAnn;
    const Invite made = invite;
    std::uint32_t counted = 0;
    for (int step = 0; step < 30; ++step) {
      const Identity who = random.Below(2) == 0 ? kAnn : Numbered(random.Below(3));
      const UnixTime now = kMade + Hours(static_cast<std::int64_t>(random.Below(30)));
      const bool rekey = random.Below(4) != 0;
      if (random.Below(3) == 0) {
        const bool waited = HasUnprovedJoiner(invite, who);
        ASSERT_EQ(NoteProved(invite, who), waited);
        continue;
      }
      const InviteAdmission admission = Admit(invite, who, rekey, now);
      if (!IsAdmitted(admission)) {
        ++refused;
        continue;
      }
      if (admission == kNewUse) {
        ASSERT_TRUE(IsOpen(invite, now));
        ++counted;
      } else {
        ++again;
      }
      NoteJoin(invite, who, rekey);
      ASSERT_EQ(HasUnprovedJoiner(invite, who), rekey);
      ASSERT_FALSE(rekey && ShouldDelete(invite, now)) << "the joiner may have to come again";
    }
    ASSERT_LE(counted, made.uses);
    ASSERT_EQ(invite.uses_left, made.uses - counted);
    ASSERT_TRUE(CheckInvite(invite));
    if (made.only_for) {
      ASSERT_TRUE(std::ranges::all_of(invite.joined, [](const Identity& i) { return i == kAnn; }));
    }
  }
  EXPECT_GT(again, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace cctl
