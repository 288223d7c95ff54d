// SPDX-License-Identifier: MIT
//
// What a failure is called in `--json` (`error.code`) and the exit status that goes with it: the table of docs/cli.md,
// "Exit status", which a test holds against this one. Both are public interfaces.

#ifndef CCTL_TOOLS_CLAUDECTL_EXIT_STATUS_H_
#define CCTL_TOOLS_CLAUDECTL_EXIT_STATUS_H_

#include <string_view>

#include "cctl/base/errc.h"

namespace cctl::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells have it

// The exit status of a command that failed with `code`.
constexpr int ExitStatus(Errc code) {
  if (IsFormatError(code)) return 7;
  switch (code) {
    case Errc::kUsage:
    case Errc::kConfig:
      return 2;
    case Errc::kUnreachable:
    case Errc::kNotFound:
    case Errc::kProtocol:
    case Errc::kAmbiguous:
      return 3;
    case Errc::kDenied:
    case Errc::kAuthFailed:
    case Errc::kUnproven:
    case Errc::kIdentityMismatch:
    case Errc::kUntrustedNetwork:
    case Errc::kUnsupported:
      return 4;
    case Errc::kTimeout:
    case Errc::kBusy:
      return 5;
    case Errc::kExpired:
      return 6;
    case Errc::kNoRelay:
    case Errc::kAlreadyRunning:
      return 8;
    case Errc::kPartial:
      return 9;
    case Errc::kInterrupted:
      return kExitInterrupted;
    default:
      return 1;  // kInternal, kIo, kCheckFailed
  }
}

// The name that `--json` prints: whatever is wrong with a text is `invalid`.
constexpr std::string_view ErrorCode(Errc code) { return ErrcName(IsFormatError(code) ? Errc::kInvalid : code); }

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_EXIT_STATUS_H_
