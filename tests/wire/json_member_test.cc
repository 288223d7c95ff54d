// SPDX-License-Identifier: MIT
//
// A member that has to be a text of a form: the form's own parser decides, and what it finds wrong is told with the
// member's name at the character's place in the whole object, or at the string's where escapes move the characters.

#include "cctl/wire/json_member.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/wire/json_reader.h"

namespace cctl {
namespace {

// Up to four letters `a`; its errors have a part of their own, which no caller of ParseStringMember may see.
Result<std::size_t> ParseLetters(std::string_view text) {
  if (text.empty()) return Error{Errc::kTruncated, 0, 0, "letters"};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto offset = static_cast<std::uint32_t>(i);
    if (i == 4) return Error{Errc::kTooLong, offset, 4, "letters"};
    if (text[i] != 'a') return Error{Errc::kInvalid, offset, 7, "letters"};
  }
  return text.size();
}

// The first member of an object, in strings of up to 4 bytes.
Result<std::size_t> First(std::string_view object) {
  JsonObjectReader members(object);
  EXPECT_TRUE(members.Next()) << object;
  return detail::ParseStringMember<4>(members.value(), "part", ParseLetters);
}

TEST(JsonMember, IsWhatTheParserMakesOfTheText) {
  const struct {
    std::string_view object;
    std::size_t size;
  } kCases[] = {
      {R"({"m":"a"})", 1},        {R"({"m":"aaaa"})", 4},
      {R"({"m":"\u0061"})", 1},   {R"({"m":"a\u0061\u0061a"})", 4},  // counted as what it stands for
      {R"( { "m" : "aa" } )", 2},
  };
  for (const auto& c : kCases) {
    const auto read = First(c.object);
    ASSERT_TRUE(read) << c.object;
    EXPECT_EQ(*read, c.size) << c.object;
  }
}

TEST(JsonMember, IsRefusedWithItsNameAndPlace) {
  const struct {
    std::string_view object;
    Error error;
  } kRejects[] = {
      // No string at all: where the value begins.
      {R"({"m":1})", {Errc::kInvalid, 5, 0, "part"}},
      {R"({"m": null})", {Errc::kInvalid, 6, 0, "part"}},
      {R"({"m":["a"]})", {Errc::kInvalid, 5, 0, "part"}},
      {R"({"m":{"a":"a"}})", {Errc::kInvalid, 5, 0, "part"}},
      // Plain: where the character stands; 6 is behind the quote.
      {R"({"m":""})", {Errc::kTruncated, 6, 0, "part"}},
      {R"({"m":"b"})", {Errc::kInvalid, 6, 7, "part"}},
      {R"({"m":"aaab"})", {Errc::kInvalid, 9, 7, "part"}},
      {R"({ "m" :  "aab" })", {Errc::kInvalid, 12, 7, "part"}},
      // Longer than there is room for, which the parser never sees, however bad the text.
      {R"({"m":"aaaaa"})", {Errc::kTooLong, 10, 4, "part"}},
      {R"({"m":"bbbbbbbb"})", {Errc::kTooLong, 10, 4, "part"}},
      // Escaped: at the string.
      {R"({"m":"aa\u0062"})", {Errc::kInvalid, 5, 7, "part"}},
      {R"({"m":"aa\n"})", {Errc::kInvalid, 5, 7, "part"}},
      {R"({"m":"\u0061aaaa"})", {Errc::kTooLong, 5, 4, "part"}},
      {R"({"m":"aaa\u00e9"})", {Errc::kTooLong, 5, 4, "part"}},  // five bytes of UTF-8
  };
  for (const auto& [object, error] : kRejects) {
    const auto read = First(object);
    ASSERT_FALSE(read) << object;
    EXPECT_EQ(read.error(), error) << object << ": " << ErrcName(read.error().code) << ' ' << read.error().part
                                   << " at " << read.error().offset;
  }
}

}  // namespace
}  // namespace cctl
