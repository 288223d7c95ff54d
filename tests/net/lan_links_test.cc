// SPDX-License-Identifier: MIT
//
// Which interfaces are the LAN, where is broadcast to on each, and who counts as a neighbour: pure rules over made-up
// interfaces.

#include "cctl/net/lan_links.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cctl {
namespace {

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

InterfaceAddress Ethernet(std::string name, std::uint32_t index, std::string_view address, unsigned prefix,
                          std::string_view broadcast) {
  return {std::move(name), index, /*up=*/true, /*loopback=*/false, Ip(address), prefix, Ip(broadcast)};
}

// Two networks, one of them with two addresses, and what is none: loopback, a point-to-point link, IPv6, one that is
// down.
std::vector<InterfaceAddress> Interfaces() {
  std::vector<InterfaceAddress> all = {
      {"lo", 1, true, true, Ip("127.0.0.1"), 8, {}},
      Ethernet("eth0", 2, "192.168.1.50", 24, "192.168.1.255"),
      Ethernet("eth0", 2, "10.0.0.5", 16, "10.0.255.255"),
      Ethernet("wlan0", 3, "192.168.7.3", 24, "192.168.7.255"),
      Ethernet("docker0", 4, "172.17.0.1", 16, "172.17.255.255"),
      {"tun0", 5, true, false, Ip("10.8.0.2"), 32, {}},
      {"eth0", 2, true, false, Ip("fe80::1"), 64, {}},
      Ethernet("eth9", 6, "192.168.9.9", 24, "192.168.9.255"),
  };
  all.back().up = false;
  return all;
}

std::vector<std::string> Names(const std::vector<InterfaceAddress>& links) {
  std::vector<std::string> names;
  for (const InterfaceAddress& link : links) {
    names.push_back(link.name + " " + std::string(link.address.Format().view()));
  }
  return names;
}

std::vector<std::string> Targets(const std::vector<InterfaceAddress>& links, const IpAddress& bound) {
  std::vector<std::string> targets;
  for (const BroadcastTarget& target : BroadcastTargets(links, bound)) {
    targets.push_back(target.name + "#" + std::to_string(target.index) + " " +
                      std::string(target.source.Format().view()) + " > " + std::string(target.to.Format().view()));
  }
  return targets;
}

using Texts = std::vector<std::string>;

TEST(LanLinks, AreTheInterfacesThatAreUpAndBroadcast) {
  EXPECT_EQ(Names(SelectLanLinks(Interfaces(), {.exclude = {"docker*"}}, IpAddress())),
            (Texts{"eth0 192.168.1.50", "eth0 10.0.0.5", "wlan0 192.168.7.3"}));
}

TEST(LanLinks, FiltersSayWhichOfThem) {
  EXPECT_EQ(Names(SelectLanLinks(Interfaces(), {.include = {"wlan*", "docker0"}}, IpAddress())),
            (Texts{"wlan0 192.168.7.3", "docker0 172.17.0.1"}));
  EXPECT_EQ(Names(SelectLanLinks(Interfaces(), {.include = {"wlan*", "docker0"}, .exclude = {"d*"}}, IpAddress())),
            Texts{"wlan0 192.168.7.3"});
  EXPECT_EQ(Names(SelectLanLinks(Interfaces(), {.include = {"lo"}}, IpAddress())), Texts{});
}

TEST(LanLinks, ARelayAtOneAddressUsesThatAlone) {
  EXPECT_EQ(Names(SelectLanLinks(Interfaces(), {}, Ip("10.0.0.5"))), Texts{"eth0 10.0.0.5"});
  EXPECT_EQ(Names(SelectLanLinks(Interfaces(), {}, Ip("127.0.0.1"))), Texts{});
}

TEST(LanLinks, EachHasItsBroadcastAddressAndEachInterfaceTheLimitedOne) {
  const auto links = SelectLanLinks(Interfaces(), {.exclude = {"docker*"}}, IpAddress());
  EXPECT_EQ(Targets(links, IpAddress()),
            (Texts{"eth0#2 192.168.1.50 > 192.168.1.255", "eth0#2 192.168.1.50 > 255.255.255.255",
                   "eth0#2 10.0.0.5 > 10.0.255.255", "wlan0#3 192.168.7.3 > 192.168.7.255",
                   "wlan0#3 192.168.7.3 > 255.255.255.255", "#0 127.0.0.1 > 127.255.255.255"}));
}

TEST(LanLinks, LoopbackIsUsedWhereTheRelayIsReachableByIt) {
  EXPECT_EQ(Targets({}, IpAddress()), Texts{"#0 127.0.0.1 > 127.255.255.255"});
  EXPECT_EQ(Targets({}, Ip("127.0.0.9")), Texts{"#0 127.0.0.9 > 127.255.255.255"});
  const auto links = SelectLanLinks(Interfaces(), {}, Ip("10.0.0.5"));
  EXPECT_EQ(Targets(links, Ip("10.0.0.5")),
            (Texts{"eth0#2 10.0.0.5 > 10.0.255.255", "eth0#2 10.0.0.5 > 255.255.255.255"}));
}

TEST(LanLinks, NeighboursArePrivateAddressesOnALink) {
  auto interfaces = Interfaces();
  interfaces.push_back(Ethernet("eth1", 7, "203.0.113.7", 24, "203.0.113.255"));
  interfaces.push_back(Ethernet("eth2", 8, "169.254.3.4", 16, "169.254.255.255"));
  const auto links = SelectLanLinks(interfaces, {.exclude = {"docker*"}}, IpAddress());
  const std::vector<IpAddress> routers = {Ip("192.168.1.1")};
  const auto is_neighbour = [&](std::string_view ip) { return IsNeighbour(links, routers, Ip(ip)); };
  EXPECT_TRUE(is_neighbour("192.168.1.42"));
  EXPECT_TRUE(is_neighbour("::ffff:192.168.1.42"));
  EXPECT_TRUE(is_neighbour("10.0.200.1"));
  EXPECT_TRUE(is_neighbour("169.254.9.9"));
  EXPECT_FALSE(is_neighbour("192.168.1.1")) << "a router: anybody may sit behind it";
  EXPECT_FALSE(is_neighbour("192.168.1.50")) << "ourselves";
  EXPECT_FALSE(is_neighbour("10.0.0.5")) << "ourselves";
  EXPECT_FALSE(is_neighbour("203.0.113.9")) << "on a link, and public";
  EXPECT_FALSE(is_neighbour("192.168.2.42")) << "private, and on no link";
  EXPECT_FALSE(is_neighbour("172.17.0.2")) << "on an interface that is excluded";
  EXPECT_FALSE(is_neighbour("127.0.0.1"));
  EXPECT_FALSE(is_neighbour("fe80::2"));
}

// Each test has a network of its own with loopback alone.
TEST(LanLinks, AMachineWithoutRoutesHasNoRouters) {
  for (const IpAddress& router : ListRouters()) EXPECT_FALSE(router.IsUnspecified());
}

}  // namespace
}  // namespace cctl
