// SPDX-License-Identifier: MIT

#include "cctl/net/interfaces.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/if_tun.h>
#include <net/route.h>
#include <sched.h>
#endif

#include <cerrno>
#include <cstring>

namespace cctl {
namespace {

static_assert(detail::PrefixOf(IpAddress::V4(255, 255, 240, 0)) == 20);
static_assert(detail::PrefixOf(IpAddress::V4(0, 0, 0, 0)) == 0);
static_assert(detail::PrefixOf(IpAddress::V4(255, 255, 255, 255)) == 32);
static_assert(detail::BroadcastOf(IpAddress::V4(192, 168, 17, 5), 20) == IpAddress::V4(192, 168, 31, 255));
static_assert(detail::BroadcastOf(IpAddress::V4(10, 1, 2, 3), 24) == IpAddress::V4(10, 1, 2, 255));
static_assert(detail::BroadcastOf(IpAddress::V4(10, 1, 2, 3), 30) == IpAddress::V4(10, 1, 2, 3));

TEST(Interfaces, LoopbackIsThere) {
  const auto interfaces = ListInterfaces();
  ASSERT_TRUE(interfaces);
  int found = 0;
  for (const InterfaceAddress& entry : *interfaces) {
    EXPECT_FALSE(entry.name.empty());
    EXPECT_NE(entry.index, 0u);
    EXPECT_LE(entry.prefix, entry.address.bits());
    if (entry.address != IpAddress::V4(127, 0, 0, 1)) continue;
    ++found;
    EXPECT_TRUE(entry.up);
    EXPECT_TRUE(entry.loopback);
    EXPECT_EQ(entry.prefix, 8u);
    EXPECT_FALSE(entry.broadcast.has_value());
  }
  EXPECT_EQ(found, 1);
}

TEST(Interfaces, OnLinkIsInTheSubnetOfOneThatIsUp) {
  const InterfaceAddress interfaces[] = {
      {"eth0", 2, true, false, IpAddress::V4(192, 168, 1, 50), 24, IpAddress::V4(192, 168, 1, 255)},
      {"eth1", 3, false, false, IpAddress::V4(10, 0, 0, 1), 8, std::nullopt},
      {"eth2", 4, true, false, IpAddress::Parse("fe80::1").value(), 64, std::nullopt},
  };
  const auto on_link = [&](std::string_view text) { return IsOnLink(interfaces, IpAddress::Parse(text).value()); };
  EXPECT_TRUE(on_link("192.168.1.7"));
  EXPECT_TRUE(on_link("192.168.1.50"));
  EXPECT_TRUE(on_link("::ffff:192.168.1.7"));
  EXPECT_FALSE(on_link("192.168.2.7"));
  EXPECT_FALSE(on_link("10.0.0.2"));
  EXPECT_TRUE(on_link("fe80::2"));
  EXPECT_FALSE(on_link("fe81::2"));
  EXPECT_FALSE(IsOnLink({}, IpAddress::V4(127, 0, 0, 1)));
}

TEST(Interfaces, LoopbackReachesItself) {
  EXPECT_EQ(SourceAddressFor({IpAddress::V4(127, 0, 0, 1), 9}).value(), IpAddress::V4(127, 0, 0, 1));
}

#ifdef __linux__

constexpr int kCannotRunHere = 77;

// Runs `body` in a child with a network of its own, in which nothing is; returns the child's exit status.
template <typename Body>
int InEmptyNetwork(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) _exit(kCannotRunHere);
    _exit(body());
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ifreq Request(const char* name, const IpAddress& address = {}) {
  ifreq request = {};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  const NativeAddress native(Endpoint{address, 0});
  std::memcpy(&request.ifr_addr, native.get(), sizeof request.ifr_addr);
  return request;
}

TEST(DefaultRoute, MissingIsNotFound) {
  const int status = InEmptyNetwork([] {
    const auto address = DefaultRouteAddress();
    return !address && address.error() == Error{Errc::kNotFound, 0, 0, "route"} ? 0 : 1;
  });
  if (status == kCannotRunHere) GTEST_SKIP() << "no user namespaces here";
  EXPECT_EQ(status, 0);
}

// 10.1.2.3/24 on a tunnel device: with its own subnet only, then with the default route.
TEST(DefaultRoute, IsTheAddressOfItsInterfaceAndASubnetIsNone) {
  const int status = InEmptyNetwork([] {
    const int tunnel = open("/dev/net/tun", O_RDWR);
    if (tunnel < 0) return kCannotRunHere;
    ifreq device = Request("tap0");
    std::memset(&device.ifr_ifru, 0, sizeof device.ifr_ifru);
    device.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(tunnel, TUNSETIFF, &device) != 0) return kCannotRunHere;
    const int control = socket(AF_INET, SOCK_DGRAM, 0);
    ifreq address = Request("tap0", IpAddress::V4(10, 1, 2, 3));
    ifreq mask = Request("tap0", IpAddress::V4(255, 255, 255, 0));
    ifreq flags = Request("tap0");
    std::memset(&flags.ifr_ifru, 0, sizeof flags.ifr_ifru);
    flags.ifr_flags = IFF_UP;
    if (ioctl(control, SIOCSIFADDR, &address) != 0 || ioctl(control, SIOCSIFNETMASK, &mask) != 0 ||
        ioctl(control, SIOCSIFFLAGS, &flags) != 0) {
      return 1;
    }
    if (DefaultRouteAddress().error().code != Errc::kNotFound) return 2;

    rtentry route = {};
    const NativeAddress any(Endpoint{});
    const NativeAddress gateway(Endpoint{IpAddress::V4(10, 1, 2, 1), 0});
    std::memcpy(&route.rt_dst, any.get(), sizeof route.rt_dst);
    std::memcpy(&route.rt_genmask, any.get(), sizeof route.rt_genmask);
    std::memcpy(&route.rt_gateway, gateway.get(), sizeof route.rt_gateway);
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    if (ioctl(control, SIOCADDRT, &route) != 0) return 3;
    const auto found = DefaultRouteAddress();
    if (!found || *found != IpAddress::V4(10, 1, 2, 3)) return 4;

    const auto interfaces = ListInterfaces();
    if (!interfaces) return 5;
    for (const InterfaceAddress& entry : *interfaces) {
      if (entry.name != "tap0" || entry.address.IsV6()) continue;
      const bool right = entry.address == IpAddress::V4(10, 1, 2, 3) && entry.prefix == 24 && entry.up &&
                         !entry.loopback && entry.broadcast == IpAddress::V4(10, 1, 2, 255);
      return right && IsOnLink(*interfaces, IpAddress::V4(10, 1, 2, 200)) &&
                     !IsOnLink(*interfaces, IpAddress::V4(10, 1, 3, 200))
                 ? 0
                 : 6;
    }
    return 7;
  });
  if (status == kCannotRunHere) GTEST_SKIP() << "no user namespaces or no tunnel device here";
  EXPECT_EQ(status, 0);
}

#endif  // __linux__

}  // namespace
}  // namespace cctl
