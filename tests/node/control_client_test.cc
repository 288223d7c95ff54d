// SPDX-License-Identifier: MIT
//
// A command's end of the control socket: against a relay in another thread, and against servers that answer as no
// relay does. Those have written their answers before the client asks, so one thread is enough.

#include "cctl/node/control_client.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/invite/invite_link.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/unix_socket.h"
#include "cctl/node/outcome.h"
#include "cctl/sys/clock.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

using nlohmann::json;
using testing::NodeHost;
using testing::RawPeer;
using testing::ScratchFolder;

constexpr Duration kPatience = Seconds(10);

// Turns a host's node in a thread of its own until it is destroyed.
class Serving {
 public:
  explicit Serving(NodeHost& host)
      : thread_([this, &host] {
          while (!stop_) host.Turn(Milliseconds(20));
        }) {}
  ~Serving() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class ControlClientOfARelayTest : public ::testing::Test {
 protected:
  ControlClientOfARelayTest() {
    relay_.options.control_socket = true;
    relay_.Start();
    path_ = relay_.folder().control_socket_path();
  }

  NodeHost relay_{"alpha-cda2"};
  std::string path_;
};

TEST_F(ControlClientOfARelayTest, CallsOneMethodAfterTheOther) {
  const Serving serving(relay_);
  auto client = ControlClient::Connect(path_);
  ASSERT_TRUE(client);
  for (int i = 0; i < 3; ++i) {
    const auto identity = client->Call("identity", json::object(), kPatience);
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(*identity, (json{{"identity", "alpha-cda2"}}));
  }
  const auto peers = client->Call("peers", json::object(), kPatience);
  ASSERT_TRUE(peers);
  EXPECT_EQ((*peers)["peers"], json::array());
}

TEST_F(ControlClientOfARelayTest, HandsOnACommandsFailureWithItsCodeAndHint) {
  const Serving serving(relay_);
  auto client = ControlClient::Connect(path_);
  ASSERT_TRUE(client);
  const auto forgotten = client->Call("forget", {{"peer", "nobody"}}, kPatience);
  ASSERT_FALSE(forgotten);
  EXPECT_EQ(forgotten.error().code, Errc::kNotFound);
  EXPECT_EQ(forgotten.error().hint, "claudectl relay peers");
  // A relay of another version.
  EXPECT_EQ(client->Call("from_the_future", json::object(), kPatience).error().code, Errc::kUnsupported);
  EXPECT_EQ(client->Call("forget", json::object(), kPatience).error().code, Errc::kUsage);
}

TEST_F(ControlClientOfARelayTest, HasEventsWhileItCalls) {
  const Serving serving(relay_);
  auto client = ControlClient::Connect(path_);
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->Call("subscribe", json::object(), kPatience));
  EXPECT_EQ(*client->NextEvent(Milliseconds(30)), nullptr) << "nothing happens";
  const auto invite = client->Call("invite", {{"host", "127.0.0.1"}}, kPatience);
  ASSERT_TRUE(invite) << invite.error().message;
  {
    NodeHost joiner("beta-18c1");
    joiner.options.listen.reset();
    joiner.Start();
    const auto link = ParseInviteLink((*invite)["invite_link"].get<std::string>());
    ASSERT_TRUE(link);
    ASSERT_TRUE(testing::DriveToAnswer({&joiner}, joiner, joiner.node().Join(*link, {})));
    const auto peers = client->Call("peers", json::object(), kPatience);  // the events come before its answer
    ASSERT_TRUE(peers);
    EXPECT_EQ((*peers)["peers"][0]["state"], "connected");
  }
  for (const std::string_view name : {"invite_used", "peer_connected", "peer_disconnected"}) {
    const auto event = client->NextEvent(kPatience);
    ASSERT_TRUE(event) << name;
    EXPECT_EQ(event->value("event", ""), name);
    EXPECT_EQ(event->value("peer", ""), "beta-18c1");
  }
}

TEST_F(ControlClientOfARelayTest, NoticesThatTheRelayHasEnded) {
  std::optional<Serving> serving(relay_);
  auto client = ControlClient::Connect(path_);
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->Call("identity", json::object(), kPatience));
  serving.reset();
  relay_.Stop();
  EXPECT_EQ(client->NextEvent(kPatience).error().code, Errc::kNoRelay);
  EXPECT_EQ(client->Call("identity", json::object(), kPatience).error().code, Errc::kNoRelay);
}

TEST(ControlClient, SaysThatThereIsNoRelay) {
  const ScratchFolder scratch;
  const auto missing = ControlClient::Connect(scratch.Below("control.sock"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNoRelay);
  EXPECT_EQ(missing.error().hint, "claudectl relay serve");
  { ASSERT_TRUE(UnixListener::Listen(scratch.Below("control.sock"))); }  // of a relay that crashed
  EXPECT_EQ(ControlClient::Connect(scratch.Below("control.sock")).error().code, Errc::kNoRelay);
}

TEST(ControlClient, TellsAPathThatCannotBeReachedFromOneWhereNobodyIs) {
  const ScratchFolder scratch;
  const auto too_long = ControlClient::Connect(scratch.Below(std::string(200, 'a')));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, Errc::kIo);
}

