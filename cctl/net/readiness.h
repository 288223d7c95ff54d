// SPDX-License-Identifier: MIT
//
// What one waits for on a socket, and what a poller says about it. The vocabulary of cctl/net/poller.h.

#ifndef CCTL_NET_READINESS_H_
#define CCTL_NET_READINESS_H_

#include <climits>
#include <cstdint>
#include <optional>

#include "cctl/base/time.h"

namespace cctl {

// Bits; kNone keeps a socket known to the poller without waiting for it.
enum class Interest : std::uint8_t { kNone = 0, kRead = 1, kWrite = 2, kReadWrite = 3 };

constexpr bool WantsRead(Interest interest) { return (static_cast<unsigned>(interest) & 1u) != 0; }
constexpr bool WantsWrite(Interest interest) { return (static_cast<unsigned>(interest) & 2u) != 0; }

struct Ready {
  std::uint64_t token = 0;  // as it was given to Add or Modify
  bool readable = false;    // data, a connection to accept, or the end of the other side's half
  bool writable = false;    // room, or a connection that was made or has failed
  // The connection is over in both directions, or could not be made. Told whatever the interest, and again each time:
  // read what is left, then remove and close.
  bool failed = false;
};

namespace detail {

// The milliseconds that a system call waits: -1 for ever, 0 for what is past.
constexpr int PollTimeout(std::optional<Duration> timeout) {
  if (!timeout) return -1;
  if (timeout->ms <= 0) return 0;
  return timeout->ms > INT_MAX ? INT_MAX : static_cast<int>(timeout->ms);
}

}  // namespace detail

}  // namespace cctl

#endif  // CCTL_NET_READINESS_H_
