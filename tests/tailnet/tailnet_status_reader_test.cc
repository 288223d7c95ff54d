// SPDX-License-Identifier: MIT
//
// The samples follow the schema of Tailscale 1.103.0-pre (de9ec7ee2, ipn/ipnstate/ipnstate.go), with made-up names.

#include "cctl/tailnet/tailnet_status_reader.h"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"

namespace cctl {
namespace {

std::string Sample(const std::string& name) {
  std::ifstream file("tests/testdata/tailnet/" + name + ".json");
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

const TailnetNode* FindNode(const TailnetStatus& status, std::string_view id) {
  const auto found = std::find_if(status.peers.begin(), status.peers.end(),
                                  [id](const TailnetNode& node) { return node.id && node.id->view() == id; });
  return found == status.peers.end() ? nullptr : &*found;
}

// Each peer as id and verdict.
std::vector<std::string> Judge(const TailnetStatus& status, const TailnetTag& tag) {
  std::vector<std::string> out;
  for (const TailnetNode& node : status.peers) {
    out.push_back(std::string(node.id ? node.id->view() : "-") + " " +
                  std::string(TailnetVerdictName(JudgeTailnetNode(status.self, node, tag))));
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(TailnetStatusReader, ReadsTheSample) {
  const auto status = ParseTailnetStatus(Sample("status-running"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state, TailnetState::kRunning);
  EXPECT_TRUE(status->tun);
  EXPECT_EQ(status->self.id->view(), "nLAPTOPa3f2CNTRL");
  EXPECT_EQ(status->self.name, "laptop-a3f2.tail1234.ts.net");
  EXPECT_EQ(status->self.addresses, (std::vector<std::string>{"100.101.0.10", "fd7a:115c:a1e0::1a01:650a"}));
  EXPECT_EQ(status->self.user, 7001000000000001);
  EXPECT_TRUE(status->self.tags.empty());
  ASSERT_EQ(status->peers.size(), 9u);
  const TailnetNode* const runner = FindNode(*status, "nCIRUNNER9d1eCNTRL");
  ASSERT_NE(runner, nullptr);
  EXPECT_TRUE(runner->HasTag("tag:claudectl"));
  EXPECT_TRUE(runner->HasTag("tag:ci"));
  EXPECT_TRUE(runner->online);
  EXPECT_FALSE(status->truncated);
}

TEST(TailnetStatusReader, TellsWhyEachOtherNodeIsLeftOut) {
  auto status = ParseTailnetStatus(Sample("status-running"));
  ASSERT_TRUE(status);
  // This machine has no tags: its user's own untagged machines are its peers, and who carries the tag would refuse it.
  EXPECT_EQ(Judge(*status, {}),
            (std::vector<std::string>{
                "nCIRUNNER9d1eCNTRL self_untagged", "nDESKTOPb7c1CNTRL candidate", "nGPUBOX77aaCNTRL offline",
                "nLAPTOPcloneCNTRL other_user", "nMULLVADse1CNTRL mullvad", "nOLDBOX0001CNTRL expired",
                "nPHONE0001CNTRL candidate", "nSHAREDIN01CNTRL shared_in", "nSHAREE0001CNTRL shared_in"}));
  // With the tag, whether asked for or not, exactly one is left.
  status->self.tags = {"tag:claudectl"};
  for (const bool required : {false, true}) {
    const auto verdicts = Judge(*status, {.required = required});
    EXPECT_EQ(std::count_if(verdicts.begin(), verdicts.end(),
                            [](const std::string& one) { return one.ends_with(" candidate"); }),
              1);
    EXPECT_EQ(verdicts[0], "nCIRUNNER9d1eCNTRL candidate");
    EXPECT_EQ(verdicts[1], "nDESKTOPb7c1CNTRL untagged");
  }
  // Another tag, which nobody carries.
  for (const std::string& one : Judge(*status, {.tag = "tag:other", .required = true})) {
    EXPECT_FALSE(one.ends_with(" candidate")) << one;
  }
}

TEST(TailnetStatusReader, TagsOfUsersAreNotMixed) {
  const auto node = [](std::vector<std::string> tags, std::int64_t user) {
    TailnetNode made;
    made.id = StableId::Parse("nX").value();
    made.addresses = {"100.64.0.1"};
    made.tags = std::move(tags);
    made.user = user;
    made.online = made.in_network_map = true;
    return made;
  };
  // All tagged nodes have one user.
  EXPECT_EQ(JudgeTailnetNode(node({"tag:db"}, 9), node({"tag:web"}, 9)), TailnetVerdict::kUntagged);
  EXPECT_EQ(JudgeTailnetNode(node({}, 9), node({"tag:web"}, 9)), TailnetVerdict::kUntagged);
  EXPECT_EQ(JudgeTailnetNode(node({"tag:web"}, 9), node({}, 9)), TailnetVerdict::kUntagged);
  EXPECT_EQ(JudgeTailnetNode(node({}, 9), node({}, 9)), TailnetVerdict::kCandidate);
  EXPECT_EQ(JudgeTailnetNode(node({}, 9), node({}, 9), {.required = true}), TailnetVerdict::kUntagged);
  // Nodes of nobody are not nodes of the same user.
  EXPECT_EQ(JudgeTailnetNode(node({}, 0), node({}, 0)), TailnetVerdict::kOtherUser);
  TailnetNode nameless = node({}, 9);
  nameless.id.reset();
  EXPECT_EQ(JudgeTailnetNode(node({}, 9), nameless), TailnetVerdict::kNoId);
  TailnetNode nowhere = node({}, 9);
  nowhere.addresses.clear();
  EXPECT_EQ(JudgeTailnetNode(node({}, 9), nowhere), TailnetVerdict::kNoAddress);
  TailnetNode unknown = node({}, 9);
  unknown.in_network_map = false;
  EXPECT_EQ(JudgeTailnetNode(node({}, 9), unknown), TailnetVerdict::kNotInMap);
}

TEST(TailnetStatusReader, NamesEachState) {
  EXPECT_EQ(ParseTailnetStatus(Sample("status-stopped"))->state, TailnetState::kStopped);
  EXPECT_EQ(ParseTailnetStatus(Sample("status-needs-login"))->state, TailnetState::kNeedsLogin);
  struct Row {
    const char* text;
    TailnetState state;
  };
  for (const Row& row : {Row{"Running", TailnetState::kRunning}, Row{"Starting", TailnetState::kStarting},
                         Row{"Stopped", TailnetState::kStopped}, Row{"NeedsLogin", TailnetState::kNeedsLogin},
                         Row{"NeedsMachineAuth", TailnetState::kNeedsApproval},
                         Row{"InUseOtherUser", TailnetState::kInUseOtherUser}, Row{"NoState", TailnetState::kNoState},
                         Row{"running", TailnetState::kNoState}, Row{"", TailnetState::kNoState}}) {
    EXPECT_EQ(ParseTailnetStatus(std::string("{\"BackendState\":\"") + row.text + "\"}")->state, row.state) << row.text;
  }
}

TEST(TailnetStatusReader, ToleratesWhatIsMissingNullUnknownOrOfAnotherType) {
  for (
      const char* text :
      {"{}", R"({"Self":null,"Peer":null,"BackendState":null,"TUN":null})",
       R"({"Self":3,"Peer":[{"ID":"x"}],"TUN":"no"})",
       R"({"Peer":{"nodekey:a":null,"nodekey:b":7,"nodekey:c":"x","nodekey:d":[1]}})",
       R"({"Self":{"ID":1,"DNSName":null,"TailscaleIPs":null,"Tags":{"a":"tag:claudectl"},"UserID":"7","Online":"yes"}})"}) {
    const auto status = ParseTailnetStatus(text);
    ASSERT_TRUE(status) << text;
    EXPECT_TRUE(status->peers.empty()) << text;
    EXPECT_FALSE(status->self.id);
    EXPECT_TRUE(status->self.tags.empty());
    EXPECT_TRUE(status->tun);
  }
  // Members of the same name elsewhere in the document are not these.
  const auto nested = ParseTailnetStatus(
      R"({"Other":{"Self":{"ID":"nFALSE"},"Peer":{"k":{"ID":"nFALSE"}},"BackendState":"Running"},)"
      R"("Self":{"CapMap":{"ID":"nFALSE","Tags":["tag:claudectl"]},"ID":"nTRUE","Extra":[["tag:claudectl"]]}})");
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->self.id->view(), "nTRUE");
  EXPECT_TRUE(nested->self.tags.empty());
  EXPECT_TRUE(nested->peers.empty());
  EXPECT_EQ(nested->state, TailnetState::kNoState);
  EXPECT_FALSE(ParseTailnetStatus(R"({"TUN":false})")->tun);
  // An ID that could not stand in a file's name is none.
  EXPECT_FALSE(ParseTailnetStatus(R"({"Self":{"ID":"../x"}})")->self.id);
}

TEST(TailnetStatusReader, RefusesWhatIsNoDocument) {
  for (const char* text : {"", "null", "[]", "3", "\"x\"", "{", "{\"a\":1}x", "Logged out.", "{\"a\":1e999999}"}) {
    const auto status = ParseTailnetStatus(text);
    EXPECT_FALSE(status) << text;
    EXPECT_EQ(std::string_view(status.error().part), "status");
  }
  EXPECT_EQ(ParseTailnetStatus("{\"a\":" + std::string(100'000, '[')).error().code, Errc::kTooDeep);
}

TEST(TailnetStatusReader, EveryPrefixOfTheSampleIsRefused) {
  const std::string sample = Sample("status-running");
  for (std::size_t size = 0; size < sample.find_last_of('}'); size += 7) {
    EXPECT_FALSE(ParseTailnetStatus(std::string_view(sample).substr(0, size))) << size;
  }
}

TEST(TailnetStatusReader, BoundsWhatItKeeps) {
  std::string many = "{\"Peer\":{";
  for (std::size_t i = 0; i <= kMaxTailnetPeers; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":{}";
  const auto status = ParseTailnetStatus(many + "}}");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->peers.size(), kMaxTailnetPeers);
  EXPECT_TRUE(status->truncated);
  std::string tags = "{\"Self\":{\"Tags\":[\"t\"";
  for (int i = 0; i < 1000; ++i) tags += ",\"t\"";
  EXPECT_EQ(ParseTailnetStatus(tags + "]}}")->self.tags.size(), kMaxTailnetTags);
}

#ifdef NDEBUG
// The processor's time for this thread: what else runs on the machine does not count.
std::chrono::nanoseconds ThreadTime() {
  timespec time = {};
  EXPECT_EQ(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// 2,000 peers, about a megabyte. Time is asserted in optimised builds, best of ten.
TEST(TailnetStatusReader, ReadsTwoThousandPeersInTwentyMilliseconds) {
  auto document = nlohmann::json::parse(Sample("status-running"));
  nlohmann::json peer = document["Peer"].begin().value();
  for (const char* other : {"Capabilities", "CapMap", "sshHostKeys", "PeerAPIURL", "Addrs", "AllowedIPs", "LastWrite",
                            "LastHandshake", "Created"})
    peer.erase(other);
  for (int i = 0; i < 2000; ++i) document["Peer"]["nodekey:" + std::to_string(i)] = peer;
  const std::string text = document.dump();
  ASSERT_GT(text.size(), 900'000u);
  auto best = std::chrono::nanoseconds::max();
  for (int round = 0; round < 10; ++round) {
    const auto start = ThreadTime();
    const auto status = ParseTailnetStatus(text);
    best = std::min(best, ThreadTime() - start);
    ASSERT_TRUE(status);
    ASSERT_EQ(status->peers.size(), 2009u);
  }
  RecordProperty("microseconds", static_cast<int>(best.count() / 1000));
  RecordProperty("bytes", static_cast<int>(text.size()));
  EXPECT_LT(best, std::chrono::milliseconds(20));
}
#endif

}  // namespace
}  // namespace cctl
