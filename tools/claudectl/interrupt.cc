// SPDX-License-Identifier: MIT

#include "tools/claudectl/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "tools/claudectl/exit_status.h"

namespace cctl::cli {
namespace {

// What the handler looks at.
volatile std::sig_atomic_t prints_json = 0;
volatile std::sig_atomic_t held = 0;
volatile std::sig_atomic_t pending = 0;

// Calls nothing that allocates or locks: it may run anywhere.
[[noreturn]] void EndNow() {
  constexpr char kObject[] = "{\"error\":{\"code\":\"interrupted\",\"hint\":null,\"message\":\"interrupted\"}}\n";
  if (prints_json != 0) {
    [[maybe_unused]] const auto written = write(STDOUT_FILENO, kObject, sizeof kObject - 1);
  }
  _exit(kExitInterrupted);
}

void HandleInterrupt(int) {
  if (held == 0) EndNow();
  pending = 1;
}

}  // namespace

void EndOnInterrupt(bool json) {
  prints_json = json ? 1 : 0;
  struct sigaction action = {};
  if (sigaction(SIGINT, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) return;  // nohup, a shell's `&`
  action = {};
  action.sa_handler = HandleInterrupt;
  action.sa_flags = SA_RESTART;  // what is held back is not disturbed either
  sigaction(SIGINT, &action, nullptr);
}

InterruptHold::InterruptHold() { held = held + 1; }

InterruptHold::~InterruptHold() {
  held = held - 1;
  if (held == 0 && pending != 0) EndNow();
}

Outcome<StopSignals> StopSignals::Catch() {
  auto waker = Waker::Create();
  if (!waker) return Failure{waker.error().code, "cannot wait for signals"};
  auto kept = std::make_unique<Waker>(*std::move(waker));
  auto signals = Signals::Catch(*kept);
  if (!signals) return Failure{signals.error().code, "cannot catch signals"};
  return StopSignals(std::move(kept), *std::move(signals));
}

}  // namespace cctl::cli