// A server whose side is played by hand.
class ControlClientTest : public ::testing::Test {
 protected:
  ControlClientTest() : listener_(UnixListener::Listen(scratch_.Below("control.sock")).value()) {
    auto client = ControlClient::Connect(scratch_.Below("control.sock"));
    EXPECT_TRUE(client);
    client_.emplace(*std::move(client));
    AcceptedUnix accepted = listener_.Accept();  // Unix sockets are connected at once
    EXPECT_EQ(accepted.status, AcceptStatus::kAccepted);
    server_ = RawPeer(std::move(accepted.socket));
  }

  Outcome<json> Call(Duration timeout = kPatience) { return client_->Call("status", json::object(), timeout); }

  static std::string Result(int id, std::string_view result) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" + std::string(result) + "}\n";
  }

  const ScratchFolder scratch_;
  UnixListener listener_;
  std::optional<ControlClient> client_;
  RawPeer server_;
};

TEST_F(ControlClientTest, SendsARequestOfTheSpecificationAndTakesItsResult) {
  server_.Send(Result(1, R"({"a":1})"));
  const auto answer = client_->Call("join", {{"link", "x"}}, kPatience);
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, (json{{"a", 1}}));
  const auto line = server_.TakeLine();
  ASSERT_TRUE(line);
  EXPECT_EQ(json::parse(*line), (json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "join"}, {"params", {{"link", "x"}}}}));
}

TEST_F(ControlClientTest, SilentRelayIsATimeout) {
  const Instant start = SteadyNow();
  const auto answer = Call(Milliseconds(80));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kTimeout);
  EXPECT_GE(SteadyNow() - start, Milliseconds(80));
}

TEST_F(ControlClientTest, AnswerOfACallThatHasTimedOutIsPassedOver) {
  ASSERT_EQ(Call(Milliseconds(10)).error().code, Errc::kTimeout);
  server_.Send(Result(1, R"("late")") + Result(2, R"("mine")"));
  const auto answer = Call();
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, "mine");
}

TEST_F(ControlClientTest, AnswerWithoutAnIdIsOursWhereItIsAnError) {
  server_.Send(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"the line is too long"}})"
               "\n");
  const auto answer = Call();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kProtocol);
  EXPECT_EQ(answer.error().message, "the line is too long");
}

TEST_F(ControlClientTest, AnswerThatIsNoneIsNotUnderstood) {
  const std::string kAnswers[] = {
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "[]\n",
      "1\n",
      "\xff\n",
      "{\n",
      R"({"jsonrpc":"2.0","id":1})"
      "\n",
      R"({"jsonrpc":"2.0","id":1,"error":7})"
      "\n",
  };
  for (const std::string& answer : kAnswers) {
    auto client = ControlClient::Connect(scratch_.Below("control.sock"));
    ASSERT_TRUE(client);
    RawPeer server(std::move(listener_.Accept().socket));
    server.Send(answer);
    const auto called = client->Call("status", json::object(), kPatience);
    ASSERT_FALSE(called) << answer;
    EXPECT_EQ(called.error().code, Errc::kProtocol) << answer;
  }
}

TEST_F(ControlClientTest, RelayThatClosesInTheMiddleOfAnAnswerHasEnded) {
  server_.Send(Result(1, "{}").substr(0, 20));
  server_.Close();
  const auto answer = Call();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kNoRelay);
}

TEST_F(ControlClientTest, EventsInFrontOfAnAnswerAreKeptInTheirOrder) {
  const auto event = [](int number) {
    return R"({"jsonrpc":"2.0","method":"event","params":{"number":)" + std::to_string(number) + "}}\n";
  };
  server_.Send(event(1) + event(2) + Result(1, "true") + event(3));
  const auto answer = Call();
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, true);
  for (const int number : {1, 2, 3}) {
    const auto next = client_->NextEvent(kPatience);
    ASSERT_TRUE(next);
    EXPECT_EQ(*next, (json{{"number", number}}));
  }
  EXPECT_EQ(*client_->NextEvent(Milliseconds(10)), nullptr);
  pollfd quiet = {client_->descriptor(), POLLIN, 0};
  EXPECT_EQ(poll(&quiet, 1, 0), 0);
  server_.Send(event(4));
  EXPECT_EQ(poll(&quiet, 1, 10'000), 1) << "what a loop can wait for";
  EXPECT_EQ((*client_->NextEvent(kPatience))["number"], 4);
}

}  // namespace
}  // namespace cctl
