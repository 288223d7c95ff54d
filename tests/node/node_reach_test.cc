// SPDX-License-Identifier: MIT
//
// Reaching a project's peer wherever it may be (cctl/node/engine_reach.h): by the stored key or by a request, at one
// place after the other. Everything over loopback.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_port.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/udp_socket.h"
#include "cctl/node/engine.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/store/meta_file.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveToAnswer;
using testing::NodeHost;
using testing::RawListener;

const Psk& SharedKey() {
  static const Psk key(std::array<std::uint8_t, Psk::kSize>{1, 2, 3});
  return key;
}

HostPort At(std::string_view text) { return ParseHostPort(text, 9847).value(); }

class NodeReachTest : public ::testing::Test {
 protected:
  // A port of its own for what is announced: tests run side by side.
  NodeReachTest() {
    const auto udp = UdpSocket::Bind({IpAddress::V4(127, 0, 0, 1), 0}, PortUse::kAlone).value();
    for (NodeHost* const host : {&laptop_, &desktop_, &stranger_}) {
      host->options.lan.enabled = true;
      host->options.lan.interfaces = {"lo"};
      host->options.lan.port = udp.local().port;
      host->options.dial_known_peers = false;
    }
  }

  void Pair(std::string_view address = {}) {
    laptop_.Put(desktop_.identity, SharedKey());
    desktop_.Put(laptop_.identity, SharedKey(), address);
  }

  // The desktop reaches for the laptop.
  RequestId Reach(std::optional<HostPort> addr, bool may_request = false, Duration timeout = Seconds(20)) {
    return desktop_.node().Reach({.peer = laptop_.identity, .addr = addr, .may_request = may_request},
                                 {.timeout = timeout});
  }
  Outcome<nlohmann::json> Answer(RequestId request) {
    return DriveToAnswer({&desktop_, &laptop_, &stranger_}, desktop_, request);
  }
  // The places that were tried, as via and address.
  [[nodiscard]] std::vector<std::string> Tried() const {
    std::vector<std::string> tried;
    for (const PeerTried& one : desktop_.All<PeerTried>()) tried.push_back(one.via + " " + one.addr);
    return tried;
  }

  NodeHost laptop_{"laptop-a3f2"};
  NodeHost desktop_{"desktop-b7c1"};
  NodeHost stranger_{"stranger-0001"};
};

using Texts = std::vector<std::string>;

TEST_F(NodeReachTest, TriesTheStoredAddressFirst) {
  laptop_.Start();
  Pair(laptop_.address());
  desktop_.Start();
  const auto answer = Answer(Reach(At("127.0.0.1:1")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"], "connected");
  EXPECT_EQ((*answer)["via"], "stored");
  EXPECT_EQ((*answer)["addr"], laptop_.address());
  EXPECT_EQ((*answer)["proved"], true);
  EXPECT_EQ(Tried(), Texts{"stored " + laptop_.address()});
}

TEST_F(NodeReachTest, TriesTheFilesAddressNext) {
  laptop_.Start();
  Pair("127.0.0.1:1");
  desktop_.Start();
  const auto answer = Answer(Reach(At(laptop_.address())));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["via"], "addr");
  EXPECT_EQ(Tried(), (Texts{"stored 127.0.0.1:1", "addr " + laptop_.address()}));
  // Where it was reached is stored now: it has proved its key there.
  EXPECT_TRUE(Drive({&desktop_, &laptop_}, [&] {
    return desktop_.folder().LoadMeta(laptop_.identity)->addr == std::string_view(laptop_.address());
  }));
}

TEST_F(NodeReachTest, ResolvesNames) {
  laptop_.Start();
  Pair();
  desktop_.Start();
  const auto answer = Answer(Reach(At("localhost:" + std::to_string(laptop_.node().port()))));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["via"], "addr");
}

TEST_F(NodeReachTest, AsksTheLanWhereNoAddressIsRight) {
  laptop_.Start();
  Pair("127.0.0.1:1");
  desktop_.Start();
  const auto answer = Answer(Reach(At("127.0.0.1:2")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["via"], "lan");
  EXPECT_EQ((*answer)["addr"], laptop_.address());
  EXPECT_EQ(Tried(), (Texts{"stored 127.0.0.1:1", "addr 127.0.0.1:2", "lan " + laptop_.address()}));
}

TEST_F(NodeReachTest, GoesOnWhereAnotherMachineAnswers) {
  laptop_.Start();
  stranger_.Start();
  Pair();
  desktop_.Start();
  const auto answer = Answer(Reach(At(stranger_.address())));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["via"], "lan");
  EXPECT_TRUE(stranger_.All<PeerConnected>().empty());
}

