// SPDX-License-Identifier: MIT

#include "cctl/proto/peers.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/peer_state.h"
#include "cctl/proto/session_limits.h"
#include "gtest/gtest.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

constexpr Instant kStart{-1'000'000};  // the origin of the clock means nothing

using Texts = std::vector<std::string>;

constexpr ConnectionId Id(std::uint64_t n) { return static_cast<ConnectionId>(n); }

// The machine of "mike" and its events as texts. Without randomness: delays are the shortest there are.
class Relay {
 public:
  Texts Events() {
    Texts texts;
    while (const std::optional<Peers::Event> event = peers.PollEvent()) {
      if (const auto* dial = std::get_if<Peers::DialWanted>(&*event)) {
        texts.push_back("dial " + Name(dial->identity) + " " + dial->address);
      } else if (const auto* close = std::get_if<Peers::CloseWanted>(&*event)) {
        texts.push_back("close " + std::to_string(static_cast<std::uint64_t>(close->connection)));
      } else if (const auto* connected = std::get_if<Peers::PeerConnected>(&*event)) {
        texts.push_back("connected " + Name(connected->identity) + " " + connected->address);
      } else if (const auto* lost = std::get_if<Peers::PeerDisconnected>(&*event)) {
        texts.push_back("lost " + Name(lost->identity) + " " + std::string(ErrcName(lost->reason)));
      }
    }
    return texts;
  }

  static std::string Name(const Identity& identity) { return std::string(identity.view()); }

  PeerState State() const { return peers.Find(zulu)->state; }

  Identity self = *Identity::Parse("mike");
  Identity zulu = *Identity::Parse("zulu");    // greater than we are
  Identity alpha = *Identity::Parse("alpha");  // lesser
  testing::NoRandom random;
  Peers peers{self, random};
};

TEST(Peers, DialsEveryPeerWithAnAddressWhenItStarts) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1", "z:2"});
  relay.peers.Add(kStart, relay.alpha, Texts{"a:1"});
  relay.peers.Add(kStart, *Identity::Parse("nowhere"), {});
  EXPECT_EQ(relay.peers.PollTimeout(), kStart);
  EXPECT_EQ(relay.Events(), Texts{});
  relay.peers.HandleTimeout(kStart);
  EXPECT_EQ(relay.Events(), (Texts{"dial alpha a:1", "dial zulu z:1"}));
  EXPECT_EQ(relay.peers.PollTimeout(), std::nullopt);
  EXPECT_EQ(relay.peers.size(), 3u);
}

TEST(Peers, TriesEveryAddressBeforeItWaitsLonger) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1", "z:2", "z:3"});
  Instant now = kStart;
  for (const int wait : {5, 10, 20, 40, 60, 60}) {
    relay.peers.HandleTimeout(now);
    for (const char* address : {"z:1", "z:2", "z:3"}) {
      EXPECT_EQ(relay.Events(), Texts{std::string("dial zulu ") + address});
      EXPECT_EQ(relay.State(), PeerState::kConnecting);
      relay.peers.HandleDialFailed(now, relay.zulu, Errc::kUnreachable, address);
    }
    EXPECT_EQ(relay.State(), PeerState::kWaiting);
    EXPECT_EQ(relay.peers.Find(relay.zulu)->error, Errc::kUnreachable);
    EXPECT_EQ(relay.peers.PollTimeout(), now + Seconds(wait));
    relay.peers.HandleTimeout(now + Seconds(wait) - Milliseconds(1));
    EXPECT_EQ(relay.Events(), Texts{});
    now = now + Seconds(wait);
  }
}

