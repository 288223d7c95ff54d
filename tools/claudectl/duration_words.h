// SPDX-License-Identifier: MIT
//
// Durations as a sentence has them: "24 hours", "7 days", "1 minute". How options write them is
// cctl/base/duration_text.h.

#ifndef CCTL_TOOLS_CLAUDECTL_DURATION_WORDS_H_
#define CCTL_TOOLS_CLAUDECTL_DURATION_WORDS_H_

#include <cstdint>
#include <string>

#include "cctl/base/time.h"
#include "tools/claudectl/words.h"

namespace cctl::cli {

// In the largest unit that leaves no rest, milliseconds being none; a day alone is "24 hours".
inline std::string DurationInWords(Duration duration) {
  struct Unit {
    const char* name;
    std::int64_t ms;
    std::int64_t from;  // at least so many of them
  };
  constexpr Unit kUnits[] = {
      {"day", Days(1).ms, 2}, {"hour", Hours(1).ms, 1}, {"minute", Minutes(1).ms, 1}, {"second", Seconds(1).ms, 0}};
  for (const Unit& unit : kUnits) {
    const std::int64_t count = duration.ms / unit.ms;
    if (count < unit.from || (duration.ms % unit.ms != 0 && unit.from > 0)) continue;
    return Counted(count, unit.name);
  }
  return {};
}

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_DURATION_WORDS_H_
