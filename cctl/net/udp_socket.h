// SPDX-License-Identifier: MIT
//
// Datagrams over IPv4, without blocking: received with the address they came from, sent to one address, or to a
// broadcast address by one interface, whatever the routes say. Not thread-safe.
//
//   auto socket = cctl::UdpSocket::Bind({cctl::IpAddress(), 9848}, cctl::PortUse::kShared);
//   cctl::ReceivedDatagram next = socket->Receive(buffer);  // when the poller finds socket->native() readable

#ifndef CCTL_NET_UDP_SOCKET_H_
#define CCTL_NET_UDP_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/native_address.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/stream_socket.h"

namespace cctl {

enum class PortUse : std::uint8_t {
  kAlone,
  kShared,  // with others who share it: each of them gets every broadcast, and one of them each datagram to this
            // address
};

struct ReceivedDatagram {
  IoStatus status = IoStatus::kWouldBlock;  // kOk: there is one; kError: this one could not be had, take the next
  std::size_t size = 0;                     // what of it was there room for: leave one byte more than you accept
  Endpoint from;
};

// By which interface a datagram leaves, and from which of its addresses.
struct OutgoingInterface {
  std::uint32_t index = 0;
  IpAddress source;
};

class UdpSocket {
 public:
  // Port 0 takes a free one: see local(). Errors, part "udp": kAlreadyRunning (the port is another's who does not share
  // it), kUnreachable (not an address of this machine), kBusy (no descriptor left), kIo; `value` is the system's
  // number.
  static Result<UdpSocket> Bind(const Endpoint& at, PortUse use) {
    const NativeAddress address(at);
    UdpSocket udp(Socket(detail::OpenSocket(address.family(), SOCK_DGRAM)));
    if (!udp.socket_ || !detail::SetOption(udp.native(), SOL_SOCKET, SO_BROADCAST, 1) ||
        (use == PortUse::kShared && !SharePort(udp.native())) ||
        bind(udp.native(), address.get(), address.size()) != 0) {
      Error error = detail::SocketError(detail::LastSocketError(), "udp");
      if (detail::IsAddressInUse(static_cast<int>(error.value))) error.code = Errc::kAlreadyRunning;
      return error;
    }
    // A thousand answers may come within 50 ms; a system that allows less gives less.
    (void)detail::SetOption(udp.native(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
    const Result<Endpoint> local = LocalEndpoint(udp.native());
    if (!local) return local.error();
    udp.local_ = *local;
    return udp;
  }

  [[nodiscard]] ReceivedDatagram Receive(ByteSpan out) const {
    ReceivedDatagram received;
    NativeAddress from;
    std::ptrdiff_t size = -1;
    do {
      *from.mutable_size() = sizeof(sockaddr_storage);
      size = recvfrom(native(), reinterpret_cast<char*>(out.data()), static_cast<detail::BufferLength>(out.size()), 0,
                      from.get(), from.mutable_size());
    } while (size < 0 && Kind() == detail::SocketErrorKind::kInterrupted);
    if (size < 0) {
#ifdef _WIN32
      if (detail::LastSocketError() == WSAEMSGSIZE) {  // there as everywhere else: it has more bytes than there is room
        received.status = IoStatus::kOk;
        received.size = out.size();
        return WithSender(received, from);
      }
#endif
      received.status = Kind() == detail::SocketErrorKind::kWouldBlock ? IoStatus::kWouldBlock : IoStatus::kError;
      return received;
    }
    received.status = IoStatus::kOk;
    received.size = static_cast<std::size_t>(size);
    return WithSender(received, from);
  }

  // Errors, part "udp": kBusy (no room: it is lost, as on the way), kUnreachable, kIo.
  [[nodiscard]] Result<void> Send(ByteView bytes, const Endpoint& to) const {
    const NativeAddress address(to);
    for (;;) {
      const std::ptrdiff_t sent =
          sendto(native(), reinterpret_cast<const char*>(bytes.data()), static_cast<detail::BufferLength>(bytes.size()),
                 0, address.get(), address.size());
      if (sent >= 0) return {};
      if (Kind() != detail::SocketErrorKind::kInterrupted) return Failed();
    }
  }

  // Whether SendBy() can hold a datagram to one interface here. Elsewhere a limited broadcast would leave by whichever
  // interface the routes name, and is better not sent.
  static constexpr bool CanChooseInterface() {
#ifdef __linux__
    return true;
#else
    return false;
#endif
  }

  // Sends by that interface only. Errors as those of Send, and kUnsupported where CanChooseInterface() is false.
  [[nodiscard]] Result<void> SendBy(const OutgoingInterface& by, ByteView bytes, const Endpoint& to) const {
#ifdef __linux__
    const NativeAddress address(to);
    in_pktinfo info = {};  // ip(7), IP_PKTINFO
    info.ipi_ifindex = static_cast<int>(by.index);
    std::memcpy(&info.ipi_spec_dst, by.source.bytes().data(), sizeof info.ipi_spec_dst);
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof info)] = {};
    iovec part = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    msghdr message = {};
    message.msg_name = const_cast<sockaddr*>(address.get());
    message.msg_namelen = address.size();
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
    for (;;) {
      if (sendmsg(native(), &message, MSG_NOSIGNAL) >= 0) return {};
      if (Kind() != detail::SocketErrorKind::kInterrupted) return Failed();
    }
#else
    (void)by, (void)bytes, (void)to;
    return Error{Errc::kUnsupported, 0, 0, "udp"};
#endif
  }

  [[nodiscard]] NativeSocket native() const { return socket_.native(); }
  [[nodiscard]] const Endpoint& local() const { return local_; }

 private:
  static constexpr int kReceiveBuffer = 1024 * 1024;

  explicit UdpSocket(Socket socket) : socket_(std::move(socket)) {}

  static detail::SocketErrorKind Kind() { return detail::ClassifySocketError(detail::LastSocketError()); }
  static Error Failed() {
    Error error = detail::SocketError(detail::LastSocketError(), "udp");
    if (Kind() == detail::SocketErrorKind::kWouldBlock) error.code = Errc::kBusy;
    return error;
  }

  static bool SharePort(NativeSocket socket) {
#ifdef SO_REUSEPORT
    if (!detail::SetOption(socket, SOL_SOCKET, SO_REUSEPORT, 1)) return false;
#endif
    return detail::SetOption(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  }

  static ReceivedDatagram WithSender(ReceivedDatagram received, const NativeAddress& from) {
    const Result<Endpoint> sender = from.ToEndpoint();
    if (sender) received.from = *sender;
    if (!sender) received.status = IoStatus::kError;
    return received;
  }

  Socket socket_;
  Endpoint local_;
};

}  // namespace cctl

#endif  // CCTL_NET_UDP_SOCKET_H_
