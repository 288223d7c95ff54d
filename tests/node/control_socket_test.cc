// SPDX-License-Identifier: MIT
//
// The control socket of a relay as a file, and what those who are subscribed to it are told.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/profile.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/unix_socket.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/state_folder.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/process.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"

namespace cctl {
namespace {

using nlohmann::json;
using testing::Drive;
using testing::DriveFor;
using testing::HandshakeLine;
using testing::JoinByLink;
using testing::NodeHost;
using testing::NonceOf;
using testing::RawListener;
using testing::RawPeer;

class ControlSocketTest : public ::testing::Test {
 protected:
  ControlSocketTest() { relay_.options.control_socket = true; }

  RawPeer Connect() { return ConnectTo(relay_); }
  static RawPeer ConnectTo(NodeHost& host) {
    auto socket = ConnectUnix(host.folder().control_socket_path());
    EXPECT_TRUE(socket);
    return socket ? RawPeer(*std::move(socket)) : RawPeer();
  }
  static json Next(NodeHost& host, RawPeer& client) {
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&host}, [&] { return (line = client.TakeLine()) || client.ended(); }));
    return line ? json::parse(*line) : json();
  }
  json Next(RawPeer& client) { return Next(relay_, client); }
  static json Ask(NodeHost& host, RawPeer& client, std::string_view method, const json& params = json::object()) {
    client.Send(json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump() + "\n");
    return Next(host, client);
  }
  json Ask(RawPeer& client, std::string_view method, const json& params = json::object()) {
    return Ask(relay_, client, method, params);
  }
  // The next event that a subscriber is told.
  json NextEvent(RawPeer& client) {
    const json line = Next(client);
    EXPECT_EQ(line.value("method", ""), "event") << line;
    EXPECT_FALSE(line.contains("id")) << line;
    const json event = line.value("params", json::object());
    EXPECT_TRUE(ParseRfc3339(event.value("at", ""))) << event;
    return event;
  }

  // A peer's authenticated connection, played by hand.
  RawPeer ConnectPeer(const std::string& name = "beta-18c1") {
    relay_.Put(*Identity::Parse(name), key_);
    RawPeer peer = RawPeer::ConnectTo(relay_.node().port());
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&relay_}, [&] { return (line = peer.TakeLine()).has_value(); }));
    peer.Send(HandshakeLine(name, key_, NonceOf(*line), *Nonce::Generate(relay_.random)));
    EXPECT_TRUE(Drive({&relay_}, [&] { return peer.TakeLine().has_value(); }));
    return peer;
  }
  static std::string Message(std::string_view id, std::string_view payload) {
    return R"({"id":")" + std::string(id) + R"(","msg_type":"delegate_task","from_peer":"","timestamp":1,"payload":)" +
           std::string(payload) + "}\n";
  }

  const Psk key_ = DerivePsk(*PairCode::Parse("a3f2-9b1c-d4e5-f678"));
  NodeHost relay_{"alpha-cda2"};
};

TEST_F(ControlSocketTest, IsForThisUserOnlyAndGoneWithTheRelay) {
  const mode_t before = umask(0);  // the least that a user can have set
  relay_.Start();
  umask(before);
  struct stat status;
  const std::string path = relay_.folder().control_socket_path();
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  ASSERT_EQ(stat(relay_.PathOf("relay").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0700u);
  relay_.Stop();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ControlSocketTest, MayHaveAPathThatIsLongerThanASocketsAddress) {
  NodeHost deep("gamma-0001", "/" + std::string(100, 'a') + "/" + std::string(100, 'b'));
  deep.options.control_socket = true;
  deep.Start();
  const std::string path = deep.folder().control_socket_path();
  ASSERT_GT(path.size(), 107u);
  RawPeer client = ConnectTo(deep);
  EXPECT_EQ(Ask(deep, client, "identity")["result"]["identity"], "gamma-0001");
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  deep.Stop();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ControlSocketTest, OfARelayThatCrashedIsReplaced) {
  const std::string path = relay_.folder().control_socket_path();
  { ASSERT_TRUE(UnixListener::Listen(path)); }  // the file outlives its listener, as after kill -9
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(ConnectUnix(path).error().code, Errc::kUnreachable);
  relay_.Start();
  RawPeer client = Connect();
  EXPECT_EQ(Ask(client, "identity")["result"]["identity"], "alpha-cda2");
}

TEST_F(ControlSocketTest, DoesNotTakeThePlaceOfAFileThatIsNone) {
  relay_.WriteFile("relay/control.sock", "somebody's");
  const auto node = Node::Start(relay_.options, relay_.folder());
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().code, Errc::kInvalid);
  EXPECT_EQ(relay_.Content()["relay/control.sock"], "somebody's");
}

