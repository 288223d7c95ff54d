// SPDX-License-Identifier: MIT

#include "cctl/base/rfc3339.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace cctl {
namespace {

static_assert(FormatRfc3339({1'795'420'800'000}) == "2026-11-23T08:00:00Z");
static_assert(ParseRfc3339("1970-01-01T00:00:00Z")->ms == 0);

// From `date --utc --date=@N +%FT%TZ` (GNU coreutils).
TEST(Rfc3339, AgreesWithGnuDate) {
  const struct {
    std::int64_t seconds;
    std::string_view text;
  } kVectors[] = {
      {0, "1970-01-01T00:00:00Z"},
      {-1, "1969-12-31T23:59:59Z"},
      {951'782'399, "2000-02-28T23:59:59Z"},
      {951'782'400, "2000-02-29T00:00:00Z"},
      {951'868'800, "2000-03-01T00:00:00Z"},
      {1'795'420'800, "2026-11-23T08:00:00Z"},
      {2'147'483'648, "2038-01-19T03:14:08Z"},
      {4'107'542'400, "2100-03-01T00:00:00Z"},  // 2100 is no leap year
      {-2'203'891'200, "1900-03-01T00:00:00Z"},
      {253'402'300'799, "9999-12-31T23:59:59Z"},
      {-62'167'219'200, "0000-01-01T00:00:00Z"},
  };
  for (const auto& [seconds, text] : kVectors) {
    EXPECT_EQ(FormatRfc3339({seconds * 1000}).view(), text);
    const auto read = ParseRfc3339(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->ms, seconds * 1000) << text;
  }
}

// A second implementation that only counts: every day of two whole periods of the calendar.
TEST(Rfc3339, AgreesWithACalendarThatCountsDays) {
  constexpr int kDaysOfMonth[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int64_t days = kFirstRfc3339.ms / Days(1).ms;
  for (int year = 0; year < 800; ++year) {
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    for (int month = 1; month <= 12; ++month) {
      const int length = kDaysOfMonth[month - 1] + (leap && month == 2 ? 1 : 0);
      for (int day = 1; day <= length; ++day, ++days) {
        const detail::CivilDay civil = detail::CivilFromDays(days);
        ASSERT_TRUE(civil.year == year && civil.month == month && civil.day == day) << days;
        ASSERT_EQ(detail::DaysFromCivil({year, month, day}), days);
      }
    }
  }
}

TEST(Rfc3339, CutsToTheSecondBeforeAndAfter1970) {
  EXPECT_EQ(FormatRfc3339({999}).view(), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatRfc3339({-1}).view(), "1969-12-31T23:59:59Z");
  EXPECT_EQ(FormatRfc3339({-1'000}).view(), "1969-12-31T23:59:59Z");
  EXPECT_EQ(FormatRfc3339({-86'400'000}).view(), "1969-12-31T00:00:00Z");
}

TEST(Rfc3339, WritesTheNearestDateItCan) {
  EXPECT_EQ(FormatRfc3339({INT64_MAX}).view(), "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatRfc3339({INT64_MIN}).view(), "0000-01-01T00:00:00Z");
}

TEST(Rfc3339, RejectsEveryProperPrefix) {
  constexpr std::string_view kText = "2026-11-23T08:00:00Z";
  for (std::uint32_t size = 0; size < kText.size(); ++size) {
    EXPECT_EQ(ParseRfc3339(kText.substr(0, size)).error(), (Error{Errc::kTruncated, size, 0, "date"}));
  }
}

TEST(Rfc3339, RejectsWithTheExactOffset) {
  const struct {
    std::string_view text;
    Errc code;
    std::uint32_t offset;
  } kRejects[] = {
      {"2026-11-23t08:00:00Z", Errc::kInvalid, 10},      {"2026-11-23 08:00:00Z", Errc::kInvalid, 10},
      {"2026-11-23T08:00:00z", Errc::kInvalid, 19},      {"2026-11-23T08:00:00.5Z", Errc::kInvalid, 19},
      {"2026-11-23T08:00:00+01:00", Errc::kInvalid, 19}, {"-026-11-23T08:00:00Z", Errc::kInvalid, 0},
      {"2026-11-23T08:00:00Z ", Errc::kTrailing, 20},    {"2026-00-23T08:00:00Z", Errc::kOutOfRange, 5},
      {"2026-13-23T08:00:00Z", Errc::kOutOfRange, 5},    {"2026-11-00T08:00:00Z", Errc::kOutOfRange, 8},
      {"2026-11-31T08:00:00Z", Errc::kOutOfRange, 8},    {"2026-02-29T08:00:00Z", Errc::kOutOfRange, 8},
      {"2100-02-29T08:00:00Z", Errc::kOutOfRange, 8},    {"2026-12-99T08:00:00Z", Errc::kOutOfRange, 8},
      {"2026-11-23T24:00:00Z", Errc::kOutOfRange, 11},   {"2026-11-23T08:60:00Z", Errc::kOutOfRange, 14},
      {"2016-12-31T23:59:60Z", Errc::kOutOfRange, 17},
  };
  for (const auto& [text, code, offset] : kRejects) {
    EXPECT_EQ(ParseRfc3339(text).error(), (Error{code, offset, 0, "date"})) << text;
  }
}

}  // namespace
}  // namespace cctl
