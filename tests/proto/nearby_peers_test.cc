// SPDX-License-Identifier: MIT
//
// Who is near, as a relay is told on a network where anybody can say anything: who is kept, who has to go, and what is
// told of it.

#include "cctl/proto/nearby_peers.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"

namespace cctl {
namespace {

using Verdict = NearbyPeers::Verdict;

constexpr Instant kStart{1'000'000};
const Identity kSelf = *Identity::Parse("laptop-a3f2");
constexpr InstanceId kOurs{0x5b0c9a12};

// 10.b.c.d, mapped into IPv6.
AddressKey Address(std::uint32_t number) {
  AddressKey key{};
  key[10] = key[11] = 0xff;
  key[12] = 10;
  key[13] = static_cast<std::uint8_t>(number >> 16);
  key[14] = static_cast<std::uint8_t>(number >> 8);
  key[15] = static_cast<std::uint8_t>(number);
  return key;
}

Announcement From(std::string_view name, std::uint32_t instance = 1, std::uint16_t port = 9847) {
  return {*Identity::Parse(name), port, VersionText("1.0.0"), 0, InstanceId{instance}};
}

class NearbyPeersTest : public ::testing::Test {
 protected:
  static NearbyPeers::Config Config() { return {.self = kSelf, .instance = kOurs, .hash_key = {1, 2}}; }

  Verdict Hear(Instant now, std::uint32_t address, const Announcement& announcement) {
    return nearby_.HandleAnnouncement(now, Address(address), announcement).verdict;
  }
  // Announces at the start and again half an interval later: no newcomer any more.
  void Settle(std::string_view name, std::uint32_t address) {
    Hear(kStart, address, From(name));
    Hear(kStart + Seconds(5), address, From(name));
  }
  template <typename Event>
  std::vector<Event> Take() {
    std::vector<Event> taken;
    while (const auto event = nearby_.PollEvent()) {
      if (const auto* one = std::get_if<Event>(&*event)) taken.push_back(*one);
    }
    return taken;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const NearbyPeer& peer : nearby_.List()) names.emplace_back(peer.identity.view());
    return names;
  }

  NearbyPeers nearby_{Config(), kStart};
};

TEST_F(NearbyPeersTest, ListsWhoWasHeardAndTellsOfIt) {
  EXPECT_EQ(Hear(kStart, 2, From("desktop-b7c1")), Verdict::kNew);
  EXPECT_EQ(Hear(kStart, 2, From("desktop-b7c1")), Verdict::kKnown);
  const auto found = Take<NearbyPeers::PeerFound>();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].identity.view(), "desktop-b7c1");
  EXPECT_EQ(found[0].address, (RemoteAddress{Address(2), 9847}));
  ASSERT_EQ(nearby_.List().size(), 1u);
  EXPECT_EQ(nearby_.List()[0].version, "1.0.0");
  EXPECT_EQ(nearby_.Find(*Identity::Parse("desktop-b7c1")).size(), 1u);
  EXPECT_TRUE(nearby_.Find(*Identity::Parse("desktop")).empty());
}

TEST_F(NearbyPeersTest, OurOwnAnnouncementsAreEchoes) {
  EXPECT_EQ(Hear(kStart, 1, From("laptop-a3f2", 0x5b0c9a12)), Verdict::kEcho);
  EXPECT_EQ(nearby_.size(), 0u);
}

TEST_F(NearbyPeersTest, AnotherMachineWithOurNameIsReportedOnceInAWhile) {
  EXPECT_EQ(Hear(kStart, 7, From("laptop-a3f2", 9)), Verdict::kDuplicate);
  EXPECT_EQ(Hear(kStart, 7, From("LAPTOP-A3F2", 10)), Verdict::kDuplicate);
  ASSERT_EQ(Take<NearbyPeers::DuplicateIdentity>().size(), 1u);
  EXPECT_EQ(Hear(kStart + kDuplicateReportInterval, 8, From("laptop-a3f2", 9)), Verdict::kDuplicate);
  const auto again = Take<NearbyPeers::DuplicateIdentity>();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].address, Address(8));
  EXPECT_EQ(nearby_.size(), 0u) << "it is not a peer";
}

TEST_F(NearbyPeersTest, WhoFallsSilentIsGoneAfterThreeIntervals) {
  Settle("desktop-b7c1", 2);
  (void)Take<NearbyPeers::PeerFound>();
  const Instant last = kStart + Seconds(5);
  EXPECT_EQ(nearby_.PollTimeout(), last + Seconds(30));
  nearby_.HandleTimeout(last + Seconds(30) - Milliseconds(1));
  EXPECT_EQ(nearby_.size(), 1u);
  nearby_.HandleTimeout(last + Seconds(30));
  EXPECT_EQ(nearby_.size(), 0u);
  const auto lost = Take<NearbyPeers::PeerLost>();
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_FALSE(lost[0].goodbye);
  EXPECT_FALSE(nearby_.PollTimeout());
}

