// SPDX-License-Identifier: MIT
//
// Ctrl-C. A command that only waits ends at once, with exit status 130 and with `--json` its object; one that is
// changing the state folder ends when the change is done; one that runs a relay is told and closes its sessions first.

#ifndef CCTL_TOOLS_CLAUDECTL_INTERRUPT_H_
#define CCTL_TOOLS_CLAUDECTL_INTERRUPT_H_

#include <memory>
#include <optional>
#include <utility>

#include "cctl/net/waker.h"
#include "cctl/node/outcome.h"
#include "cctl/sys/signals.h"

namespace cctl::cli {

// From now on SIGINT ends the process: exit 130, after `{"error":{"code":"interrupted",...}}` where `json`.
void EndOnInterrupt(bool json);

// Holds that back for as long as it lives.
class InterruptHold {
 public:
  InterruptHold();
  ~InterruptHold();
  InterruptHold(const InterruptHold&) = delete;
  InterruptHold& operator=(const InterruptHold&) = delete;
};

// For an event loop: while it lives, SIGINT, SIGTERM and SIGHUP make `descriptor` readable, and SIGPIPE is ignored.
class StopSignals {
 public:
  static Outcome<StopSignals> Catch();

  [[nodiscard]] NativeSocket descriptor() const { return waker_->native(); }
  // The signal that has come.
  std::optional<Signal> Take() {
    waker_->Drain();
    return signals_.Take();
  }

 private:
  StopSignals(std::unique_ptr<Waker> waker, Signals signals) : waker_(std::move(waker)), signals_(std::move(signals)) {}

  std::unique_ptr<Waker> waker_;  // where the handler finds it
  Signals signals_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_INTERRUPT_H_
