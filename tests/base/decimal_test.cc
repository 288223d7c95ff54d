// SPDX-License-Identifier: MIT

#include "cctl/base/decimal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace cctl {
namespace {

std::string Text(std::uint64_t value, std::size_t width = 1) {
  std::string out;
  AppendDecimal(value, out, width);
  return out;
}

TEST(Decimal, WritesWhatTheStandardLibraryWrites) {
  std::uint64_t value = 1;
  for (int i = 0; i < 20; ++i, value *= 10) {
    for (const std::uint64_t near : {value - 1, value, value + 1}) EXPECT_EQ(Text(near), std::to_string(near));
  }
  EXPECT_EQ(Text(UINT64_MAX), "18446744073709551615");
}

TEST(Decimal, FillsUpToTheWidth) {
  EXPECT_EQ(Text(7, 2), "07");
  EXPECT_EQ(Text(0, 4), "0000");
  EXPECT_EQ(Text(12'345, 2), "12345");
  EXPECT_EQ(Text(5, 0), "5");
  EXPECT_EQ(Text(5, 20), "00000000000000000005");
  EXPECT_EQ(Text(5, 99), "00000000000000000005");
}

TEST(Decimal, AppendsToWhatIsThere) {
  std::string out = "port ";
  AppendDecimal(9847, out);
  EXPECT_EQ(out, "port 9847");
}

TEST(Decimal, DigitsAreTheTenOfAscii) {
  int digits = 0;
  for (int c = 0; c < 256; ++c) digits += IsDecimalDigit(static_cast<char>(c)) ? 1 : 0;
  EXPECT_EQ(digits, 10);
  EXPECT_TRUE(IsDecimalDigit('0') && IsDecimalDigit('9'));
}

}  // namespace
}  // namespace cctl
