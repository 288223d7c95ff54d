// SPDX-License-Identifier: MIT
//
// Pairing by approval between running nodes, and what can go wrong on the way: nobody decides, either side dies at each
// step, strangers ask and swap and flood. Everything over loopback.

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/udp_socket.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/lan.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/pairing_commit.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/store/meta_file.h"
#include "cctl/sys/clock.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"
#include "tests/node/node_host.h"
#include "tests/node/raw_peer.h"

namespace cctl {
namespace {

using testing::AckLine;
using testing::ChallengeLine;
using testing::Drive;
using testing::DriveFor;
using testing::DriveToAnswer;
using testing::HandshakeLine;
using testing::NodeHost;
using testing::NonceOf;
using testing::PayloadOf;
using testing::RawListener;
using testing::RawPeer;

Psk SomeKey(std::uint8_t byte) {
  std::array<std::uint8_t, Psk::kSize> bytes;
  bytes.fill(byte);
  return Psk(bytes);
}

std::string PairRequestLine(std::string_view from, const Psk& key) {
  std::string line;
  AppendPairRequest(line, PairRequest{*Identity::Parse(from), key, VersionText("1.0.0"), std::uint16_t{0}});
  return line;
}

std::string PairResponseLine(std::string_view from, PairStatus status) {
  std::string line;
  AppendPairResponse(line, PairResponse{*Identity::Parse(from), status});
  return line;
}

class NodePairingTest : public ::testing::Test {
 protected:
  NodePairingTest() {
    for (NodeHost* const host : {&laptop_, &desktop_}) {
      host->options.lan.enabled = true;
      host->options.lan.interfaces = {"lo"};
    }
  }

  void StartBoth() {
    laptop_.Start();
    desktop_.Start();
  }

  // The desktop asks the laptop, whose address it is told.
  RequestId Ask(Duration timeout = Seconds(20)) {
    PairTarget target{laptop_.identity, Endpoint::Parse(laptop_.address()).value()};
    return desktop_.node().PairWith(target, {.timeout = timeout});
  }

  // Drives until the laptop's user is asked.
  [[nodiscard]] bool IsAsked(std::size_t count = 1) {
    return Drive({&laptop_, &desktop_}, [&] { return laptop_.All<PairRequested>().size() >= count; });
  }

  void ExpectPaired() {
    const auto key = desktop_.KeyOf(laptop_.identity);
    ASSERT_TRUE(key);
    EXPECT_EQ(laptop_.KeyOf(desktop_.identity), key);
    const auto proved = [](NodeHost& host, const Identity& peer) {
      const auto meta = host.folder().LoadMeta(peer);
      return meta && meta->proved == true && meta->via == PairedVia::kLan;
    };
    EXPECT_TRUE(Drive({&laptop_, &desktop_}, [&] {
      return proved(laptop_, desktop_.identity) && proved(desktop_, laptop_.identity) &&
             laptop_.StateOf(desktop_.identity) == "connected" && desktop_.StateOf(laptop_.identity) == "connected";
    }));
  }

  // A stranger's request at the laptop, as far as its challenge; the connection is open when it returns.
  RawPeer AskRaw(std::string_view from, const Psk& key, std::uint8_t source = 1) {
    RawPeer peer = RawPeer::ConnectTo(laptop_.node().port(), source);
    std::optional<std::string> challenge;
    EXPECT_TRUE(Drive({&laptop_}, [&] { return (challenge = peer.TakeLine()).has_value(); }));
    nonce_ = NonceOf(challenge.value_or(""));
    peer.Send(PairRequestLine(from, key));
    return peer;
  }

  // What the laptop answers to a request.
  std::string StatusOf(RawPeer& peer) {
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&laptop_}, [&] { return (line = peer.TakeLine()).has_value() || peer.ended(); }));
    return line ? nlohmann::json::parse(*line)["status"].get<std::string>() : std::string("closed");
  }

  NodeHost laptop_{"laptop-a3f2"};
  NodeHost desktop_{"desktop-b7c1"};
  Nonce nonce_ = Nonce::Parse(std::string(64, '0')).value();
};

