// SPDX-License-Identifier: MIT
//
// What a node tells of its work: a line for each change, and none while nothing changes.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/control_client.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "tests/node/node_host.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveToAnswer;
using testing::JoinByLink;
using testing::NodeHost;

std::size_t LinesWith(const NodeHost& host, std::string_view text) {
  const auto lines = host.All<LogLine>();
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [text](const LogLine& line) { return line.text.find(text) != std::string::npos; }));
}

class NodeLogTest : public ::testing::Test {
 protected:
  NodeLogTest() {
    // The reconnect schedule's seconds last as many milliseconds.
    listener_.options.reconnect_scale = joiner_.options.reconnect_scale = Duration{1};
  }

  NodeHost listener_{"alpha-cda2"};
  NodeHost joiner_{"beta-18c1"};
};

TEST_F(NodeLogTest, IsSilentWhereNobodyWantsIt) {
  listener_.Start();
  joiner_.Start();
  ASSERT_NO_FATAL_FAILURE(JoinByLink(listener_, joiner_));
  EXPECT_TRUE(joiner_.All<LogLine>().empty());
  EXPECT_TRUE(listener_.All<LogLine>().empty());
}

TEST_F(NodeLogTest, SaysOnceThatAPeerIsNotReachedHoweverOftenItIsTried) {
  joiner_.options.log = LogLevel::kDebug;
  listener_.Start();
  joiner_.Start();
  ASSERT_NO_FATAL_FAILURE(JoinByLink(listener_, joiner_));
  for (std::size_t round = 1; round <= 2; ++round) {
    listener_.Stop();
    joiner_.events.clear();
    ASSERT_TRUE(Drive({&joiner_}, [&] { return LinesWith(joiner_, "dialling") >= 10; }));
    EXPECT_EQ(LinesWith(joiner_, "alpha-cda2 is not reached, and tried again: nobody answers at 127.0.0.1:"), 1u)
        << "round " << round;
    listener_.Start();
    ASSERT_TRUE(Drive({&listener_, &joiner_}, [&] { return joiner_.node().session_count() == 1; }));
  }
}

#ifndef _WIN32  // one thread cannot be both ends of a control connection there
TEST_F(NodeLogTest, DebugNamesConnectionsAndCallsButNoSecret) {
  listener_.options.log = LogLevel::kDebug;
  listener_.options.control_socket = true;
  listener_.Start();
  joiner_.Start();
  ASSERT_NO_FATAL_FAILURE(JoinByLink(listener_, joiner_));
  EXPECT_GE(LinesWith(listener_, "connection from 127.0.0.1:"), 1u);

  auto client = ControlClient::Connect(listener_.folder().control_socket_path());
  ASSERT_TRUE(client);
  std::string text;
  FormatInviteLink(listener_.Invite(), text);
  ASSERT_TRUE(client->Start("join", {{"link", text}}, Seconds(5)));
  ASSERT_TRUE(Drive({&listener_}, [&] { return LinesWith(listener_, "control socket: join") == 1; }));
  const std::string code = text.substr(text.rfind('/') + 1);
  EXPECT_EQ(LinesWith(listener_, code), 0u);
  for (const LogLine& line : listener_.All<LogLine>()) {
    EXPECT_TRUE(NodeEventToJson(line, UnixTime{}).is_null()) << "a line is for the owner alone";
  }
}
#endif

TEST_F(NodeLogTest, InfoLeavesOutWhatIsNoChange) {
  joiner_.options.log = LogLevel::kInfo;
  joiner_.Start();
  const ConnectTarget nobody{*Host::Parse("127.0.0.1"), 1, {}};
  EXPECT_FALSE(DriveToAnswer({&joiner_}, joiner_, joiner_.node().Connect(nobody, {.timeout = Seconds(5)})));
  EXPECT_TRUE(joiner_.All<LogLine>().empty());
  joiner_.node().Reload();
  joiner_.Turn();
  EXPECT_EQ(LinesWith(joiner_, "machines that are paired: 0"), 1u);
}

}  // namespace
}  // namespace cctl