TEST(Peers, SpreadsDialsByATenthAtMost) {
  testing::SeededRandom random(1);
  std::set<std::int64_t> delays;
  for (int i = 0; i < 200; ++i) {
    Relay relay;
    Peers peers(relay.self, random);
    peers.Add(kStart, relay.zulu, Texts{"z:1"});
    peers.HandleTimeout(kStart);
    peers.HandleDialFailed(kStart, relay.zulu, Errc::kUnreachable, "z:1");
    delays.insert((*peers.PollTimeout() - kStart).ms);
  }
  EXPECT_GE(*delays.begin(), 5'000);
  EXPECT_LE(*delays.rbegin(), 5'500);
  EXPECT_GT(delays.size(), 50u);
}

TEST(Peers, DialsTheAddressThatAnsweredLastFirst) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1", "z:2"});
  relay.peers.HandleTimeout(kStart);
  relay.peers.HandleDialFailed(kStart, relay.zulu, Errc::kTimeout, "z:1");
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(1), true, true, "z:2");
  EXPECT_EQ(relay.Events(), (Texts{"dial zulu z:1", "dial zulu z:2", "connected zulu z:2"}));
  EXPECT_EQ(relay.peers.connection(relay.zulu), Id(1));
  const Instant later = kStart + Minutes(5);
  relay.peers.HandleClosed(later, relay.zulu, Id(1), Errc::kProtocol);
  relay.peers.HandleTimeout(later + Seconds(5));
  EXPECT_EQ(relay.Events(), (Texts{"lost zulu protocol", "dial zulu z:2"}));
}

TEST(Peers, DialsAgainOnlyWhatItHadDialled) {
  for (const bool dialled : {true, false}) {
    Relay relay;
    relay.peers.Add(kStart, relay.zulu, {});
    relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(1), dialled, true, "z:1");
    relay.peers.HandleClosed(kStart + Minutes(2), relay.zulu, Id(1), Errc::kTimeout);
    EXPECT_EQ(relay.Events(), (Texts{"connected zulu z:1", "lost zulu timeout"}));
    EXPECT_EQ(relay.State(), dialled ? PeerState::kWaiting : PeerState::kIdle);
    EXPECT_EQ(relay.peers.PollTimeout(), dialled ? std::optional(kStart + Minutes(2) + Seconds(5)) : std::nullopt);
  }
}

TEST(Peers, DialAfterAShortSessionThatThePeerDialledIfWeHadDialledToo) {
  // The peer may have closed this session for ours, which we know nothing of: the ack was lost.
  for (const bool stable : {false, true}) {
    Relay relay;
    relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
    relay.peers.HandleTimeout(kStart);
    relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(1), false, true, "z:1");
    relay.peers.HandleDialFailed(kStart + Seconds(10), relay.zulu, Errc::kTimeout, "z:1");
    const Instant end = kStart + (stable ? Minutes(2) : Milliseconds(119'999));
    relay.peers.HandleClosed(end, relay.zulu, Id(1), Errc::kTimeout);
    EXPECT_EQ(relay.State(), stable ? PeerState::kIdle : PeerState::kWaiting);
  }
}

TEST(Peers, WaitsLongerForAPeerThatHangsUpAtOnce) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
  Instant now = kStart;
  std::uint64_t id = 0;
  for (const int wait : {5, 10, 20, 40, 60, 60}) {
    relay.peers.HandleTimeout(now);
    relay.peers.HandleAuthenticated(now, relay.zulu, Id(++id), true, true, "z:1");
    now = now + Milliseconds(119'999);
    relay.peers.HandleClosed(now, relay.zulu, Id(id), Errc::kProtocol);
    EXPECT_EQ(relay.peers.PollTimeout(), now + Seconds(wait));
    now = now + Seconds(wait);
  }
  relay.peers.HandleTimeout(now);
  relay.peers.HandleAuthenticated(now, relay.zulu, Id(++id), true, true, "z:1");
  now = now + Minutes(2);
  relay.peers.HandleClosed(now, relay.zulu, Id(id), Errc::kProtocol);
  EXPECT_EQ(relay.peers.PollTimeout(), now + Seconds(5));
}

TEST(Peers, LeavesAPeerThatRefusesAloneForTenMinutes) {
  for (const Errc reason : {Errc::kDenied, Errc::kAuthFailed, Errc::kUnproven, Errc::kIdentityMismatch}) {
    Relay relay;
    relay.peers.Add(kStart, relay.zulu, Texts{"z:1", "z:2"});
    relay.peers.HandleTimeout(kStart);
    relay.peers.HandleDialFailed(kStart, relay.zulu, reason, "z:1");
    EXPECT_EQ(relay.Events(), (Texts{"dial zulu z:1", "dial zulu z:2"})) << "the other address may be the right one";
    relay.peers.HandleDialFailed(kStart, relay.zulu, Errc::kUnreachable, "z:2");
    EXPECT_EQ(relay.State(), PeerState::kRefused);
    EXPECT_EQ(relay.peers.PollTimeout(), kStart + Minutes(10));
    relay.peers.HandleAnnounced(kStart + Minutes(1), relay.zulu, "z:1", false);
    EXPECT_EQ(relay.peers.PollTimeout(), kStart + Minutes(10)) << "it is the same instance";
    relay.peers.HandleTimeout(kStart + Minutes(10));
    EXPECT_EQ(relay.Events(), Texts{"dial zulu z:1"});
  }
}

TEST(Peers, DialsARefusingPeerWhenTheUserOrANewInstanceAsks) {
  for (const bool user : {true, false}) {
    Relay relay;
    relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
    relay.peers.HandleTimeout(kStart);
    relay.peers.HandleDialFailed(kStart, relay.zulu, Errc::kDenied, "z:1");
    (void)relay.Events();
    const Instant later = kStart + Seconds(30);
    if (user) {
      EXPECT_TRUE(relay.peers.Connect(later, relay.zulu));
    } else {
      relay.peers.HandleAnnounced(later, relay.zulu, "z:2", true);
      relay.peers.HandleTimeout(later);
    }
    EXPECT_EQ(relay.Events(), Texts{"dial zulu z:1"});
  }
}

TEST(Peers, DialsAnAnnouncedPeerAtOnceButOnceInFiveSeconds) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
  Instant now = kStart;
  int dials = 0;
  for (int i = 0; i < 600; ++i) {  // a minute of a flood
    relay.peers.HandleAnnounced(now, relay.zulu, "z:1", i % 2 == 0);
    relay.peers.HandleTimeout(now);
    for (const std::string& event : relay.Events()) {
      EXPECT_EQ(event, "dial zulu z:1");
      ++dials;
      relay.peers.HandleDialFailed(now, relay.zulu, Errc::kUnreachable, "z:1");
    }
    now = now + Milliseconds(100);
  }
  EXPECT_EQ(dials, 12);
  relay.peers.HandleDialFailed(now, relay.zulu, Errc::kUnreachable, "z:1");
  EXPECT_LE(*relay.peers.PollTimeout(), now + Seconds(5));
}

