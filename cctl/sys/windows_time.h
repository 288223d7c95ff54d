// SPDX-License-Identifier: MIT
//
// Dates as Windows counts them; nothing elsewhere.

#ifndef CCTL_SYS_WINDOWS_TIME_H_
#define CCTL_SYS_WINDOWS_TIME_H_

#ifdef _WIN32

#include <cstdint>

#include "cctl/base/time.h"
#include "cctl/base/windows_api.h"

namespace cctl::detail {

// From 100 ns since 1601 to milliseconds since 1970.
inline UnixTime FromFileTime(const FILETIME& time) {
  const std::int64_t ticks = static_cast<std::int64_t>(time.dwHighDateTime) << 32 | time.dwLowDateTime;
  return {ticks / 10'000 - 11'644'473'600'000};
}

}  // namespace cctl::detail

#endif  // _WIN32

#endif  // CCTL_SYS_WINDOWS_TIME_H_
