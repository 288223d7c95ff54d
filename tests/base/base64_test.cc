// SPDX-License-Identifier: MIT

#include "cctl/base/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cctl/base/inline_string.h"

namespace cctl {
namespace {

std::string Encoded(std::string_view bytes) {
  std::string out;
  Base64Writer base64(out);
  base64.append(bytes);
  base64.Finish();
  return out;
}

// RFC 4648, section 10.
TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(Encoded(""), "");
  EXPECT_EQ(Encoded("f"), "Zg==");
  EXPECT_EQ(Encoded("fo"), "Zm8=");
  EXPECT_EQ(Encoded("foo"), "Zm9v");
  EXPECT_EQ(Encoded("foob"), "Zm9vYg==");
  EXPECT_EQ(Encoded("fooba"), "Zm9vYmE=");
  EXPECT_EQ(Encoded("foobar"), "Zm9vYmFy");
}

// RFC 4648, section 9.
TEST(Base64, EncodesTheIllustrationsOfRfc4648) {
  EXPECT_EQ(Encoded("\x14\xfb\x9c\x03\xd9\x7e"), "FPucA9l+");
  EXPECT_EQ(Encoded("\x14\xfb\x9c\x03\xd9"), "FPucA9k=");
  EXPECT_EQ(Encoded("\x14\xfb\x9c\x03"), "FPucAw==");
}

TEST(Base64, UsesTheWholeAlphabetInItsOrder) {
  std::string bytes;
  for (unsigned value = 0; value < 64; value += 4) {
    const unsigned group = value << 18 | (value + 1) << 12 | (value + 2) << 6 | (value + 3);
    for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(group >> shift & 0xff);
  }
  EXPECT_EQ(Encoded(bytes), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

TEST(Base64, PiecesOfAnySizeMakeTheSameText) {
  const std::string_view bytes("\0\xff\x10 pieces of any size", 22);
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      std::string out;
      Base64Writer base64(out);
      base64.append(bytes.substr(0, first));
      base64.append(bytes.substr(first, second - first));
      base64.append(bytes.substr(second));
      base64.Finish();
      EXPECT_EQ(out, Encoded(bytes));
    }
  }
}

TEST(Base64, FinishStartsAnew) {
  std::string out;
  Base64Writer base64(out);
  base64.append("f");
  base64.Finish();
  base64.Finish();
  base64.append("fo");
  base64.Finish();
  EXPECT_EQ(out, "Zg==Zm8=");
}

TEST(Base64, WorksInAConstantExpression) {
  constexpr auto kOut = [] {
    InlineString<8> out;
    Base64Writer base64(out);
    base64.append("foob");
    base64.Finish();
    return out;
  }();
  static_assert(kOut == std::string_view("Zm9vYg=="));
}

}  // namespace
}  // namespace cctl
