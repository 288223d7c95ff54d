// SPDX-License-Identifier: MIT
//
// Where commands find the relay of their state folder: a path, relay/control.sock. On POSIX that is a Unix socket,
// whose permissions keep others out. Windows has none that works everywhere; there the path is a file that only this
// user can read and that says at which port of the loopback interface the relay listens, and each connection goes
// through a gate (cctl/node/control_gate.h) before anything else is read. Both ways are there on all systems, for
// tests.

#ifndef CCTL_NODE_CONTROL_ENDPOINT_H_
#define CCTL_NODE_CONTROL_ENDPOINT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/readiness.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/tcp_socket.h"
#include "cctl/net/unix_socket.h"
#include "cctl/node/control_gate.h"
#include "cctl/sys/atomic_file.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/file.h"
#include "cctl/sys/os_random.h"

namespace cctl {

enum class ControlWay : std::uint8_t { kUnixSocket, kGatedLoopback };

#ifdef _WIN32
inline constexpr ControlWay kControlWay = ControlWay::kGatedLoopback;
#else
inline constexpr ControlWay kControlWay = ControlWay::kUnixSocket;
#endif

// Removes what a dead relay has left at the path, and nothing else: kInvalid, part "socket", for anything that is no
// endpoint. Nothing there is success.
inline Result<void> RemoveControlEndpoint(const std::string& path, ControlWay way = kControlWay) {
  if (way == ControlWay::kUnixSocket) return RemoveUnixSocket(path);
  auto text = ReadFile(path, kMaxGateFile);
  if (!text && text.error().code == Errc::kNotFound) return {};
  if (!text) return Error{Errc::kInvalid, 0, text.error().value, "socket"};
  const ScopedWipe wipe(*text);
  if (!ParseGateFile(*text)) return Error{Errc::kInvalid, 0, 0, "socket"};
  return RemoveFile(path);
}

struct AcceptedControl {
  AcceptStatus status = AcceptStatus::kWouldBlock;
  StreamSocket socket;
  std::optional<ControlGate> gate;  // what the connection has to go through first
};

class ControlListener {
 public:
  // Errors: those of UnixListener::Listen; or of TcpListener::Listen, OsRandom and AtomicWriteFile.
  static Result<ControlListener> Listen(const std::string& path, ControlWay way = kControlWay) {
    ControlListener listener;
    if (way == ControlWay::kUnixSocket) {
      auto unix_listener = UnixListener::Listen(path);
      if (!unix_listener) return unix_listener.error();
      listener.unix_ = *std::move(unix_listener);
      return listener;
    }
    auto tcp_listener = TcpListener::Listen({IpAddress::V4(127, 0, 0, 1), 0});
    if (!tcp_listener) return tcp_listener.error();
    GateAddress address{tcp_listener->local().port, {}};
    if (auto filled = OsRandom().Fill(address.token.mutable_bytes()); !filled) return filled.error();
    std::string text = FormatGateFile(address);
    const ScopedWipe wipe(text);
    if (auto written = AtomicWriteFile(path, AsBytes(text)); !written) return written.error();
    listener.tcp_ = *std::move(tcp_listener);
    listener.token_ = address.token;
    return listener;
  }

  [[nodiscard]] AcceptedControl Accept() const {
    if (unix_) {
      AcceptedUnix accepted = unix_->Accept();
      return {accepted.status, std::move(accepted.socket), std::nullopt};
    }
    AcceptedTcp accepted = tcp_->Accept();
    if (accepted.status != AcceptStatus::kAccepted) return {accepted.status, {}, std::nullopt};
    GateNonce nonce;
    if (!OsRandom().Fill(nonce)) return {AcceptStatus::kError, {}, std::nullopt};
    return {accepted.status, std::move(accepted.socket), ControlGate(token_, nonce)};
  }

  [[nodiscard]] NativeSocket native() const { return unix_ ? unix_->native() : tcp_->native(); }

 private:
  ControlListener() = default;

  std::optional<UnixListener> unix_;  // one of the two is there
  std::optional<TcpListener> tcp_;
  GateToken token_;
};

namespace detail {

// Waits until the socket is ready; false: the time is over.
inline bool AwaitSocket(const StreamSocket& socket, short events, Instant deadline) {
  for (;;) {
    PollEntry entry = {};
    entry.fd = socket.native();
    entry.events = events;
    if (PollSockets(&entry, 1, PollTimeout(deadline - SteadyNow())) > 0) return true;
    if (SteadyNow() >= deadline) return false;
  }
}

// kBusy: the relay took no further client; kUnreachable: it is none, or not this user's.
inline Result<void> PassGate(const StreamSocket& socket, const GateToken& token, Instant deadline) {
  const Error nobody = {Errc::kUnreachable, 0, 0, "connect"};
  const Error busy = {Errc::kBusy, 0, 0, "connect"};
  for (;;) {
    const ConnectStatus status = socket.FinishConnect().status;
    if (status == ConnectStatus::kConnected) break;
    if (status == ConnectStatus::kFailed || !AwaitSocket(socket, POLLOUT, deadline)) return nobody;
  }
  GateNonce nonce;
  if (auto filled = OsRandom().Fill(nonce); !filled) return filled.error();
  // So little fits into the buffer of a connection that is new, or the connection has ended.
  if (const IoResult sent = socket.Write(nonce); sent.size != nonce.size()) return nobody;
  std::array<std::uint8_t, kGateGreetingSize> greeting;
  for (std::size_t size = 0; size < greeting.size();) {
    const IoResult read = socket.Read(ByteSpan(greeting).subspan(size));
    if (read.status == IoStatus::kOk) {
      size += read.size;
    } else if (read.status != IoStatus::kWouldBlock) {
      return busy;
    } else if (!AwaitSocket(socket, POLLIN, deadline)) {
      return busy;
    }
  }
  const auto code = AnswerGate(token, nonce, greeting);
  if (!code) return nobody;
  if (const IoResult sent = socket.Write(*code); sent.size != code->size()) return busy;
  return {};
}

}  // namespace detail

// Errors, part "connect": kNotFound (no relay was there), kUnreachable (none is there now), kBusy (it takes no further
// client, or has not answered within `patience`), kInvalid, kIo.
inline Result<StreamSocket> ConnectControl(const std::string& path, Duration patience, ControlWay way = kControlWay) {
  if (way == ControlWay::kUnixSocket) return ConnectUnix(path);
  const Instant deadline = SteadyNow() + patience;
  auto text = ReadFile(path, kMaxGateFile);
  if (!text) return Error{text.error().code, 0, text.error().value, "connect"};
  const ScopedWipe wipe(*text);
  const auto address = ParseGateFile(*text);
  if (!address) return Error{Errc::kInvalid, 0, 0, "connect"};
  auto socket = ConnectTcp({IpAddress::V4(127, 0, 0, 1), address->port});
  if (!socket) return socket.error();
  if (auto passed = detail::PassGate(*socket, address->token, deadline); !passed) return passed.error();
  return socket;
}

}  // namespace cctl

#endif  // CCTL_NODE_CONTROL_ENDPOINT_H_
