// SPDX-License-Identifier: MIT
//
// This program run once more, as a child, for `demo`: what it prints on either stream is read as a person would see it.

#ifndef CCTL_TOOLS_CLAUDECTL_CHILD_PROCESS_H_
#define CCTL_TOOLS_CLAUDECTL_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/node/outcome.h"
#include "tools/claudectl/interrupt.h"

namespace cctl::cli {

// Killed, and waited for, at the end of its owner.
class ChildProcess {
 public:
  // `arguments` without the program's name; `environment` is all that the child gets, as NAME=value.
  static Outcome<ChildProcess> Start(const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& environment);

  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), output_(std::exchange(other.output_, -1)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  // What it prints until it has printed `enough` lines, or ends. kTimeout, kInterrupted.
  Outcome<std::string> ReadLines(int enough, Duration timeout, StopSignals& signals);
  // What it prints until it ends.
  Outcome<std::string> ReadAll(Duration timeout, StopSignals& signals) { return ReadLines(-1, timeout, signals); }

  // Asks it to end where `ask`, and waits for that. Its exit status; -1 where a signal ended it.
  int Wait(bool ask);

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_;
  int output_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_CHILD_PROCESS_H_
