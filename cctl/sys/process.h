// SPDX-License-Identifier: MIT
//
// The number of this process.

#ifndef CCTL_SYS_PROCESS_H_
#define CCTL_SYS_PROCESS_H_

#ifdef _WIN32
#include <process.h>
#else
#include <unistd.h>
#endif

#include <cstdint>

namespace cctl {

inline std::uint32_t ProcessId() {
#ifdef _WIN32
  return static_cast<std::uint32_t>(_getpid());
#else
  return static_cast<std::uint32_t>(::getpid());
#endif
}

}  // namespace cctl

#endif  // CCTL_SYS_PROCESS_H_
