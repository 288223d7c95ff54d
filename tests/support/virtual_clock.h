// SPDX-License-Identifier: MIT
//
// Time that passes only when a test lets it: things to do in the order in which they are due, those of one moment in
// the order in which they were planned.

#ifndef CCTL_TESTS_SUPPORT_VIRTUAL_CLOCK_H_
#define CCTL_TESTS_SUPPORT_VIRTUAL_CLOCK_H_

#include <functional>
#include <map>
#include <utility>

#include "cctl/base/time.h"

namespace cctl::testing {

class VirtualClock {
 public:
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] UnixTime date() const { return kStart + (now_ - Instant{}); }

  void At(Instant when, std::function<void()> action) { due_.emplace(when < now_ ? now_ : when, std::move(action)); }
  void After(Duration delay, std::function<void()> action) { At(now_ + delay, std::move(action)); }

  // Until nothing is left to do.
  void Run() {
    while (!due_.empty()) RunFirst();
  }

  // Does the first thing that is due by `end`; false: there is none, and it is `end` now.
  bool RunOne(Instant end) {
    if (due_.empty() || due_.begin()->first > end) {
      now_ = end;
      return false;
    }
    RunFirst();
    return true;
  }

  // Lets time pass. Nothing may be due.
  void Advance(Duration duration) { now_ = now_ + duration; }

 private:
  void RunFirst() {
    const auto first = due_.begin();
    now_ = first->first;
    const std::function<void()> action = std::move(first->second);
    due_.erase(first);
    action();
  }

  static constexpr UnixTime kStart{1'795'422'026'237};

  Instant now_;
  std::multimap<Instant, std::function<void()>> due_;
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_VIRTUAL_CLOCK_H_
