// SPDX-License-Identifier: MIT

#include "cctl/node/peer_book.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/node_events.h"
#include "cctl/node/pairing_commit.h"
#include "cctl/proto/peers.h"
#include "cctl/store/meta_file.h"
#include "tests/node/state_host.h"

namespace cctl {
namespace {

using testing::Named;
using testing::StateHost;
using testing::TestKey;

constexpr Instant kStart{1'000'000};
constexpr std::string_view kAddress = "192.168.1.7:9847";

class PeerBookTest : public ::testing::Test {
 protected:
  void ExpectOneWarning(Errc code, std::string_view relative) const {
    const auto warnings = host_.All<WarningRaised>();
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_EQ(warnings[0].code, code) << warnings[0].message;
    EXPECT_NE(warnings[0].message.find(host_.PathOf(relative)), std::string::npos) << warnings[0].message;
  }
  // Where the peers that are due are dialled.
  std::vector<std::string> Dialled() {
    std::vector<std::string> dialled;
    book_.peers().HandleTimeout(book_.ToSchedule(kStart));
    while (auto event = book_.peers().PollEvent()) {
      if (const auto* const dial = std::get_if<Peers::DialWanted>(&*event)) {
        dialled.push_back(std::string(dial->identity.view()) + " " + dial->address);
      }
    }
    return dialled;
  }

