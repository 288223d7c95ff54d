// SPDX-License-Identifier: MIT

#include "cctl/base/inline_string.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace cctl {
namespace {

static_assert(std::is_trivially_copyable_v<InlineString<64>>);
static_assert(sizeof(InlineString<253>) == 255);  // one byte of size and one flag
static_assert(InlineString<4>("abc") == "abc");

TEST(InlineString, HoldsUpToItsCapacity) {
  const InlineString<4> full("abcd");
  EXPECT_EQ(full.view(), "abcd");
  EXPECT_EQ(full.size(), 4u);
  EXPECT_FALSE(full.overflowed());
  EXPECT_TRUE(InlineString<4>().empty());
}

TEST(InlineString, KeepsTheFirstBytesOfALongerTextAndSaysSo) {
  const InlineString<4> cut("abcde");
  EXPECT_EQ(cut.view(), "abcd");
  EXPECT_TRUE(cut.overflowed());
}

TEST(InlineString, AppendsWhollyOrNotAtAll) {
  InlineString<4> text("abc");
  text.append("de");
  EXPECT_EQ(text.view(), "abc");
  EXPECT_TRUE(text.overflowed());
  text.append("d");  // it would fit, but what came before is missing
  EXPECT_EQ(text.view(), "abc");
  text.clear();
  EXPECT_FALSE(text.overflowed());
  text.append("ab").push_back('c');
  EXPECT_EQ(text.view(), "abc");
}

TEST(InlineString, HoldsZeros) {
  const InlineString<4> text(std::string_view("a\0b", 3));
  EXPECT_EQ(text.size(), 3u);
  EXPECT_EQ(text, std::string_view("a\0b", 3));
}

TEST(InlineString, IsComparedByItsText) {
  InlineString<8> shorter("abcdef");
  shorter.clear();
  shorter.append("ab");
  EXPECT_EQ(shorter, InlineString<8>("ab"));
  EXPECT_FALSE(shorter == InlineString<8>("abcdef"));
}

TEST(InlineString, HoldsMoreThanAByteCanCount) {
  const std::string text(300, 'x');
  EXPECT_EQ(InlineString<300>(text).view(), text);
}

}  // namespace
}  // namespace cctl
