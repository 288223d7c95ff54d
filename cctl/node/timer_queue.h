// SPDX-License-Identifier: MIT
//
// Who wants to be woken when: (time, token) pairs in the order of their times. Tokens are the owner's own numbers; what
// the owner no longer waits for stays in the queue and wakes it for nothing, which every state machine here allows. So
// a deadline that moves on, as a session's does with each line, costs nothing: arm the first, and when it comes arm the
// one that counts by then.
//
//   timers.Arm(deadline, token);
//   while (std::optional<std::uint64_t> token = timers.PopDue(now)) Wake(*token);

#ifndef CCTL_NODE_TIMER_QUEUE_H_
#define CCTL_NODE_TIMER_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cctl/base/time.h"

namespace cctl {

class TimerQueue {
 public:
  // The same token may be armed more than once; each of them wakes.
  void Arm(Instant at, std::uint64_t token) {
    entries_.push_back({at, token});
    std::push_heap(entries_.begin(), entries_.end(), Later{});
  }

  // When the first is due; nothing if nobody waits.
  [[nodiscard]] std::optional<Instant> Next() const {
    return entries_.empty() ? std::nullopt : std::optional<Instant>(entries_.front().at);
  }

  // Takes the first if it is due by `now`.
  std::optional<std::uint64_t> PopDue(Instant now) {
    if (entries_.empty() || entries_.front().at > now) return std::nullopt;
    std::pop_heap(entries_.begin(), entries_.end(), Later{});
    const std::uint64_t token = entries_.back().token;
    entries_.pop_back();
    return token;
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Instant at;
    std::uint64_t token = 0;
  };
  // std::push_heap keeps the greatest in front: the one that is due first has to be it. Equal times keep the order of
  // their tokens, so that a run can be repeated.
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const { return a.at != b.at ? a.at > b.at : a.token > b.token; }
  };

  std::vector<Entry> entries_;
};

}  // namespace cctl

#endif  // CCTL_NODE_TIMER_QUEUE_H_
