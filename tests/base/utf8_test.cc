// SPDX-License-Identifier: MIT

#include "cctl/base/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cctl {
namespace {

TEST(Utf8, RoundTripsEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::string text;
    AppendUtf8(c, text);
    const Utf8Character read = DecodeUtf8(text);
    ASSERT_EQ(read.code_point, c);
    ASSERT_EQ(read.size, text.size());
    for (std::size_t size = 0; size < text.size(); ++size) {  // every proper prefix
      ASSERT_EQ(DecodeUtf8(std::string_view(text).substr(0, size)).size, 0u);
    }
  }
}

// RFC 3629, section 7.
TEST(Utf8, DecodesTheExamplesOfRfc3629) {
  EXPECT_EQ(DecodeUtf8("\xe2\x89\xa2\xce\x91").code_point, U'\x2262');
  EXPECT_EQ(DecodeUtf8("\xed\x95\x9c").code_point, U'\xd55c');
  EXPECT_EQ(DecodeUtf8("\xf0\xa3\x8e\xb4").code_point, U'\x233b4');
}

TEST(Utf8, RejectsWhatIsNoUtf8) {
  const std::string_view kRejects[] = {
      "",                  // nothing
      "\x80",              // a continuation without a start
      "\xbf",              //
      "\xc0\x80",          // overlong zero
      "\xc1\xbf",          // overlong U+007F
      "\xe0\x9f\xbf",      // overlong U+07FF
      "\xf0\x8f\xbf\xbf",  // overlong U+FFFF
      "\xed\xa0\x80",      // the first surrogate
      "\xed\xbf\xbf",      // the last
      "\xf4\x90\x80\x80",  // U+110000
      "\xf5\x80\x80\x80",  // no start byte
      "\xff",              //
      "\xc3(",             // no continuation
      "\xe2\x82(",         //
      "\xf0\x9f\x98(",     //
  };
  for (const std::string_view text : kRejects) EXPECT_EQ(DecodeUtf8(text).size, 0u) << testing::PrintToString(text);
}

}  // namespace
}  // namespace cctl