TEST_F(NearbyPeersTest, AGoodbyeCountsFromAnAddressThatAnnounced) {
  Hear(kStart, 2, From("desktop-b7c1"));
  const Identity name = *Identity::Parse("desktop-b7c1");
  nearby_.HandleGoodbye(Address(3), {name, InstanceId{1}});
  nearby_.HandleGoodbye(Address(2), {name, InstanceId{2}});
  EXPECT_EQ(nearby_.size(), 1u);
  nearby_.HandleGoodbye(Address(2), {name, InstanceId{1}});
  EXPECT_EQ(nearby_.size(), 0u);
  ASSERT_EQ(Take<NearbyPeers::PeerLost>().size(), 1u);
}

TEST_F(NearbyPeersTest, OneNameAtTwoAddressesByTwoRunsIsTwoMachines) {
  Hear(kStart, 2, From("desktop-b7c1", 1));
  Hear(kStart + Seconds(1), 3, From("desktop-b7c1", 2));
  const auto found = nearby_.Find(*Identity::Parse("desktop-b7c1"));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].addresses[0].ip, Address(2)) << "in the order in which they were first heard";
  EXPECT_EQ(found[1].addresses[0].ip, Address(3));
}

TEST_F(NearbyPeersTest, OneNameAtOneAddressByTwoRunsIsARestart) {
  Hear(kStart, 2, From("desktop-b7c1", 1));
  Hear(kStart + Seconds(1), 2, From("desktop-b7c1", 2));
  const auto found = nearby_.Find(*Identity::Parse("desktop-b7c1"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].instance, InstanceId{2});
  (void)Take<NearbyPeers::PeerFound>();
  // The run that was killed said no goodbye; that it falls silent is no news.
  Hear(kStart + Seconds(29), 2, From("desktop-b7c1", 2));
  nearby_.HandleTimeout(kStart + Seconds(30));
  EXPECT_TRUE(Take<NearbyPeers::PeerLost>().empty());
  EXPECT_EQ(nearby_.size(), 1u);
}

TEST_F(NearbyPeersTest, KeepsFourAddressesInTheOrderInWhichTheyWereHeard) {
  Settle("desktop-b7c1", 2);
  for (std::uint32_t address = 3; address < 8; ++address) Hear(kStart + Seconds(6), address, From("desktop-b7c1"));
  auto addresses = nearby_.List()[0].addresses;
  ASSERT_EQ(addresses.size(), kMaxNearbyAddresses);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(addresses[i].ip, Address(2 + i));
  // It has moved: what is silent gives way.
  for (int s = 10; s <= 40; s += 10) Hear(kStart + Seconds(s), 3, From("desktop-b7c1"));
  Hear(kStart + Seconds(40), 9, From("desktop-b7c1"));
  addresses = nearby_.List()[0].addresses;
  ASSERT_EQ(addresses.size(), 4u);
  EXPECT_EQ(addresses[0].ip, Address(3));
  EXPECT_EQ(addresses[3].ip, Address(9));
}

