// SPDX-License-Identifier: MIT
//
// Ends a poller's wait from another thread or from a signal handler. Any number of wakes before the next Drain are one.
// A pipe on POSIX; on Windows, whose pollers take sockets only, a datagram socket that is connected to itself on
// 127.0.0.1.
//
//   poller.Add(waker.native(), cctl::Interest::kRead, kWakerToken);
//   // elsewhere: waker.Wake();
//   // when kWakerToken is ready: waker.Drain();

#ifndef CCTL_NET_WAKER_H_
#define CCTL_NET_WAKER_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "cctl/base/result.h"
#include "cctl/net/socket_api.h"

#ifdef _WIN32
#include "cctl/net/native_address.h"
#endif

namespace cctl {

// May be moved only while nobody else can call Wake().
class Waker {
 public:
  // Part "waker".
  static Result<Waker> Create() {
    Waker waker;
#ifdef _WIN32
    waker.receive_ = Socket(detail::OpenSocket(AF_INET, SOCK_DGRAM));
    const NativeAddress any_port(Endpoint{IpAddress::V4(127, 0, 0, 1), 0});
    if (!waker.receive_ || bind(waker.native(), any_port.get(), any_port.size()) != 0) return Failed();
    const Result<Endpoint> bound = LocalEndpoint(waker.native());
    if (!bound) return bound.error();
    const NativeAddress itself(*bound);
    if (connect(waker.native(), itself.get(), itself.size()) != 0) return Failed();
#else
    int ends[2];
    if (::pipe(ends) != 0) return Failed();
    waker.receive_ = Socket(ends[0]);
    waker.send_ = Socket(ends[1]);
    for (const int end : ends) {
      if (::fcntl(end, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(end, F_SETFL, O_NONBLOCK) != 0) return Failed();
    }
#endif
    return waker;
  }

  // From any thread and any signal handler; leaves errno alone. A full pipe has a wake in it already.
  void Wake() const noexcept {
#ifdef _WIN32
    const char byte = 0;
    (void)send(receive_.native(), &byte, 1, 0);
#else
    const int saved = errno;
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(send_.native(), &byte, 1);
    errno = saved;
#endif
  }

  // By the thread that waits, before it looks at what it was woken for.
  void Drain() const {
    char bytes[64];
#ifdef _WIN32
    while (recv(receive_.native(), bytes, sizeof bytes, 0) > 0) {
    }
#else
    while (::read(receive_.native(), bytes, sizeof bytes) > 0) {
    }
#endif
  }

  // Readable while there is a wake that was not drained.
  [[nodiscard]] NativeSocket native() const { return receive_.native(); }

 private:
  Waker() = default;

  static Error Failed() { return detail::SocketError(detail::LastSocketError(), "waker"); }

  Socket receive_;
  Socket send_;  // unused on Windows
};

}  // namespace cctl

#endif  // CCTL_NET_WAKER_H_
