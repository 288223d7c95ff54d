// SPDX-License-Identifier: MIT
//
// This program run once more, as a child, for `demo`: what it prints on either stream is read as a person would see it.

#ifndef CCTL_TOOLS_CLAUDECTL_CHILD_PROCESS_H_
#define CCTL_TOOLS_CLAUDECTL_CHILD_PROCESS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/node/outcome.h"
#include "tools/claudectl/interrupt.h"

namespace cctl::cli {

// Killed, and waited for, at the end of its owner. child_process.cc for POSIX, child_process_windows.cc for Windows.
class ChildProcess {
 public:
  // `arguments` without the program's name; `environment` is all that the child gets, as NAME=value.
  static Outcome<ChildProcess> Start(const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& environment);

  ChildProcess(ChildProcess&& other) noexcept
      : process_(std::exchange(other.process_, kNone)), output_(std::exchange(other.output_, kNone)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  // What it prints until it has printed `enough` lines, or ends. kTimeout, kInterrupted.
  Outcome<std::string> ReadLines(int enough, Duration timeout, StopSignals& signals);
  // What it prints until it ends.
  Outcome<std::string> ReadAll(Duration timeout, StopSignals& signals) { return ReadLines(-1, timeout, signals); }

  // Waits for its end. Its exit status; -1 where a signal ended it.
  int Wait();

 private:
  using Native = std::intptr_t;  // a number, a descriptor, a handle
  static constexpr Native kNone = -1;

  ChildProcess(Native process, Native output) : process_(process), output_(output) {}

  Native process_;
  Native output_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_CHILD_PROCESS_H_
