// SPDX-License-Identifier: MIT
//
// What a line of the log begins with: "2026-11-23T08:00:00.123Z info ".

#ifndef CCTL_TOOLS_CLAUDECTL_LOG_LABEL_H_
#define CCTL_TOOLS_CLAUDECTL_LOG_LABEL_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"

namespace cctl::cli {

// The time in UTC with milliseconds (RFC 3339), and the level in five columns.
inline std::string LogLabel(std::string_view level, UnixTime at) {
  constexpr std::size_t kLevelColumns = 5;  // "debug"
  std::string label(FormatRfc3339(at).view());
  const std::string milliseconds = std::to_string(1000 + (at.ms % 1000 + 1000) % 1000).substr(1);
  label.insert(label.size() - 1, "." + milliseconds);
  label.append(" ").append(level);
  label.resize(label.size() + kLevelColumns - (level.size() < kLevelColumns ? level.size() : kLevelColumns), ' ');
  return label;
}

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_LOG_LABEL_H_
