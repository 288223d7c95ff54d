// SPDX-License-Identifier: MIT
//
// Commands and a relay's control server by both ways to connect them, the Unix socket and the gate on the loopback
// interface: who gets in, who does not, and what is left behind.

#include "cctl/node/control_endpoint.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/profile.h"
#include "cctl/base/time.h"
#include "cctl/net/poller.h"
#include "cctl/node/control_client.h"
#include "cctl/node/control_gate.h"
#include "cctl/node/control_protocol.h"
#include "cctl/node/control_server.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/file.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

using nlohmann::json;
using testing::ScratchFolder;

constexpr Duration kPatience = Seconds(20);

// A control server on a thread of its own, which answers each call with its method's name.
class EchoServer {
 public:
  EchoServer(const std::string& path, ControlWay way) : poller_(Poller::Create().value()) {
    server_ = ControlServer::Listen(path, poller_, 0, way).value();
    thread_ = std::thread([this] { Run(); });
  }
  ~EchoServer() { Stop(); }

  void Stop() {
    if (!thread_.joinable()) return;
    stop_ = true;
    thread_.join();
    server_.reset();
  }

  // As the server's thread last saw it.
  [[nodiscard]] std::size_t client_count() const { return client_count_; }

 private:
  void Run() {
    std::array<Ready, 16> ready;
    while (!stop_) {
      const std::size_t count = poller_.Wait(Milliseconds(5), ready).value_or(0);
      for (std::size_t i = 0; i < count; ++i) server_->HandleReady(ready[i]);
      while (const auto call = server_->PollCall()) server_->Answer(*call, json(call->request.method));
      client_count_ = server_->client_count();
    }
  }

  Poller poller_;
  std::unique_ptr<ControlServer> server_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> client_count_ = 0;
  std::thread thread_;
};

template <typename Condition>
bool Within(Duration patience, Condition condition) {
  for (const Instant end = SteadyNow() + patience; SteadyNow() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return condition();
}

class ControlEndpointTest : public ::testing::TestWithParam<ControlWay> {
 protected:
  [[nodiscard]] std::string path() const { return scratch_.Below("control.sock"); }

  const ScratchFolder scratch_;
};

TEST_P(ControlEndpointTest, CallsAreAnswered) {
  const EchoServer server(path(), GetParam());
  for (int i = 0; i < 3; ++i) {
    auto client = ControlClient::Connect(path(), kClaudectlProfile, GetParam());
    ASSERT_TRUE(client) << client.error().message;
    for (const char* const method : {"status", "peers"}) {
      const auto answer = client->Call(method, json::object(), kPatience);
      ASSERT_TRUE(answer);
      EXPECT_EQ(*answer, method);
    }
  }
}

TEST_P(ControlEndpointTest, IsForThisUserOnlyAndGoesWithItsServer) {
  EchoServer server(path(), GetParam());
  const auto status = GetFileStatus(path());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->mode & 0077, 0u);
  server.Stop();
  EXPECT_EQ(GetFileStatus(path()).error().code, Errc::kNotFound);
  EXPECT_EQ(ControlClient::Connect(path(), kClaudectlProfile, GetParam()).error().code, Errc::kNoRelay);
}

TEST_P(ControlEndpointTest, WhatADeadRelayLeftIsNoRelayAndIsReplaced) {
  { ASSERT_TRUE(ControlListener::Listen(path(), GetParam())); }  // the file outlives it
  ASSERT_TRUE(GetFileStatus(path()));
  EXPECT_EQ(ControlClient::Connect(path(), kClaudectlProfile, GetParam()).error().code, Errc::kNoRelay);
  const EchoServer server(path(), GetParam());
  EXPECT_TRUE(ControlClient::Connect(path(), kClaudectlProfile, GetParam()));
}

TEST_P(ControlEndpointTest, AUsersFileAtThePathIsLeftAlone) {
  ASSERT_TRUE(AtomicWriteFile(path(), AsBytes(std::string_view("mine\n"))));
  Poller poller = Poller::Create().value();
  const auto server = ControlServer::Listen(path(), poller, 0, GetParam());
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Errc::kInvalid);
  EXPECT_EQ(*ReadFile(path(), 100), "mine\n");
}

#ifdef _WIN32
constexpr std::array kWays = {ControlWay::kGatedLoopback};
#else
constexpr std::array kWays = {ControlWay::kUnixSocket, ControlWay::kGatedLoopback};
#endif
INSTANTIATE_TEST_SUITE_P(Ways, ControlEndpointTest, ::testing::ValuesIn(kWays), [](const auto& way) {
  return way.param == ControlWay::kUnixSocket ? "UnixSocket" : "GatedLoopback";
});