TEST_F(ControlSocketTest, SecondRelayOfTheSameFolderIsRefused) {
  relay_.Start();
  auto second = StateFolder::Open(relay_.root, kClaudectlProfile, relay_.random);
  ASSERT_TRUE(second);
  const auto locked = second->Lock();
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().error.code, Errc::kAlreadyRunning);
  EXPECT_EQ(locked.error().error.value, ProcessId());
  RawPeer client = Connect();
  EXPECT_EQ(Ask(client, "identity")["result"]["identity"], "alpha-cda2") << "the first one is not disturbed";
}

TEST_F(ControlSocketTest, SecondRelayOnTheSamePortIsRefusedAndLeavesNoSocket) {
  relay_.Start();
  NodeHost second("gamma-0001");
  second.options.control_socket = true;
  second.options.listen->port = relay_.node().port();
  const auto node = Node::Start(second.options, second.folder());
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().code, Errc::kAlreadyRunning);
  EXPECT_FALSE(std::filesystem::exists(second.folder().control_socket_path()));
}

TEST_F(ControlSocketTest, SubscriberIsToldWhatHappensInOrder) {
  relay_.Start();
  RawPeer subscriber = Connect();
  RawPeer other = Connect();
  EXPECT_EQ(Ask(subscriber, "subscribe")["result"], (json{{"status", "subscribed"}}));
  NodeHost joiner("beta-18c1");
  joiner.Start();
  ASSERT_NO_FATAL_FAILURE(JoinByLink(relay_, joiner));
  const std::string invite = relay_.last_invite;
  joiner.Stop();
  json event = NextEvent(subscriber);
  EXPECT_EQ(event["event"], "invite_used");
  EXPECT_EQ(event["invite"], invite);
  EXPECT_EQ(event["peer"], "beta-18c1");
  EXPECT_EQ(event["uses_left"], 0);
  event = NextEvent(subscriber);
  EXPECT_EQ(event["event"], "peer_connected");
  EXPECT_EQ(event["peer"], "beta-18c1");
  EXPECT_EQ(event["outbound"], false);
  EXPECT_EQ(event["proved"], true);
  event = NextEvent(subscriber);
  EXPECT_EQ(event["event"], "peer_disconnected");
  EXPECT_EQ(event["reason"], "closed");
  EXPECT_EQ(Ask(other, "identity")["id"], 1) << "the first line that comes to one who is not subscribed";
  EXPECT_EQ(Ask(subscriber, "identity")["id"], 1) << "a subscriber may still call";
}