  StateHost host_;
  PeerBook book_{host_.context(), kStart};
};

TEST_F(PeerBookTest, WritesAMetaLateAndOnce) {
  host_.PutPeer("desk-1", TestKey(1));
  EXPECT_FALSE(book_.WriteDue());
  book_.NoteSeen(kStart, Named("desk-1"), "192.168.1.6:9847");
  EXPECT_EQ(book_.WriteDue(), kStart + PeerBook::kWriteDelay);
  // Whatever comes meanwhile is written together, and does not put it off.
  StateHost::today = StateHost::kToday + Milliseconds(700);
  book_.NoteSeen(kStart + Milliseconds(700), Named("desk-1"), kAddress);
  EXPECT_EQ(book_.WriteDue(), kStart + PeerBook::kWriteDelay);
  EXPECT_EQ(host_.MetaOf("desk-1"), PeerMeta{});

  book_.WriteMetas();
  EXPECT_EQ(host_.MetaOf("desk-1").addr.view(), kAddress);
  EXPECT_EQ(host_.MetaOf("desk-1").last_seen, StateHost::kToday + Milliseconds(700));
  EXPECT_FALSE(book_.WriteDue());

  ASSERT_TRUE(host_.folder().RemoveMeta(Named("desk-1")));
  book_.WriteMetas();
  EXPECT_FALSE(host_.Exists("relay/peers/desk-1.meta"));
}

TEST_F(PeerBookTest, KeepsWhatElseTheMetaSaysAndTheAddressWhereNoneIsNoted) {
  PeerMeta meta;
  meta.addr.append(kAddress);
  meta.host = *Host::Parse("desk.example.net");
  meta.via = PairedVia::kInvite;
  meta.proved = true;
  host_.PutPeer("desk-1", TestKey(1), meta);
  book_.NoteSeen(kStart, Named("desk-1"), {});
  book_.WriteMetas();
  meta.last_seen = StateHost::kToday;
  EXPECT_EQ(host_.MetaOf("desk-1"), meta);
}

TEST_F(PeerBookTest, AddressThatIsNotedIsKeptByALaterNoteWithoutOne) {
  host_.PutPeer("desk-1", TestKey(1));
  book_.NoteSeen(kStart, Named("desk-1"), kAddress);
  book_.NoteSeen(kStart, Named("desk-1"), {});
  book_.WriteMetas();
  EXPECT_EQ(host_.MetaOf("desk-1").addr.view(), kAddress);
}

TEST_F(PeerBookTest, WritesAFewMetasInOneTurnAndTheOthersStayDue) {
  const std::size_t count = 2 * PeerBook::kMetasInOneTurn + 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "desk-" + std::to_string(i);
    host_.PutPeer(name, TestKey(1));
    book_.NoteSeen(kStart, Named(name), kAddress);
  }
  const auto written = [&] {
    std::size_t n = 0;
    for (std::size_t i = 0; i < count; ++i) n += host_.MetaOf("desk-" + std::to_string(i)).last_seen ? 1 : 0;
    return n;
  };
  book_.WriteMetas(PeerBook::kMetasInOneTurn);
  EXPECT_EQ(written(), PeerBook::kMetasInOneTurn);
  EXPECT_EQ(book_.WriteDue(), kStart + PeerBook::kWriteDelay);
  book_.WriteMetas(PeerBook::kMetasInOneTurn);
  EXPECT_EQ(written(), 2 * PeerBook::kMetasInOneTurn);
  EXPECT_TRUE(book_.WriteDue());
  book_.WriteMetas(PeerBook::kMetasInOneTurn);
  EXPECT_EQ(written(), count);
  EXPECT_FALSE(book_.WriteDue());
}

TEST_F(PeerBookTest, ForgottenPeerIsNotResurrectedByALateWrite) {
  host_.PutPeer("desk-1", TestKey(1));
  book_.NoteSeen(kStart, Named("desk-1"), kAddress);
  ASSERT_TRUE(CommitForgotten(host_.folder(), Named("desk-1"), StateHost::kToday));  // the book has not been told
  book_.WriteMetas();
  EXPECT_FALSE(host_.Exists("relay/peers/desk-1.meta"));
  EXPECT_FALSE(host_.Exists("relay/peers/desk-1.key"));
  EXPECT_FALSE(book_.WriteDue());
  EXPECT_TRUE(host_.context().events.empty());
}

TEST_F(PeerBookTest, RemovedPeerHasNothingLeftToWrite) {
  host_.PutPeer("desk-1", TestKey(1));
  book_.Load(kStart);
  book_.NoteSeen(kStart, Named("desk-1"), kAddress);
  EXPECT_TRUE(book_.Remove(kStart, Named("desk-1")));
  EXPECT_FALSE(book_.WriteDue());
  // Paired anew before the second is over: what was seen was the old one.
  book_.Add(kStart, Named("desk-1"));
  book_.WriteMetas();
  EXPECT_EQ(host_.MetaOf("desk-1"), PeerMeta{});
  EXPECT_TRUE(book_.Remove(kStart, Named("desk-1")));
  EXPECT_FALSE(book_.Remove(kStart, Named("desk-1")));
}

TEST_F(PeerBookTest, BrokenMetaIsWarnedAboutAndLeftAsItIs) {
  host_.PutPeer("desk-1", TestKey(1));
  host_.PutPeer("desk-2", TestKey(2));
  host_.WriteFile("relay/peers/desk-1.meta", "{\"addr\":");
  book_.NoteSeen(kStart, Named("desk-1"), kAddress);
  book_.NoteSeen(kStart, Named("desk-2"), kAddress);
  book_.WriteMetas();
  EXPECT_EQ(host_.FileAt("relay/peers/desk-1.meta"), "{\"addr\":");
  EXPECT_EQ(host_.MetaOf("desk-2").addr.view(), kAddress);
  ExpectOneWarning(Errc::kInvalid, "relay/peers/desk-1.meta");
  EXPECT_FALSE(book_.WriteDue());
}

TEST_F(PeerBookTest, AddressesAreTheLastGoodOneAndThenTheHostsNameWithTheLastPort) {
  PeerMeta meta;
  meta.addr.append("192.168.1.7:4711");
  meta.host = *Host::Parse("desk.example.net");
  host_.PutPeer("desk-1", TestKey(1), meta);
  EXPECT_EQ(book_.AddressesOf(Named("desk-1")),
            (std::vector<std::string>{"192.168.1.7:4711", "desk.example.net:4711"}));
  meta.addr = InlineString<64>("[fe80::1]:4712");
  host_.PutPeer("desk-1", TestKey(1), meta);
  EXPECT_EQ(book_.AddressesOf(Named("desk-1")), (std::vector<std::string>{"[fe80::1]:4712", "desk.example.net:4712"}));
}

TEST_F(PeerBookTest, HostsNameHasTheUsualPortWhereNoneIsKnown) {
  PeerMeta meta;
  meta.host = *Host::Parse("desk.example.net");
  host_.PutPeer("desk-1", TestKey(1), meta);
  EXPECT_EQ(book_.AddressesOf(Named("desk-1")), (std::vector<std::string>{"desk.example.net:9847"}));
  host_.PutPeer("desk-2", TestKey(2));
  EXPECT_TRUE(book_.AddressesOf(Named("desk-2")).empty());
  EXPECT_TRUE(host_.context().events.empty());
}

TEST_F(PeerBookTest, AddressesOfABrokenMetaAreNoneAndAWarning) {
  host_.PutPeer("desk-1", TestKey(1));
  host_.WriteFile("relay/peers/desk-1.meta", "[]");
  EXPECT_TRUE(book_.AddressesOf(Named("desk-1")).empty());
  ExpectOneWarning(Errc::kInvalid, "relay/peers/desk-1.meta");
}

TEST_F(PeerBookTest, UnwrittenAddressIsKnownUntilItIsWritten) {
  host_.PutPeer("desk-1", TestKey(1));
  EXPECT_EQ(book_.UnwrittenAddressOf(Named("desk-1")), "");
  book_.NoteSeen(kStart, Named("desk-1"), {});
  EXPECT_EQ(book_.UnwrittenAddressOf(Named("desk-1")), "");
  book_.NoteSeen(kStart, Named("desk-1"), kAddress);
  EXPECT_EQ(book_.UnwrittenAddressOf(Named("desk-1")), kAddress);
  EXPECT_EQ(book_.UnwrittenAddressOf(Named("desk-2")), "");
  book_.WriteMetas();
  EXPECT_EQ(book_.UnwrittenAddressOf(Named("desk-1")), "");
}

TEST_F(PeerBookTest, LoadAddsWhoIsThereAndRemovesWhoHasVanished) {
  host_.PutPeer("desk-1", TestKey(1));
  host_.PutPeer("desk-2", TestKey(2));
  book_.Load(kStart);
  EXPECT_EQ(book_.peers().Identities(), (std::vector<Identity>{Named("desk-1"), Named("desk-2")}));
  book_.NoteSeen(kStart, Named("desk-1"), kAddress);
  ASSERT_TRUE(host_.folder().RemoveKey(Named("desk-1")));
  host_.PutPeer("desk-3", TestKey(3));
  book_.Load(kStart);
  EXPECT_EQ(book_.peers().Identities(), (std::vector<Identity>{Named("desk-2"), Named("desk-3")}));
  EXPECT_FALSE(book_.WriteDue());
}

TEST_F(PeerBookTest, LoadSaysWhenTheFirstUnconfirmedPairingIsOver) {
  EXPECT_EQ(book_.Load(kStart), std::nullopt);
  PeerMeta meta;
  meta.via = PairedVia::kLan;
  meta.proved = false;
  const auto put = [&](const char* name, Duration ago) {
    meta.paired_at = host_.context().Wall() - ago;
    host_.PutPeer(name, TestKey(1), meta);
    return book_.Load(kStart);
  };
  const auto within_a_minute_of = [](std::optional<Duration> time, Duration expected) {
    return time && *time <= expected + Seconds(1) && *time > expected - Minutes(1);
  };
  EXPECT_TRUE(within_a_minute_of(put("desk-1", Minutes(1)), Minutes(9)));
  EXPECT_TRUE(within_a_minute_of(put("desk-2", Minutes(7)), Minutes(3))) << "the first of them";
  EXPECT_TRUE(within_a_minute_of(put("desk-3", Duration{} - Hours(5)), Minutes(3)));
  EXPECT_EQ(book_.peers().Identities().size(), 3u);
  ASSERT_TRUE(host_.folder().RemoveKey(Named("desk-1")));
  ASSERT_TRUE(host_.folder().RemoveKey(Named("desk-2")));
  EXPECT_TRUE(within_a_minute_of(book_.Load(kStart), kUnconfirmedTime)) << "one that is dated ahead is not put off";
  put("desk-4", Minutes(11));
  EXPECT_EQ(book_.peers().Identities(), (std::vector<Identity>{Named("desk-3")})) << "and that is over";
}

TEST_F(PeerBookTest, LoadKeepsEverybodyWhereTheFolderCannotBeRead) {
  host_.PutPeer("desk-1", TestKey(1));
  book_.Load(kStart);
  host_.PutFileInPlaceOfFolder("relay/peers");
  book_.Load(kStart);
  EXPECT_EQ(book_.peers().Identities(), (std::vector<Identity>{Named("desk-1")}));
  ExpectOneWarning(Errc::kIo, "relay/peers");
}

TEST_F(PeerBookTest, LoadHasTheStoredAddressesDialledOnlyWhereThatIsWanted) {
  PeerMeta meta;
  meta.addr.append(kAddress);
  host_.PutPeer("desk-1", TestKey(1), meta);
  host_.context().options.dial_known_peers = false;
  book_.Load(kStart);
  EXPECT_TRUE(Dialled().empty());
  host_.context().options.dial_known_peers = true;
  book_.Load(kStart);
  EXPECT_EQ(Dialled(), (std::vector<std::string>{"desk-1 192.168.1.7:9847"}));
}

// A former bug: the new name was added to the peer that it equals, and then that peer was removed as vanished.
TEST_F(PeerBookTest, PeerThatComesBackUnderANameDifferingOnlyInCaseIsStillKnownAfterLoad) {
  for (const auto& [before, after] : {std::pair("Desk-1", "desk-1"), std::pair("desk-2", "Desk-2")}) {
    SCOPED_TRACE(before);
    host_.PutPeer(before, TestKey(1));
    book_.Load(kStart);
    ASSERT_TRUE(CommitForgotten(host_.folder(), Named(before), StateHost::kToday));
    PeerMeta meta;
    meta.addr.append(kAddress);
    host_.PutPeer(after, TestKey(2), meta);
    book_.Load(kStart);
    EXPECT_EQ(book_.peers().Identities(), (std::vector<Identity>{Named(after)}));
    EXPECT_EQ(Dialled(), (std::vector<std::string>{std::string(after) + " " + std::string(kAddress)}));
    ASSERT_TRUE(CommitForgotten(host_.folder(), Named(after), StateHost::kToday));
    book_.Load(kStart);
    EXPECT_EQ(book_.peers().size(), 0u);
  }
}

TEST_F(PeerBookTest, LateWriteForANameThatCameBackInAnotherCaseMakesNoSecondPeer) {
  host_.PutPeer("Desk-1", TestKey(1));
  book_.NoteSeen(kStart, Named("Desk-1"), kAddress);
  ASSERT_TRUE(CommitForgotten(host_.folder(), Named("Desk-1"), StateHost::kToday));
  host_.PutPeer("desk-1", TestKey(2));
  book_.WriteMetas();
  EXPECT_EQ(host_.MetaOf("desk-1"), PeerMeta{});
  const auto names = host_.folder().ListPeers();
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<Identity>{Named("desk-1")}));
}

TEST_F(PeerBookTest, ScheduleRunsAtTheScaleThatIsAskedFor) {
  EXPECT_EQ(book_.ToSchedule(kStart + Seconds(5)), kStart + Seconds(5));
  EXPECT_EQ(book_.FromSchedule(kStart + Seconds(5)), kStart + Seconds(5));
  host_.context().options.reconnect_scale = Milliseconds(30);
  EXPECT_EQ(book_.ToSchedule(kStart + Milliseconds(30)), kStart + Seconds(1));
  EXPECT_EQ(book_.FromSchedule(kStart + Seconds(1)), kStart + Milliseconds(30));
  // Whoever waits as long as it says does not come too early.
  for (std::int64_t ms = 0; ms < 3000; ++ms) {
    const Instant due = kStart + Milliseconds(ms);
    ASSERT_GE(book_.ToSchedule(book_.FromSchedule(due)), due) << ms;
  }
}

}  // namespace
}  // namespace cctl
