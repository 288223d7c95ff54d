// SPDX-License-Identifier: MIT

#include "tools/claudectl/interrupt.h"

#ifdef _WIN32
#include <io.h>

#include <cstdlib>
#include <mutex>

#include "cctl/base/windows_api.h"
#else
#include <unistd.h>
#endif

#include <csignal>
#include <utility>

#include "tools/claudectl/exit_status.h"

namespace cctl::cli {
namespace {

// What the handler looks at.
volatile std::sig_atomic_t prints_json = 0;

// Calls nothing that allocates or locks: it may run anywhere.
[[noreturn]] void EndNow() {
  constexpr char kObject[] = "{\"error\":{\"code\":\"interrupted\",\"hint\":null,\"message\":\"interrupted\"}}\n";
  constexpr int kStandardOutput = 1;
  if (prints_json != 0) {
    [[maybe_unused]] const auto written = write(kStandardOutput, kObject, sizeof kObject - 1);
  }
  _exit(kExitInterrupted);
}

}  // namespace

#ifdef _WIN32

namespace {

// The handler runs on a thread of its own, and ends the process only while nobody holds it back.
std::recursive_mutex held;

BOOL WINAPI HandleInterrupt(DWORD event) {
  if (event != CTRL_C_EVENT) return FALSE;
  const std::lock_guard lock(held);
  EndNow();
}

}  // namespace

void EndOnInterrupt(bool json) {
  prints_json = json ? 1 : 0;
  SetConsoleCtrlHandler(HandleInterrupt, TRUE);
}

InterruptHold::InterruptHold() { held.lock(); }

InterruptHold::~InterruptHold() { held.unlock(); }

#else

namespace {

volatile std::sig_atomic_t held = 0;
volatile std::sig_atomic_t pending = 0;

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

#endif  // _WIN32

Outcome<StopSignals> StopSignals::Catch() {
  auto waker = Waker::Create();
  if (!waker) return Failure{waker.error().code, "cannot wait for signals"};
  auto kept = std::make_unique<Waker>(*std::move(waker));
  auto signals = Signals::Catch(*kept);
  if (!signals) return Failure{signals.error().code, "cannot catch signals"};
  return StopSignals(std::move(kept), *std::move(signals));
}

}  // namespace cctl::cli
