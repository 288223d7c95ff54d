// SPDX-License-Identifier: MIT
//
// Time as values: how long (Duration), a moment on a clock that only moves forward (Instant), and a date (UnixTime).
// All count milliseconds in 64 bits. Which clock they come from is the caller's affair (cctl/sys/clock.h, or a test's
// own); the three do not mix, so a date that jumps backwards cannot reach a time limit. <chrono> would cost every
// includer a third of a second.

#ifndef CCTL_BASE_TIME_H_
#define CCTL_BASE_TIME_H_

#include <compare>
#include <cstdint>

namespace cctl {

struct Duration {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ms + b.ms}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ms - b.ms}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.ms * n}; }
};

constexpr Duration Milliseconds(std::int64_t n) { return {n}; }
constexpr Duration Seconds(std::int64_t n) { return {n * 1000}; }
constexpr Duration Minutes(std::int64_t n) { return {n * 60 * 1000}; }
constexpr Duration Hours(std::int64_t n) { return {n * 60 * 60 * 1000}; }
constexpr Duration Days(std::int64_t n) { return {n * 24 * 60 * 60 * 1000}; }

// A moment on a monotonic clock; the origin has no meaning.
struct Instant {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant a, Duration d) { return {a.ms + d.ms}; }
  friend constexpr Instant operator-(Instant a, Duration d) { return {a.ms - d.ms}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.ms - b.ms}; }
};

// A date, in milliseconds since 1970-01-01T00:00:00Z without leap seconds. A user can set it back.
struct UnixTime {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(UnixTime, UnixTime) = default;
  friend constexpr UnixTime operator+(UnixTime a, Duration d) { return {a.ms + d.ms}; }
  friend constexpr UnixTime operator-(UnixTime a, Duration d) { return {a.ms - d.ms}; }
  friend constexpr Duration operator-(UnixTime a, UnixTime b) { return {a.ms - b.ms}; }
};

}  // namespace cctl

#endif  // CCTL_BASE_TIME_H_
