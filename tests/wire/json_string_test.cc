// SPDX-License-Identifier: MIT

#include "cctl/wire/json_string.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cctl/base/inline_string.h"
#include "cctl/wire/json_reader.h"

namespace cctl {
namespace {

using namespace std::string_view_literals;

// The string that `raw` between quotes is.
JsonString Read(std::string_view raw, std::string& text) {
  text = "{\"\":\"" + std::string(raw) + "\"}";
  JsonObjectReader members(text);
  EXPECT_TRUE(members.Next()) << raw;
  EXPECT_EQ(members.value().kind, JsonKind::kString);
  return members.value().string;
}

struct Case {
  std::string_view raw;
  std::string_view decoded;
};

// RFC 8259, section 7, with the example of a pair of surrogates that it gives (U+1D11E).
constexpr Case kCases[] = {
    {"", ""},
    {"abc", "abc"},
    {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
    {R"(\u0041\u007f)", "A\x7f"},
    {R"(\u0000)", "\0"sv},
    {R"(\u0080\u07ff)", "\xc2\x80\xdf\xbf"},
    {R"(\u0800\uFFFF\ud7ff\ue000)", "\xe0\xa0\x80\xef\xbf\xbf\xed\x9f\xbf\xee\x80\x80"},
    {R"(\uD834\uDD1E)", "\xf0\x9d\x84\x9e"},
    {R"(\ud800\udc00\udbff\udfff)", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
    {R"(a\u0062c\\u0064)", "abc\\u0064"},
    {"\xc3\xa9\\u00e9", "\xc3\xa9\xc3\xa9"},
};

TEST(JsonString, DecodesEveryEscape) {
  for (const Case& c : kCases) {
    std::string text, decoded;
    const JsonString string = Read(c.raw, text);
    string.AppendTo(decoded);
    EXPECT_EQ(decoded, c.decoded) << c.raw;
    EXPECT_EQ(string.size(), c.decoded.size()) << c.raw;
    EXPECT_EQ(string.escaped(), c.raw.find('\\') != std::string_view::npos) << c.raw;
    EXPECT_EQ(string.raw(), c.raw);
  }
}

TEST(JsonString, ComparesWhatItStandsFor) {
  for (const Case& c : kCases) {
    std::string text;
    const JsonString string = Read(c.raw, text);
    EXPECT_TRUE(string == c.decoded) << c.raw;
    EXPECT_FALSE(string == std::string(c.decoded) + "x") << c.raw;
    for (std::size_t i = 0; i < c.decoded.size(); ++i) {
      std::string other(c.decoded);
      other[i] = static_cast<char>(other[i] ^ 1);
      EXPECT_FALSE(string == other) << c.raw << " at " << i;
    }
  }
}

TEST(JsonString, GivesItsTextWithoutCopyingWhereItCan) {
  std::string text;
  char scratch[5];
  const JsonString plain = Read("abcde", text);
  EXPECT_EQ(plain.Text(scratch, "name")->data(), plain.raw().data());
  const JsonString escaped = Read(R"(ab\u0063d\n)", text);
  const auto decoded = escaped.Text(scratch, "name");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->data(), scratch);
  EXPECT_EQ(*decoded, "abcd\n");
}

TEST(JsonString, RefusesToOverflowItsScratch) {
  char scratch[4];
  for (const std::string_view raw : {"abcde"sv, R"(abcd\n)"sv, R"(\ud834\udd1ex)"sv}) {
    std::string text;
    EXPECT_EQ(Read(raw, text).Text(scratch, "name").error(), (Error{Errc::kTooLong, 4, 4, "name"})) << raw;
  }
}

TEST(JsonString, AppendsToAnInlineString) {
  std::string text;
  InlineString<8> out;
  Read(R"(a\u00e9b)", text).AppendTo(out);
  EXPECT_EQ(out.view(),
            "a\xc3\xa9"
            "b");
}

TEST(JsonString, IsEmptyByDefault) {
  EXPECT_TRUE(JsonString().empty());
  EXPECT_TRUE(JsonString() == "");
}

}  // namespace
}  // namespace cctl