TEST_F(ControlSocketTest, MessagesThatCameBeforeAreHandedToTheNextSubscriberOnce) {
  relay_.Start();
  RawPeer peer = ConnectPeer();
  peer.Send(Message("m-1", R"({"a":[1,2.5,null]})") + Message("m-2", "1e999"));
  for (const char* id : {"m-1", "m-2"}) {
    std::optional<std::string> line;
    ASSERT_TRUE(Drive({&relay_}, [&] { return (line = peer.TakeLine()).has_value(); }));
    EXPECT_EQ(testing::PayloadOf(*line, "ack")["id"], id) << "it is kept";
  }
  RawPeer first = Connect();
  ASSERT_EQ(Ask(first, "subscribe")["result"]["status"], "subscribed");
  json event = NextEvent(first);
  EXPECT_EQ(event["event"], "message");
  EXPECT_EQ(event["peer"], "beta-18c1");
  EXPECT_EQ(event["id"], "m-1");
  EXPECT_EQ(event["type"], "delegate_task");
  EXPECT_EQ(event["payload"], json::parse(R"({"a":[1,2.5,null]})"));
  event = NextEvent(first);
  EXPECT_EQ(event["id"], "m-2");
  EXPECT_EQ(event["payload_text"], "1e999") << "which no double holds";

  RawPeer second = Connect();
  ASSERT_EQ(Ask(second, "subscribe")["result"]["status"], "subscribed");
  peer.Send(Message("m-3", "{}"));
  EXPECT_EQ(NextEvent(second)["id"], "m-3");
  EXPECT_EQ(NextEvent(first)["id"], "m-3");
}

// More than a client may leave unread: it was acknowledged, so it is handed out as fast as it is taken.
TEST_F(ControlSocketTest, MegabytesThatCameBeforeAreAllHandedOut) {
  relay_.Start();
  const std::string payload = "\"" + std::string(1'000'000, 'x') + "\"";
  constexpr int kPeers = 6;
  std::vector<RawPeer> peers;
  for (int i = 0; i < kPeers; ++i) {
    peers.push_back(ConnectPeer("peer-" + std::to_string(i)));
    const std::string line = Message("m-" + std::to_string(i), payload);
    std::optional<std::string> ack;
    std::size_t sent = 0;
    ASSERT_TRUE(Drive({&relay_}, [&] {
      sent += peers.back().SendSome(std::string_view(line).substr(sent));
      return (ack = peers.back().TakeLine()).has_value();
    }));
    ASSERT_EQ(testing::PayloadOf(*ack, "ack")["id"], "m-" + std::to_string(i));
  }
  RawPeer client = Connect();
  client.Send(json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "subscribe"}}.dump() + "\n");
  DriveFor({&relay_}, Milliseconds(20));  // as much as there is room for, and it is not read yet
  // What comes now comes after what was there before.
  peers[0].Send(Message("m-0-later", "{}"));
  ASSERT_EQ(Next(client)["result"]["status"], "subscribed");
  std::vector<std::string> ids;
  while (ids.size() <= kPeers && !client.ended()) ids.push_back(NextEvent(client)["id"]);
  ASSERT_EQ(ids.size(), static_cast<std::size_t>(kPeers) + 1);
  const auto first = std::find(ids.begin(), ids.end(), "m-0");
  EXPECT_NE(std::find(first, ids.end(), "m-0-later"), ids.end());
  for (int i = 0; i < kPeers; ++i) EXPECT_EQ(std::count(ids.begin(), ids.end(), "m-" + std::to_string(i)), 1) << i;
}

TEST_F(ControlSocketTest, MessageThatComesWhileTheLastSubscriberLeavesIsKept) {
  relay_.Start();
  RawPeer peer = ConnectPeer();
  RawPeer first = Connect();
  ASSERT_EQ(Ask(first, "subscribe")["result"]["status"], "subscribed");
  first.Close();
  peer.Send(Message("m-1", "{}"));
  std::optional<std::string> ack;
  ASSERT_TRUE(Drive({&relay_}, [&] { return (ack = peer.TakeLine()).has_value(); }));
  RawPeer second = Connect();
  ASSERT_EQ(Ask(second, "subscribe")["result"]["status"], "subscribed");
  EXPECT_EQ(NextEvent(second)["id"], "m-1");
}

