// SPDX-License-Identifier: MIT
//
// The control socket of a running relay, spoken to by hand: JSON-RPC 2.0 (https://www.jsonrpc.org/specification) as
// docs/protocol.md, section 8, has it, its limits, and the socket file.

#include "cctl/node/control_server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/net/unix_socket.h"
#include "cctl/node/control_protocol.h"
#include "cctl/node/node.h"
#include "cctl/node/node_options.h"
#include "cctl/node/state_folder.h"
#include "tests/node/heap_in_use.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"

namespace cctl {
namespace {

using nlohmann::json;
using testing::Drive;
using testing::DriveFor;
using testing::HeapInUse;
using testing::NodeHost;
using testing::RawPeer;

class ControlServerTest : public ::testing::Test {
 protected:
  ControlServerTest() {
    relay_.options.control_socket = true;
    relay_.Start();
  }

  RawPeer Connect() {
    auto socket = ConnectUnix(relay_.folder().control_socket_path());
    EXPECT_TRUE(socket);
    return socket ? RawPeer(*std::move(socket)) : RawPeer();
  }
  // The next line; null where the connection is ended instead.
  json Next(RawPeer& client) {
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&relay_}, [&] { return (line = client.TakeLine()) || client.ended(); }));
    return line ? json::parse(*line) : json();
  }
  json Ask(RawPeer& client, std::string_view line) {
    client.Send(std::string(line) + "\n");
    return Next(client);
  }
  static std::string Request(std::string_view id, std::string_view method, std::string_view params = "{}") {
    return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" + std::string(method) + R"(","params":)" +
           std::string(params) + "}";
  }

  NodeHost relay_{"alpha-cda2"};
};

TEST_F(ControlServerTest, AnswersWhatIsNoRequestByTheSpecificationsCodes) {
  const struct {
    std::string_view line;
    int code;
    json id;
  } kRejects[] = {
      {"{", -32700, nullptr},
      {"status", -32700, nullptr},
      {"\xff\xfe", -32700, nullptr},
      {R"({"jsonrpc":"2.0","id":1,"method":"status"} {})", -32700, nullptr},
      {"1", -32600, nullptr},
      {"null", -32600, nullptr},
      {"{}", -32600, nullptr},
      {R"({"id":1,"method":"status"})", -32600, 1},
      {R"({"jsonrpc":"1.0","id":1,"method":"status"})", -32600, 1},
      {R"({"jsonrpc":2.0,"id":1,"method":"status"})", -32600, 1},
      {R"({"jsonrpc":"2.0","id":"a"})", -32600, "a"},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", -32600, 1},
      {R"({"jsonrpc":"2.0","method":1,"params":"bar"})", -32600, nullptr},  // the specification's example
      {R"({"jsonrpc":"2.0","id":{},"method":"status"})", -32600, nullptr},
      {R"({"jsonrpc":"2.0","id":[1],"method":"status"})", -32600, nullptr},
      {R"({"jsonrpc":"2.0","id":true,"method":"status"})", -32600, nullptr},
      {"[]", -32600, nullptr},
      {R"([{"jsonrpc":"2.0","id":1,"method":"status"},{"jsonrpc":"2.0","id":2,"method":"status"}])", -32600, nullptr},
      {R"({"jsonrpc":"2.0","id":4,"method":"no_such"})", -32601, 4},
      {R"({"jsonrpc":"2.0","id":4,"method":""})", -32601, 4},
      {R"({"jsonrpc":"2.0","id":4,"method":"Status"})", -32601, 4},
      {R"({"jsonrpc":"2.0","id":4,"method":"rpc.discover"})", -32601, 4},
      {R"({"jsonrpc":"2.0","id":5,"method":"status","params":[]})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"status","params":"x"})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"revoke"})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"revoke","params":{"id":7}})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"join","params":{}})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"join","params":{"link":"x","timeout_ms":0}})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"join","params":{"link":"x","timeout_ms":1e999}})", -32700, nullptr},
      {R"({"jsonrpc":"2.0","id":5,"method":"join","params":{"link":"x","allow_unproven":"yes"}})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"connect","params":{"host":"127.0.0.1"}})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"connect","params":{"host":"127.0.0.1","port":65536}})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"connect","params":{"host":"a b","port":1}})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"connect","params":{"host":"127.0.0.1","port":1,"peer":"../x"}})", -32602,
       5},
      {R"({"jsonrpc":"2.0","id":5,"method":"invite","params":{"uses":0}})", -32602, 5},
      {R"({"jsonrpc":"2.0","id":5,"method":"invite","params":{"ttl_ms":18446744073709551615}})", -32602, 5},
  };
  RawPeer client = Connect();  // one for all: an error ends nothing
  for (const auto& reject : kRejects) {
    const json answer = Ask(client, reject.line);
    ASSERT_TRUE(answer.is_object()) << reject.line;
    EXPECT_EQ(answer["jsonrpc"], "2.0") << reject.line;
    EXPECT_EQ(answer["error"]["code"], reject.code) << reject.line;
    EXPECT_TRUE(answer["error"]["message"].is_string()) << reject.line;
    EXPECT_TRUE(answer.contains("id")) << reject.line;
    EXPECT_EQ(answer["id"], reject.id) << reject.line;
    EXPECT_FALSE(answer.contains("result")) << reject.line;
  }
  EXPECT_EQ(Ask(client, Request("9", "identity"))["result"]["identity"], "alpha-cda2");
}