// What somebody does who may connect to the loopback interface, and may not read the file.
class GatedLoopbackTest : public ::testing::Test {
 protected:
  [[nodiscard]] GateAddress address() const { return ParseGateFile(*ReadFile(path_, kMaxGateFile)).value(); }
  [[nodiscard]] StreamSocket Stranger() const {
    auto socket = ConnectTcp({IpAddress::V4(127, 0, 0, 1), address().port}).value();
    EXPECT_TRUE(Within(kPatience, [&socket] { return socket.FinishConnect().status == ConnectStatus::kConnected; }));
    return socket;
  }
  // All that comes until the connection is ended.
  static std::string ReadToEnd(const StreamSocket& socket) {
    std::string text;
    std::array<std::uint8_t, 256> bytes;
    EXPECT_TRUE(Within(kPatience, [&] {
      for (;;) {
        const IoResult read = socket.Read(bytes);
        if (read.status != IoStatus::kOk) return read.status != IoStatus::kWouldBlock;
        text.append(AsText(ByteView(bytes).first(read.size)));
      }
    }));
    return text;
  }

  const ScratchFolder scratch_;
  const std::string path_ = scratch_.Below("control.sock");
};

TEST_F(GatedLoopbackTest, ACallWithoutTheTokenGetsAGreetingAndNoAnswer) {
  const EchoServer server(path_, ControlWay::kGatedLoopback);
  const StreamSocket stranger = Stranger();
  std::string line = R"({"jsonrpc":"2.0","id":1,"method":"invites"})";
  line.append(2 * kGateNonceSize, ' ').append("\n");
  ASSERT_EQ(stranger.Write(AsBytes(line)).size, line.size());
  const std::string said = ReadToEnd(stranger);
  EXPECT_EQ(said.size(), kGateGreetingSize);
  EXPECT_TRUE(Within(kPatience, [&server] { return server.client_count() == 0; }));
}

TEST_F(GatedLoopbackTest, StrangersDoNotKeepTheUserOut) {
  const EchoServer server(path_, ControlWay::kGatedLoopback);
  std::vector<StreamSocket> strangers;
  for (std::size_t i = 0; i < kMaxControlClients; ++i) strangers.push_back(Stranger());
  ASSERT_TRUE(Within(kPatience, [&server] { return server.client_count() == kMaxControlClients; }));
  auto client = ControlClient::Connect(path_, kClaudectlProfile, ControlWay::kGatedLoopback);
  ASSERT_TRUE(client);
  EXPECT_EQ(*client->Call("peers", json::object(), kPatience), "peers");
  EXPECT_EQ(server.client_count(), kMaxControlClients);
  EXPECT_EQ(ReadToEnd(strangers.front()), "") << "the first of them has given way";
}

TEST_F(GatedLoopbackTest, AsManyUsersAsAllowedAndNoMore) {
  const EchoServer server(path_, ControlWay::kGatedLoopback);
  std::vector<ControlClient> clients;
  for (std::size_t i = 0; i < kMaxControlClients; ++i) {
    auto client = ControlClient::Connect(path_, kClaudectlProfile, ControlWay::kGatedLoopback);
    ASSERT_TRUE(client);
    clients.push_back(*std::move(client));
  }
  EXPECT_EQ(ConnectControl(path_, kPatience, ControlWay::kGatedLoopback).error().code, Errc::kBusy);
  EXPECT_EQ(*clients.front().Call("peers", json::object(), kPatience), "peers");
}

TEST_F(GatedLoopbackTest, APortThatIsSomebodyElsesNowIsSentNothingOfTheUser) {
  { ASSERT_TRUE(ControlListener::Listen(path_, ControlWay::kGatedLoopback)); }
  const auto squatter = TcpListener::Listen({IpAddress::V4(127, 0, 0, 1), address().port}).value();
  std::string heard;
  std::thread thread([&] {
    AcceptedTcp accepted;
    ASSERT_TRUE(Within(kPatience, [&] { return (accepted = squatter.Accept()).status == AcceptStatus::kAccepted; }));
    const std::array<std::uint8_t, kGateGreetingSize> guess = {};
    ASSERT_EQ(accepted.socket.Write(guess).size, guess.size());
    heard = ReadToEnd(accepted.socket);
  });
  const auto client = ControlClient::Connect(path_, kClaudectlProfile, ControlWay::kGatedLoopback);
  thread.join();
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, Errc::kNoRelay);
  EXPECT_EQ(heard.size(), kGateNonceSize) << "a nonce, and no more";
}

}  // namespace
}  // namespace cctl
