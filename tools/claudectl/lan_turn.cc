// SPDX-License-Identifier: MIT

#include "tools/claudectl/lan_turn.h"

#include <array>
#include <span>

#include "cctl/net/readiness.h"
#include "cctl/sys/clock.h"

namespace cctl::cli {

void TakeLanTurn(Lan& lan, Poller& poller, std::optional<Instant> deadline) {
  std::optional<Instant> until = lan.NextTimeout();
  if (deadline && (!until || *deadline < *until)) until = deadline;
  std::optional<Duration> wait;
  if (until) wait = *until - SteadyNow();
  std::array<Ready, 4> ready;
  const auto count = poller.Wait(wait, ready);
  const Instant now = SteadyNow();
  for (const Ready& one : std::span(ready).first(count.value_or(0u))) {
    if (one.token != kSignalToken) lan.HandleReady(now, one);
  }
  lan.HandleTimeouts(now);
}

}  // namespace cctl::cli
