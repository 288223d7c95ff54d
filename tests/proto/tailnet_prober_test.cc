// SPDX-License-Identifier: MIT

#include "cctl/proto/tailnet_prober.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"

namespace cctl {
namespace {

using Standing = TailnetStanding;

constexpr Instant kStart{1'000'000};
constexpr Duration kInterval = Seconds(60);
const Identity kBeta = *Identity::Parse("beta-2");

StableId Id(const std::string& text) { return *StableId::Parse(text); }

TailnetNode Node(const std::string& id, bool tagged = true) {
  TailnetNode node;
  node.id = Id(id);
  node.name = id + ".tail1234.ts.net";
  node.addresses = {"100.101.0." + std::to_string(id.size())};
  if (tagged) node.tags = {"tag:claudectl"};
  node.online = true;
  node.in_network_map = true;
  return node;
}

TailnetStatus Status(std::vector<TailnetNode> peers) {
  TailnetStatus status;
  status.state = TailnetState::kRunning;
  status.self = Node("nSELF");
  status.peers = std::move(peers);
  return status;
}

class Prober {
 public:
  explicit Prober(bool probes = true) : machine(kInterval, probes, kStart) {}

  // What it wants, as text: "status", "probe nA 800", "drop nA".
  std::vector<std::string> Wants() {
    std::vector<std::string> wants;
    while (const auto event = machine.PollEvent()) {
      if (std::holds_alternative<TailnetProber::StatusWanted>(*event)) wants.emplace_back("status");
      if (const auto* probe = std::get_if<TailnetProber::ProbeWanted>(&*event)) {
        wants.push_back("probe " + std::string(probe->node.view()) + " " + std::to_string(probe->patience.ms));
      }
      if (const auto* drop = std::get_if<TailnetProber::DropWanted>(&*event)) {
        wants.push_back("drop " + std::string(drop->node.view()));
      }
    }
    return wants;
  }

  // Until the status is asked for, and the answer.
  std::vector<std::string> Answer(Instant now, const TailnetStatus& status) {
    machine.HandleTimeout(now);
    EXPECT_EQ(Wants(), (std::vector<std::string>{"status"}));
    machine.HandleStatus(now, status, {});
    return Wants();
  }

  void Connect(Instant now, const std::string& id) {
    machine.HandleProbed(now, Id(id), Standing::kConnected, kBeta);
    ASSERT_EQ(machine.candidates().at(Id(id)).standing, Standing::kConnected);
  }