TEST_F(NearbyPeersTest, ANewcomerStaysWhenItIsHeardAgainHalfAnIntervalLater) {
  Hear(kStart, 2, From("desktop-b7c1"));
  Hear(kStart + Milliseconds(4'899), 2, From("desktop-b7c1"));
  EXPECT_EQ(nearby_.probation(), 1u);
  Hear(kStart + Seconds(5), 2, From("desktop-b7c1"));
  EXPECT_EQ(nearby_.probation(), 0u);
  EXPECT_EQ(nearby_.size(), 1u);
}

TEST_F(NearbyPeersTest, APairedNameIsNoNewcomer) {
  Hear(kStart, 2, From("desktop-b7c1"));
  const std::vector<Identity> paired = {*Identity::Parse("Desktop-B7C1"), *Identity::Parse("other")};
  nearby_.SetPaired(paired);
  EXPECT_EQ(nearby_.probation(), 0u);
  EXPECT_TRUE(nearby_.List()[0].paired);
  const auto heard = nearby_.HandleAnnouncement(kStart, Address(3), From("other"));
  EXPECT_EQ(heard.verdict, Verdict::kNew);
  EXPECT_TRUE(heard.paired);
  EXPECT_TRUE(heard.new_instance);
  EXPECT_FALSE(nearby_.HandleAnnouncement(kStart, Address(3), From("other")).new_instance);
  nearby_.SetPaired({});
  EXPECT_FALSE(nearby_.List()[0].paired);
}

// ---- floods ----

TEST_F(NearbyPeersTest, AMillionNamesOfOneAddressTakeItsShareAndNoMore) {
  Settle("desktop-b7c1", 2);
  for (int i = 0; i < 1'000'000; ++i) {
    const Verdict verdict = Hear(kStart + Seconds(6), 66, From("flood-" + std::to_string(i)));
    ASSERT_EQ(verdict, i < static_cast<int>(kMaxProbationPerSource) ? Verdict::kNew : Verdict::kNoRoom);
  }
  EXPECT_EQ(nearby_.size(), 1 + kMaxProbationPerSource);
  EXPECT_EQ(Names()[0], "desktop-b7c1");
  // Somebody else who comes now is heard.
  EXPECT_EQ(Hear(kStart + Seconds(6), 3, From("phone-0001")), Verdict::kNew);
}

TEST_F(NearbyPeersTest, AMillionNamesOfAMillionAddressesPushOutNoneButNewcomers) {
  for (std::uint32_t i = 0; i < 100; ++i) Settle("real-" + std::to_string(i), 1'000 + i);
  const std::vector<Identity> paired = {*Identity::Parse("paired-0001")};
  nearby_.SetPaired(paired);
  std::size_t told = 0;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    Hear(kStart + Seconds(6), 0x10000 + i, From("flood-" + std::to_string(i)));
    if (i == 500'000) Hear(kStart + Seconds(6), 5, From("paired-0001"));
    ASSERT_LE(nearby_.size(), 101 + kMaxProbation);
    while (const auto event = nearby_.PollEvent()) told += std::holds_alternative<NearbyPeers::PeerFound>(*event);
  }
  EXPECT_EQ(nearby_.probation(), kMaxProbation);
  EXPECT_EQ(nearby_.size(), 101 + kMaxProbation);
  EXPECT_TRUE(nearby_.Find(*Identity::Parse("paired-0001"))[0].paired);
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(nearby_.Find(*Identity::Parse("real-" + std::to_string(i))).size(), 1u);
  }
  // All of it within a second or two: a screen has seen 100 real ones, the paired one, and 20 a second.
  EXPECT_LE(told, 101u + 3 * kMaxFoundPerSecond);
}

TEST_F(NearbyPeersTest, AFullListStillHasRoomForAPairedName) {
  NearbyPeers::Config config = Config();
  config.max_known = 3;
  nearby_ = NearbyPeers(config, kStart);
  for (std::uint32_t i = 0; i < 5; ++i) Settle("real-" + std::to_string(i), 10 + i);
  EXPECT_EQ(nearby_.size() - nearby_.probation(), 3u);
  EXPECT_EQ(nearby_.probation(), 2u) << "no room: they stay newcomers, and listed";
  const std::vector<Identity> paired = {*Identity::Parse("paired-0001"), *Identity::Parse("real-4")};
  nearby_.SetPaired(paired);
  Hear(kStart + Seconds(6), 5, From("paired-0001"));
  EXPECT_EQ(nearby_.size() - nearby_.probation(), 3u);
  EXPECT_EQ(nearby_.Find(paired[0]).size(), 1u);
  EXPECT_EQ(nearby_.Find(paired[1]).size(), 1u);
}

TEST_F(NearbyPeersTest, NewcomersAreProbedOnlyInACrowdAndSlowly) {
  std::size_t probes = 0;
  const auto crowd = [this, &probes](std::uint32_t from, std::uint32_t to, Instant now) {
    for (std::uint32_t i = from; i < to; ++i) Hear(now, i, From("new-" + std::to_string(i)));
    probes += Take<NearbyPeers::ProbeWanted>().size();
  };
  crowd(0, 512, kStart);
  EXPECT_EQ(probes, 0u);
  for (std::uint32_t ms = 0; ms < 1'000; ++ms) crowd(1'000 + ms, 1'001 + ms, kStart + Milliseconds(ms));
  EXPECT_EQ(probes, 20u);
  // One that answers is no newcomer any more, and is told of.
  const Identity name = *Identity::Parse("new-1999");
  nearby_.HandleProbed(kStart, name, InstanceId{1}, /*answered=*/false);
  EXPECT_EQ(nearby_.size(), nearby_.probation());
  nearby_.HandleProbed(kStart, name, InstanceId{1}, /*answered=*/true);
  EXPECT_EQ(nearby_.size(), nearby_.probation() + 1);
  EXPECT_EQ(Take<NearbyPeers::PeerFound>().back().identity, name);
  nearby_.HandleProbed(kStart, *Identity::Parse("gone"), InstanceId{1}, true);
}

TEST_F(NearbyPeersTest, AnAnnouncementWithoutInstanceIsAMachineOfItsOwn) {
  Announcement plain = From("desktop-b7c1");
  plain.instance.reset();
  Hear(kStart, 2, plain);
  Hear(kStart, 2, plain);
  EXPECT_EQ(nearby_.size(), 1u);
  EXPECT_FALSE(nearby_.List()[0].instance);
}

TEST_F(NearbyPeersTest, TellsNothingOfWhoWasNeverToldOf) {
  for (std::uint32_t i = 0; i < 100; ++i) Hear(kStart, i, From("new-" + std::to_string(i)));
  EXPECT_EQ(Take<NearbyPeers::PeerFound>().size(), static_cast<std::size_t>(kMaxFoundPerSecond));
  nearby_.HandleTimeout(kStart + Seconds(30));
  EXPECT_EQ(Take<NearbyPeers::PeerLost>().size(), static_cast<std::size_t>(kMaxFoundPerSecond));
  EXPECT_EQ(nearby_.size(), 0u);
}

}  // namespace
}  // namespace cctl
