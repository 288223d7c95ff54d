// SPDX-License-Identifier: MIT
//
// Discovery over real sockets on the loopback interface: who is heard, what is dropped and counted, and a well-known
// port that somebody else holds. Time limits are the object's own clock, which the test sets.

#include "cctl/node/lan.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/udp_socket.h"
#include "cctl/node/lan_options.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/sys/clock.h"
#include "cctl/wire/version_text.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

constexpr std::uint64_t kTokens = 10;

// A port that is free, so that tests side by side do not hear each other.
std::uint16_t FreePort() { return UdpSocket::Bind({IpAddress(), 0}, PortUse::kAlone).value().local().port; }

Lan::Config Named(std::string_view name, std::uint16_t listen_port, std::uint16_t port) {
  LanOptions options;
  options.enabled = true;
  options.interfaces = {"lo"};
  options.port = port;
  return {.self = *Identity::Parse(name),
          .version = VersionText("1.0.0"),
          .bound = IpAddress::V4(127, 0, 0, 1),
          .listen_port = listen_port,
          .options = options};
}

class Station {
 public:
  explicit Station(const Lan::Config& config, std::uint64_t seed = 1) : random(seed), now_(SteadyNow()) {
    lan = Lan::Create(config, random, poller, kTokens, now_).value();
    lan->HandleTimeouts(now_);
  }

  // What has arrived is handled, and what is due by `now` sent.
  void Turn() {
    std::array<Ready, 8> ready;
    const auto count = poller.Wait(Duration{}, ready);
    for (const Ready& one : std::span(ready).first(count.value_or(0u))) lan->HandleReady(now_, one);
    lan->HandleTimeouts(now_);
    while (auto event = lan->PollEvent()) events.push_back(*std::move(event));
  }
  void Advance(Duration time) {
    now_ = now_ + time;
    Turn();
  }

  [[nodiscard]] std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const NearbyPeer& peer : lan->nearby().List()) names.emplace_back(peer.identity.view());
    return names;
  }
  [[nodiscard]] std::vector<std::string> Warnings() const {
    std::vector<std::string> warnings;
    for (const Lan::Event& event : events) {
      if (const auto* warning = std::get_if<Lan::Warning>(&event)) warnings.push_back(warning->message);
    }
    return warnings;
  }

  testing::SeededRandom random;
  Poller poller = Poller::Create().value();
  std::unique_ptr<Lan> lan;
  std::vector<Lan::Event> events;

 private:
  Instant now_;
};

// Turns both until it has come about.
template <typename Done>
bool Drive(std::vector<Station*> stations, Done done) {
  const Instant end = SteadyNow() + Seconds(10);
  while (!done()) {
    if (SteadyNow() >= end) return false;
    for (Station* const station : stations) station->Advance(Milliseconds(1));
  }
  return true;
}

using Names = std::vector<std::string>;

TEST(Lan, RelaysHearEachOtherAndNotThemselves) {
  const std::uint16_t port = FreePort();
  Station a(Named("alpha", 9001, port), 1);
  Station b(Named("beta", 9002, port), 2);
  ASSERT_TRUE(Drive({&a, &b}, [&] { return a.lan->nearby().size() == 1 && b.lan->nearby().size() == 1; }));
  EXPECT_EQ(a.Names(), Names{"beta"});
  EXPECT_EQ(b.Names(), Names{"alpha"});
  EXPECT_EQ(b.lan->nearby().List()[0].addresses[0].port, 9001);
  EXPECT_GT(a.lan->dropped().echoes, 0u);
}

TEST(Lan, WhoOnlyLooksAroundIsNotHeard) {
  const std::uint16_t port = FreePort();
  Station relay(Named("alpha", 9001, port), 1);
  Station command(Named("beta", 0, port), 2);
  ASSERT_TRUE(Drive({&relay, &command}, [&] { return command.lan->nearby().size() == 1; }));
  EXPECT_EQ(relay.lan->nearby().size(), 0u);
}

TEST(Lan, GoodbyeIsSaidAtTheEnd) {
  const std::uint16_t port = FreePort();
  Station a(Named("alpha", 9001, port), 1);
  auto b = std::make_unique<Station>(Named("beta", 9002, port), 2);
  ASSERT_TRUE(Drive({&a, b.get()}, [&] { return a.lan->nearby().size() == 1; }));
  b->lan.reset();
  ASSERT_TRUE(Drive({&a}, [&] { return a.lan->nearby().size() == 0; }));
  const auto* event = std::get_if<NearbyPeers::Event>(&a.events.back());
  ASSERT_NE(event, nullptr);
  const auto* lost = std::get_if<NearbyPeers::PeerLost>(event);
  ASSERT_NE(lost, nullptr);
  EXPECT_TRUE(lost->goodbye);
}

TEST(Lan, SilenceIsNoticedAfterThreeIntervals) {
  const std::uint16_t port = FreePort();
  Station a(Named("alpha", 9001, port), 1);
  Station b(Named("beta", 9002, port), 2);
  ASSERT_TRUE(Drive({&a, &b}, [&] { return a.lan->nearby().size() == 1; }));
  a.Turn();
  // From here on b's clock stands still, so it says nothing.
  a.Advance(Seconds(29));
  EXPECT_EQ(a.lan->nearby().size(), 1u);
  a.Advance(Seconds(2));
  EXPECT_EQ(a.lan->nearby().size(), 0u);
}

