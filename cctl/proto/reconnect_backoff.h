// SPDX-License-Identifier: MIT
//
// How long to wait before a peer is dialled again: 5, 10, 20, 40, 60, 60, ... s, each with up to 10 % added at random,
// so that the peers of a relay that restarts do not come back all at once (docs/protocol.md, section 4.3). One byte.
//
//   cctl::ReconnectBackoff backoff;
//   const cctl::Instant due = now + backoff.Next(random);  // 5.0 to 5.5 s from now

#ifndef CCTL_PROTO_RECONNECT_BACKOFF_H_
#define CCTL_PROTO_RECONNECT_BACKOFF_H_

#include <cstdint>
#include <iterator>

#include "cctl/base/time.h"

namespace cctl {

class ReconnectBackoff {
 public:
  // The next delay. `random`: any value, each equally likely; it is no secret.
  constexpr Duration Next(std::uint16_t random) {
    const Duration delay = kDelays[step_];
    if (step_ + 1u < std::size(kDelays)) ++step_;
    return delay + Milliseconds(delay.ms * random / (10 * std::int64_t{UINT16_MAX}));
  }

  // Starts again with the shortest delay.
  constexpr void Reset() { step_ = 0; }

 private:
  static constexpr Duration kDelays[] = {Seconds(5), Seconds(10), Seconds(20), Seconds(40), Seconds(60)};

  std::uint8_t step_ = 0;
};

}  // namespace cctl

#endif  // CCTL_PROTO_RECONNECT_BACKOFF_H_