TEST(Peers, DialsAPeerOnceItsFirstAddressIsHeard) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, {});
  relay.peers.HandleAnnounced(kStart, relay.alpha, "a:1", true);  // no peer of ours
  relay.peers.HandleAnnounced(kStart, relay.zulu, "", true);
  EXPECT_EQ(relay.peers.PollTimeout(), std::nullopt);
  relay.peers.HandleAnnounced(kStart, relay.zulu, "z:1", false);
  relay.peers.HandleTimeout(kStart);
  EXPECT_EQ(relay.Events(), Texts{"dial zulu z:1"});
}

TEST(Peers, AreHeldAfterDisconnectUntilConnect) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(1), false, true, "z:1");
  (void)relay.Events();
  EXPECT_TRUE(relay.peers.Disconnect(kStart, relay.zulu));
  EXPECT_EQ(relay.Events(), (Texts{"close 1", "lost zulu interrupted"}));
  relay.peers.HandleClosed(kStart, relay.zulu, Id(1), Errc::kProtocol);
  relay.peers.HandleAnnounced(kStart + Minutes(1), relay.zulu, "z:1", true);
  relay.peers.HandleTimeout(kStart + Hours(24));
  EXPECT_EQ(relay.Events(), Texts{});
  relay.peers.HandleAuthenticated(kStart + Hours(24), relay.zulu, Id(2), false, true, "z:1");
  EXPECT_EQ(relay.Events(), Texts{"close 2"}) << "it is not let in";
  EXPECT_TRUE(relay.peers.Connect(kStart + Hours(24), relay.zulu));
  EXPECT_EQ(relay.Events(), Texts{"dial zulu z:1"});
}

TEST(Peers, CloseWhatIsDialledWhenTheUserHasChangedHerMind) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
  relay.peers.HandleTimeout(kStart);
  EXPECT_TRUE(relay.peers.Disconnect(kStart, relay.zulu));
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(1), true, true, "z:1");
  EXPECT_EQ(relay.Events(), (Texts{"dial zulu z:1", "close 1"}));
}