TEST_F(NodeReachTest, TriesTheTailnetNameLast) {
  laptop_.options.lan.enabled = false;
  laptop_.Start();
  Pair("127.0.0.1:1");
  desktop_.Start();
  const HostPort tailnet = At("localhost:" + std::to_string(laptop_.node().port()));
  const auto answer =
      Answer(desktop_.node().Reach({.peer = laptop_.identity, .addr = At("127.0.0.1:2"), .tailscale = tailnet}, {}));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["via"], "tailscale");
}

TEST_F(NodeReachTest, SaysSoWhereThereIsASessionAlready) {
  laptop_.Start();
  Pair(laptop_.address());
  desktop_.Start();
  ASSERT_TRUE(Answer(Reach({})));
  const auto again = Answer(Reach({}));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)["via"], nullptr);
  EXPECT_EQ((*again)["addr"], laptop_.address());
  EXPECT_EQ((*again)["proved"], true);
  EXPECT_EQ(Tried().size(), 1u);
}

TEST_F(NodeReachTest, TwoAtOnceAreBothAnswered) {
  laptop_.Start();
  Pair(laptop_.address());
  desktop_.Start();
  const RequestId one = Reach({});
  const RequestId other = Reach({});
  EXPECT_TRUE(Answer(one));
  EXPECT_TRUE(Answer(other));
}

TEST_F(NodeReachTest, PairsWhereItMay) {
  laptop_.Start();
  desktop_.Start();
  const auto refused = Answer(Reach(At(laptop_.address())));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kNotFound);
  EXPECT_TRUE(laptop_.All<PairRequested>().empty());

  const RequestId reach = Reach(At(laptop_.address()), /*may_request=*/true);
  ASSERT_TRUE(Drive({&desktop_, &laptop_}, [&] { return !laptop_.All<PairRequested>().empty(); }));
  ASSERT_TRUE(laptop_.node().Approve(laptop_.All<PairRequested>()[0].id));
  const auto answer = Answer(reach);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"], "connected");
  EXPECT_EQ((*answer)["via"], "addr");
  EXPECT_EQ(desktop_.folder().LoadMeta(laptop_.identity)->via, PairedVia::kProject);
}

TEST_F(NodeReachTest, ADenialIsTheEnd) {
  laptop_.Start();
  desktop_.Start();
  const RequestId reach = Reach(At(laptop_.address()), /*may_request=*/true);
  ASSERT_TRUE(Drive({&desktop_, &laptop_}, [&] { return !laptop_.All<PairRequested>().empty(); }));
  ASSERT_TRUE(laptop_.node().Deny("desktop-b7c1"));
  const auto answer = Answer(reach);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kDenied);
  EXPECT_EQ(laptop_.All<PairRequested>().size(), 1u) << "it was asked again at another place";
}

TEST_F(NodeReachTest, NobodyDecidesIsATimeout) {
  laptop_.Start();
  desktop_.Start();
  const auto answer = Answer(Reach(At(laptop_.address()), /*may_request=*/true, Milliseconds(300)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kTimeout);
}

// A request carries its key in the clear.
TEST_F(NodeReachTest, AsksNobodyBeyondItsOwnNetworks) {
  desktop_.Start();
  const auto answer = Answer(Reach(At("192.0.2.7:9847"), /*may_request=*/true));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUntrustedNetwork);
  // Nor where nobody knows which networks are its own.
  NodeHost blind("blind-0001");
  blind.Start();
  const auto refused =
      DriveToAnswer({&blind}, blind,
                    blind.node().Reach({.peer = laptop_.identity, .addr = At("127.0.0.1:1"), .may_request = true}, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnsupported);
}

// Of two machines of one name either may be the false one. A request is for neither; of the two, the one that holds the
// key is the right one, whatever the other says.
TEST_F(NodeReachTest, AsksNeitherOfTwoMachinesOfOneName) {
  NodeHost twin("laptop-a3f2");
  twin.options.lan = laptop_.options.lan;
  laptop_.Start();
  twin.Start();
  desktop_.Start();
  ASSERT_TRUE(Drive({&desktop_, &laptop_, &twin}, [&] { return desktop_.All<PeerDiscovered>().size() == 2; }));
  const RequestId asked = Reach({}, /*may_request=*/true);
  const auto ambiguous = DriveToAnswer({&desktop_, &laptop_, &twin}, desktop_, asked);
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, Errc::kAmbiguous);

  Pair();
  desktop_.node().Reload();
  const auto answer = DriveToAnswer({&desktop_, &laptop_, &twin}, desktop_, Reach({}));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["addr"], laptop_.address());
}

