// SPDX-License-Identifier: MIT
//
// Waits for many sockets at once. Poller is the best one of this system; both implementations have this interface:
//
//   static Result<P> Create();
//   Result<void> Add(NativeSocket, Interest, std::uint64_t token);     // at most once for a socket
//   Result<void> Modify(NativeSocket, Interest, std::uint64_t token);
//   Result<void> Remove(NativeSocket);                                 // before the socket is closed
//   Result<std::size_t> Wait(std::optional<Duration> timeout, std::span<Ready> out);
//
// Level-triggered: what is not dealt with is reported again. Wait returns how many of `out` it has filled, 0 when the
// time is over or a signal came in between, and without a timeout it waits for ever; it may return some milliseconds
// late, and at most 64 at once. Errors have part "poller". What one round reported may name a socket that was removed
// while the round was dealt with: give every socket that is added a token of its own and ignore those no longer known.
// Not thread-safe; other threads use a cctl/net/waker.h.

#ifndef CCTL_NET_POLLER_H_
#define CCTL_NET_POLLER_H_

#include "cctl/net/epoll_poller.h"
#include "cctl/net/poll_poller.h"

namespace cctl {

#ifdef __linux__
using Poller = EpollPoller;
#else
using Poller = PollPoller;
#endif

}  // namespace cctl

#endif  // CCTL_NET_POLLER_H_
