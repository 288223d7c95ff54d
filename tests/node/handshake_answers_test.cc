// SPDX-License-Identifier: MIT

#include "cctl/node/handshake_answers.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/node/dial.h"
#include "cctl/node/node_events.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/store/meta_file.h"
#include "tests/node/state_host.h"

namespace cctl {
namespace {

using Source = KeyCandidate::Source;
using testing::Named;
using testing::StateHost;
using testing::TestKey;

const Psk kLinkKey = TestKey(1);
const Psk kOwnKey = TestKey(2);
const Psk kPendingCode = TestKey(3);

class HandshakeAnswers : public ::testing::Test {
 protected:
  void ExpectOneWarning(Errc code, std::string_view relative) const {
    const auto warnings = host_.All<WarningRaised>();
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_EQ(warnings[0].code, code) << warnings[0].message;
    EXPECT_NE(warnings[0].message.find(host_.PathOf(relative)), std::string::npos) << warnings[0].message;
  }

  StateHost host_;
};

TEST_F(HandshakeAnswers, KeysAreThoseOfTheFolderAndNothingIsSaidOfThem) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  const auto keys = AnswerKeysWanted(host_.context(), Named("desk-1"));
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_TRUE(keys[0].psk == kPendingCode);
  EXPECT_FALSE(keys[0].expired);
  EXPECT_TRUE(host_.context().events.empty());
}

TEST_F(HandshakeAnswers, CodeStaysExpiredForTheNodeAlthoughTheClockJumpsBack) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  for (const Duration passed : {host_.context().options.invite_ttl, Minutes(1)}) {
    StateHost::today = StateHost::kToday + passed;
    const auto keys = AnswerKeysWanted(host_.context(), Named("desk-1"));
    ASSERT_EQ(keys.size(), 1u);
    EXPECT_TRUE(keys[0].expired);
  }
}

TEST_F(HandshakeAnswers, UnreadableKeyIsWarnedAboutOnceAndGivesNoKeyAtAll) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  host_.PutInvite("5b0c9a12", kLinkKey);
  host_.WriteFile("relay/peers/desk-1.key", "no key");
  EXPECT_TRUE(AnswerKeysWanted(host_.context(), Named("desk-1")).empty());
  EXPECT_TRUE(AnswerKeysWanted(host_.context(), Named("desk-1")).empty());
  ExpectOneWarning(Errc::kInvalid, "relay/peers/desk-1.key");
  EXPECT_EQ(host_.FileAt("relay/peers/desk-1.key"), "no key");
}

TEST_F(HandshakeAnswers, UnreadableInviteIsWarnedAboutAndTheOthersCount) {
  host_.PutInvite("5b0c9a12", kLinkKey);
  host_.WriteFile("relay/invites/00000001.json", "{");
  const auto keys = AnswerKeysWanted(host_.context(), Named("desk-1"));
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_TRUE(keys[0].psk == kLinkKey);
  ExpectOneWarning(Errc::kInvalid, "relay/invites/00000001.json");
}

ListenerHandshake::StoreWanted ByInvite(const Psk& key, bool rekeyed) {
  return {Named("desk-1"), key, Source::kInvite, *InviteId::Parse("5b0c9a12"), rekeyed};
}

ListenerHandshake::StoreWanted ByPending(const Psk& key, bool rekeyed) {
  return {Named("desk-1"), key, Source::kPending, std::nullopt, rekeyed};
}

TEST_F(HandshakeAnswers, JoinByAnInviteIsStoredUnprovedAndTold) {
  host_.PutInvite("5b0c9a12", kLinkKey, [](Invite& invite) { invite.uses = invite.uses_left = 3; });
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), ByInvite(kOwnKey, /*rekeyed=*/true)));
  EXPECT_TRUE(host_.KeyOf("desk-1") == kOwnKey);
  const PeerMeta meta = host_.MetaOf("desk-1");
  EXPECT_EQ(meta.proved, false);
  EXPECT_EQ(meta.via, PairedVia::kInvite);
  EXPECT_EQ(meta.paired_at, StateHost::kToday);
  EXPECT_EQ(meta.invite, InviteId::Parse("5b0c9a12").value());
  const auto used = host_.All<InviteUsed>();
  ASSERT_EQ(used.size(), 1u);
  EXPECT_EQ(used[0].invite, "5b0c9a12");
  EXPECT_EQ(used[0].peer, Named("desk-1"));
  EXPECT_EQ(used[0].uses_left, 2u);
  EXPECT_EQ(host_.context().events.size(), 1u);
}