// Whoever waits to be accepted makes the socket readable all the time.
TEST_F(ControlSocketTest, RelayWithoutADescriptorLeftWaitsInsteadOfTurning) {
  relay_.Start();
  RawPeer served = Connect();
  ASSERT_EQ(Ask(served, "identity")["id"], 1);
  Socket waiting(::socket(AF_UNIX, SOCK_STREAM, 0));
  rlimit former = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &former), 0);
  rlimit lowered = former;
  lowered.rlim_cur = static_cast<rlim_t>(waiting.native()) + 1;
  // Whatever is free below it.
  std::vector<Socket> fill;
  for (;;) {
    Socket next(::dup(waiting.native()));
    if (!next || next.native() > waiting.native()) break;
    fill.push_back(std::move(next));
  }
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = relay_.folder().control_socket_path();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  EXPECT_EQ(::connect(waiting.native(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::fcntl(waiting.native(), F_SETFL, O_NONBLOCK), 0);
  int turns = 0;
  for (const Instant end = SteadyNow() + Milliseconds(500); SteadyNow() < end; ++turns) relay_.Turn(Milliseconds(500));
  EXPECT_LT(turns, 100);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &former), 0);
  fill.clear();
  RawPeer late{StreamSocket(std::move(waiting))};
  EXPECT_EQ(Ask(late, "identity")["id"], 1) << "it is served once there is a descriptor";
}

TEST_F(ControlSocketTest, MessageThatFindsNoRoomIsNotAcknowledged) {
  relay_.Start();
  RawPeer peer = ConnectPeer();
  for (int i = 0; i < 65; ++i) peer.Send(Message("m-" + std::to_string(i), "{}"));
  peer.Send("\n");
  int acknowledged = 0;
  ASSERT_TRUE(Drive({&relay_}, [&] {
    while (peer.TakeLine()) ++acknowledged;
    return relay_.All<MessageReceived>().size() == 65 && acknowledged >= 64;
  }));
  DriveFor({&relay_}, Milliseconds(10));
  EXPECT_EQ(peer.TakeLine(), std::nullopt);
  EXPECT_EQ(acknowledged, 64);
}

TEST_F(ControlSocketTest, JoinIsAnsweredWhenItIsDoneAndHoldsUpNobody) {
  relay_.Start();
  RawListener nobody;
  RawPeer joining = Connect();
  RawPeer other = Connect();
  const std::string link = "cctl://gamma-0001@127.0.0.1:" + std::to_string(nobody.port()) + "/k/a3f29b1cd4e5f678";
  joining.Send(json{{"jsonrpc", "2.0"}, {"id", "j"}, {"method", "join"}, {"params", {{"link", link}}}}.dump() + "\n");
  std::optional<RawPeer> dialled;
  ASSERT_TRUE(Drive({&relay_}, [&] { return (dialled = nobody.Accept()).has_value(); }));
  EXPECT_EQ(Ask(other, "status")["result"]["sessions"], 0);
  EXPECT_EQ(joining.TakeLine(), std::nullopt);
  dialled->Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  const json answer = Next(joining);
  EXPECT_EQ(answer["id"], "j");
  EXPECT_EQ(answer["error"]["data"]["code"], "protocol");
  EXPECT_TRUE(relay_.All<RequestFinished>().empty()) << "the owner has not asked for it";

  // Whoever asked may have gone when it is done.
  joining.Send(json{{"jsonrpc", "2.0"}, {"id", "k"}, {"method", "join"}, {"params", {{"link", link}}}}.dump() + "\n");
  ASSERT_TRUE(Drive({&relay_}, [&] { return (dialled = nobody.Accept()).has_value(); }));
  joining.Close();
  DriveFor({&relay_}, Milliseconds(10));
  dialled->Close();
  DriveFor({&relay_}, Milliseconds(10));
  EXPECT_EQ(Ask(other, "status")["result"]["sessions"], 0);
}

TEST_F(ControlSocketTest, ShutdownIsAnsweredAndLeftToTheOwner) {
  relay_.Start();
  RawPeer client = Connect();
  EXPECT_EQ(Ask(client, "shutdown")["result"], (json{{"status", "stopping"}}));
  EXPECT_EQ(relay_.All<ShutdownRequested>().size(), 1u);
  EXPECT_FALSE(relay_.node().done());
}

}  // namespace
}  // namespace cctl