TEST(Peers, AreForgottenWithTheirSessions) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
  relay.peers.HandleTimeout(kStart);
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(1), true, true, "z:1");
  (void)relay.Events();
  EXPECT_TRUE(relay.peers.Remove(kStart, relay.zulu));
  EXPECT_EQ(relay.Events(), (Texts{"close 1", "lost zulu interrupted"}));
  EXPECT_EQ(relay.peers.Find(relay.zulu).has_value(), false);
  EXPECT_FALSE(relay.peers.Remove(kStart, relay.zulu));
  EXPECT_FALSE(relay.peers.Disconnect(kStart, relay.zulu));
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(2), true, true, "z:1");
  EXPECT_EQ(relay.Events(), Texts{"close 2"});
  relay.peers.HandleTimeout(kStart + Hours(1));
  EXPECT_EQ(relay.Events(), Texts{});
}

TEST(Peers, AreForgottenWhileTheyWaitToBeDialled) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
  EXPECT_TRUE(relay.peers.Remove(kStart, relay.zulu));
  EXPECT_EQ(relay.peers.PollTimeout(), std::nullopt);
  relay.peers.HandleTimeout(kStart);
  EXPECT_EQ(relay.Events(), Texts{});
}

TEST(Peers, ConnectTellsWhatIsMissing) {
  Relay relay;
  EXPECT_EQ(relay.peers.Connect(kStart, relay.zulu).error(), (Error{Errc::kNotFound, 0, 0, "peer"}));
  relay.peers.Add(kStart, relay.zulu, {});
  EXPECT_EQ(relay.peers.Connect(kStart, relay.zulu).error(), (Error{Errc::kUnreachable, 0, 0, "address"}));
  EXPECT_TRUE(relay.peers.Connect(kStart, relay.zulu, "z:9"));
  EXPECT_EQ(relay.Events(), Texts{"dial zulu z:9"});
}

TEST(Peers, ConnectDialsTheNamedAddressNextThoughAnotherIsBeingDialled) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1", "z:2"});
  relay.peers.HandleTimeout(kStart);
  EXPECT_TRUE(relay.peers.Connect(kStart, relay.zulu, "z:9"));
  EXPECT_TRUE(relay.peers.Connect(kStart, relay.zulu));
  EXPECT_EQ(relay.Events(), Texts{"dial zulu z:1"});
  for (const char* address : {"z:1", "z:9", "z:1", "z:2"}) {
    relay.peers.HandleDialFailed(kStart, relay.zulu, Errc::kUnreachable, address);
  }
  EXPECT_EQ(relay.Events(), (Texts{"dial zulu z:9", "dial zulu z:1", "dial zulu z:2"}));
  EXPECT_EQ(relay.State(), PeerState::kWaiting);
}

TEST(Peers, ConnectOfAConnectedPeerDoesNothing) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(1), false, true, "");
  (void)relay.Events();
  EXPECT_TRUE(relay.peers.Connect(kStart, relay.zulu, "z:2"));
  EXPECT_EQ(relay.Events(), Texts{});
}

TEST(Peers, ReplacesAnOldSessionWithoutTellingAnyone) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, {});
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(1), false, true, "z:1");
  relay.peers.HandleAuthenticated(kStart + Seconds(60), relay.zulu, Id(2), false, true, "z:2");
  EXPECT_EQ(relay.Events(), (Texts{"connected zulu z:1", "close 1"}));
  EXPECT_EQ(relay.peers.connection(relay.zulu), Id(2));
  relay.peers.HandleClosed(kStart + Seconds(60), relay.zulu, Id(1), Errc::kProtocol);
  EXPECT_EQ(relay.State(), PeerState::kConnected);
  EXPECT_EQ(relay.Events(), Texts{});
}

TEST(Peers, KeepsTheSessionOfTheLesserConnectorWhereDialsCrossed) {
  for (const bool peer_is_lesser : {true, false}) {
    Relay relay;
    const Identity& peer = peer_is_lesser ? relay.alpha : relay.zulu;
    relay.peers.Add(kStart, peer, Texts{"p:1"});
    relay.peers.HandleTimeout(kStart);
    relay.peers.HandleAuthenticated(kStart, peer, Id(1), true, true, "p:1");
    (void)relay.Events();
    relay.peers.HandleAuthenticated(kStart + Seconds(1), peer, Id(2), false, true, "p:1");
    EXPECT_EQ(relay.Events(), Texts{peer_is_lesser ? "close 1" : "close 2"});
    EXPECT_EQ(relay.peers.connection(peer), Id(peer_is_lesser ? 2 : 1));
  }
}

