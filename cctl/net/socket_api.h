// SPDX-License-Identifier: MIT
//
// The seam between cctl/net and the operating system's sockets: POSIX (Linux, macOS, BSD) or Winsock. Types, error
// numbers, opening, closing and the calls whose signatures differ are here and nowhere else; the other headers of this
// folder use only what is below. Every socket is non-blocking, not inherited by programs that are started, and raises
// no SIGPIPE.

#ifndef CCTL_NET_SOCKET_API_H_
#define CCTL_NET_SOCKET_API_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
// It has to come before these.
#include <mswsock.h>
#include <ws2tcpip.h>
#else
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"

namespace cctl {

#ifdef _WIN32
using NativeSocket = SOCKET;
inline constexpr NativeSocket kInvalidSocket = INVALID_SOCKET;
#else
using NativeSocket = int;
inline constexpr NativeSocket kInvalidSocket = -1;
#endif

namespace detail {

// ---- error numbers ----

enum class SocketErrorKind : std::uint8_t {
  kWouldBlock,
  kInProgress,        // a connection that is being made
  kInterrupted,       // by a signal: try again
  kOutOfDescriptors,  // this process or this machine has no descriptor or buffer left; nothing is wrong with the peer
  kGone,              // the connection ended without having been closed properly
  kUnreachable,       // nobody there, or no way there
  kOther,
};

#ifdef _WIN32

using SocketLength = int;
using BufferLength = int;  // of what recvfrom() and sendto() move
using PollEntry = WSAPOLLFD;

inline int LastSocketError() { return WSAGetLastError(); }

inline SocketErrorKind ClassifySocketError(int error) {
  switch (error) {
    case WSAEWOULDBLOCK:  // also what a started connect() answers
      return SocketErrorKind::kWouldBlock;
    case WSAEINPROGRESS:
      return SocketErrorKind::kInProgress;
    case WSAEINTR:
      return SocketErrorKind::kInterrupted;
    case WSAEMFILE:
    case WSAENOBUFS:
      return SocketErrorKind::kOutOfDescriptors;
    case WSAECONNRESET:
    case WSAECONNABORTED:
    case WSAESHUTDOWN:
      return SocketErrorKind::kGone;
    case WSAECONNREFUSED:
    case WSAEHOSTUNREACH:
    case WSAENETUNREACH:
    case WSAETIMEDOUT:
    case WSAEADDRNOTAVAIL:
      return SocketErrorKind::kUnreachable;
    default:
      return SocketErrorKind::kOther;
  }
}

inline bool IsAddressInUse(int error) { return error == WSAEADDRINUSE || error == WSAEACCES; }

inline void CloseSocket(NativeSocket socket) { closesocket(socket); }

inline bool SetNonBlocking(NativeSocket socket) {
  u_long on = 1;
  return ioctlsocket(socket, FIONBIO, &on) == 0;
}

// Winsock wants to be started once; it is never stopped, because sockets may outlive whoever started it.
inline bool StartSockets() {
  static const bool started = [] {
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
  }();
  return started;
}

inline NativeSocket OpenSocket(int family, int type) {
  if (!StartSockets()) return kInvalidSocket;
  const NativeSocket socket = WSASocketW(family, type, 0, nullptr, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (socket == kInvalidSocket || SetNonBlocking(socket)) return socket;
  CloseSocket(socket);
  return kInvalidSocket;
}

// The kinds of error that say that the connection to be accepted has gone: take the next.
inline bool IsAcceptAgain(int error) { return error == WSAECONNRESET || error == WSAEINTR; }

inline NativeSocket AcceptSocket(NativeSocket listener, sockaddr* address, SocketLength* size) {
  const NativeSocket socket = accept(listener, address, size);
  if (socket == kInvalidSocket || SetNonBlocking(socket)) return socket;
  CloseSocket(socket);
  return kInvalidSocket;
}

inline std::ptrdiff_t Receive(NativeSocket socket, ByteSpan out) {
  const int size = out.size() > 1 << 30 ? 1 << 30 : static_cast<int>(out.size());
  return recv(socket, reinterpret_cast<char*>(out.data()), size, 0);
}

inline std::ptrdiff_t Send(NativeSocket socket, ByteView bytes) {
  const int size = bytes.size() > 1 << 30 ? 1 << 30 : static_cast<int>(bytes.size());
  return send(socket, reinterpret_cast<const char*>(bytes.data()), size, 0);
}

inline bool SetOption(NativeSocket socket, int level, int name, int value) {
  return setsockopt(socket, level, name, reinterpret_cast<const char*>(&value), sizeof value) == 0;
}

inline int TakePendingError(NativeSocket socket) {
  int error = 0;
  int size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&error), &size) != 0) return LastSocketError();
  return error;
}

// Here SO_REUSEADDR would let another program take the port over; the right one forbids it.
inline bool SetListenOptions(NativeSocket socket) { return SetOption(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1); }

inline bool ShutdownSend(NativeSocket socket) { return shutdown(socket, SD_SEND) == 0; }

