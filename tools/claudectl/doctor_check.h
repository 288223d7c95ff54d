// SPDX-License-Identifier: MIT
//
// One finding of `doctor`: what was looked at, how it stands, and what mends it.

#ifndef CCTL_TOOLS_CLAUDECTL_DOCTOR_CHECK_H_
#define CCTL_TOOLS_CLAUDECTL_DOCTOR_CHECK_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace cctl::cli {

enum class CheckStatus : std::uint8_t {
  kPass,
  kWarn,  // it works, with something missing
  kFail,  // it does not work
};

// The word in `--json`.
constexpr std::string_view CheckStatusName(CheckStatus status) {
  constexpr std::string_view kNames[] = {"pass", "warn", "fail"};
  return kNames[static_cast<int>(status)];
}

struct Check {
  std::string id;  // a stable word for scripts
  CheckStatus status = CheckStatus::kPass;
  std::string message;   // one line
  std::string fix = {};  // a command to type, where there is one
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_DOCTOR_CHECK_H_
