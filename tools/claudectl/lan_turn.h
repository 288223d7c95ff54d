// SPDX-License-Identifier: MIT
//
// The event loop of a command that only looks around on the LAN.

#ifndef CCTL_TOOLS_CLAUDECTL_LAN_TURN_H_
#define CCTL_TOOLS_CLAUDECTL_LAN_TURN_H_

#include <cstdint>
#include <optional>

#include "cctl/base/time.h"
#include "cctl/net/poller.h"
#include "cctl/node/lan.h"

namespace cctl::cli {

inline constexpr std::uint64_t kSignalToken = 0;  // of whatever else ends a wait
inline constexpr std::uint64_t kLanTokens = 1;    // two

// Waits for something to do, until `deadline` at most, and does it.
void TakeLanTurn(Lan& lan, Poller& poller, std::optional<Instant> deadline);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_LAN_TURN_H_
