// SPDX-License-Identifier: MIT

#include "tools/claudectl/text_width.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>

namespace cctl::cli {
namespace {

TEST(TextWidth, CountsColumns) {
  const struct {
    std::string_view text;
    std::size_t width;
  } samples[] = {
      {"", 0},
      {"laptop", 6},
      {"\u00e9t\u00e9", 3},       // composed
      {"e\u0301te\u0301", 3},     // with combining accents
      {"\u25cf connected", 11},   // a black circle is narrow here
      {"\u65e5\u672c\u8a9e", 6},  // East Asian
      {"\uff21\uff22", 4},        // full width
      {"\uff71", 1},              // half width
      {"\uac00", 2},              // a Hangul syllable
      {"\u1100\u1161", 2},        // and one of its parts
      {"\U0001f600", 2},          // a face
      {"a\u200bb", 2},            // a space of no width
      {"\u0939\u093f\u0928", 3},  // Devanagari, whose vowel sign takes room
      {"\u05e9\u05c1", 1},        // Hebrew with a point
      {"\xff\xfe", 2},            // no UTF-8
  };
  for (const auto& sample : samples) EXPECT_EQ(TextWidth(sample.text), sample.width) << sample.text;
}

TEST(TextWidth, EdgesOfTheRanges) {
  EXPECT_EQ(CharacterWidth(0x2ff), 1u);
  EXPECT_EQ(CharacterWidth(0x300), 0u);
  EXPECT_EQ(CharacterWidth(0x36f), 0u);
  EXPECT_EQ(CharacterWidth(0x370), 1u);
  EXPECT_EQ(CharacterWidth(0x10ff), 1u);
  EXPECT_EQ(CharacterWidth(0x1100), 2u);
  EXPECT_EQ(CharacterWidth(0x10ffff), 1u);
}

}  // namespace
}  // namespace cctl::cli