TEST_F(NodeReachTest, NamesWhatIsWrong) {
  desktop_.Start();
  const auto self = Answer(desktop_.node().Reach({.peer = desktop_.identity, .addr = At("127.0.0.1:1")}, {}));
  ASSERT_FALSE(self);
  EXPECT_EQ(self.error().code, Errc::kInvalid);

  const auto nowhere = Answer(Reach({}, /*may_request=*/true));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, Errc::kNotFound);
  EXPECT_NE(nowhere.error().message.find("no address of it is known"), std::string::npos);

  const auto nobody = Answer(Reach(At("127.0.0.1:1"), /*may_request=*/true));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, Errc::kUnreachable);

  desktop_.Put(*Identity::Parse("LAPTOP-A3F2"), SharedKey());
  const auto other_case = Answer(Reach(At("127.0.0.1:1"), /*may_request=*/true));
  ASSERT_FALSE(other_case);
  EXPECT_EQ(other_case.error().code, Errc::kDenied);
}

TEST_F(NodeReachTest, AnotherKeyIsNotReplaced) {
  laptop_.Start();
  laptop_.Put(desktop_.identity, SharedKey());
  const Psk other(std::array<std::uint8_t, Psk::kSize>{9});
  desktop_.Put(laptop_.identity, other, laptop_.address());
  desktop_.Start();
  const auto answer = Answer(Reach(At(laptop_.address()), /*may_request=*/true));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kAuthFailed);
  EXPECT_TRUE(desktop_.KeyOf(laptop_.identity) == other);
  EXPECT_TRUE(laptop_.All<PairRequested>().empty());
}

TEST_F(NodeReachTest, OnlyTheGivenAddressWhereThatIsWanted) {
  laptop_.Start();
  Pair(laptop_.address());
  desktop_.Start();
  const auto answer = Answer(desktop_.node().Reach(
      {.peer = laptop_.identity, .addr = At("127.0.0.1:1"), .only_addr = true}, {.timeout = Seconds(20)}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(Tried(), Texts{"addr 127.0.0.1:1"});
}

TEST_F(NodeReachTest, WhoTakesAConnectionAndSaysNothingIsNotThere) {
  desktop_.Start();
  RawListener silent;
  const auto answer = Answer(Reach(At("127.0.0.1:" + std::to_string(silent.port())), true, Seconds(2)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnreachable);
}

TEST_F(NodeReachTest, EndsWhenTheNodeDoes) {
  laptop_.Start();
  desktop_.Start();
  const RequestId reach = Reach(At(laptop_.address()), /*may_request=*/true);
  ASSERT_TRUE(Drive({&desktop_, &laptop_}, [&] { return !laptop_.All<PairRequested>().empty(); }));
  desktop_.node().Shutdown();
  const auto answer = Answer(reach);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kInterrupted);
}

// It comes to us while its user is still being asked: that is as good.
TEST_F(NodeReachTest, ASessionThatTheOtherSideBeginsIsAsGood) {
  laptop_.Start();
  desktop_.Start();
  const RequestId ours = Reach(At(laptop_.address()), /*may_request=*/true);
  const RequestId theirs = laptop_.node().Reach(
      {.peer = desktop_.identity, .addr = At(desktop_.address()), .may_request = true}, {.timeout = Seconds(20)});
  ASSERT_TRUE(Drive({&desktop_, &laptop_},
                    [&] { return !laptop_.All<PairRequested>().empty() && !desktop_.All<PairRequested>().empty(); }));
  ASSERT_TRUE(laptop_.node().Approve(laptop_.All<PairRequested>()[0].id));
  EXPECT_TRUE(Answer(ours));
  EXPECT_TRUE(DriveToAnswer({&desktop_, &laptop_}, laptop_, theirs));
  EXPECT_EQ(desktop_.KeyOf(laptop_.identity), laptop_.KeyOf(desktop_.identity));
  // The question that is no longer one is withdrawn.
  EXPECT_TRUE(Drive({&desktop_, &laptop_}, [&] { return (*desktop_.node().PairRequests())["requests"].empty(); }));
}

}  // namespace
}  // namespace cctl
