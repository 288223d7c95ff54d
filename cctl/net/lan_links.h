// SPDX-License-Identifier: MIT
//
// Which of this machine's networks are its LAN: the interfaces that may be used, where to broadcast on each, and who is
// a neighbour there (docs/protocol.md, section 5). Pure: what ListInterfaces() says goes in.
//
//   const auto links = cctl::SelectLanLinks(interfaces, {.exclude = {"docker*"}}, bound_to);
//   for (const cctl::BroadcastTarget& target : cctl::BroadcastTargets(links, bound_to)) ...

#ifndef CCTL_NET_LAN_LINKS_H_
#define CCTL_NET_LAN_LINKS_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/glob.h"
#include "cctl/net/interfaces.h"
#include "cctl/net/ip_address.h"

namespace cctl {

// Names of interfaces as globs.
struct InterfaceFilter {
  std::vector<std::string> include = {};  // empty: all
  std::vector<std::string> exclude = {};  // stronger than `include`
};

inline bool IsAllowed(const InterfaceFilter& filter, std::string_view name) {
  const auto matches = [name](const std::string& pattern) { return MatchesGlob(pattern, name); };
  if (std::any_of(filter.exclude.begin(), filter.exclude.end(), matches)) return false;
  return filter.include.empty() || std::any_of(filter.include.begin(), filter.include.end(), matches);
}

// The addresses at which neighbours may be found: of interfaces that are up, broadcast over IPv4 and are allowed.
// `bound`: where the relay listens; unless that is every address, only that one.
inline std::vector<InterfaceAddress> SelectLanLinks(std::span<const InterfaceAddress> interfaces,
                                                    const InterfaceFilter& filter, const IpAddress& bound) {
  std::vector<InterfaceAddress> links;
  for (const InterfaceAddress& entry : interfaces) {
    if (!entry.up || entry.loopback || !entry.broadcast || !IsAllowed(filter, entry.name)) continue;
    if (!bound.IsUnspecified() && entry.address != bound) continue;
    links.push_back(entry);
  }
  return links;
}

// One address to broadcast to.
struct BroadcastTarget {
  std::string name;         // the interface's; empty: this machine itself
  std::uint32_t index = 0;  // the datagram has to leave by this one; 0: the routes do right
  IpAddress source;
  IpAddress to;
};

// Of each link its directed broadcast address, and once per interface, bound to it, 255.255.255.255; and of this
// machine 127.255.255.255, for others on it. `bound` as above: a relay that listens at one address of the network is
// not reachable by 127.0.0.1, and one that listens there by nothing else.
inline std::vector<BroadcastTarget> BroadcastTargets(std::span<const InterfaceAddress> links, const IpAddress& bound) {
  std::vector<BroadcastTarget> targets;
  if (!bound.IsLoopback()) {
    std::vector<std::uint32_t> limited;
    for (const InterfaceAddress& link : links) {
      targets.push_back({link.name, link.index, link.address, *link.broadcast});
      if (std::find(limited.begin(), limited.end(), link.index) != limited.end()) continue;
      limited.push_back(link.index);
      targets.push_back({link.name, link.index, link.address, IpAddress::V4(255, 255, 255, 255)});
    }
  }
  if (bound.IsUnspecified() || bound.IsLoopback()) {
    const IpAddress self = bound.IsLoopback() ? bound : IpAddress::V4(127, 0, 0, 1);
    targets.push_back({{}, 0, self, IpAddress::V4(127, 255, 255, 255)});
  }
  return targets;
}

// Whether an address may be a colleague's in the same room: a private or link-local one (RFC 1918, RFC 3927) on one of
// the links, which is neither ours nor a router's, behind which anybody may sit.
inline bool IsNeighbour(std::span<const InterfaceAddress> links, std::span<const IpAddress> routers,
                        const IpAddress& address) {
  const IpAddress ip = address.Unmapped();
  if (!ip.IsV4() || ip.IsLoopback() || !(ip.IsPrivate() || ip.IsLinkLocal())) return false;
  if (std::find(routers.begin(), routers.end(), ip) != routers.end()) return false;
  bool on_link = false;
  for (const InterfaceAddress& link : links) {
    if (link.address == ip) return false;
    on_link = on_link || ip.IsIn(link.address, link.prefix);
  }
  return on_link;
}

// The routers of this machine's IPv4 routes, in the order of the system. Known on Linux only, where /proc/net/route
// lists them; elsewhere none.
inline std::vector<IpAddress> ListRouters() {
  std::vector<IpAddress> routers;
#ifdef __linux__
  std::FILE* const table = std::fopen("/proc/net/route", "re");
  if (table == nullptr) return routers;
  char line[512];
  while (std::fgets(line, sizeof line, table) != nullptr) {
    unsigned destination = 0;
    unsigned gateway = 0;
    // Name, destination, gateway: addresses as hexadecimal numbers in this machine's order of bytes. The first line
    // names the columns.
    if (std::sscanf(line, "%*s %x %x", &destination, &gateway) != 2 || gateway == 0) continue;
    std::array<std::uint8_t, 4> bytes;
    static_assert(sizeof gateway == sizeof bytes);
    std::memcpy(bytes.data(), &gateway, sizeof bytes);
    routers.push_back(IpAddress::V4(bytes));
  }
  std::fclose(table);
#endif
  return routers;
}

}  // namespace cctl

#endif  // CCTL_NET_LAN_LINKS_H_