// A value is copied and printed by recursion.
TEST_F(ControlServerTest, RequestThatIsNestedDeeplyIsRefused) {
  relay_.Put(*Identity::Parse("beta-18c1"), DerivePsk(*PairCode::Parse("a3f2-9b1c-d4e5-f678")));
  const auto nested = [](std::size_t depth) {
    return R"({"peer":"beta-18c1","type":"x","payload":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  RawPeer client = Connect();
  client.Send(Request("1", "send", nested(100)) + "\n");
  EXPECT_EQ(Next(client)["error"]["data"]["code"], "unreachable");
  // More than a socket takes at once.
  const std::string line = Request("2", "send", nested(900'000)) + "\n";
  std::size_t sent = 0;
  ASSERT_TRUE(Drive({&relay_}, [&] { return (sent += client.SendSome(line.substr(sent))) == line.size(); }));
  const json answer = Next(client);
  EXPECT_EQ(answer["error"]["code"], -32700) << answer;
  EXPECT_EQ(Ask(client, Request("9", "identity"))["id"], 9);
}

TEST_F(ControlServerTest, EchoesTheIdAsItIs) {
  RawPeer client = Connect();
  for (const std::string_view id :
       {"1", "0", "-1", "1.5", "9223372036854775807", "18446744073709551615", R"("")", R"("a\"b\u00e9")", "null"}) {
    const json answer = Ask(client, Request(id, "identity"));
    EXPECT_EQ(answer["id"], json::parse(id)) << id;
    EXPECT_EQ(answer["result"], (json{{"identity", "alpha-cda2"}})) << id;
    EXPECT_FALSE(answer.contains("error")) << id;
  }
}

TEST_F(ControlServerTest, NotificationIsDoneAndNotAnswered) {
  RawPeer client = Connect();
  client.Send(R"({"jsonrpc":"2.0","method":"pair"})"
              "\n");
  client.Send(R"({"jsonrpc":"2.0","method":"no_such"})"
              "\n");
  client.Send(R"({"jsonrpc":"2.0","method":"revoke","params":{"id":7}})"
              "\n");
  EXPECT_EQ(Ask(client, Request("1", "identity"))["id"], 1) << "the first answer that comes";
  EXPECT_TRUE(std::filesystem::exists(relay_.PathOf("relay/peers/_pending.key")));
}

// "Notifications are not confirmable": the client is not told of invalid params either.
TEST_F(ControlServerTest, NotificationWithParamsInAnArrayIsNotAnsweredEither) {
  RawPeer client = Connect();
  client.Send(R"({"jsonrpc":"2.0","method":"pair","params":["x"]})"
              "\n");
  EXPECT_EQ(Ask(client, Request("1", "identity"))["id"], 1);
  EXPECT_FALSE(std::filesystem::exists(relay_.PathOf("relay/peers/_pending.key")));
}

TEST_F(ControlServerTest, FailureOfACommandSaysItsCodeAndHint) {
  RawPeer client = Connect();
  const json answer = Ask(client, Request("1", "forget", R"({"peer":"nobody"})"));
  EXPECT_EQ(answer["error"]["code"], -32000);
  EXPECT_EQ(answer["error"]["data"]["code"], "not_found");
  EXPECT_EQ(answer["error"]["data"]["hint"], "claudectl relay peers");
  EXPECT_EQ(Ask(client, Request("2", "join", R"({"link":"cctl://x"})"))["error"]["data"]["code"], "invalid");
}

TEST_F(ControlServerTest, ReadsManyRequestsAtOnceAndOneInPieces) {
  RawPeer client = Connect();
  client.Send(Request("1", "identity") + "\r\n\n  \n" + Request("2", "peers") + "\n" + Request("3", "identity") + "\n");
  for (const int id : {1, 2, 3}) EXPECT_EQ(Next(client)["id"], id);
  for (const char c : Request("4", "identity")) {
    client.Send(std::string_view(&c, 1));
    relay_.Turn();
  }
  EXPECT_EQ(client.TakeLine(), std::nullopt) << "the newline is part of it";
  EXPECT_EQ(Ask(client, "")["id"], 4);
}

TEST_F(ControlServerTest, ClientThatEndsItsHalfIsStillAnswered) {
  RawPeer client = Connect();
  client.Send(Request("1", "identity") + "\n");
  client.EndSending();
  EXPECT_EQ(Next(client)["id"], 1);
  EXPECT_EQ(Next(client), nullptr) << "and then the connection is ended";
}

TEST_F(ControlServerTest, LineMayHaveTwoMebibytesAndNotAByteMore) {
  const std::string frame = Request("1", "identity", R"({"x":""})");
  const std::string longest =
      Request("1", "identity", R"({"x":")" + std::string(kMaxControlLine - frame.size(), 'a') + R"("})");
  ASSERT_EQ(longest.size(), std::size_t{2} * 1024 * 1024);
  const auto send = [this](RawPeer& client, const std::string& bytes) {
    std::size_t sent = 0;
    return Drive({&relay_}, [&] {
      sent += client.SendSome(std::string_view(bytes).substr(sent));
      return sent == bytes.size();
    });
  };
  RawPeer client = Connect();
  ASSERT_TRUE(send(client, longest + "\n"));
  EXPECT_EQ(Next(client)["result"]["identity"], "alpha-cda2");
  RawPeer longer = Connect();
  ASSERT_TRUE(send(longer, longest + " "));
  const json answer = Next(longer);
  EXPECT_EQ(answer["error"]["code"], -32600);
  EXPECT_EQ(answer["id"], nullptr);
  EXPECT_EQ(Next(longer), nullptr) << "what follows cannot be told apart";
  EXPECT_EQ(Ask(client, Request("2", "identity"))["id"], 2) << "others notice nothing";
}

TEST_F(ControlServerTest, ServesSixtyFourClientsAndTellsTheNextThatItIsBusy) {
  std::vector<RawPeer> clients;
  for (std::size_t i = 0; i < 64; ++i) {
    clients.push_back(Connect());
    ASSERT_EQ(Ask(clients.back(), Request("1", "identity"))["id"], 1) << i;
  }
  RawPeer one_more = Connect();
  const json answer = Next(one_more);
  EXPECT_EQ(answer["error"]["data"]["code"], "busy");
  EXPECT_EQ(Next(one_more), nullptr);
  for (RawPeer& client : clients) EXPECT_EQ(Ask(client, Request("2", "identity"))["id"], 2);
  clients[7].Close();
  DriveFor({&relay_}, Milliseconds(10));
  RawPeer next = Connect();
  EXPECT_EQ(Ask(next, Request("1", "identity"))["id"], 1);
}

TEST_F(ControlServerTest, ClientThatNeverReadsLosesItsConnectionAndNobodyElse) {
  RawPeer deaf = Connect();
  RawPeer other = Connect();
  // An id is echoed: small work for the client, a large answer.
  const std::string request = Request("\"" + std::string(100'000, 'x') + "\"", "identity") + "\n";
  const auto before = HeapInUse();
  std::size_t sent = 0;
  std::size_t most = 0;
  // Nothing is read from `deaf`, so what tells is that no more can be written.
  bool gone = false;
  ASSERT_TRUE(Drive({&relay_}, [&] {
    const std::string_view rest = std::string_view(request).substr(sent % request.size());
    const std::size_t size = deaf.SendSome(rest);
    sent += size;
    gone = size == 0 && deaf.broken();
    most = std::max(most, HeapInUse().value_or(0));
    return gone || sent > 64u * 1024 * 1024;
  }));
  EXPECT_TRUE(gone) << sent;
  EXPECT_GT(sent, kMaxControlUnsent);
  EXPECT_LT(sent, 4 * kMaxControlUnsent);
  if (before) {
    EXPECT_LT(most, *before + 3 * kMaxControlUnsent) << "the limit, and twice while a buffer grows";
  }
  EXPECT_EQ(Ask(other, Request("1", "identity"))["id"], 1);
}

}  // namespace
}  // namespace cctl