TEST_F(HandshakeAnswers, JoinerThatComesAgainGetsTheNewKeyAndIsNotToldAgain) {
  host_.PutInvite("5b0c9a12", kLinkKey);
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), ByInvite(TestKey(9), /*rekeyed=*/true)));
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), ByInvite(kOwnKey, /*rekeyed=*/true)));
  EXPECT_TRUE(host_.KeyOf("desk-1") == kOwnKey);
  EXPECT_EQ(host_.context().events.size(), 1u);
  EXPECT_EQ(host_.All<InviteUsed>().at(0).uses_left, 0u);
}

TEST_F(HandshakeAnswers, JoinerThatKeepsTheLinksKeyIsProvedAndTheInviteIsGone) {
  host_.PutInvite("5b0c9a12", kLinkKey);
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), ByInvite(kLinkKey, /*rekeyed=*/false)));
  EXPECT_TRUE(host_.KeyOf("desk-1") == kLinkKey);
  EXPECT_EQ(host_.MetaOf("desk-1").proved, true);
  EXPECT_FALSE(host_.Exists("relay/invites/5b0c9a12.json"));
  ASSERT_EQ(host_.All<InviteUsed>().size(), 1u);
  EXPECT_EQ(host_.All<InviteUsed>()[0].uses_left, 0u);
}

TEST_F(HandshakeAnswers, InviteThatWasRevokedMeanwhileStoresNothing) {
  EXPECT_FALSE(AnswerStoreWanted(host_.context(), ByInvite(kOwnKey, /*rekeyed=*/true)));
  EXPECT_FALSE(host_.Exists("relay/peers/desk-1.key"));
  EXPECT_FALSE(host_.Exists("relay/peers/desk-1.meta"));
  EXPECT_TRUE(host_.All<InviteUsed>().empty());
  ExpectOneWarning(Errc::kIo, "relay/invites/5b0c9a12.json");
}

TEST_F(HandshakeAnswers, WaitingCodeBecomesThePeersKeyAndItIsProved) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), ByPending(kPendingCode, /*rekeyed=*/false)));
  EXPECT_TRUE(host_.KeyOf("desk-1") == kPendingCode);
  EXPECT_FALSE(host_.Exists("relay/peers/_pending.key"));
  const PeerMeta meta = host_.MetaOf("desk-1");
  EXPECT_EQ(meta.proved, true);
  EXPECT_EQ(meta.via, PairedVia::kManual);
  EXPECT_FALSE(meta.invite);
  EXPECT_TRUE(host_.context().events.empty());
}

TEST_F(HandshakeAnswers, JoinersOwnKeyTakesThePlaceOfTheWaitingCodeAndIsNotProvedYet) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), ByPending(kOwnKey, /*rekeyed=*/true)));
  EXPECT_TRUE(host_.KeyOf("desk-1") == kOwnKey);
  EXPECT_FALSE(host_.Exists("relay/peers/_pending.key"));
  EXPECT_EQ(host_.MetaOf("desk-1").proved, false);
  EXPECT_TRUE(host_.context().events.empty());
}

TEST_F(HandshakeAnswers, WaitingCodeThatIsGoneMeanwhileStoresNoKey) {
  EXPECT_FALSE(AnswerStoreWanted(host_.context(), ByPending(kPendingCode, /*rekeyed=*/false)));
  EXPECT_FALSE(host_.Exists("relay/peers/desk-1.key"));
  ASSERT_EQ(host_.All<WarningRaised>().size(), 1u);
  EXPECT_EQ(host_.All<WarningRaised>()[0].code, Errc::kIo);
}

TEST_F(HandshakeAnswers, FolderThatCannotBeWrittenIsWarnedAboutAndStoredIsFalse) {
  host_.PutInvite("5b0c9a12", kLinkKey);
  host_.PutFileInPlaceOfFolder("relay/peers");
  EXPECT_FALSE(AnswerStoreWanted(host_.context(), ByInvite(kOwnKey, /*rekeyed=*/true)));
  ExpectOneWarning(Errc::kIo, "relay/peers");
  EXPECT_TRUE(host_.All<InviteUsed>().empty());
  Dial dial{.link_host = *Host::Parse("192.168.1.50")};
  EXPECT_FALSE(AnswerStoreWanted(host_.context(), dial, {Named("desk-1"), kOwnKey, true}));
}

