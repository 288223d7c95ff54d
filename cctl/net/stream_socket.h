// SPDX-License-Identifier: MIT
//
// A non-blocking byte stream, over TCP or a Unix socket alike: what cctl/net/tcp_socket.h and cctl/net/unix_socket.h
// make and accept. Not thread-safe. Read and Write are repeated when a signal interrupts them.
//
//   cctl::IoResult read = socket.Read(buffer);
//   if (read.status == cctl::IoStatus::kOk) Use(buffer.first(read.size));

#ifndef CCTL_NET_STREAM_SOCKET_H_
#define CCTL_NET_STREAM_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"
#include "cctl/net/socket_api.h"

namespace cctl {

enum class IoStatus : std::uint8_t {
  kOk,          // `size` bytes, at least one unless none were asked for
  kWouldBlock,  // nothing now: ask the poller
  kClosed,      // the other side has ended its half (Read), or the connection is gone (both)
  kError,       // `error` is the system's number
};

struct IoResult {
  IoStatus status = IoStatus::kOk;
  std::size_t size = 0;
  int error = 0;
};

enum class ConnectStatus : std::uint8_t { kConnected, kInProgress, kFailed };

struct ConnectResult {
  ConnectStatus status = ConnectStatus::kInProgress;
  Error error;  // where it failed: kUnreachable or kIo, part "connect", `value` the system's number
};

class StreamSocket {
 public:
  StreamSocket() = default;
  explicit StreamSocket(Socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(socket_); }
  [[nodiscard]] NativeSocket native() const { return socket_.native(); }

  // How far the connection is. Asked when the poller finds the socket writable or failed; asking early or again is
  // harmless, but a failure is told once.
  [[nodiscard]] ConnectResult FinishConnect() const {
    if (const int error = detail::TakePendingError(native()); error != 0) {
      return {ConnectStatus::kFailed, detail::SocketError(error, "connect")};
    }
    sockaddr_storage peer;
    detail::SocketLength size = sizeof peer;
    if (getpeername(native(), reinterpret_cast<sockaddr*>(&peer), &size) == 0) return {ConnectStatus::kConnected, {}};
    return {};
  }

  [[nodiscard]] IoResult Read(ByteSpan out) const {
    if (out.empty()) return {};
    return Repeat([&] { return detail::Receive(native(), out); }, /*zero_is_end=*/true);
  }

  [[nodiscard]] IoResult Write(ByteView bytes) const {
    if (bytes.empty()) return {};
    return Repeat([&] { return detail::Send(native(), bytes); }, /*zero_is_end=*/false);
  }

  // Tells the other side that nothing more will come; reading goes on.
  void ShutdownWrite() const { (void)detail::ShutdownSend(native()); }

  void Close() { socket_.Close(); }

 private:
  template <typename Call>
  static IoResult Repeat(Call call, bool zero_is_end) {
    for (;;) {
      const std::ptrdiff_t size = call();
      if (size > 0) return {IoStatus::kOk, static_cast<std::size_t>(size), 0};
      if (size == 0) return {zero_is_end ? IoStatus::kClosed : IoStatus::kWouldBlock, 0, 0};
      const int error = detail::LastSocketError();
      switch (detail::ClassifySocketError(error)) {
        case detail::SocketErrorKind::kInterrupted:
          continue;
        case detail::SocketErrorKind::kWouldBlock:
          return {IoStatus::kWouldBlock, 0, 0};
        case detail::SocketErrorKind::kGone:
          return {IoStatus::kClosed, 0, error};
        default:
          return {IoStatus::kError, 0, error};
      }
    }
  }

  Socket socket_;
};

enum class AcceptStatus : std::uint8_t {
  kAccepted,
  kWouldBlock,
  // No descriptor or buffer is left. The connection stays in the queue and the listener stays readable, so take the
  // listener out of the poller for a while: otherwise the loop spins.
  kOutOfDescriptors,
  kError,  // the listener itself is unusable; `error` is the system's number
};

namespace detail {

// Takes the next connection that is still there.
inline AcceptStatus AcceptNext(NativeSocket listener, sockaddr* address, SocketLength* size, Socket* out, int* error) {
  const SocketLength room = *size;
  for (;;) {
    *size = room;
    *out = Socket(AcceptSocket(listener, address, size));
    if (*out) return AcceptStatus::kAccepted;
    *error = LastSocketError();
    if (IsAcceptAgain(*error)) continue;
    switch (ClassifySocketError(*error)) {
      case SocketErrorKind::kWouldBlock:
        return AcceptStatus::kWouldBlock;
      case SocketErrorKind::kOutOfDescriptors:
        return AcceptStatus::kOutOfDescriptors;
      default:
        return AcceptStatus::kError;
    }
  }
}

}  // namespace detail

}  // namespace cctl

#endif  // CCTL_NET_STREAM_SOCKET_H_