  TailnetProber machine;
};

using Texts = std::vector<std::string>;

TEST(TailnetProber, AsksAtOnceAndThenOnceInAnInterval) {
  Prober prober;
  ASSERT_EQ(prober.machine.PollTimeout(), kStart);
  EXPECT_EQ(prober.Answer(kStart, Status({})), Texts{});
  ASSERT_EQ(prober.machine.PollTimeout(), kStart + kInterval);
  prober.machine.HandleTimeout(kStart + kInterval - Milliseconds(1));
  EXPECT_EQ(prober.Wants(), Texts{});
  prober.machine.HandleTimeout(kStart + kInterval);
  EXPECT_EQ(prober.Wants(), Texts{"status"});
  EXPECT_FALSE(prober.machine.PollTimeout()) << "one at a time";
  prober.machine.AskForStatus(kStart + kInterval + Seconds(1));
  EXPECT_EQ(prober.Wants(), Texts{});
}

TEST(TailnetProber, SlowStatusDoesNotMoveTheNextOne) {
  Prober prober;
  prober.machine.HandleTimeout(kStart);
  prober.machine.HandleStatus(kStart + Seconds(5), Status({}), {});
  EXPECT_EQ(prober.machine.PollTimeout(), kStart + kInterval);
  prober.machine.HandleTimeout(kStart + kInterval);
  prober.machine.HandleNoStatus(kStart + kInterval + Seconds(90), false);
  EXPECT_EQ(prober.machine.PollTimeout(), kStart + kInterval + Seconds(90)) << "it is late already";
}

TEST(TailnetProber, TriesCandidatesOnlyAndEachOnce) {
  Prober prober;
  EXPECT_EQ(prober.Answer(kStart, Status({Node("nB"), Node("nC", false), Node("nD")})),
            (Texts{"probe nB 800", "probe nD 800"}));
  prober.Connect(kStart, "nB");
  prober.machine.HandleProbed(kStart, Id("nD"), Standing::kNoRelay, {});
  EXPECT_EQ(prober.Wants(), Texts{});
  // The next time whoever is connected is left in peace.
  EXPECT_EQ(prober.Answer(kStart + kInterval, Status({Node("nB"), Node("nD")})), Texts{"probe nD 800"});
}

TEST(TailnetProber, SilenceIsTriedOnceMoreAndLonger) {
  Prober prober;
  (void)prober.Answer(kStart, Status({Node("nB")}));
  prober.machine.HandleProbed(kStart, Id("nB"), Standing::kSilent, {});
  EXPECT_EQ(prober.Wants(), Texts{"probe nB 2000"});
  prober.machine.HandleProbed(kStart, Id("nB"), Standing::kSilent, {});
  EXPECT_EQ(prober.Wants(), Texts{});
  EXPECT_EQ(prober.machine.candidates().at(Id("nB")).standing, Standing::kSilent);
}

TEST(TailnetProber, LostTagDropsTheSession) {
  Prober prober;
  (void)prober.Answer(kStart, Status({Node("nB")}));
  prober.Connect(kStart, "nB");
  EXPECT_EQ(prober.Answer(kStart + kInterval, Status({Node("nB", false)})), Texts{"drop nB"});
  EXPECT_TRUE(prober.machine.candidates().empty());
}

TEST(TailnetProber, NodeThatHasMovedIsDroppedAndTriedWhereItIs) {
  Prober prober;
  (void)prober.Answer(kStart, Status({Node("nB")}));
  prober.Connect(kStart, "nB");
  TailnetNode more = Node("nB");
  more.addresses.insert(more.addresses.begin(), "100.101.0.77");
  EXPECT_EQ(prober.Answer(kStart + kInterval, Status({more})), Texts{}) << "it still has the old one";
  TailnetNode moved = Node("nB");
  moved.addresses = {"100.101.0.78"};
  EXPECT_EQ(prober.Answer(kStart + kInterval + kInterval, Status({moved})), (Texts{"drop nB", "probe nB 800"}));
}

TEST(TailnetProber, TailscaleThatStopsDropsEverythingAtOnceAndOneThatIsSilentAtTheSecondTime) {
  for (const bool certain : {true, false}) {
    Prober prober;
    (void)prober.Answer(kStart, Status({Node("nB")}));
    prober.Connect(kStart, "nB");
    prober.machine.HandleTimeout(kStart + kInterval);
    prober.machine.HandleNoStatus(kStart + kInterval, certain);
    const Texts first = prober.Wants();
    EXPECT_EQ(first, certain ? (Texts{"status", "drop nB"}) : Texts{"status"});
    if (certain) continue;
    prober.machine.HandleTimeout(kStart + kInterval + kInterval);
    prober.machine.HandleNoStatus(kStart + kInterval + kInterval, certain);
    EXPECT_EQ(prober.Wants(), (Texts{"status", "drop nB"}));
  }
}

TEST(TailnetProber, SilenceIsForgivenOnceAgainAfterAnAnswer) {
  Prober prober;
  (void)prober.Answer(kStart, Status({Node("nB")}));
  prober.Connect(kStart, "nB");
  Instant now = kStart;
  for (int i = 0; i < 5; ++i) {
    now = now + kInterval;
    prober.machine.HandleTimeout(now);
    prober.machine.HandleNoStatus(now, false);
    now = now + kInterval;
    prober.machine.HandleTimeout(now);
    prober.machine.HandleStatus(now, Status({Node("nB")}), {});
    EXPECT_EQ(prober.Wants(), (Texts{"status", "status"}));
  }
}

TEST(TailnetProber, NodeThatConnectsToUsIsNotTried) {
  Prober prober;
  (void)prober.Answer(kStart, Status({Node("nB")}));
  prober.machine.HandleConnected(kStart, Id("nB"), kBeta);
  prober.machine.HandleProbed(kStart, Id("nB"), Standing::kRefused, {});
  EXPECT_EQ(prober.machine.candidates().at(Id("nB")).standing, Standing::kConnected);
  EXPECT_EQ(prober.Answer(kStart + kInterval, Status({Node("nB")})), Texts{});
}

TEST(TailnetProber, SessionOfANodeThatIsNoCandidateAnyMoreIsDropped) {
  Prober prober;
  (void)prober.Answer(kStart, Status({Node("nB")}));
  EXPECT_EQ(prober.Answer(kStart + kInterval, Status({})), Texts{});
  prober.machine.HandleProbed(kStart + kInterval, Id("nB"), Standing::kConnected, kBeta);
  EXPECT_EQ(prober.Wants(), Texts{"drop nB"});
  prober.machine.HandleConnected(kStart + kInterval, Id("nC"), kBeta);
  EXPECT_EQ(prober.Wants(), Texts{"drop nC"});
}

TEST(TailnetProber, LongSessionThatEndsIsLookedAfterSoonAndAShortOneIsNot) {
  for (const bool lasted : {true, false}) {
    Prober prober;
    (void)prober.Answer(kStart, Status({Node("nB")}));
    prober.Connect(kStart, "nB");
    Instant now = kStart + kInterval;
    (void)prober.Answer(now, Status({Node("nB")}));
    if (!lasted) {
      prober.machine.HandleDisconnected(now, Id("nB"));
      (void)prober.Answer(now = now + kInterval, Status({Node("nB")}));
      prober.Connect(now, "nB");
    }
    now = now + Seconds(10);
    prober.machine.HandleDisconnected(now, Id("nB"));
    EXPECT_EQ(prober.machine.PollTimeout(), lasted ? now + kTailnetReprobeDelay : now + Seconds(50));
  }
}

TEST(TailnetProber, TwoThousandAreTriedSixteenAtATimeAndNobodyTwice) {
  std::vector<TailnetNode> nodes;
  for (int i = 0; i < 2'000; ++i) nodes.push_back(Node("n" + std::to_string(i)));
  Prober prober;
  prober.machine.HandleTimeout(kStart);
  prober.machine.HandleStatus(kStart, Status(nodes), {});
  std::vector<StableId> running;
  std::map<std::string, int> tried;
  const auto take = [&] {
    while (const auto event = prober.machine.PollEvent()) {
      if (const auto* probe = std::get_if<TailnetProber::ProbeWanted>(&*event)) {
        running.push_back(probe->node);
        ++tried[std::string(probe->node.view())];
      }
    }
    EXPECT_LE(running.size(), kMaxTailnetProbes);
    EXPECT_EQ(running.size(), prober.machine.probing());
  };
  take();
  EXPECT_EQ(running.size(), kMaxTailnetProbes);
  bool again = false;
  while (!running.empty()) {
    // In the middle a status comes again: who waits already is not queued a second time.
    if (tried.size() == 1'000 && !std::exchange(again, true)) {
      prober.machine.AskForStatus(kStart);
      prober.machine.HandleStatus(kStart, Status(nodes), {});
    }
    const StableId one = running.front();
    running.erase(running.begin());
    prober.machine.HandleProbed(kStart, one, Standing::kConnected, kBeta);
    take();
  }
  EXPECT_EQ(tried.size(), 2'000u);
  for (const auto& [id, times] : tried) EXPECT_EQ(times, 1) << id;
}

TEST(TailnetProber, OneThatOnlyLooksTriesNobody) {
  Prober prober(/*probes=*/false);
  EXPECT_EQ(prober.Answer(kStart, Status({Node("nB")})), Texts{});
  EXPECT_EQ(prober.machine.candidates().size(), 1u);
}

TEST(TailnetProber, ShorterIntervalCountsFromNow) {
  Prober prober;
  (void)prober.Answer(kStart, Status({}));
  prober.machine.set_interval(kStart + Seconds(1), Seconds(5));
  EXPECT_EQ(prober.machine.PollTimeout(), kStart + Seconds(6));
}

}  // namespace
}  // namespace cctl