TEST_F(NodePairingTest, PairsOnceTheOtherSideAgrees) {
  StartBoth();
  const RequestId asked = Ask();
  ASSERT_TRUE(IsAsked());
  const PairRequested request = laptop_.All<PairRequested>()[0];
  EXPECT_EQ(request.peer, desktop_.identity);
  EXPECT_EQ(request.addr, "127.0.0.1");
  ASSERT_EQ(desktop_.All<PairRequestSent>().size(), 1u);
  EXPECT_EQ(desktop_.All<PairRequestSent>()[0].check, request.check);
  EXPECT_FALSE(desktop_.AnswerTo(asked)) << "nobody has agreed yet";
  EXPECT_FALSE(desktop_.KeyOf(laptop_.identity));

  const auto approved = laptop_.node().Approve(request.id);
  ASSERT_TRUE(approved);
  EXPECT_EQ((*approved)["decided"][0]["status"], "approved");
  const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_, asked);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"], "paired");
  EXPECT_EQ((*answer)["proved"], true);
  ExpectPaired();
}

TEST_F(NodePairingTest, FindsTheOtherSideByItsName) {
  StartBoth();
  const RequestId asked = desktop_.node().PairWith({laptop_.identity, std::nullopt}, {});
  ASSERT_TRUE(IsAsked());
  ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
  EXPECT_TRUE(DriveToAnswer({&laptop_, &desktop_}, desktop_, asked));
  ExpectPaired();
}

TEST_F(NodePairingTest, NothingIsStoredWhenItIsDenied) {
  StartBoth();
  const RequestId asked = Ask();
  ASSERT_TRUE(IsAsked());
  ASSERT_TRUE(laptop_.node().Deny("desktop-b7c1"));
  const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_, asked);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kDenied);
  EXPECT_FALSE(desktop_.KeyOf(laptop_.identity));
  EXPECT_FALSE(laptop_.KeyOf(desktop_.identity));
  // And nobody is asked again for a minute.
  const auto again = DriveToAnswer({&laptop_, &desktop_}, desktop_, Ask());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kDenied);
  EXPECT_EQ(laptop_.All<PairRequested>().size(), 1u);
}

TEST_F(NodePairingTest, ExpiresWhenNobodyDecides) {
  laptop_.options.pair_request_timeout = Milliseconds(200);
  StartBoth();
  const Instant before = SteadyNow();
  const RequestId asked = Ask();
  const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_, asked);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kTimeout);
  // And not when the handshake's limit, which was set before, is over.
  EXPECT_LT(SteadyNow() - before, kListenerHandshakeLimit);
  ASSERT_EQ(laptop_.All<PairDecided>().size(), 1u);
  EXPECT_EQ(laptop_.All<PairDecided>()[0].status, "expired");
  // Decided after that: there is nothing to decide.
  const auto late = laptop_.node().Approve(laptop_.All<PairRequested>()[0].id);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kNotFound);
  EXPECT_FALSE(laptop_.KeyOf(desktop_.identity));
}

TEST_F(NodePairingTest, IsDecidedOnce) {
  StartBoth();
  Ask();
  ASSERT_TRUE(IsAsked());
  const std::string id = laptop_.All<PairRequested>()[0].id;
  EXPECT_TRUE(laptop_.node().Approve(id));
  const auto second = laptop_.node().Deny(id);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kNotFound);
  ASSERT_TRUE(Drive({&laptop_, &desktop_}, [&] { return laptop_.KeyOf(desktop_.identity).has_value(); }));
  ExpectPaired();
}

TEST_F(NodePairingTest, IsWithdrawnWithItsConnection) {
  StartBoth();
  Ask();
  ASSERT_TRUE(IsAsked());
  desktop_.Stop();
  ASSERT_TRUE(Drive({&laptop_}, [&] { return !laptop_.All<PairDecided>().empty(); }));
  EXPECT_EQ(laptop_.All<PairDecided>()[0].status, "withdrawn");
  EXPECT_TRUE((*laptop_.node().PairRequests())["requests"].empty());
}

TEST_F(NodePairingTest, AListenerThatGoesAwayIsNoAnswer) {
  StartBoth();
  const RequestId asked = Ask();
  ASSERT_TRUE(IsAsked());
  laptop_.Stop();
  const auto answer = DriveToAnswer({&desktop_}, desktop_, asked);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnreachable);
  EXPECT_NE(answer.error().message.find("went away"), std::string::npos);
  EXPECT_FALSE(desktop_.KeyOf(laptop_.identity));
}

TEST_F(NodePairingTest, IsUnansweredWhereDiscoveryIsOff) {
  laptop_.options.lan.enabled = false;
  StartBoth();
  const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_, Ask());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kDenied);
}

TEST_F(NodePairingTest, OfAPairedNameIsDeniedAndTheKeyStays) {
  laptop_.Put(desktop_.identity, SomeKey(1));
  StartBoth();
  const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_, Ask());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kDenied);
  EXPECT_EQ(laptop_.KeyOf(desktop_.identity), SomeKey(1));
  bool hinted = false;
  for (const auto& warning : laptop_.All<WarningRaised>()) {
    hinted = hinted || warning.message.find("claudectl relay forget desktop-b7c1") != std::string::npos;
  }
  EXPECT_TRUE(hinted);
}

