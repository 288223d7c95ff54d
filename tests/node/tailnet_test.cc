// SPDX-License-Identifier: MIT
//
// Tailnet with programs that are small scripts. Times are the machine's: the programs run.

#include "cctl/node/tailnet.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/node/tailnet_map.h"
#include "cctl/node/tailnet_options.h"
#include "cctl/node/watched_process.h"
#include "cctl/proto/connection_id.h"
#include "cctl/sys/clock.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_condition.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

constexpr std::string_view kStatus =
    R"({"BackendState":"Running","TUN":true,"Self":{"ID":"nSELF","TailscaleIPs":["100.101.0.10"],"UserID":7},)"
    R"("Peer":{"k":{"ID":"nBOB","DNSName":"bob.ts.net.","TailscaleIPs":["100.101.0.12"],"UserID":7,"Online":true,)"
    R"("InNetworkMap":true}}})";
constexpr std::string_view kWhois = R"({"Node":{"StableID":"nBOB","Addresses":["100.101.0.12/32"]}})";

const StableId kBob = *StableId::Parse("nBOB");
const TailnetPath kPath{*IpAddress::Parse("100.101.0.10"), *IpAddress::Parse("100.101.0.12")};

class TailnetTest : public ::testing::Test {
 protected:
  TailnetTest() : poller_(*Poller::Create()) {
    Put("status", kStatus);
    Put("whois", kWhois);
    // Notes each run, and prints what the file of that name says.
    const std::string path = scratch_.Below("tailscale");
    std::ofstream(path) << "#!/bin/sh\necho \"$@\" >>" << scratch_.Below("calls") << "\nexec cat " << scratch_.path()
                        << "/$1\n";
    chmod(path.c_str(), 0755);
    options_.enabled = true;
    options_.program = path;
  }

  void Put(const std::string& name, std::string_view content) { std::ofstream(scratch_.Below(name)) << content; }

  std::string Calls() {
    std::ifstream file(scratch_.Below("calls"));
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  void Start() { tailnet_.emplace(options_, poller_, 1, Now()); }

  // The machine's clock, moved on by `skipped_`.
  [[nodiscard]] Instant Now() const { return SteadyNow() + skipped_; }

  // Turns until `done`; each event is kept.
  void RunUntil(const std::function<bool()>& done) {
    const Instant end = Now() + Seconds(30);
    while (!done()) {
      ASSERT_LT(Now(), end);
      std::array<Ready, 8> ready;
      const auto next = tailnet_->NextTimeout();
      Duration wait = Milliseconds(20);
      if (next && *next - Now() < wait) wait = *next - Now() < Duration{} ? Duration{} : *next - Now();
      const auto count = poller_.Wait(wait, ready);
      for (const Ready& one : std::span(ready).first(count.value_or(0u))) tailnet_->HandleReady(Now(), one);
      tailnet_->HandleTimeouts(Now());
      while (auto event = tailnet_->PollEvent(Now())) events_.push_back(*std::move(event));
    }
  }

  template <typename Event>
  std::vector<Event> All() const {
    std::vector<Event> all;
    for (const Tailnet::Event& event : events_) {
      if (const auto* one = std::get_if<Event>(&event)) all.push_back(*one);
    }
    return all;
  }

  void RunUntilRead() {
    RunUntil([this] { return !All<Tailnet::StatusRead>().empty(); });
  }

  void Ask(std::uint64_t connection, std::uint16_t port) {
    tailnet_->Vouch(Now(), ConnectionId{connection}, kBob, kPath, Endpoint{kPath.remote, port});
  }

  const testing::ScratchFolder scratch_;
  Poller poller_;
  TailnetOptions options_;
  std::optional<Tailnet> tailnet_;
  Duration skipped_{};
  std::vector<Tailnet::Event> events_;
};

TEST_F(TailnetTest, ReadsTheStatusAndSaysWhomToProbe) {
  Start();
  RunUntilRead();
  EXPECT_EQ(Calls(), "status --json\n");
  ASSERT_NE(tailnet_->map(), nullptr);
  const auto probes = All<TailnetProber::ProbeWanted>();
  ASSERT_EQ(probes.size(), 1u);
  EXPECT_EQ(probes[0].node, kBob);
  EXPECT_EQ(probes[0].address, "100.101.0.12");
  const auto changed = All<Tailnet::ConditionChanged>();
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].condition, TailnetCondition::kRunning);
}

TEST_F(TailnetTest, ConditionIsToldWhenItChanges) {
  options_.probe_interval = Milliseconds(30);
  Start();
  RunUntil([this] { return All<Tailnet::StatusRead>().size() >= 3; });
  EXPECT_EQ(All<Tailnet::ConditionChanged>().size(), 1u);
  Put("status", R"({"BackendState":"Stopped"})");
  RunUntil([this] { return All<Tailnet::ConditionChanged>().size() == 2; });
  EXPECT_EQ(tailnet_->map(), nullptr);
}