// As poll(); before Windows 10 2004 a connection that fails is not reported, so whoever connects keeps a time limit.
inline int PollSockets(PollEntry* entries, std::size_t count, int timeout_ms) {
  if (count == 0) {  // WSAPoll refuses an empty list
    Sleep(timeout_ms < 0 ? INFINITE : static_cast<DWORD>(timeout_ms));
    return 0;
  }
  return WSAPoll(entries, static_cast<ULONG>(count), timeout_ms);
}

#else  // POSIX

using SocketLength = socklen_t;
using BufferLength = std::size_t;
using PollEntry = pollfd;

inline int LastSocketError() { return errno; }

inline SocketErrorKind ClassifySocketError(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return SocketErrorKind::kWouldBlock;  // one number or two
  switch (error) {
    case EINPROGRESS:
      return SocketErrorKind::kInProgress;
    case EINTR:
      return SocketErrorKind::kInterrupted;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return SocketErrorKind::kOutOfDescriptors;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
      return SocketErrorKind::kGone;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case ETIMEDOUT:
    case EADDRNOTAVAIL:
      return SocketErrorKind::kUnreachable;
    default:
      return SocketErrorKind::kOther;
  }
}

inline bool IsAddressInUse(int error) { return error == EADDRINUSE; }

inline void CloseSocket(NativeSocket socket) { ::close(socket); }  // not again after EINTR: the descriptor is gone

inline bool StartSockets() { return true; }

#ifdef __linux__

inline NativeSocket OpenSocket(int family, int type) {
  return ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

inline NativeSocket AcceptSocket(NativeSocket listener, sockaddr* address, SocketLength* size) {
  return ::accept4(listener, address, size, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

#else  // macOS

inline NativeSocket PrepareSocket(NativeSocket socket) {
  if (socket == kInvalidSocket) return socket;
  bool ready = ::fcntl(socket, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(socket, F_SETFL, O_NONBLOCK) == 0;
#ifdef SO_NOSIGPIPE
  const int on = 1;
  ready = ready && ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) == 0;
#endif
  if (ready) return socket;
  const int error = errno;
  CloseSocket(socket);
  errno = error;
  return kInvalidSocket;
}

inline NativeSocket OpenSocket(int family, int type) { return PrepareSocket(::socket(family, type, 0)); }

inline NativeSocket AcceptSocket(NativeSocket listener, sockaddr* address, SocketLength* size) {
  return PrepareSocket(::accept(listener, address, size));
}

#endif  // __linux__

// Linux hands errors that are pending on the new connection to accept() (accept(2)): they are that connection's end,
// not the listener's.
inline bool IsAcceptAgain(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPERM:
#ifdef ENONET
    case ENONET:
#endif
      return true;
    default:
      return false;
  }
}

inline std::ptrdiff_t Receive(NativeSocket socket, ByteSpan out) { return ::recv(socket, out.data(), out.size(), 0); }

inline std::ptrdiff_t Send(NativeSocket socket, ByteView bytes) {
#ifdef MSG_NOSIGNAL
  return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
#else
  return ::send(socket, bytes.data(), bytes.size(), 0);
#endif
}

inline bool SetOption(NativeSocket socket, int level, int name, int value) {
  return ::setsockopt(socket, level, name, &value, sizeof value) == 0;
}

inline int TakePendingError(NativeSocket socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

// A relay that restarts need not wait for its former connections' last minute; two listeners are still refused.
inline bool SetListenOptions(NativeSocket socket) { return SetOption(socket, SOL_SOCKET, SO_REUSEADDR, 1); }

inline bool ShutdownSend(NativeSocket socket) { return ::shutdown(socket, SHUT_WR) == 0; }

inline int PollSockets(PollEntry* entries, std::size_t count, int timeout_ms) {
  return ::poll(entries, static_cast<nfds_t>(count), timeout_ms);
}

#endif  // _WIN32

// ---- the same everywhere ----

// The Error of an error number: kUnreachable where nobody answers there, kBusy where this machine has no descriptor
// left, else kIo; `value` is the number.
inline Error SocketError(int error, const char* part) {
  Errc code = Errc::kIo;
  if (ClassifySocketError(error) == SocketErrorKind::kUnreachable) code = Errc::kUnreachable;
  if (ClassifySocketError(error) == SocketErrorKind::kOutOfDescriptors) code = Errc::kBusy;
  return {code, 0, static_cast<std::uint32_t>(error), part};
}

}  // namespace detail

// Owns a socket (or on POSIX any descriptor) and closes it.
class Socket {
 public:
  Socket() = default;
  explicit Socket(NativeSocket socket) : socket_(socket) {}
  Socket(Socket&& other) noexcept : socket_(std::exchange(other.socket_, kInvalidSocket)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      Close();
      socket_ = std::exchange(other.socket_, kInvalidSocket);
    }
    return *this;
  }
  ~Socket() { Close(); }

  [[nodiscard]] explicit operator bool() const { return socket_ != kInvalidSocket; }
  [[nodiscard]] NativeSocket native() const { return socket_; }
  void Close() {
    if (socket_ != kInvalidSocket) detail::CloseSocket(std::exchange(socket_, kInvalidSocket));
  }

 private:
  NativeSocket socket_ = kInvalidSocket;
};

}  // namespace cctl

#endif  // CCTL_NET_SOCKET_API_H_
