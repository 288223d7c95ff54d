// SPDX-License-Identifier: MIT
//
// The poller of Linux, level-triggered: what it costs depends on the sockets that are ready, not on those it knows.
// See cctl/net/poller.h for the interface. Empty on other systems.

#ifndef CCTL_NET_EPOLL_POLLER_H_
#define CCTL_NET_EPOLL_POLLER_H_

#ifdef __linux__

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/net/readiness.h"
#include "cctl/net/socket_api.h"

namespace cctl {

class EpollPoller {
 public:
  static Result<EpollPoller> Create() {
    EpollPoller poller;
    poller.epoll_ = Socket(::epoll_create1(EPOLL_CLOEXEC));
    if (!poller.epoll_) return detail::SocketError(errno, "poller");
    return poller;
  }

  Result<void> Add(NativeSocket socket, Interest interest, std::uint64_t token) {
    return Control(EPOLL_CTL_ADD, socket, interest, token);
  }
  Result<void> Modify(NativeSocket socket, Interest interest, std::uint64_t token) {
    return Control(EPOLL_CTL_MOD, socket, interest, token);
  }
  Result<void> Remove(NativeSocket socket) { return Control(EPOLL_CTL_DEL, socket, Interest::kNone, 0); }

  Result<std::size_t> Wait(std::optional<Duration> timeout, std::span<Ready> out) {
    std::array<epoll_event, 64> events;
    const int room = static_cast<int>((std::min)(out.size(), events.size()));
    const int count = ::epoll_wait(epoll_.native(), events.data(), room, detail::PollTimeout(timeout));
    if (count < 0) {
      if (errno == EINTR) return std::size_t{0};
      return detail::SocketError(errno, "poller");
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const std::uint32_t bits = events[i].events;
      out[i] = {events[i].data.u64, (bits & EPOLLIN) != 0, (bits & EPOLLOUT) != 0, (bits & (EPOLLERR | EPOLLHUP)) != 0};
    }
    return static_cast<std::size_t>(count);
  }

 private:
  EpollPoller() = default;

  Result<void> Control(int operation, NativeSocket socket, Interest interest, std::uint64_t token) {
    epoll_event event = {};
    if (WantsRead(interest)) event.events |= EPOLLIN;
    if (WantsWrite(interest)) event.events |= EPOLLOUT;
    event.data.u64 = token;
    if (::epoll_ctl(epoll_.native(), operation, socket, &event) != 0) return detail::SocketError(errno, "poller");
    return {};
  }

  Socket epoll_;
};

}  // namespace cctl

#endif  // __linux__

#endif  // CCTL_NET_EPOLL_POLLER_H_