TEST(Lan, WhatIsNoDatagramOfOursIsDroppedAndCounted) {
  const std::uint16_t port = FreePort();
  Station a(Named("alpha", 9001, port));
  const UdpSocket stranger = UdpSocket::Bind({IpAddress::V4(127, 0, 0, 1), 0}, PortUse::kAlone).value();
  const Endpoint everybody{IpAddress::V4(127, 255, 255, 255), port};
  const std::string big = R"({"type":"announce","identity":"x","port":1,"version":"1","paired_count":0})";
  const std::vector<std::string> wrong = {
      "",
      "x",
      "CCTL",
      std::string(1025, 'x'),
      big + std::string(1025 - big.size(), ' '),
      "{}",
      R"({"type":"announce","identity":"a\u001b[31m","port":1,"version":"1","paired_count":0})",
      R"({"type":"announce","identity":"x","port":0,"version":"1","paired_count":0})",
      R"({"type":"announce","identity":"x","port":65536,"version":"1","paired_count":0})",
      R"({"type":"goodbye","identity":"x"})",
      R"({"type":"party","identity":"x"})"};
  for (const std::string& datagram : wrong) ASSERT_TRUE(stranger.Send(AsBytes(datagram), everybody));
  ASSERT_TRUE(Drive({&a}, [&] { return a.lan->dropped().malformed == wrong.size(); }));
  EXPECT_EQ(a.lan->nearby().size(), 0u);
  // 1,024 bytes are one.
  ASSERT_TRUE(stranger.Send(AsBytes(big + std::string(1024 - big.size(), ' ')), everybody));
  EXPECT_TRUE(Drive({&a}, [&] { return a.lan->nearby().size() == 1; }));
}

TEST(Lan, AQueryFromTheWellKnownPortIsNotAnswered) {
  const std::uint16_t port = FreePort();
  Station a(Named("alpha", 9001, port));
  const UdpSocket reflected = UdpSocket::Bind({IpAddress(), port}, PortUse::kShared).value();
  const UdpSocket honest = UdpSocket::Bind({IpAddress::V4(127, 0, 0, 1), 0}, PortUse::kAlone).value();
  const std::string query = R"({"type":"query","identity":"x"})";
  const Endpoint everybody{IpAddress::V4(127, 255, 255, 255), port};
  std::array<std::uint8_t, 1025> bytes;
  const auto answers = [&bytes](const UdpSocket& socket) {
    std::size_t count = 0;
    while (socket.Receive(bytes).status == IoStatus::kOk) ++count;
    return count;
  };
  for (int i = 0; i < 1000; ++i) a.Advance(Milliseconds(1));  // its own search is over
  (void)answers(reflected);
  ASSERT_TRUE(reflected.Send(AsBytes(query), everybody));
  ASSERT_TRUE(honest.Send(AsBytes(query), everybody));
  std::size_t honest_answers = 0;
  for (int i = 0; i < 200; ++i) {
    a.Advance(Milliseconds(1));
    honest_answers += answers(honest);
  }
  EXPECT_EQ(honest_answers, 1u);
  // It shares the port, so it hears the two queries and nothing else that was sent in that time.
  EXPECT_EQ(answers(reflected), 2u);
}

TEST(Lan, APortThatAnotherHoldsIsTriedAgainAndToldOnce) {
  const std::uint16_t port = FreePort();
  std::optional<UdpSocket> holder = UdpSocket::Bind({IpAddress(), port}, PortUse::kAlone).value();
  Station a(Named("alpha", 9001, port));
  for (int i = 0; i < 9; ++i) a.Advance(Seconds(1));
  EXPECT_TRUE(a.Warnings().empty());
  for (int i = 0; i < 20; ++i) a.Advance(Seconds(1));
  ASSERT_EQ(a.Warnings().size(), 1u);
  EXPECT_NE(a.Warnings()[0].find(std::to_string(port)), std::string::npos);
  holder.reset();
  a.Advance(Seconds(1));
  Station b(Named("beta", 9002, port), 2);
  EXPECT_TRUE(Drive({&a, &b}, [&] { return a.lan->nearby().size() == 1 && b.lan->nearby().size() == 1; }));
}

TEST(Lan, PairedNamesAreToldEachTimeTheyAreHeard) {
  const std::uint16_t port = FreePort();
  Station a(Named("alpha", 9001, port), 1);
  const std::vector<Identity> paired = {*Identity::Parse("beta")};
  a.lan->nearby().SetPaired(paired);
  Station b(Named("beta", 9002, port), 2);
  ASSERT_TRUE(Drive({&a, &b}, [&] { return a.lan->nearby().size() == 1; }));
  for (const Lan::Event& event : a.events) {
    const auto* heard = std::get_if<Lan::PairedHeard>(&event);
    if (heard == nullptr) continue;
    EXPECT_EQ(heard->identity, paired[0]);
    EXPECT_EQ(heard->address, (Endpoint{IpAddress::V4(127, 0, 0, 1), 9002}));
    EXPECT_TRUE(heard->new_instance);
    return;
  }
  FAIL() << "not told";
}

TEST(Lan, WithoutRandomnessThereIsNone) {
  testing::NoRandom random;
  Poller poller = Poller::Create().value();
  const auto lan = Lan::Create(Named("alpha", 9001, FreePort()), random, poller, kTokens, SteadyNow());
  ASSERT_FALSE(lan);
  EXPECT_EQ(lan.error().code, Errc::kIo);
}

}  // namespace
}  // namespace cctl
