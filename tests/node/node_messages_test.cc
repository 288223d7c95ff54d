// SPDX-License-Identifier: MIT
//
// An application's message from one node to another: acknowledged, or why not.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveToAnswer;
using testing::HandshakeLine;
using testing::JoinByLink;
using testing::NodeHost;
using testing::NonceOf;
using testing::PayloadOf;
using testing::RawPeer;

class NodeMessagesTest : public ::testing::Test {
 protected:
  void Pair() {
    laptop_.Start();
    desktop_.Start();
    JoinByLink(laptop_, desktop_);
  }

  NodeHost laptop_{"laptop-a3f2"};
  NodeHost desktop_{"desktop-b7c1"};
};

TEST_F(NodeMessagesTest, AreAcknowledgedOnceTheyHaveArrived) {
  Pair();
  const RequestId sent = desktop_.node().SendMessage(laptop_.identity, "task_status", R"({"n": [1, 2]})", Seconds(5));
  const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_, sent);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["acked"], true);
  EXPECT_EQ((*answer)["peer"], "laptop-a3f2");
  const auto messages = laptop_.All<MessageReceived>();
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].id, (*answer)["id"]);
  EXPECT_EQ(messages[0].type, "task_status");
  EXPECT_EQ(messages[0].payload, R"({"n": [1, 2]})");
}

TEST_F(NodeMessagesTest, GoOverALiveSessionOnly) {
  Pair();
  ASSERT_TRUE(desktop_.node().Disconnect("laptop-a3f2"));
  const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_,
                                    desktop_.node().SendMessage(laptop_.identity, "task_status", "{}", Seconds(5)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnreachable);
}

TEST_F(NodeMessagesTest, WhatIsNoMessageIsInvalid) {
  Pair();
  const auto error_of = [this](std::string_view type, std::string_view payload) {
    const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_,
                                      desktop_.node().SendMessage(laptop_.identity, type, payload, Seconds(5)));
    return answer ? Errc::kInternal : answer.error().code;
  };
  EXPECT_EQ(error_of("heartbeat", "{}"), Errc::kInvalid);
  EXPECT_EQ(error_of("", "{}"), Errc::kInvalid);
  EXPECT_EQ(error_of("x", "{"), Errc::kInvalid);
  EXPECT_EQ(error_of("x", '"' + std::string(1'048'576, 'x') + '"'), Errc::kInvalid);
  EXPECT_TRUE(laptop_.All<MessageReceived>().empty());
}

TEST_F(NodeMessagesTest, EndWithTheSession) {
  Pair();
  // The other side reads no more.
  const RequestId sent = desktop_.node().SendMessage(laptop_.identity, "task_status", "{}", Seconds(5));
  ASSERT_TRUE(desktop_.node().Disconnect("laptop-a3f2"));
  const auto answer = DriveToAnswer({&desktop_}, desktop_, sent);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnreachable);
}

// It sends no client nonce, and acknowledges nothing.
TEST_F(NodeMessagesTest, AReleasedPeerHasAMomentOfQuietAndAcknowledgesNothing) {
  const Psk key = DerivePsk(*PairCode::Parse("e6e2-85ae-9cb3-6d94"));
  laptop_.Put(desktop_.identity, key);
  laptop_.Start();
  RawPeer released = RawPeer::ConnectTo(laptop_.node().port());
  std::optional<std::string> line;
  const auto take = [&] { return Drive({&laptop_}, [&] { return (line = released.TakeLine()).has_value(); }); };
  ASSERT_TRUE(take());
  released.Send(HandshakeLine("desktop-b7c1", key, NonceOf(*line)));
  ASSERT_TRUE(take());
  ASSERT_EQ(PayloadOf(*line, "handshake_ack")["status"], "ok");
  ASSERT_TRUE(Drive({&laptop_}, [&] { return laptop_.StateOf(desktop_.identity) == "connected"; }));

  // Time that is over before that moment is: it is not sent.
  const RequestId hasty =
      laptop_.node().SendMessage(desktop_.identity, "task_status", R"({"late":true})", Milliseconds(1));
  while (!laptop_.AnswerTo(hasty)) laptop_.Turn(Minutes(1));
  const auto late = *laptop_.AnswerTo(hasty);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kTimeout);

  const auto other =
      DriveToAnswer({&laptop_}, laptop_, laptop_.node().SendMessage(desktop_.identity, "of-our-own", "{}", Seconds(3)));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::kUnsupported);

  const RequestId sent = laptop_.node().SendMessage(desktop_.identity, "task_status", "{}", Seconds(3));
  ASSERT_TRUE(take());
  EXPECT_EQ(PayloadOf(*line, "task_status"), nlohmann::json::object()) << "and not the one that was late";
  const auto answer = DriveToAnswer({&laptop_}, laptop_, sent);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kTimeout);
  EXPECT_NE(answer.error().message.find("acknowledges none"), std::string::npos);
}

}  // namespace
}  // namespace cctl
