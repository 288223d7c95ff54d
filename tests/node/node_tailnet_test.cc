// SPDX-License-Identifier: MIT
//
// A node whose tailscale program is a small script: what waits for it, and the probes that follow. The machines of its
// tailnet have addresses to which no connection can be made, so that nothing is sent.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/node/tailnet.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/sys/clock.h"
#include "tests/node/node_host.h"

namespace cctl {
namespace {

using testing::DriveToAnswer;
using testing::NodeHost;

// A status in which the node has that many other machines.
std::string StatusOf(int machines) {
  std::string status =
      R"({"BackendState":"Running","TUN":true,"Self":{"ID":"nSELF","TailscaleIPs":["100.101.0.10"],"UserID":7},"Peer":{)";
  for (int i = 0; i < machines; ++i) {
    const std::string number = std::to_string(i);
    if (i > 0) status += ",";
    status += R"("k)" + number + R"(":{"ID":"nP)" + number + R"(","TailscaleIPs":["224.0.)" +
              std::to_string(1 + i / 200) + "." + std::to_string(1 + i % 200) +
              R"("],"UserID":7,"Online":true,"InNetworkMap":true})";
  }
  return status + "}}";
}

class NodeTailnetTest : public ::testing::Test {
 protected:
  // `script`: what the program does.
  void Start(const std::string& script) {
    host_.WriteFile("tailscale", "#!/bin/sh\n" + script + "\n");
    ASSERT_EQ(chmod(host_.PathOf("tailscale").c_str(), 0700), 0);
    host_.options.tailnet.enabled = true;
    host_.options.tailnet.program = host_.PathOf("tailscale");
    host_.Start();
  }

  [[nodiscard]] std::size_t Count(TailnetStanding standing) {
    const auto& candidates = host_.node().tailnet()->prober().candidates();
    return static_cast<std::size_t>(std::count_if(
        candidates.begin(), candidates.end(), [standing](const auto& one) { return one.second.standing == standing; }));
  }

  NodeHost host_{"laptop-a3f2"};
  const Identity peer_ = *Identity::Parse("desktop-b7c1");
};

TEST_F(NodeTailnetTest, ProbesAreGoneThroughThoughEachIsOverAtOnce) {
  host_.WriteFile("status", StatusOf(600));
  Start("exec cat '" + host_.PathOf("status") + "'");
  // No other work wakes it.
  for (int turns = 0; turns < 20 && Count(TailnetStanding::kNoRelay) < 600; ++turns) host_.Turn(Milliseconds(500));
  EXPECT_EQ(Count(TailnetStanding::kNoRelay), 600u);
  EXPECT_EQ(host_.node().tailnet()->prober().probing(), 0u);
}

TEST_F(NodeTailnetTest, WaitingForTheFirstStatusIsNoWork) {
  Start("exec sleep 60");
  host_.node().PairWith({peer_, std::nullopt}, {.timeout = Seconds(30)});
  int turns = 0;
  for (const Instant end = SteadyNow() + Milliseconds(500); SteadyNow() < end; ++turns) host_.Turn(Milliseconds(500));
  EXPECT_LT(turns, 100);
}

TEST_F(NodeTailnetTest, WhoeverWaitsForItHasItsOwnTimeToo) {
  Start("exec sleep 60");
  ReachTarget target{peer_};
  target.may_request = true;
  const Instant before = SteadyNow();
  const RequestId reach = host_.node().Reach(target, {.timeout = Milliseconds(300)});
  const RequestId pair = host_.node().PairWith({peer_, std::nullopt}, {.timeout = Milliseconds(300)});
  const auto reached = DriveToAnswer({&host_}, host_, reach);
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().code, Errc::kTimeout);
  EXPECT_FALSE(DriveToAnswer({&host_}, host_, pair));
  EXPECT_LT(SteadyNow() - before, Seconds(4)) << "the program is given six seconds";
}

TEST_F(NodeTailnetTest, WhoeverWaitsForItGoesOnWhenItIsSwitchedOff) {
  Start("exec sleep 60");
  ReachTarget target{peer_};
  target.may_request = true;
  const Instant before = SteadyNow();
  const RequestId reach = host_.node().Reach(target, {.timeout = Seconds(30)});
  host_.node().SetTailnet({});
  const auto reached = DriveToAnswer({&host_}, host_, reach);
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().code, Errc::kNotFound);
  EXPECT_LT(SteadyNow() - before, Seconds(4));
}

}  // namespace
}  // namespace cctl