// ---- either side dies on the way: a second request mends it, without a `forget` ----

TEST_F(NodePairingTest, ListenerDiesBeforeTheKeyIsProved) {
  StartBoth();
  RawPeer requester = AskRaw("desktop-b7c1", SomeKey(7));
  ASSERT_TRUE(IsAsked());
  ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
  EXPECT_EQ(StatusOf(requester), "approved");
  laptop_.Stop();
  EXPECT_FALSE(laptop_.KeyOf(desktop_.identity)) << "a key that nobody has proved";
  // The requester has stored it, as far as it got.
  ASSERT_TRUE(CommitApproved(desktop_.folder(), laptop_.identity, SomeKey(7), PairedVia::kLan, false, WallNow()));
  laptop_.Start();
  const RequestId asked = Ask();
  ASSERT_TRUE(IsAsked(2)) << "the key is refused, so the other side's user is asked anew";
  ASSERT_TRUE(laptop_.node().Approve(laptop_.All<PairRequested>()[1].id));
  EXPECT_TRUE(DriveToAnswer({&laptop_, &desktop_}, desktop_, asked));
  EXPECT_NE(desktop_.KeyOf(laptop_.identity), SomeKey(7));
  ExpectPaired();
}

TEST_F(NodePairingTest, ListenerDiesBetweenItsDiskAndOk) {
  ASSERT_TRUE(CommitApproved(laptop_.folder(), desktop_.identity, SomeKey(7), PairedVia::kLan, false, WallNow()));
  ASSERT_TRUE(CommitApproved(desktop_.folder(), laptop_.identity, SomeKey(7), PairedVia::kLan, false, WallNow()));
  StartBoth();
  EXPECT_EQ(desktop_.StateOf(laptop_.identity), "unconfirmed");
  const auto answer = DriveToAnswer({&laptop_, &desktop_}, desktop_, Ask());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(laptop_.All<PairRequested>().empty()) << "it has been approved already";
  EXPECT_EQ(desktop_.KeyOf(laptop_.identity), SomeKey(7));
  ExpectPaired();
}

TEST_F(NodePairingTest, RequesterDiesBeforeItsDisk) {
  StartBoth();
  {
    RawPeer requester = AskRaw("desktop-b7c1", SomeKey(7));
    ASSERT_TRUE(IsAsked());
    ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
    EXPECT_EQ(StatusOf(requester), "approved");
  }
  const RequestId asked = Ask();
  ASSERT_TRUE(IsAsked(2));
  ASSERT_TRUE(laptop_.node().Approve(laptop_.All<PairRequested>()[1].id));
  EXPECT_TRUE(DriveToAnswer({&laptop_, &desktop_}, desktop_, asked));
  ExpectPaired();
}

TEST_F(NodePairingTest, RequesterLosesItsDiskAfterTheListenersHasTheKey) {
  ASSERT_TRUE(CommitApproved(laptop_.folder(), desktop_.identity, SomeKey(7), PairedVia::kLan, false, WallNow()));
  StartBoth();
  const RequestId asked = Ask();
  ASSERT_TRUE(IsAsked()) << "the key was never confirmed, so it is no pairing";
  ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
  EXPECT_TRUE(DriveToAnswer({&laptop_, &desktop_}, desktop_, asked));
  EXPECT_NE(laptop_.KeyOf(desktop_.identity), SomeKey(7));
  ExpectPaired();
}

TEST_F(NodePairingTest, RequesterProvesItsKeyAgainAfterTheConnectionWasLost) {
  desktop_.Start();
  RawListener listener;
  PairTarget target{laptop_.identity, Endpoint{IpAddress::V4(127, 0, 0, 1), listener.port()}};
  const RequestId asked = desktop_.node().PairWith(target, {.timeout = Seconds(20)});
  std::optional<RawPeer> peer;
  const auto accept = [&] { return Drive({&desktop_}, [&] { return (peer = listener.Accept()).has_value(); }); };
  std::optional<std::string> line;
  const auto take = [&] { return Drive({&desktop_}, [&] { return (line = peer->TakeLine()).has_value(); }); };

  ASSERT_TRUE(accept());
  peer->Send(ChallengeLine("laptop-a3f2", nonce_));
  ASSERT_TRUE(take());
  const auto request = ParsePairRequest(*line);
  ASSERT_TRUE(request);
  peer->Send(PairResponseLine("laptop-a3f2", PairStatus::kApproved));
  ASSERT_TRUE(take());
  EXPECT_EQ(PayloadOf(*line, "handshake")["proof"].get<std::string>().size(), 64u);
  EXPECT_EQ(desktop_.KeyOf(laptop_.identity), request->proposal);
  EXPECT_EQ(desktop_.StateOf(laptop_.identity), "unconfirmed");
  peer->Close();

  ASSERT_TRUE(accept());
  peer->Send(ChallengeLine("laptop-a3f2", nonce_));
  ASSERT_TRUE(take());
  EXPECT_FALSE(ParsePairRequest(*line)) << "nobody is asked again";
  const auto client_nonce = Nonce::Parse(PayloadOf(*line, "handshake").value("client_nonce", ""));
  ASSERT_TRUE(client_nonce);
  peer->Send(AckLine("laptop-a3f2", AckStatus::kOk,
                     ListenerProof(request->proposal, laptop_.identity, desktop_.identity, *client_nonce, nonce_)));
  const auto answer = DriveToAnswer({&desktop_}, desktop_, asked);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"], "paired");
}

