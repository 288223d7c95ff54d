// SPDX-License-Identifier: MIT

#include "cctl/base/duration_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace cctl {
namespace {

std::string Text(Duration duration) {
  std::string out;
  FormatDuration(duration, out);
  return out;
}

static_assert(ParseDuration("24h")->ms == 86'400'000);

TEST(ParseDuration, ReadsEveryUnit) {
  const struct {
    std::string_view text;
    Duration duration;
  } kVectors[] = {
      {"300ms", Milliseconds(300)}, {"90s", Seconds(90)}, {"15m", Minutes(15)},     {"24h", Hours(24)}, {"7d", Days(7)},
      {"0s", Seconds(0)},           {"0007d", Days(7)},   {"1ms", Milliseconds(1)},
  };
  for (const auto& [text, duration] : kVectors) {
    const auto read = ParseDuration(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, duration) << text;
  }
}

TEST(ParseDuration, ReadsTheLongestAndRejectsOneMore) {
  EXPECT_EQ(ParseDuration("9223372036854775807ms")->ms, INT64_MAX);
  EXPECT_EQ(ParseDuration("106751991167d")->ms, 106'751'991'167 * Days(1).ms);
  const Error too_long{Errc::kOutOfRange, 0, 0, "duration"};
  EXPECT_EQ(ParseDuration("9223372036854775808ms").error(), too_long);
  EXPECT_EQ(ParseDuration("106751991168d").error(), too_long);
  EXPECT_EQ(ParseDuration("99999999999999999999999999s").error(), too_long);
}

TEST(ParseDuration, RejectsWithTheExactOffset) {
  const struct {
    std::string_view text;
    Errc code;
    std::uint32_t offset;
  } kRejects[] = {
      {"", Errc::kTruncated, 0},   {"24", Errc::kTruncated, 2},  {"h", Errc::kInvalid, 0},
      {"-1h", Errc::kInvalid, 0},  {"+1h", Errc::kInvalid, 0},   {" 1h", Errc::kInvalid, 0},
      {"1.5h", Errc::kInvalid, 1}, {"1 h", Errc::kInvalid, 1},   {"1h ", Errc::kInvalid, 1},
      {"1H", Errc::kInvalid, 1},   {"1h30m", Errc::kInvalid, 1}, {"10w", Errc::kInvalid, 2},
      {"1msx", Errc::kInvalid, 1}, {"0x1s", Errc::kInvalid, 1},
  };
  for (const auto& [text, code, offset] : kRejects) {
    EXPECT_EQ(ParseDuration(text).error(), (Error{code, offset, 0, "duration"})) << text;
  }
}

TEST(FormatDuration, TakesTheLargestExactUnit) {
  EXPECT_EQ(Text(Hours(24)), "1d");
  EXPECT_EQ(Text(Hours(25)), "25h");
  EXPECT_EQ(Text(Seconds(90)), "90s");
  EXPECT_EQ(Text(Seconds(120)), "2m");
  EXPECT_EQ(Text(Milliseconds(1'500)), "1500ms");
  EXPECT_EQ(Text(Seconds(0)), "0s");
  EXPECT_EQ(Text(Seconds(-90)), "-90s");
  EXPECT_EQ(Text(Duration{INT64_MIN}), "-9223372036854775808ms");
}

TEST(FormatDuration, WritesWhatIsReadBack) {
  for (const std::int64_t ms : {std::int64_t{0}, std::int64_t{1}, std::int64_t{999}, std::int64_t{60'000},
                                std::int64_t{86'400'000}, std::int64_t{86'400'001}, INT64_MAX}) {
    EXPECT_EQ(ParseDuration(Text({ms}))->ms, ms);
  }
}

}  // namespace
}  // namespace cctl
