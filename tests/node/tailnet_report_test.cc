// SPDX-License-Identifier: MIT

#include "cctl/node/tailnet_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/node/tailnet_pins.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_condition.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"
#include "tests/node/state_host.h"

namespace cctl {
namespace {

using testing::Named;
using testing::StateHost;

TailnetNode Node(std::string_view id, std::vector<std::string> tags) {
  TailnetNode node;
  node.id = *StableId::Parse(id);
  node.name = std::string(id) + ".ts.net";
  node.addresses = {"100.64.0.1"};
  node.tags = std::move(tags);
  node.online = true;
  node.in_network_map = true;
  return node;
}

TailnetStatus Status(std::vector<std::string> own_tags) {
  TailnetStatus status;
  status.state = TailnetState::kRunning;
  status.self = Node("nSELF", std::move(own_tags));
  status.peers = {Node("nBOB", {"tag:claudectl"}), Node("nNAS", {"tag:nas"}), Node("nNEW", {})};
  status.peers[2].id.reset();
  status.peers[2].addresses.clear();
  return status;
}

TEST(TailnetReport, SaysHowEachMachineStands) {
  StateHost host;
  TailnetPins& pins = host.context().pins;
  TailnetProber prober(Seconds(60), /*probes=*/true, Instant{0});
  const TailnetStatus status = Status({"tag:claudectl"});
  prober.HandleStatus(Instant{0}, status, {});
  const auto report = [&] { return TailnetToJson(TailnetCondition::kRunning, "", &status, {}, &prober, pins); };
  EXPECT_EQ(report()["candidates"],
            nlohmann::json::parse(R"([{"node_id":"nBOB","name":"nBOB.ts.net","addr":"100.64.0.1",)"
                                  R"("identity":null,"status":"connecting"}])"));
  EXPECT_EQ(report()["left_out"],
            nlohmann::json::parse(R"([{"name":"nNAS.ts.net","addr":"100.64.0.1","reason":"untagged"},)"
                                  R"({"name":"nNEW.ts.net","addr":null,"reason":"no_id"}])"));
  EXPECT_EQ(report()["self"], nlohmann::json::parse(R"({"node_id":"nSELF","name":"nSELF.ts.net",)"
                                                    R"("addrs":["100.64.0.1"],"tagged":true})"));
  prober.HandleConnected(Instant{0}, *StableId::Parse("nBOB"), Named("bob-1"));
  EXPECT_EQ(report()["candidates"][0]["status"], "connected");
  EXPECT_EQ(report()["candidates"][0]["identity"], "bob-1");
  ASSERT_TRUE(pins.Add(host.folder(), *StableId::Parse("nBOB"), Named("bob-0"), StateHost::kToday));
  EXPECT_EQ(report()["candidates"][0]["identity"], "bob-0") << "what is pinned is what it has";
}

TEST(TailnetReport, NamesWhoWouldRefuseThisMachine) {
  StateHost host;
  const TailnetStatus status = Status({});
  const auto report = TailnetToJson(TailnetCondition::kRunning, "", &status, {}, nullptr, host.context().pins);
  EXPECT_EQ(report["candidates"][0]["status"], "self_untagged");
  EXPECT_EQ(report["self"]["tagged"], false);
}

TEST(TailnetReport, WithoutATailnetThereIsNobody) {
  StateHost host;
  const auto report = TailnetToJson(TailnetCondition::kDaemonDown, "failed", nullptr, {}, nullptr, host.context().pins);
  EXPECT_EQ(report["state"], "daemon_down");
  EXPECT_EQ(report["detail"], "failed");
  EXPECT_TRUE(report["self"].is_null());
  EXPECT_TRUE(report["candidates"].empty());
  EXPECT_EQ(TailnetToJson(nullptr, host.context().pins)["state"], "off");
  EXPECT_TRUE(TailnetStatusToJson(nullptr).is_null());
}

}  // namespace
}  // namespace cctl