TEST_F(NodePairingTest, AnApprovalThatIsNeverConfirmedIsDropped) {
  const UnixTime long_ago = WallNow() - Minutes(11);
  ASSERT_TRUE(CommitApproved(desktop_.folder(), laptop_.identity, SomeKey(7), PairedVia::kLan, false, long_ago));
  desktop_.Start();
  EXPECT_EQ(desktop_.StateOf(laptop_.identity), "");
  EXPECT_FALSE(desktop_.KeyOf(laptop_.identity));
}

// ---- strangers ----

TEST_F(NodePairingTest, AnotherNameThanTheOneThatWasApprovedGetsNothing) {
  laptop_.Start();
  RawPeer requester = AskRaw("desktop-b7c1", SomeKey(7));
  ASSERT_TRUE(IsAsked());
  ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
  EXPECT_EQ(StatusOf(requester), "approved");
  requester.Send(HandshakeLine("somebody-else", SomeKey(7), nonce_));
  std::optional<std::string> line;
  ASSERT_TRUE(Drive({&laptop_}, [&] { return (line = requester.TakeLine()).has_value(); }));
  EXPECT_EQ(PayloadOf(*line, "handshake_ack")["status"], "denied");
  EXPECT_TRUE((*laptop_.node().Peers())["peers"].empty());
}

TEST_F(NodePairingTest, OneThatWasSwappedIsNotApprovedByItsName) {
  laptop_.Start();
  {
    RawPeer honest = AskRaw("desktop-b7c1", SomeKey(7));
    ASSERT_TRUE(IsAsked());
  }
  ASSERT_TRUE(Drive({&laptop_}, [&] { return !laptop_.All<PairDecided>().empty(); }));
  RawPeer swapped = AskRaw("desktop-b7c1", SomeKey(8));
  ASSERT_TRUE(IsAsked(2));
  const auto by_name = laptop_.node().Approve("desktop-b7c1");
  ASSERT_FALSE(by_name);
  EXPECT_EQ(by_name.error().code, Errc::kAmbiguous);
  EXPECT_TRUE(laptop_.node().Deny("desktop-b7c1")) << "to say no needs no such care";
  EXPECT_EQ(StatusOf(swapped), "denied");
}

TEST_F(NodePairingTest, APlainRequestOfTheSpecIsPaired) {
  laptop_.Start();
  RawPeer requester = RawPeer::ConnectTo(laptop_.node().port());
  std::optional<std::string> line;
  ASSERT_TRUE(Drive({&laptop_}, [&] { return (line = requester.TakeLine()).has_value(); }));
  const Nonce nonce = NonceOf(*line);
  requester.Send(R"({"type": "pair_request", "from": "desktop-b7c1", "psk_proposal": ")" + std::string(64, 'A') +
                 "\"}\n");
  ASSERT_TRUE(IsAsked());
  ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
  EXPECT_EQ(StatusOf(requester), "approved");
  requester.Send(HandshakeLine("desktop-b7c1", SomeKey(0xaa), nonce));
  ASSERT_TRUE(Drive({&laptop_}, [&] { return (line = requester.TakeLine()).has_value(); }));
  EXPECT_EQ(PayloadOf(*line, "handshake_ack")["status"], "ok");
  EXPECT_EQ(laptop_.KeyOf(desktop_.identity), SomeKey(0xaa));
  EXPECT_EQ(laptop_.folder().LoadMeta(desktop_.identity)->proved, true);
}

