// SPDX-License-Identifier: MIT
//
// How many files and sockets this process may have open. Systems start programs with a low soft limit (256 on macOS,
// 1,024 on Linux) for the sake of select(), which nothing here uses.

#ifndef CCTL_SYS_DESCRIPTOR_LIMIT_H_
#define CCTL_SYS_DESCRIPTOR_LIMIT_H_

#ifndef _WIN32
#include <sys/resource.h>

#include <climits>
#endif

#include <cerrno>
#include <cstdint>

#include "cctl/base/result.h"
#include "cctl/sys/file_api.h"

namespace cctl {

// All sessions, every connection on its way in and the files beside them, several times over; not all that the system
// would give (a thousand million in some containers), because programs that we start inherit the limit, and some of
// those close that many descriptors first.
inline constexpr std::uint64_t kWantedDescriptors = 16'384;

// Raises the soft limit to `wanted` or as far as the hard one lets it, never lowers it; the limit that now holds.
// Errors: kIo, part "descriptors".
inline Result<std::uint64_t> RaiseDescriptorLimit(std::uint64_t wanted = kWantedDescriptors) {
#ifdef _WIN32
  return wanted;  // sockets are no descriptors there, and have no limit worth the name
#else
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return SystemError(errno, "descriptors");
  rlim_t target =
      limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max ? static_cast<rlim_t>(wanted) : limit.rlim_max;
#ifdef __APPLE__
  if (target > OPEN_MAX) target = OPEN_MAX;  // setrlimit() refuses more, whatever the hard limit says
#endif
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= target) return static_cast<std::uint64_t>(limit.rlim_cur);
  limit.rlim_cur = target;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return SystemError(errno, "descriptors");
  return static_cast<std::uint64_t>(target);
#endif
}

}  // namespace cctl

#endif  // CCTL_SYS_DESCRIPTOR_LIMIT_H_
