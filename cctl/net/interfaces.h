// SPDX-License-Identifier: MIT
//
// The addresses of this machine's network interfaces, and which of them the outside world is reached by. Read anew at
// each call: interfaces come and go. Nothing here sends a packet.

#ifndef CCTL_NET_INTERFACES_H_
#define CCTL_NET_INTERFACES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/native_address.h"
#include "cctl/net/socket_api.h"

#ifdef _WIN32
#include <iphlpapi.h>
#else
#include <ifaddrs.h>
#include <net/if.h>
#endif

namespace cctl {

// One address of one interface; an interface with several turns up several times, one without none not at all.
struct InterfaceAddress {
  std::string name;         // "eth0"; on Windows its friendly name
  std::uint32_t index = 0;  // as the system numbers interfaces; 0: it was gone before it could be asked
  bool up = false;
  bool loopback = false;
  IpAddress address;
  unsigned prefix = 0;                 // bits of the subnet's mask
  std::optional<IpAddress> broadcast;  // the subnet's broadcast address, IPv4 only, where the interface broadcasts
};

namespace detail {

// The ones at the start of a mask.
constexpr unsigned PrefixOf(const IpAddress& mask) {
  unsigned bits = 0;
  for (const std::uint8_t byte : mask.bytes()) {
    for (unsigned bit = 0x80; bit != 0; bit >>= 1, ++bits) {
      if ((byte & bit) == 0) return bits;
    }
  }
  return bits;
}

// The last address of an IPv4 subnet.
constexpr IpAddress BroadcastOf(const IpAddress& ip, unsigned prefix) {
  std::array<std::uint8_t, 4> bytes = {};
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned host_bits = prefix >= 8 * (i + 1) ? 0 : prefix <= 8 * i ? 8 : 8 * (i + 1) - prefix;
    bytes[i] = static_cast<std::uint8_t>(ip.bytes()[i] | ((1u << host_bits) - 1));
  }
  return IpAddress::V4(bytes);
}

#ifndef _WIN32

// The length of the subnet's prefix.
inline unsigned PrefixOf(const ifaddrs& entry) {
  sockaddr_storage mask = {};
#ifdef __linux__
  const std::size_t size = entry.ifa_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
#else
  const std::size_t size = entry.ifa_netmask->sa_len;  // BSD leaves the zeros at the end and the family out
#endif
  std::memcpy(&mask, entry.ifa_netmask, size < sizeof mask ? size : sizeof mask);
  mask.ss_family = entry.ifa_addr->sa_family;
  const Result<Endpoint> endpoint = NativeAddress::ToEndpoint(reinterpret_cast<const sockaddr*>(&mask));
  return endpoint ? PrefixOf(endpoint->ip) : 0;
}

#endif

}  // namespace detail

