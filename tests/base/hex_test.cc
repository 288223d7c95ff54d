// SPDX-License-Identifier: MIT

#include "cctl/base/hex.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cctl {
namespace {

// RFC 4648, section 10, written in lower case.
TEST(Hex, EncodesTheVectorsOfRfc4648) {
  const struct {
    std::string_view text, hex;
  } kVectors[] = {{"", ""},
                  {"f", "66"},
                  {"fo", "666f"},
                  {"foo", "666f6f"},
                  {"foob", "666f6f62"},
                  {"fooba", "666f6f6261"},
                  {"foobar", "666f6f626172"}};
  for (const auto& [text, hex] : kVectors) {
    std::string out(hex.size(), '\0');
    EncodeHex(AsBytes(text), out.data());
    EXPECT_EQ(out, hex);
    std::vector<std::uint8_t> back(text.size());
    ASSERT_TRUE(DecodeHex(hex, back, "hex"));
    EXPECT_EQ(AsText(back), text);
  }
}

TEST(Hex, RoundTripsEveryByteInEitherCase) {
  for (unsigned value = 0; value < 256; ++value) {
    const std::array<std::uint8_t, 1> byte = {static_cast<std::uint8_t>(value)};
    char digits[2];
    EncodeHex(byte, digits);
    std::array<std::uint8_t, 1> back{};
    ASSERT_TRUE(DecodeHex({digits, 2}, back, "hex"));
    EXPECT_EQ(back, byte);
    for (char& c : digits) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    back = {};
    ASSERT_TRUE(DecodeHex({digits, 2}, back, "hex"));
    EXPECT_EQ(back, byte);
  }
}

TEST(Hex, KnowsTheDigitsAndNoOtherByte) {
  int digits = 0;
  for (int c = 0; c < 256; ++c) digits += HexDigitValue(static_cast<char>(c)) >= 0 ? 1 : 0;
  EXPECT_EQ(digits, 22);
  EXPECT_EQ(HexDigitValue('9'), 9);
  EXPECT_EQ(HexDigitValue('f'), 15);
  EXPECT_EQ(HexDigitValue('A'), 10);
}

TEST(Hex, RejectsWithTheExactOffset) {
  const struct {
    std::string_view text;
    Error error;
  } kRejects[] = {
      {"", {Errc::kTruncated, 0, 0, "psk"}},
      {"a", {Errc::kTruncated, 1, 0, "psk"}},
      {"a1b", {Errc::kTruncated, 3, 0, "psk"}},
      {"g1b2", {Errc::kInvalid, 0, 0, "psk"}},
      {"a1b ", {Errc::kInvalid, 3, 0, "psk"}},
      {"a1-b2", {Errc::kInvalid, 2, 0, "psk"}},
      {"a1b2c", {Errc::kTooLong, 4, 4, "psk"}},
      {"a1b2\n", {Errc::kTooLong, 4, 4, "psk"}},
      {"\xc3\xa1"
       "b2",
       {Errc::kInvalid, 0, 0, "psk"}},
  };
  for (const auto& [text, error] : kRejects) {
    std::array<std::uint8_t, 2> out{};
    EXPECT_EQ(DecodeHex(text, out, "psk").error(), error) << text;
  }
}

TEST(Hex, LowerCaseIsToldApart) {
  EXPECT_TRUE(IsLowerHex("0a9f", 4));
  EXPECT_TRUE(IsLowerHex("", 0));
  EXPECT_FALSE(IsLowerHex("0A9f", 4));
  EXPECT_FALSE(IsLowerHex("0a9", 4));
  EXPECT_FALSE(IsLowerHex("0a9f0", 4));
  EXPECT_FALSE(IsLowerHex("0a9g", 4));
}

}  // namespace
}  // namespace cctl
