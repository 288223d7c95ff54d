// SPDX-License-Identifier: MIT
//
// Durations as people type them on a command line: digits and one unit, `300ms`, `90s`, `15m`, `24h`, `7d`. No sign, no
// fraction, no sum of units. Usable in a constant expression.
//
//   cctl::ParseDuration("24h")->ms == 86'400'000

#ifndef CCTL_BASE_DURATION_TEXT_H_
#define CCTL_BASE_DURATION_TEXT_H_

#include <cstdint>
#include <string_view>

#include "cctl/base/decimal.h"
#include "cctl/base/result.h"
#include "cctl/base/text_cursor.h"
#include "cctl/base/time.h"

namespace cctl {

namespace detail {

struct DurationUnit {
  std::string_view name;
  std::int64_t ms;
};

inline constexpr DurationUnit kDurationUnits[] = {  // largest first
    {"d", Days(1).ms},
    {"h", Hours(1).ms},
    {"m", Minutes(1).ms},
    {"s", Seconds(1).ms},
    {"ms", 1}};

}  // namespace detail

// Reads a whole text. Errors, part "duration", with the offset: kTruncated (no digit or no unit before the end),
// kInvalid (no digit where one must be, or no unit of these), kOutOfRange (over 2^63 - 1 ms; offset 0).
constexpr Result<Duration> ParseDuration(std::string_view text) {
  const auto error = [](Errc code, std::uint32_t offset) { return Error{code, offset, 0, "duration"}; };
  TextCursor in(text);
  const std::string_view digits = in.TakeWhile(IsDecimalDigit);
  if (in.AtEnd()) return error(Errc::kTruncated, in.position());
  if (digits.empty()) return error(Errc::kInvalid, 0);
  for (const detail::DurationUnit& unit : detail::kDurationUnits) {
    if (in.rest() != unit.name) continue;
    const std::int64_t most = INT64_MAX / unit.ms;
    std::int64_t count = 0;
    for (const char c : digits) {
      const std::int64_t digit = c - '0';
      if (count > (most - digit) / 10) return error(Errc::kOutOfRange, 0);
      count = 10 * count + digit;
    }
    return Duration{count * unit.ms};
  }
  return error(Errc::kInvalid, in.position());
}

// Appends the duration in the largest unit that it is a whole number of ("24h" comes back as "1d"; none is "0s") to
// anything with append(std::string_view). A negative one, which cannot be typed, has a minus in front.
template <typename Sink>
constexpr void FormatDuration(Duration duration, Sink& out) {
  if (duration.ms < 0) out.append(std::string_view("-"));
  const auto size = static_cast<std::uint64_t>(duration.ms);
  const std::uint64_t ms = duration.ms < 0 ? 0 - size : size;
  for (const detail::DurationUnit& unit : detail::kDurationUnits) {
    const auto unit_ms = static_cast<std::uint64_t>(unit.ms);
    if (ms % unit_ms != 0 || (ms == 0 && unit.name != "s")) continue;
    AppendDecimal(ms / unit_ms, out);
    out.append(unit.name);
    return;
  }
}

}  // namespace cctl

#endif  // CCTL_BASE_DURATION_TEXT_H_
