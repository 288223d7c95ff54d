// SPDX-License-Identifier: MIT
//
// An Endpoint in the form that socket calls take (sockaddr_in, sockaddr_in6), and back.

#ifndef CCTL_NET_NATIVE_ADDRESS_H_
#define CCTL_NET_NATIVE_ADDRESS_H_

#include <array>
#include <cstdint>
#include <cstring>

#include "cctl/base/result.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/socket_api.h"

namespace cctl {

class NativeAddress {
 public:
  // Room for a call to write an address to.
  NativeAddress() = default;

  explicit NativeAddress(const Endpoint& endpoint) {
    if (endpoint.ip.IsV4()) {
      sockaddr_in v4 = {};
      v4.sin_family = AF_INET;
      v4.sin_port = htons(endpoint.port);
      std::memcpy(&v4.sin_addr, endpoint.ip.bytes().data(), 4);
      Assign(v4);
    } else {
      sockaddr_in6 v6 = {};
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(endpoint.port);
      v6.sin6_scope_id = endpoint.scope;
      std::memcpy(&v6.sin6_addr, endpoint.ip.bytes().data(), 16);
      Assign(v6);
    }
  }

  // What `address` points to, of the length that its family has. An address of another family: kUnsupported.
  static Result<Endpoint> ToEndpoint(const sockaddr* address) {
    if (address != nullptr && address->sa_family == AF_INET) {
      sockaddr_in v4;
      std::memcpy(&v4, address, sizeof v4);
      std::array<std::uint8_t, 4> bytes;
      std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
      return Endpoint{IpAddress::V4(bytes), ntohs(v4.sin_port)};
    }
    if (address != nullptr && address->sa_family == AF_INET6) {
      sockaddr_in6 v6;
      std::memcpy(&v6, address, sizeof v6);
      std::array<std::uint8_t, 16> bytes;
      std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
      return Endpoint{IpAddress::V6(bytes), ntohs(v6.sin6_port), static_cast<std::uint32_t>(v6.sin6_scope_id)};
    }
    return Error{Errc::kUnsupported, 0, 0, "address"};
  }

  [[nodiscard]] Result<Endpoint> ToEndpoint() const { return ToEndpoint(get()); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage_); }
  [[nodiscard]] detail::SocketLength size() const { return size_; }
  [[nodiscard]] detail::SocketLength* mutable_size() { return &size_; }
  [[nodiscard]] int family() const { return storage_.ss_family; }

 private:
  template <typename Address>
  void Assign(const Address& address) {
    std::memcpy(&storage_, &address, sizeof address);
    size_ = sizeof address;
  }

  sockaddr_storage storage_ = {};
  detail::SocketLength size_ = sizeof(sockaddr_storage);
};

// What the socket is bound to. Part "socket".
inline Result<Endpoint> LocalEndpoint(NativeSocket socket) {
  NativeAddress address;
  if (getsockname(socket, address.get(), address.mutable_size()) != 0) {
    return detail::SocketError(detail::LastSocketError(), "socket");
  }
  return address.ToEndpoint();
}

// What the socket is connected to. Part "socket".
inline Result<Endpoint> PeerEndpoint(NativeSocket socket) {
  NativeAddress address;
  if (getpeername(socket, address.get(), address.mutable_size()) != 0) {
    return detail::SocketError(detail::LastSocketError(), "socket");
  }
  return address.ToEndpoint();
}

}  // namespace cctl

#endif  // CCTL_NET_NATIVE_ADDRESS_H_