TEST_F(HandshakeAnswers, DialByALinkStoresTheListenerWithItsName) {
  const Dial by_name{.link_host = *Host::Parse("desk.example.net")};
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), by_name, {Named("desk-1"), kOwnKey, /*rekeyed=*/true}));
  EXPECT_TRUE(host_.KeyOf("desk-1") == kOwnKey);
  PeerMeta meta = host_.MetaOf("desk-1");
  EXPECT_EQ(meta.proved, true);
  EXPECT_EQ(meta.via, PairedVia::kInvite);
  ASSERT_TRUE(meta.host);
  EXPECT_EQ(meta.host->view(), "desk.example.net");

  // A numeric address is one of today, which the first session notes better. A released listener proves nothing.
  const Dial by_address{.link_host = *Host::Parse("192.168.1.50")};
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), by_address, {Named("desk-2"), kLinkKey, /*rekeyed=*/false}));
  meta = host_.MetaOf("desk-2");
  EXPECT_EQ(meta.proved, false);
  EXPECT_FALSE(meta.host);
}

TEST_F(HandshakeAnswers, DialByTheWaitingCodeStoresTheListenerByHand) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  ASSERT_TRUE(AnswerStoreWanted(host_.context(), Dial{}, {Named("desk-1"), kPendingCode, /*rekeyed=*/false}));
  EXPECT_TRUE(host_.KeyOf("desk-1") == kPendingCode);
  EXPECT_FALSE(host_.Exists("relay/peers/_pending.key"));
  EXPECT_EQ(host_.MetaOf("desk-1").proved, false);
  EXPECT_EQ(host_.MetaOf("desk-1").via, PairedVia::kManual);
}

// Which key a dial sends: "192.168.1.7:9847" is where it goes.
class KeyToSend : public HandshakeAnswers {
 protected:
  void PutSeen(std::string_view name, const Psk& key, std::string_view address) {
    PeerMeta meta;
    meta.addr.append(address);
    meta.last_seen = StateHost::kToday;
    host_.PutPeer(name, key, meta);
  }
  Result<DialKey> Answer(std::optional<std::string_view> named = std::nullopt) {
    return AnswerKeyWanted(host_.context(), dial_, named ? std::optional(Named(*named)) : std::nullopt);
  }
  void ExpectKey(const Result<DialKey>& answer, Source source, const Psk& key) const {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->source, source);
    EXPECT_TRUE(answer->psk == key);
  }
  void ExpectNoKey(const Result<DialKey>& answer, Errc code) const {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, code);
    EXPECT_EQ(std::string_view(answer.error().part), "key");
  }

  Dial dial_{.purpose = DialPurpose::kConnect, .address = "192.168.1.7:9847"};
};

// The code that `pair` made is for somebody whom the user has in mind, not for whom a cloned file names.
TEST_F(KeyToSend, OfAProjectsPeerIsNeverTheWaitingCode) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  dial_.purpose = DialPurpose::kReach;
  dial_.expected = Named("desk-1");
  ExpectNoKey(Answer("desk-1"), Errc::kNotFound);
  host_.PutPeer("desk-1", kOwnKey);
  ExpectKey(Answer("desk-1"), Source::kStored, kOwnKey);
}

TEST_F(KeyToSend, OfALinkIsTheLinksWhoeverAnswers) {
  host_.PutPeer("desk-1", kOwnKey);
  dial_.link_key = kLinkKey;
  ExpectKey(Answer("desk-1"), Source::kInvite, kLinkKey);
  ExpectKey(Answer(), Source::kInvite, kLinkKey);
}

TEST_F(KeyToSend, OfAListenerThatNamesItselfIsItsOwn) {
  host_.PutPeer("desk-1", kOwnKey);
  PutSeen("desk-2", TestKey(8), dial_.address);
  ExpectKey(Answer("desk-1"), Source::kStored, kOwnKey);
  EXPECT_FALSE(dial_.key_of);  // nothing was guessed
  ExpectNoKey(Answer("another-1"), Errc::kNotFound);
}

TEST_F(KeyToSend, OfAListenerThatIsExpectedIsItsOwn) {
  PutSeen("desk-2", TestKey(8), dial_.address);
  host_.PutPeer("desk-1", kOwnKey);
  dial_.expected = Named("desk-1");
  ExpectKey(Answer(), Source::kStored, kOwnKey);
}

