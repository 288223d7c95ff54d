// SPDX-License-Identifier: MIT
//
// Standard input beside sockets in one wait. On Windows, where only sockets can be waited for, it is never in one, and
// whoever reads it waits there.

#ifndef CCTL_TOOLS_CLAUDECTL_STANDARD_INPUT_H_
#define CCTL_TOOLS_CLAUDECTL_STANDARD_INPUT_H_

#include "cctl/net/socket_api.h"

namespace cctl::cli {

#ifdef _WIN32

inline constexpr NativeSocket kStandardInput = kInvalidSocket;
inline bool IsInputReady() { return true; }

#else

inline constexpr NativeSocket kStandardInput = STDIN_FILENO;

// Whether reading would not wait: there is something, or the end.
inline bool IsInputReady() {
  detail::PollEntry input = {kStandardInput, POLLIN, 0};
  return detail::PollSockets(&input, 1, 0) > 0;
}

#endif  // _WIN32

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_STANDARD_INPUT_H_
