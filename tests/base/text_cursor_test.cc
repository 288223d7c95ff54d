// SPDX-License-Identifier: MIT

#include "cctl/base/text_cursor.h"

#include <gtest/gtest.h>

#include <string_view>

namespace cctl {
namespace {

TEST(TextCursor, TakesPiecesInOrder) {
  TextCursor in("host:80");
  EXPECT_EQ(in.TakeUntil(':'), "host");
  EXPECT_TRUE(in.Consume(":"));
  EXPECT_EQ(in.position(), 5u);
  EXPECT_EQ(in.TakeWhile([](char c) { return c == '8'; }), "8");
  EXPECT_EQ(in.rest(), "0");
  EXPECT_EQ(in.Peek(), '0');
  EXPECT_EQ(in.Take(5), "0");
  EXPECT_TRUE(in.AtEnd());
}

TEST(TextCursor, ConsumesALiteralWhollyOrNotAtAll) {
  TextCursor in("abc");
  EXPECT_FALSE(in.Consume("abd"));
  EXPECT_FALSE(in.Consume("abcd"));
  EXPECT_EQ(in.position(), 0u);
  EXPECT_TRUE(in.Consume(""));
  EXPECT_TRUE(in.Consume("abc"));
}

TEST(TextCursor, GivesNothingAtTheEnd) {
  TextCursor in("");
  EXPECT_TRUE(in.AtEnd());
  EXPECT_EQ(in.Peek(), '\0');
  EXPECT_EQ(in.Take(1), "");
  EXPECT_EQ(in.TakeUntil('x'), "");
  EXPECT_FALSE(in.Consume("x"));
  EXPECT_EQ(in.position(), 0u);
}

TEST(TextCursor, TakesAllWhereTheStopIsMissing) {
  TextCursor in("abc");
  EXPECT_EQ(in.TakeUntil(':'), "abc");
  EXPECT_TRUE(in.AtEnd());
}

TEST(TextCursor, SeesAZeroInTheText) {
  TextCursor in(std::string_view("\0a", 2));
  EXPECT_EQ(in.Peek(), '\0');
  EXPECT_FALSE(in.AtEnd());
  EXPECT_EQ(in.Take(1).size(), 1u);
  EXPECT_EQ(in.Peek(), 'a');
}

}  // namespace
}  // namespace cctl
