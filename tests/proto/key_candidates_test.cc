// SPDX-License-Identifier: MIT

#include "cctl/proto/key_candidates.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"

namespace cctl {
namespace {

constexpr UnixTime kMade{1'795'422'026'000};
constexpr UnixTime kNow = kMade + Minutes(1);
constexpr UnixTime kLate = kMade + Hours(2);

const Identity kPeer = *Identity::Parse("beta");
const Identity kOther = *Identity::Parse("gamma");

Psk KeyOf(std::uint8_t fill) {
  Psk key;
  for (std::uint8_t& byte : key.mutable_bytes()) byte = fill;
  return key;
}

InviteId IdOf(std::uint8_t n) { return *InviteId::Parse("0000000" + std::to_string(n)); }

// An invite of one use and one hour, whose id and key are made of `n`.
Invite InviteOf(std::uint8_t n) {
  return {.id = IdOf(n),
          .psk = KeyOf(n),
          .created_at = kMade,
          .ttl = Hours(1),
          .uses = 1,
          .uses_left = 1,
          .label = {},
          .only_for = {},
          .joined = {},
          .host = *Host::Parse("192.0.2.1"),
          .port = 9847};
}

StoredKey Stored(bool proved, std::optional<InviteId> made_by = {}) { return {kPeer, KeyOf(100), proved, made_by}; }

// The list as a text: S, P or I<n>, with `!` where expired and `r` where a key of its own is needed.
std::string List(const std::optional<StoredKey>& stored, const std::optional<PendingKey>& pending,
                 const std::vector<Invite>& invites, UnixTime now = kNow, const Identity& claimed = kPeer) {
  std::string list;
  for (const KeyCandidate& key : ListKeyCandidates(claimed, stored, pending, invites, now)) {
    if (!list.empty()) list += ' ';
    switch (key.source) {
      case KeyCandidate::Source::kStored:
        list += 'S';
        EXPECT_TRUE(key.psk == KeyOf(100));
        break;
      case KeyCandidate::Source::kPending:
        list += 'P';
        EXPECT_TRUE(key.psk == KeyOf(200));
        break;
      case KeyCandidate::Source::kInvite: {
        const auto n = static_cast<std::uint8_t>(key.invite->view().back() - '0');
        list += 'I';
        list += key.invite->view().back();
        EXPECT_TRUE(key.psk == KeyOf(n));
        break;
      }
      case KeyCandidate::Source::kProposed:
      case KeyCandidate::Source::kTailnet:
        ADD_FAILURE() << "it comes with a connection, and is never looked up";
        break;
    }
    EXPECT_EQ(key.invite.has_value(), key.source == KeyCandidate::Source::kInvite);
    if (key.expired) list += '!';
    if (key.needs_rekey) list += 'r';
  }
  return list;
}

TEST(KeyCandidates, UnknownPeerIsTriedWithThePendingKeyAndThenEveryInvite) {
  EXPECT_EQ(List({}, {}, {}), "");
  EXPECT_EQ(List({}, PendingKey{KeyOf(200)}, {InviteOf(1), InviteOf(2)}), "P I1 I2");
  EXPECT_EQ(List({}, PendingKey{KeyOf(200), true}, {}), "P!");
}

TEST(KeyCandidates, ExpiredInvitesAreTriedToBeAnsweredSo) {
  Invite future = InviteOf(2);
  future.created_at = kLate + Minutes(6);
  future.ttl = Hours(24);
  EXPECT_EQ(List({}, {}, {InviteOf(1), future}, kLate), "I1! I2!");
}

TEST(KeyCandidates, UsedUpInvitesAndThoseForOthersAreNotTried) {
  Invite used = InviteOf(1);
  used.uses_left = 0;
  used.joined = {kOther};
  Invite other = InviteOf(2);
  other.only_for = kOther;
  EXPECT_EQ(List({}, {}, {used, other, InviteOf(3)}), "I3");
}

TEST(KeyCandidates, InviteOfSeveralUsesNeedsAKeyOfTheJoinersOwnEvenForItsLastUse) {
  Invite invite = InviteOf(1);
  invite.uses = 3;
  invite.uses_left = 1;
  EXPECT_EQ(List({}, {}, {invite}), "I1r");
}

TEST(KeyCandidates, PairedIdentityCannotBeTakenOverByAnInviteOrThePendingKey) {
  Invite for_peer = InviteOf(2);
  for_peer.only_for = kPeer;
  const std::vector<Invite> invites = {InviteOf(1), for_peer};
  for (const bool proved : {true, false}) {
    EXPECT_EQ(List(Stored(proved), PendingKey{KeyOf(200)}, invites), "S") << "not by an invite that did not make it";
    EXPECT_EQ(List(Stored(proved, IdOf(1)), PendingKey{KeyOf(200)}, invites), "S") << "joined, and has proved its key";
    EXPECT_EQ(List(Stored(proved, IdOf(9)), {}, invites), "S") << "the invite that made it is gone";
  }
}

TEST(KeyCandidates, UnprovedKeyMayBeMadeAgainByItsInvitePastItsTtlAndUses) {
  Invite invite = InviteOf(1);
  invite.uses_left = 0;
  invite.joined = {kOther, kPeer};
  EXPECT_EQ(List(Stored(false, IdOf(1)), {}, {InviteOf(2), invite}), "S I1");
  EXPECT_EQ(List(Stored(false, IdOf(1)), {}, {InviteOf(2), invite}, kLate), "S I1");
  invite.joined = {kOther};  // once the key has been proved, the joiner is struck off
  EXPECT_EQ(List(Stored(true, IdOf(1)), {}, {InviteOf(2), invite}), "S");
}

TEST(KeyCandidates, InviteForThisIdentityReplacesTheKeyItMadeWhileItIsOpen) {
  Invite invite = InviteOf(1);
  invite.only_for = kPeer;
  invite.uses = invite.uses_left = kUnlimitedUses;
  EXPECT_EQ(List(Stored(true, IdOf(1)), {}, {invite}), "S I1r");
  EXPECT_EQ(List(Stored(true, IdOf(1)), {}, {invite}, kLate), "S I1!r");
  invite.uses = 2;
  invite.uses_left = 0;
  EXPECT_EQ(List(Stored(true, IdOf(1)), {}, {invite}), "S");
}

TEST(KeyCandidates, NameThatIsTakenButForItsCaseIsTriedWithNothing) {
  const Identity claimed = *Identity::Parse("BETA");
  EXPECT_EQ(List(Stored(true), PendingKey{KeyOf(200)}, {InviteOf(1)}, kNow, claimed), "");
  EXPECT_EQ(List(Stored(false, IdOf(1)), {}, {InviteOf(1)}, kNow, claimed), "");
}

}  // namespace
}  // namespace cctl
