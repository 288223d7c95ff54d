// SPDX-License-Identifier: MIT
//
// The machine's two clocks. Thread-safe.

#ifndef CCTL_SYS_CLOCK_H_
#define CCTL_SYS_CLOCK_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
#include "cctl/sys/windows_time.h"
#else
#include <ctime>
#endif

#include <cstdint>

#include "cctl/base/time.h"

namespace cctl {

namespace detail {

#ifndef _WIN32
inline std::int64_t ReadClock(clockid_t clock) {
  timespec now = {};
  (void)::clock_gettime(clock, &now);  // cannot fail for a clock that exists
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}
#endif

}  // namespace detail

// A clock that never jumps and goes on while the machine is suspended. A laptop that wakes after an hour has been
// silent for an hour: its peers have long given the sessions up, and it should notice at once and not 90 seconds later.
inline Instant SteadyNow() {
#ifdef _WIN32
  LARGE_INTEGER count;
  LARGE_INTEGER frequency;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&frequency);
  const std::int64_t seconds = count.QuadPart / frequency.QuadPart;  // apart, or the product overflows after months
  return {seconds * 1000 + count.QuadPart % frequency.QuadPart * 1000 / frequency.QuadPart};
#elif defined(__linux__)
  return {detail::ReadClock(CLOCK_BOOTTIME)};  // CLOCK_MONOTONIC stands still in suspend
#else
  return {detail::ReadClock(CLOCK_MONOTONIC)};  // counts suspend on macOS
#endif
}

// The date, as the user has set it.
inline UnixTime WallNow() {
#ifdef _WIN32
  FILETIME now;
  GetSystemTimePreciseAsFileTime(&now);
  return detail::FromFileTime(now);
#else
  return {detail::ReadClock(CLOCK_REALTIME)};
#endif
}

}  // namespace cctl

#endif  // CCTL_SYS_CLOCK_H_