// In the order of the system. Errors: kIo, part "interfaces".
inline Result<std::vector<InterfaceAddress>> ListInterfaces() {
  std::vector<InterfaceAddress> out;
#ifdef _WIN32
  ULONG size = 16 * 1024;  // what the documentation recommends to start with
  std::vector<std::uint64_t> memory;
  ULONG error = ERROR_BUFFER_OVERFLOW;
  for (int attempt = 0; attempt < 4 && error == ERROR_BUFFER_OVERFLOW; ++attempt) {
    memory.resize(size / sizeof memory[0] + 1);
    error = GetAdaptersAddresses(AF_UNSPEC, GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER,
                                 nullptr, reinterpret_cast<IP_ADAPTER_ADDRESSES*>(memory.data()), &size);
  }
  if (error == ERROR_NO_DATA) return out;
  if (error != NO_ERROR) return Error{Errc::kIo, 0, static_cast<std::uint32_t>(error), "interfaces"};
  for (auto* adapter = reinterpret_cast<const IP_ADAPTER_ADDRESSES*>(memory.data()); adapter != nullptr;
       adapter = adapter->Next) {
    char name[256] = {};
    WideCharToMultiByte(CP_UTF8, 0, adapter->FriendlyName, -1, name, sizeof name - 1, nullptr, nullptr);
    for (const auto* unicast = adapter->FirstUnicastAddress; unicast != nullptr; unicast = unicast->Next) {
      const Result<Endpoint> endpoint = NativeAddress::ToEndpoint(unicast->Address.lpSockaddr);
      if (!endpoint) continue;
      InterfaceAddress entry;
      entry.name = name;
      entry.index = endpoint->ip.IsV4() ? adapter->IfIndex : adapter->Ipv6IfIndex;
      entry.up = adapter->OperStatus == IfOperStatusUp;
      entry.loopback = adapter->IfType == IF_TYPE_SOFTWARE_LOOPBACK;
      entry.address = endpoint->ip;
      entry.prefix = unicast->OnLinkPrefixLength;
      const bool broadcasts = adapter->IfType != IF_TYPE_PPP && adapter->IfType != IF_TYPE_TUNNEL && !entry.loopback;
      if (broadcasts && entry.address.IsV4() && entry.prefix < 31) {
        entry.broadcast = detail::BroadcastOf(entry.address, entry.prefix);
      }
      out.push_back(std::move(entry));
    }
  }
#else
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return detail::SocketError(errno, "interfaces");
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    const Result<Endpoint> endpoint = NativeAddress::ToEndpoint(i->ifa_addr);
    if (!endpoint) continue;  // a link-layer address, or none
    InterfaceAddress entry;
    entry.name = i->ifa_name;
    entry.index = ::if_nametoindex(i->ifa_name);
    entry.up = (i->ifa_flags & IFF_UP) != 0;
    entry.loopback = (i->ifa_flags & IFF_LOOPBACK) != 0;
    entry.address = endpoint->ip;
    // Without a mask there is no subnet, only the address itself.
    entry.prefix = i->ifa_netmask == nullptr ? entry.address.bits() : detail::PrefixOf(*i);
    if ((i->ifa_flags & IFF_BROADCAST) != 0 && entry.address.IsV4()) {
      const Result<Endpoint> broadcast = NativeAddress::ToEndpoint(i->ifa_broadaddr);
      if (broadcast && !broadcast->ip.IsUnspecified()) entry.broadcast = broadcast->ip;
    }
    out.push_back(std::move(entry));
  }
  ::freeifaddrs(list);
#endif
  return out;
}

// The address of this machine by which `to` is reached: the system chooses a route for a datagram socket that is
// connected, and connecting one sends nothing. kNotFound, part "route", where there is no way there.
inline Result<IpAddress> SourceAddressFor(const Endpoint& to) {
  const NativeAddress address(to);
  const Socket socket(detail::OpenSocket(address.family(), SOCK_DGRAM));
  if (!socket) return detail::SocketError(detail::LastSocketError(), "route");
  if (connect(socket.native(), address.get(), address.size()) != 0) {
    return Error{Errc::kNotFound, 0, static_cast<std::uint32_t>(detail::LastSocketError()), "route"};
  }
  const Result<Endpoint> local = LocalEndpoint(socket.native());
  if (!local) return local.error();
  if (local->ip.IsUnspecified()) return Error{Errc::kNotFound, 0, 0, "route"};
  return local->ip;
}

// The address of the interface that has the default route, IPv4 before IPv6; kNotFound where there is none. Asked for
// the way to addresses kept for documentation (RFC 5737, RFC 3849), to which no other route leads.
inline Result<IpAddress> DefaultRouteAddress() {
  const Result<IpAddress> v4 = SourceAddressFor({IpAddress::V4(192, 0, 2, 1), 9});
  if (v4 && !v4->IsLoopback()) return v4;
  const Result<IpAddress> v6 =
      SourceAddressFor({IpAddress::V6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 9});
  if (v6 && !v6->IsLoopback()) return v6;
  return Error{Errc::kNotFound, 0, 0, "route"};
}

// Whether `ip` is in the subnet of an interface that is up: a neighbour, or this machine.
inline bool IsOnLink(std::span<const InterfaceAddress> interfaces, const IpAddress& ip) {
  for (const InterfaceAddress& entry : interfaces) {
    if (entry.up && ip.Unmapped().IsIn(entry.address, entry.prefix)) return true;
  }
  return false;
}

}  // namespace cctl

#endif  // CCTL_NET_INTERFACES_H_