TEST_F(TailnetTest, VouchesForWhomTailscaleNames) {
  Start();
  RunUntilRead();
  Ask(1, 40'000);
  RunUntil([this] { return !All<Tailnet::Vouched>().empty(); });
  const auto vouched = All<Tailnet::Vouched>();
  EXPECT_EQ(vouched[0].connection, ConnectionId{1});
  EXPECT_EQ(vouched[0].node, kBob);
  EXPECT_TRUE(vouched[0].right);
  EXPECT_EQ(Calls(), "status --json\nwhois --json 100.101.0.12:40000\n") << "the status is fresh";
}

TEST_F(TailnetTest, AnswerForAnAddressIsKept) {
  Start();
  RunUntilRead();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    Ask(i, 9847);
    RunUntil([this, i] { return All<Tailnet::Vouched>().size() == i; });
  }
  EXPECT_EQ(Calls(), "status --json\nwhois --json 100.101.0.12:9847\n");
}

TEST_F(TailnetTest, DoesNotVouchForWhomTailscaleDoesNotName) {
  for (const std::string_view answer :
       {"", "peer not found", R"({"Node":{"StableID":"nEVE","Addresses":["100.101.0.12/32"]}})",
        R"({"Node":{"StableID":"nBOB","Addresses":["100.101.0.0/24"]}})"}) {
    events_.clear();
    Put("whois", answer);
    Start();
    RunUntilRead();
    Ask(1, 9847);
    RunUntil([this] { return !All<Tailnet::Vouched>().empty(); });
    EXPECT_FALSE(All<Tailnet::Vouched>()[0].right) << answer;
  }
}

TEST_F(TailnetTest, RunsFourAtATimeAndAnswersAll) {
  std::ofstream(scratch_.Below("tailscale"))
      << "#!/bin/sh\nif [ $1 = whois ]; then : >" << scratch_.path() << "/running.$$; ls " << scratch_.path()
      << " | grep -c running >>" << scratch_.Below("counts") << "; sleep 0.05; rm " << scratch_.path()
      << "/running.$$; fi\nexec cat " << scratch_.path() << "/$1\n";
  Start();
  RunUntilRead();
  for (std::uint64_t i = 0; i < 12; ++i) Ask(i, static_cast<std::uint16_t>(40'000 + i));
  RunUntil([this] { return All<Tailnet::Vouched>().size() == 12; });
  for (const Tailnet::Vouched& vouched : All<Tailnet::Vouched>()) EXPECT_TRUE(vouched.right);
  std::ifstream counts(scratch_.Below("counts"));
  int most = 0;
  int total = 0;
  for (int count = 0; counts >> count; ++total) most = std::max(most, count);
  EXPECT_EQ(total, 12);
  EXPECT_LE(most, 4);
  EXPECT_GE(most, 2) << "they run side by side";
}

TEST_F(TailnetTest, QuestionThatIsWithdrawnIsNotAnswered) {
  Start();
  RunUntilRead();
  Ask(1, 40'001);
  Ask(2, 40'002);
  tailnet_->Withdraw(ConnectionId{1});
  RunUntil([this] { return !All<Tailnet::Vouched>().empty(); });
  EXPECT_EQ(All<Tailnet::Vouched>()[0].connection, ConnectionId{2});
}

TEST_F(TailnetTest, TailscaleThatHasStoppedVouchesForNobody) {
  Start();
  RunUntilRead();
  Put("status", R"({"BackendState":"Stopped"})");
  tailnet_->ReadStatus(Now());
  RunUntil([this] { return All<Tailnet::StatusRead>().size() == 2; });
  Ask(1, 9847);
  RunUntil([this] { return !All<Tailnet::Vouched>().empty(); });
  EXPECT_FALSE(All<Tailnet::Vouched>()[0].right);
}

TEST_F(TailnetTest, StatusThatIsNotFreshIsReadBeforeAnybodyIsVouchedFor) {
  Start();
  RunUntilRead();
  skipped_ = kFreshTailnetStatus + Seconds(1);
  Put("status", R"({"BackendState":"NeedsLogin"})");
  Ask(1, 9847);
  RunUntil([this] { return !All<Tailnet::Vouched>().empty(); });
  EXPECT_FALSE(All<Tailnet::Vouched>()[0].right);
  EXPECT_EQ(All<Tailnet::StatusRead>().size(), 2u);
}

TEST_F(TailnetTest, ProgramThatIsNotThereIsSaidAtOnce) {
  options_.program = scratch_.Below("nowhere");
  Start();
  RunUntilRead();
  EXPECT_EQ(All<Tailnet::ConditionChanged>()[0].condition, TailnetCondition::kNotInstalled);
  Ask(1, 9847);
  RunUntil([this] { return !All<Tailnet::Vouched>().empty(); });
  EXPECT_FALSE(All<Tailnet::Vouched>()[0].right);
}

TEST_F(TailnetTest, ThisMachineWithoutTheTagIsToldOnce) {
  Put("status",
      R"({"BackendState":"Running","TUN":true,"Self":{"ID":"nSELF"},"Peer":{"k":{"ID":"nBOB","Tags":["tag:claudectl"],)"
      R"("TailscaleIPs":["100.101.0.12"],"Online":true,"InNetworkMap":true}}})");
  options_.probe_interval = Milliseconds(30);
  Start();
  RunUntil([this] { return All<Tailnet::StatusRead>().size() >= 3; });
  ASSERT_EQ(All<Tailnet::SelfUntagged>().size(), 1u);
  EXPECT_EQ(All<Tailnet::SelfUntagged>()[0].nodes, 1u);
  EXPECT_TRUE(All<TailnetProber::ProbeWanted>().empty());
}

}  // namespace
}  // namespace cctl
