// SPDX-License-Identifier: MIT
//
// TCP connections, made and accepted without blocking, with TCP_NODELAY: lines are short and written whole, so there is
// nothing to collect. IPv6 listeners take no IPv4 connections (no `::ffff:` addresses turn up); listen on both instead.
//
//   auto listener = cctl::TcpListener::Listen({*cctl::IpAddress::Parse("0.0.0.0"), 9847});
//   cctl::AcceptedTcp next = listener->Accept();  // when the poller finds listener->native() readable

#ifndef CCTL_NET_TCP_SOCKET_H_
#define CCTL_NET_TCP_SOCKET_H_

#include <utility>

#include "cctl/base/result.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/native_address.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/stream_socket.h"

namespace cctl {

// Starts a connection; the poller finds the socket writable when FinishConnect() knows more. Errors, part "connect":
// kUnreachable (known at once: no route), kBusy (no descriptor left), kIo.
inline Result<StreamSocket> ConnectTcp(const Endpoint& to) {
  const NativeAddress address(to);
  Socket socket(detail::OpenSocket(address.family(), SOCK_STREAM));
  if (!socket) return detail::SocketError(detail::LastSocketError(), "connect");
  (void)detail::SetOption(socket.native(), IPPROTO_TCP, TCP_NODELAY, 1);  // a matter of speed only
  if (connect(socket.native(), address.get(), address.size()) != 0) {
    const int error = detail::LastSocketError();
    const detail::SocketErrorKind kind = detail::ClassifySocketError(error);
    // A connect() that a signal interrupts goes on by itself (POSIX), like one in progress.
    if (kind != detail::SocketErrorKind::kInProgress && kind != detail::SocketErrorKind::kWouldBlock &&
        kind != detail::SocketErrorKind::kInterrupted) {
      return detail::SocketError(error, "connect");
    }
  }
  return StreamSocket(std::move(socket));
}

struct AcceptedTcp {
  AcceptStatus status = AcceptStatus::kWouldBlock;
  StreamSocket socket;
  Endpoint peer;
  int error = 0;
};

class TcpListener {
 public:
  // The longest queue of connections that nobody has accepted yet; the system's own limit may be lower.
  static constexpr int kBacklog = 512;

  // Port 0 takes a free one: see local(). Errors, part "listen": kAlreadyRunning (somebody listens there), kUnreachable
  // (not an address of this machine), kIo (also a port that this user may not have); `value` is the system's number.
  static Result<TcpListener> Listen(const Endpoint& at, int backlog = kBacklog) {
    const NativeAddress address(at);
    TcpListener listener(Socket(detail::OpenSocket(address.family(), SOCK_STREAM)));
    if (!listener.socket_ || !detail::SetListenOptions(listener.native()) ||
        (at.ip.IsV6() && !detail::SetOption(listener.native(), IPPROTO_IPV6, IPV6_V6ONLY, 1)) ||
        bind(listener.native(), address.get(), address.size()) != 0 || listen(listener.native(), backlog) != 0) {
      Error error = detail::SocketError(detail::LastSocketError(), "listen");
      if (detail::IsAddressInUse(static_cast<int>(error.value))) error.code = Errc::kAlreadyRunning;
      return error;
    }
    const Result<Endpoint> local = LocalEndpoint(listener.native());
    if (!local) return local.error();
    listener.local_ = *local;
    return listener;
  }

  [[nodiscard]] AcceptedTcp Accept() const {
    AcceptedTcp accepted;
    NativeAddress address;
    Socket socket;
    accepted.status = detail::AcceptNext(native(), address.get(), address.mutable_size(), &socket, &accepted.error);
    if (accepted.status != AcceptStatus::kAccepted) return accepted;
    const Result<Endpoint> peer = address.ToEndpoint();
    if (peer) accepted.peer = *peer;
    (void)detail::SetOption(socket.native(), IPPROTO_TCP, TCP_NODELAY, 1);
    accepted.socket = StreamSocket(std::move(socket));
    return accepted;
  }

  [[nodiscard]] NativeSocket native() const { return socket_.native(); }
  [[nodiscard]] const Endpoint& local() const { return local_; }

 private:
  explicit TcpListener(Socket socket) : socket_(std::move(socket)) {}

  Socket socket_;
  Endpoint local_;
};

}  // namespace cctl

#endif  // CCTL_NET_TCP_SOCKET_H_
