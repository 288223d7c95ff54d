// SPDX-License-Identifier: MIT
//
// Addresses as the machines of proto/ see them: bytes to compare and to count by, without a socket's types.

#ifndef CCTL_PROTO_ADDRESS_KEY_H_
#define CCTL_PROTO_ADDRESS_KEY_H_

#include <algorithm>
#include <array>
#include <cstdint>

namespace cctl {

// An address of the other end: IPv6 as it is, IPv4 mapped into it (RFC 4291, section 2.5.5.2).
using AddressKey = std::array<std::uint8_t, 16>;

// Where something may be reached.
struct RemoteAddress {
  AddressKey ip{};
  std::uint16_t port = 0;

  friend constexpr bool operator==(const RemoteAddress&, const RemoteAddress&) = default;
};

// What counts as one source: an IPv4 address, or the 64 bits of an IPv6 network, in which one machine can have as many
// addresses as it likes. Link-local addresses (fe80::/10) all share one network, so each of them is a source.
constexpr AddressKey SourceOf(AddressKey address) {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), address.begin())) return address;
  if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) return address;
  std::fill(address.begin() + 8, address.end(), std::uint8_t{0});
  return address;
}

}  // namespace cctl

#endif  // CCTL_PROTO_ADDRESS_KEY_H_
