// SPDX-License-Identifier: MIT

#include "cctl/base/printable_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cctl {
namespace {

TEST(Printable, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(Printable("laptop-a3f2 (192.168.1.50)").view(), "laptop-a3f2 (192.168.1.50)");
  EXPECT_EQ(Printable("B\xc3\xbcro \xe6\x97\xa5 \xf0\x9f\x98\x80").view(), "B\xc3\xbcro \xe6\x97\xa5 \xf0\x9f\x98\x80");
  EXPECT_EQ(Printable("").view(), "");
}

TEST(Printable, ReplacesEachByEachQuestionMark) {
  const struct {
    std::string_view text, shown;
  } kVectors[] = {
      {"a\x1b[31mb", "a?[31mb"},  // an escape sequence loses its escape
      {"a\r\nb\tc", "a??b?c"},    //
      {"a\x7f\xc2\x9b"
       "b",
       "a??b"},  // DEL, and CSI as one C1 character
      {"a\xe2\x80\xae"
       "b",
       "a?b"},  // U+202E right-to-left override
      {"a\xe2\x81\xa6"
       "b",
       "a?b"},  // U+2066 left-to-right isolate
      {"a\xe2\x80\x8b"
       "b",
       "a?b"},  // U+200B zero width space
      {"a\xef\xbb\xbf"
       "b",
       "a?b"},  // U+FEFF byte order mark
      {"a\xf3\xa0\x81\x81"
       "b",
       "a?b"},               // U+E0041 tag
      {"a\xff\xc3", "a??"},  // no UTF-8, byte by byte
      {"\xe2\x80", "??"},    //
  };
  for (const auto& [text, shown] : kVectors) EXPECT_EQ(Printable(text).view(), shown) << testing::PrintToString(text);
  EXPECT_EQ(Printable(std::string_view("a\0b", 3)).view(), "a?b");
}

TEST(Printable, AppendsTextOfAnyLength) {
  std::string out = "at ";
  AppendPrintable(std::string(100, 'x') + "\x1b[2J\xff" + "\xe2\x80", out);
  EXPECT_EQ(out, "at " + std::string(100, 'x') + "?[2J???");
}

TEST(Printable, CutsAfter64Characters) {
  EXPECT_EQ(Printable(std::string(64, 'x')).view(), std::string(64, 'x'));
  EXPECT_EQ(Printable(std::string(65, 'x')).view(), std::string(64, 'x'));
  std::string wide;
  for (int i = 0; i < 70; ++i) wide += "\xf0\x9f\x98\x80";
  EXPECT_EQ(Printable(wide).view(), wide.substr(0, 4 * 64));
  EXPECT_FALSE(Printable(wide).overflowed());
}

}  // namespace
}  // namespace cctl
