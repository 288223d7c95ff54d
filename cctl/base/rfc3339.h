// SPDX-License-Identifier: MIT
//
// Dates as text, in UTC and whole seconds: the form `2026-11-23T08:00:00Z` of RFC 3339, section 5.6. Usable in a
// constant expression; <chrono> and <ctime> are not needed, nor a time zone.
//
//   cctl::FormatRfc3339({1'795'420'800'000}) == "2026-11-23T08:00:00Z"

#ifndef CCTL_BASE_RFC3339_H_
#define CCTL_BASE_RFC3339_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/decimal.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"

namespace cctl {

// The first and the last millisecond of the years 0000 to 9999, which is what the form can write.
inline constexpr UnixTime kFirstRfc3339{-62'167'219'200'000};
inline constexpr UnixTime kLastRfc3339{253'402'300'799'999};

inline constexpr std::size_t kRfc3339Size = 20;  // characters
using Rfc3339Text = InlineString<kRfc3339Size>;

namespace detail {

// A day of the proleptic Gregorian calendar.
struct CivilDay {
  int year = 0;
  int month = 0;  // 1 to 12
  int day = 0;    // 1 to 31
};

// The calendar repeats every 400 years = 146,097 days. Years are counted from March, so that a leap day comes last;
// then the month of a day, and the days before a month, are linear: (153 * month + 2) / 5.
inline constexpr std::int64_t kDaysPerEra = 146'097;
inline constexpr std::int64_t kDaysBefore1970 = 719'468;  // from 0000-03-01

// Days since 1970-01-01, for years from 0.
constexpr std::int64_t DaysFromCivil(CivilDay date) {
  const std::int64_t year = date.year + 400 - (date.month <= 2 ? 1 : 0);  // of March; 400 on, to be positive
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year % 400;
  const std::int64_t month = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return (era - 1) * kDaysPerEra + day_of_era - kDaysBefore1970;
}

// The inverse.
constexpr CivilDay CivilFromDays(std::int64_t days) {
  const std::int64_t shifted = days + kDaysBefore1970 + kDaysPerEra;
  const std::int64_t era = shifted / kDaysPerEra;
  const std::int64_t day_of_era = shifted % kDaysPerEra;
  // Without the leap days before it (each 4, not each 100, each 400 years) a day falls in year day / 365.
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  const std::int64_t calendar_month = month < 10 ? month + 3 : month - 9;
  const std::int64_t year = (era - 1) * 400 + year_of_era + (calendar_month <= 2 ? 1 : 0);
  return {static_cast<int>(year), static_cast<int>(calendar_month),
          static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1)};
}

}  // namespace detail

// The date of a moment, cut to the second it lies in; what the form cannot write becomes the nearest that it can.
constexpr Rfc3339Text FormatRfc3339(UnixTime time) {
  const std::int64_t ms = time < kFirstRfc3339 ? kFirstRfc3339.ms : time > kLastRfc3339 ? kLastRfc3339.ms : time.ms;
  const std::int64_t day_ms = Days(1).ms;
  const std::int64_t days = ms / day_ms - (ms % day_ms < 0 ? 1 : 0);
  const std::int64_t seconds = (ms - days * day_ms) / 1000;
  const detail::CivilDay date = detail::CivilFromDays(days);
  Rfc3339Text out;
  const auto put = [&out](std::int64_t number, std::size_t width, std::string_view behind) {
    AppendDecimal(static_cast<std::uint64_t>(number), out, width);
    out.append(behind);
  };
  put(date.year, 4, "-");
  put(date.month, 2, "-");
  put(date.day, 2, "T");
  put(seconds / 3600, 2, ":");
  put(seconds / 60 % 60, 2, ":");
  put(seconds % 60, 2, "Z");
  return out;
}

// Reads exactly that form. Errors, part "date", with the offset: kTruncated, kInvalid (another character is wanted
// there), kOutOfRange (no such month, day, hour, minute or second; a leap second neither, since UnixTime has none;
// offset: of the number), kTrailing.
constexpr Result<UnixTime> ParseRfc3339(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  const auto error = [](Errc code, std::size_t offset) {
    return Error{code, static_cast<std::uint32_t>(offset), 0, "date"};
  };
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (i == text.size()) return error(Errc::kTruncated, i);
    if (kForm[i] == '0' ? !IsDecimalDigit(text[i]) : text[i] != kForm[i]) return error(Errc::kInvalid, i);
  }
  if (text.size() > kForm.size()) return error(Errc::kTrailing, kForm.size());
  const auto number = [text](std::size_t start, std::size_t size) {
    int value = 0;
    for (const char c : text.substr(start, size)) value = 10 * value + (c - '0');
    return value;
  };
  const detail::CivilDay date{number(0, 4), number(5, 2), number(8, 2)};
  if (date.month < 1 || date.month > 12) return error(Errc::kOutOfRange, 5);
  const std::int64_t days = detail::DaysFromCivil(date);
  // A day that the month does not have would be one of the next month.
  if (date.day < 1 || detail::CivilFromDays(days).day != date.day) return error(Errc::kOutOfRange, 8);
  if (number(11, 2) > 23) return error(Errc::kOutOfRange, 11);
  if (number(14, 2) > 59) return error(Errc::kOutOfRange, 14);
  if (number(17, 2) > 59) return error(Errc::kOutOfRange, 17);
  return UnixTime{} + Days(days) + Hours(number(11, 2)) + Minutes(number(14, 2)) + Seconds(number(17, 2));
}

}  // namespace cctl

#endif  // CCTL_BASE_RFC3339_H_