TEST(Peers, KeepsFourConnectionsOfAPeerThatProvesNothing) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, {});
  for (std::uint64_t i = 1; i <= 5; ++i) {
    relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(i), false, false, "z:1");
    EXPECT_EQ(relay.peers.connection(relay.zulu), Id(i));
  }
  EXPECT_EQ(relay.Events(), (Texts{"connected zulu z:1", "close 1"}));
  relay.peers.HandleClosed(kStart, relay.zulu, Id(1), Errc::kProtocol);
  relay.peers.HandleClosed(kStart, relay.zulu, Id(3), Errc::kProtocol);
  relay.peers.HandleClosed(kStart, relay.zulu, Id(5), Errc::kProtocol);
  EXPECT_EQ(relay.peers.connection(relay.zulu), Id(4));
  relay.peers.HandleClosed(kStart, relay.zulu, Id(4), Errc::kProtocol);
  EXPECT_EQ(relay.peers.connection(relay.zulu), Id(2));
  EXPECT_EQ(relay.Events(), Texts{});
  relay.peers.HandleClosed(kStart, relay.zulu, Id(2), Errc::kTimeout);
  EXPECT_EQ(relay.Events(), Texts{"lost zulu timeout"});
}

TEST(Peers, CloseEveryUnprovedConnectionForAProvedOne) {
  Relay relay;
  relay.peers.Add(kStart, relay.zulu, {});
  for (std::uint64_t i = 1; i <= 3; ++i) {
    relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(i), false, false, "z:1");
  }
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(4), false, true, "z:1");
  EXPECT_EQ(relay.Events(), (Texts{"connected zulu z:1", "close 3", "close 1", "close 2"}));
  relay.peers.HandleAuthenticated(kStart, relay.zulu, Id(5), false, false, "z:1");
  EXPECT_EQ(relay.Events(), Texts{"close 5"});
}

TEST(Peers, AreOneWhereNamesDifferOnlyInCase) {
  Relay relay;
  const Identity other = *Identity::Parse("ZuLu");
  relay.peers.Add(kStart, relay.zulu, {});
  relay.peers.Add(kStart, other, Texts{"z:1"});
  EXPECT_EQ(relay.peers.size(), 1u);
  relay.peers.HandleTimeout(kStart);
  relay.peers.HandleAuthenticated(kStart, other, Id(1), true, true, "z:1");
  EXPECT_EQ(relay.Events(), (Texts{"dial zulu z:1", "connected zulu z:1"}));
  EXPECT_TRUE(relay.peers.Remove(kStart, other));
}

TEST(Peers, DialTenThousandFewAtATime) {
  Relay relay;
  for (int i = 0; i < 10'000; ++i) {
    relay.peers.Add(kStart, *Identity::Parse("peer-" + std::to_string(i)), Texts{"p:1"});
  }
  std::set<std::string> dialled;
  Instant now = kStart;
  std::vector<Peers::DialWanted> under_way;
  while (dialled.size() < 10'000) {
    relay.peers.HandleTimeout(now);
    while (auto event = relay.peers.PollEvent()) {
      under_way.push_back(std::get<Peers::DialWanted>(*event));
      dialled.insert(Relay::Name(under_way.back().identity));
    }
    ASSERT_FALSE(under_way.empty());
    ASSERT_LE(under_way.size(), kMaxDials);
    if (under_way.size() == kMaxDials) {
      ASSERT_EQ(relay.peers.PollTimeout(), std::nullopt);
    }
    relay.peers.HandleAuthenticated(now, under_way.back().identity, Id(dialled.size()), true, true, "p:1");
    under_way.pop_back();
    while (std::optional<Peers::Event> event = relay.peers.PollEvent()) {
      ASSERT_TRUE(std::holds_alternative<Peers::PeerConnected>(*event));
    }
  }
}

