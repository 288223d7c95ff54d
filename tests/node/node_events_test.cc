// SPDX-License-Identifier: MIT
//
// Member names are those of docs/cli.md, `serve`, and docs/protocol.md, section 8.

#include "cctl/node/node_events.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/invite/invite.h"
#include "cctl/node/outcome.h"

namespace cctl {
namespace {

using nlohmann::json;

constexpr UnixTime kAt{1'795'422'026'237};
constexpr char kAtText[] = "2026-11-23T08:20:26Z";

json Told(const NodeEvent& event) { return NodeEventToJson(event, kAt); }

TEST(NodeEvents, AreWhatTheDocumentsSay) {
  const Identity peer = *Identity::Parse("desktop-b7c1");
  EXPECT_EQ(Told(PeerConnected{peer, "192.168.1.42:50123", true, false}), (json{{"event", "peer_connected"},
                                                                                {"at", kAtText},
                                                                                {"peer", "desktop-b7c1"},
                                                                                {"addr", "192.168.1.42:50123"},
                                                                                {"outbound", true},
                                                                                {"proved", false}}));
  EXPECT_EQ(Told(PeerDisconnected{peer, "silent"}),
            (json{{"event", "peer_disconnected"}, {"at", kAtText}, {"peer", "desktop-b7c1"}, {"reason", "silent"}}));
  EXPECT_EQ(Told(InviteUsed{"5b0c9a12", peer, 0}), (json{{"event", "invite_used"},
                                                         {"at", kAtText},
                                                         {"invite", "5b0c9a12"},
                                                         {"peer", "desktop-b7c1"},
                                                         {"uses_left", 0}}));
  EXPECT_EQ(Told(InviteUsed{"5b0c9a12", peer, kUnlimitedUses})["uses_left"], "unlimited");
  EXPECT_EQ(Told(MessageReceived{peer, "msg_1", "task_status", R"({"done": [1, 2.5]})"}),
            (json{{"event", "message"},
                  {"at", kAtText},
                  {"peer", "desktop-b7c1"},
                  {"id", "msg_1"},
                  {"type", "task_status"},
                  {"payload", {{"done", {1, 2.5}}}}}));
  EXPECT_EQ(
      Told(WarningRaised{Errc::kExpired, "invite 5b0c9a12 has expired"}),
      (json{{"event", "warning"}, {"at", kAtText}, {"code", "expired"}, {"message", "invite 5b0c9a12 has expired"}}));
}

TEST(NodeEvents, HandOnAPayloadThatNoDoubleHoldsAsItsText) {
  const json told = Told(MessageReceived{*Identity::Parse("a"), "1", "x", R"({"n":1e999})"});
  EXPECT_EQ(told["payload_text"], R"({"n":1e999})");
  EXPECT_FALSE(told.contains("payload"));
}

TEST(NodeEvents, ForTheOwnerAloneHaveNoObject) {
  EXPECT_TRUE(Told(RequestFinished{1, json::object()}).is_null());
  EXPECT_TRUE(Told(ShutdownRequested{}).is_null());
}

}  // namespace
}  // namespace cctl