#ifndef _WIN32  // takes Wine two minutes, in which requests expire
TEST_F(NodePairingTest, TenThousandRequestsOfOneAddressAreBoundedAndAnotherStillGetsThrough) {
  laptop_.Start();
  std::vector<RawPeer> waiting;
  int busy = 0;
  for (int i = 0; i < 10'000; ++i) {
    RawPeer stranger = AskRaw("stranger-" + std::to_string(i), SomeKey(1), /*source=*/2);
    const std::size_t asked = laptop_.All<PairRequested>().size();
    std::optional<std::string> line;
    ASSERT_TRUE(Drive({&laptop_}, [&] {
      return (line = stranger.TakeLine()).has_value() || laptop_.All<PairRequested>().size() > asked;
    }));
    if (line) {
      EXPECT_NE(line->find("busy"), std::string::npos);
      ++busy;
    } else {
      waiting.push_back(std::move(stranger));
    }
    laptop_.events.clear();
    ASSERT_LE((*laptop_.node().PairRequests())["requests"].size(), 4u);
  }
  EXPECT_EQ(waiting.size(), 4u);
  EXPECT_EQ(busy, 9'996);
  desktop_.Start();
  const RequestId asked = Ask();
  ASSERT_TRUE(IsAsked());
  ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
  EXPECT_TRUE(DriveToAnswer({&laptop_, &desktop_}, desktop_, asked));
}
#endif

// Whoever stands at the first of two addresses, and says the right name there, has read what was sent to it.
TEST_F(NodePairingTest, EachAddressIsSentAKeyOfItsOwn) {
  desktop_.Start();
  RawListener first;
  RawListener second;
  const UdpSocket announcer = UdpSocket::Bind({IpAddress::V4(127, 0, 0, 1), 0}, PortUse::kAlone).value();
  for (const RawListener* listener : {&first, &second}) {
    std::string datagram;
    AppendAnnouncement(datagram, Announcement{laptop_.identity, listener->port(), VersionText("1"), 0, InstanceId{7}});
    ASSERT_TRUE(announcer.Send(AsBytes(datagram), {IpAddress::V4(127, 255, 255, 255), desktop_.options.lan.port}));
    ASSERT_TRUE(Drive({&desktop_}, [&] {
      const auto found = desktop_.node().lan()->nearby().Find(laptop_.identity);
      return !found.empty() && found[0].addresses.back().port == listener->port();
    }));
  }
  desktop_.node().PairWith({laptop_.identity, std::nullopt}, {});
  const auto key_at = [&](RawListener& listener) {
    std::optional<RawPeer> peer;
    EXPECT_TRUE(Drive({&desktop_}, [&] { return (peer = listener.Accept()).has_value(); }));
    peer->Send(ChallengeLine("laptop-a3f2", nonce_));
    std::optional<std::string> line;
    EXPECT_TRUE(Drive({&desktop_}, [&] { return (line = peer->TakeLine()).has_value(); }));
    return ParsePairRequest(*line).value().proposal;
  };
  const Psk one = key_at(first);
  const Psk other = key_at(second);
  EXPECT_FALSE(one == other);
}

// Somebody announces a paired peer's name at his own address, so that we dial him, and hands us our own challenge.
TEST_F(NodePairingTest, AStrangerWhoPlaysOurOwnChallengeBackIsRefused) {
  laptop_.Put(desktop_.identity, SomeKey(1));
  laptop_.Start();
  RawListener trap;
  const UdpSocket announcer = UdpSocket::Bind({IpAddress::V4(127, 0, 0, 1), 0}, PortUse::kAlone).value();
  std::string datagram;
  AppendAnnouncement(datagram, Announcement{desktop_.identity, trap.port(), VersionText("1"), 1, InstanceId{7}});
  ASSERT_TRUE(announcer.Send(AsBytes(datagram), {IpAddress::V4(127, 255, 255, 255), laptop_.options.lan.port}));
  std::optional<RawPeer> dialled;
  ASSERT_TRUE(Drive({&laptop_}, [&] { return (dialled = trap.Accept()).has_value(); })) << "it is dialled";
  RawPeer reflected = RawPeer::ConnectTo(laptop_.node().port());
  std::optional<std::string> challenge;
  ASSERT_TRUE(Drive({&laptop_}, [&] { return (challenge = reflected.TakeLine()).has_value(); }));
  dialled->Send(ChallengeLine("desktop-b7c1", NonceOf(*challenge)));
  ASSERT_TRUE(Drive({&laptop_}, [&] { return dialled->ended(); }));
  EXPECT_EQ(dialled->received(), "") << "no proof of anything";
  EXPECT_NE(laptop_.StateOf(desktop_.identity), "connected");
}

}  // namespace
}  // namespace cctl