// Every state with every verb, against a table of its own. (W)aiting, (C)onnecting and so on as in peer_state_test.cc.
TEST(Peers, GoFromEveryStateWithEveryVerbWhereTheyShould) {
  using Step = std::function<void(Relay&)>;
  const Instant now = kStart + Seconds(10);  // no announcement comes too early
  const auto fail = [](Errc reason) {
    return Step([reason](Relay& r) { r.peers.HandleDialFailed(kStart, r.zulu, reason, "z:1"); });
  };
  const Step dial = [](Relay& r) { r.peers.HandleTimeout(kStart); };
  const Step states[] = {
      // From kWaiting, with one address:
      [](Relay& r) {  // kIdle
        r.peers.HandleAuthenticated(kStart, r.zulu, Id(1), false, true, "z:1");
        r.peers.HandleClosed(kStart, r.zulu, Id(1), Errc::kTimeout);
      },
      [&](Relay& r) { dial(r), fail(Errc::kUnreachable)(r); },                                  // kWaiting
      dial,                                                                                     // kConnecting
      [](Relay& r) { r.peers.HandleAuthenticated(kStart, r.zulu, Id(1), true, true, "z:1"); },  // kConnected
      [&](Relay& r) { dial(r), fail(Errc::kDenied)(r); },                                       // kRefused
      [](Relay& r) { EXPECT_TRUE(r.peers.Disconnect(kStart, r.zulu)); },                        // kHeld
  };
  struct Verb {
    const char* name;
    Step step;
    std::string_view from_iwcsrh;
  };
  const Verb verbs[] = {
      {"Add", [&](Relay& r) { r.peers.Add(now, r.zulu, Texts{"z:1"}); }, "IWCSRH"},
      {"Connect", [&](Relay& r) { EXPECT_TRUE(r.peers.Connect(now, r.zulu)); }, "CCCSCC"},
      {"Disconnect", [&](Relay& r) { EXPECT_TRUE(r.peers.Disconnect(now, r.zulu)); }, "HHHHHH"},
      {"too early", [&](Relay& r) { r.peers.HandleTimeout(kStart + Seconds(1)); }, "IWCSRH"},
      {"HandleTimeout", [&](Relay& r) { r.peers.HandleTimeout(kStart + Minutes(10)); }, "ICCSCH"},
      {"announced", [&](Relay& r) { r.peers.HandleAnnounced(now, r.zulu, "z:1", false); }, "IWCSRH"},
      {"new instance", [&](Relay& r) { r.peers.HandleAnnounced(now, r.zulu, "z:1", true); }, "WWCSWH"},
      {"unreachable", fail(Errc::kUnreachable), "IWWSRH"},
      {"denied", fail(Errc::kDenied), "IWRSRH"},
      {"accepted", [&](Relay& r) { r.peers.HandleAuthenticated(now, r.zulu, Id(2), false, true, "z:1"); }, "SSSSSH"},
      {"dialled", [&](Relay& r) { r.peers.HandleAuthenticated(now, r.zulu, Id(2), true, true, "z:1"); }, "SSSSSH"},
      {"closed", [&](Relay& r) { r.peers.HandleClosed(now, r.zulu, Id(1), Errc::kTimeout); }, "IWCWRH"},
      {"other closed", [&](Relay& r) { r.peers.HandleClosed(now, r.zulu, Id(7), Errc::kTimeout); }, "IWCSRH"},
  };
  constexpr std::string_view kLetters = "IWCSRH";
  for (const Verb& verb : verbs) {
    for (std::size_t from = 0; from < kPeerStates; ++from) {
      Relay relay;
      relay.peers.Add(kStart, relay.zulu, Texts{"z:1"});
      states[from](relay);
      ASSERT_EQ(kLetters[static_cast<std::size_t>(relay.State())], kLetters[from]);
      (void)relay.Events();
      verb.step(relay);
      const PeerState to = relay.State();
      EXPECT_EQ(kLetters[static_cast<std::size_t>(to)], verb.from_iwcsrh[from]) << verb.name << kLetters[from];
      // What always holds.
      const bool planned = to == PeerState::kWaiting || to == PeerState::kRefused;
      EXPECT_EQ(relay.peers.PollTimeout().has_value(), planned) << verb.name << kLetters[from];
      EXPECT_EQ(relay.peers.PollTimeout(), relay.peers.Find(relay.zulu)->next_dial);
      EXPECT_EQ(relay.peers.connection(relay.zulu).has_value(), to == PeerState::kConnected);
      int dials = 0;
      for (const std::string& event : relay.Events()) dials += event.starts_with("dial") ? 1 : 0;
      const bool begins = to == PeerState::kConnecting && kLetters[from] != 'C';
      EXPECT_EQ(dials, begins ? 1 : 0) << verb.name << kLetters[from];
    }
  }
}

}  // namespace
}  // namespace cctl