TEST_F(KeyToSend, OfANamelessListenerIsThatOfThePeerThatWasSeenThere) {
  host_.PutPeer("desk-1", TestKey(7));
  host_.PutPeer("desk-2", TestKey(8));
  PutSeen("desk-3", kOwnKey, dial_.address);
  ExpectKey(Answer(), Source::kStored, kOwnKey);
  ASSERT_TRUE(dial_.key_of);
  EXPECT_EQ(*dial_.key_of, Named("desk-3"));
}

TEST_F(KeyToSend, OfANamelessListenerElseIsThatOfTheOnlyPeerThatWasNeverSeen) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  PutSeen("desk-1", TestKey(7), "192.168.1.8:9847");
  host_.PutPeer("desk-2", kOwnKey);
  ExpectKey(Answer(), Source::kStored, kOwnKey);
  ASSERT_TRUE(dial_.key_of);
  EXPECT_EQ(*dial_.key_of, Named("desk-2"));
}

TEST_F(KeyToSend, OfANamelessListenerIsAmbiguousWhereSeveralWereNeverSeen) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  host_.PutPeer("desk-1", TestKey(7));
  host_.PutPeer("desk-2", TestKey(8));
  ExpectNoKey(Answer(), Errc::kAmbiguous);
  EXPECT_FALSE(dial_.key_of);
}

TEST_F(KeyToSend, IsTheWaitingCodeOnlyWhereNobodyElseCanBeMeant) {
  ExpectNoKey(Answer(), Errc::kNotFound);
  host_.PutPending(kPendingCode, StateHost::kToday);
  ExpectKey(Answer(), Source::kPending, kPendingCode);
  PutSeen("desk-1", TestKey(7), "192.168.1.8:9847");
  ExpectKey(Answer(), Source::kPending, kPendingCode);
  EXPECT_FALSE(dial_.key_of);
  host_.PutPeer("desk-2", kOwnKey);
  ExpectKey(Answer(), Source::kStored, kOwnKey);
}

TEST_F(KeyToSend, IsTheWaitingCodeForAStrangerWhoNamesItself) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  ExpectKey(Answer("another-1"), Source::kPending, kPendingCode);
  StateHost::today = StateHost::kToday + host_.context().options.invite_ttl;
  ExpectNoKey(Answer("another-1"), Errc::kNotFound);
  ExpectNoKey(Answer(), Errc::kNotFound);
}

TEST_F(KeyToSend, OfARelaysOwnDialIsNeverTheWaitingCode) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  dial_.purpose = DialPurpose::kKeep;
  dial_.expected = Named("desk-1");
  // Forgotten after the dial had begun.
  ExpectNoKey(Answer("desk-1"), Errc::kNotFound);
  ExpectNoKey(Answer(), Errc::kNotFound);
  host_.PutPeer("desk-1", kOwnKey);
  ExpectKey(Answer("desk-1"), Source::kStored, kOwnKey);
}

TEST_F(KeyToSend, IsNotThatOfANameWhichDiffersInCase) {
  host_.PutPending(kPendingCode, StateHost::kToday);
  host_.PutPeer("Desk-1", kOwnKey);
  ExpectNoKey(Answer("desk-1"), Errc::kNotFound);
}

TEST_F(KeyToSend, ThatCannotBeReadIsWarnedAbout) {
  host_.WriteFile("relay/peers/desk-1.key", "no key");
  ExpectNoKey(Answer("desk-1"), Errc::kNotFound);
  ExpectOneWarning(Errc::kInvalid, "relay/peers/desk-1.key");
}

TEST_F(KeyToSend, WaitingCodeThatCannotBeReadIsWarnedAbout) {
  host_.WriteFile("relay/peers/_pending.key", "no key");
  ExpectNoKey(Answer(), Errc::kNotFound);
  ExpectOneWarning(Errc::kInvalid, "relay/peers/_pending.key");
}

TEST_F(KeyToSend, FolderThatCannotBeReadIsAnErrorOfTheDisk) {
  host_.PutFileInPlaceOfFolder("relay/peers");
  const auto nameless = Answer();
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().code, Errc::kIo);
  ExpectOneWarning(Errc::kIo, "relay/peers");
  ExpectNoKey(Answer("desk-1"), Errc::kIo);
}

}  // namespace
}  // namespace cctl
