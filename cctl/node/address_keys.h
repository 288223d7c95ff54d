// SPDX-License-Identifier: MIT
//
// Between the addresses of sockets and those that the machines of proto/ count and compare.

#ifndef CCTL_NODE_ADDRESS_KEYS_H_
#define CCTL_NODE_ADDRESS_KEYS_H_

#include <algorithm>
#include <cstddef>

#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/proto/address_key.h"

namespace cctl {

inline AddressKey ToAddressKey(const IpAddress& ip) {
  AddressKey key{};
  const auto bytes = ip.bytes();
  if (ip.IsV4()) key[10] = key[11] = 0xff;
  std::copy(bytes.begin(), bytes.end(), key.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  return key;
}

inline IpAddress ToIpAddress(const AddressKey& key) { return IpAddress::V6(key).Unmapped(); }

inline Endpoint ToEndpoint(const RemoteAddress& address) { return {ToIpAddress(address.ip), address.port}; }

}  // namespace cctl

#endif  // CCTL_NODE_ADDRESS_KEYS_H_
