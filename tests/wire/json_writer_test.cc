// SPDX-License-Identifier: MIT

#include "cctl/wire/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "cctl/base/inline_string.h"
#include "cctl/base/utf8.h"
#include "cctl/wire/json_reader.h"
#include "nlohmann/json.hpp"

namespace cctl {
namespace {

using namespace std::string_view_literals;

std::string Written(std::string_view text) {
  std::string out;
  JsonWriter(out).String(text);
  return out;
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Name("a").Int(1).Name("b").BeginArray().EndArray();
  json.Name("c").BeginArray().Int(1).BeginObject().EndObject().String("x").BeginArray().Null().EndArray().EndArray();
  json.Name("d").BeginObject().Name("e").Bool(true).EndObject();
  json.Name("f").Raw("[1, 2]").Name("g").Bool(false).Name("").Null();
  json.EndObject();
  EXPECT_EQ(out, R"({"a":1,"b":[],"c":[1,{},"x",[null]],"d":{"e":true},"f":[1, 2],"g":false,"":null})");
}

TEST(JsonWriter, WritesIntegers) {
  const struct {
    std::int64_t value;
    std::string_view text;
  } kCases[] = {{0, "0"},
                {-1, "-1"},
                {10, "10"},
                {1795422026237, "1795422026237"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
  for (const auto& c : kCases) {
    std::string out;
    JsonWriter(out).Int(c.value);
    EXPECT_EQ(out, c.text);
  }
}

TEST(JsonWriter, EscapesOnlyWhatMustBe) {
  EXPECT_EQ(Written(""), "\"\"");
  EXPECT_EQ(Written("a/b<c>'d'\x7f"), "\"a/b<c>'d'\x7f\"");
  EXPECT_EQ(Written("\xc3\xa9\xf0\x9d\x84\x9e"), "\"\xc3\xa9\xf0\x9d\x84\x9e\"");
  EXPECT_EQ(Written("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(Written("\0\x01\x1f"sv), R"("\u0000\u0001\u001f")");
}

// The rules are those of RFC 8259, and nlohmann's writer follows them to the same bytes.
TEST(JsonWriter, WritesEachCharacterAsNlohmannDoes) {
  for (char32_t c = 0; c <= 0x10ffff; c += c < 0x900 ? 1 : 127) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::string text = "ab";
    AppendUtf8(c, text);
    text += "cdefghijk";
    ASSERT_EQ(Written(text), nlohmann::json(text).dump()) << static_cast<unsigned>(c);
  }
}

TEST(JsonWriter, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(Written("a\x80z"), "\"a\xef\xbf\xbdz\"");
  EXPECT_EQ(Written("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(Written("\xf0\x9d\x84"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonWriter, WritesAReadStringAsItStood) {
  JsonObjectReader members(R"({"a":"x\u002dy\/"})");
  ASSERT_TRUE(members.Next());
  std::string out;
  JsonWriter(out).String(members.value().string);
  EXPECT_EQ(out, R"("x\u002dy\/")");
}

// Any bytes at all give one valid line; text that is UTF-8 comes back as it was.
TEST(JsonWriter, SurvivesTheWayThroughTheReader) {
  std::mt19937 random(8259);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    bool valid = true;
    for (auto size = random() % 24; size > 0; --size) {
      switch (random() % 8) {
        case 0:
          text += static_cast<char>(random() % 32);
          break;
        case 1:
          text += "\"\\/\x7f"[random() % 4];
          break;
        case 2: {
          const auto c = static_cast<char32_t>(random() % 0x110000);
          AppendUtf8(c >= 0xd800 && c < 0xe000 ? U'?' : c, text);
          break;
        }
        case 3:
          if (random() % 16 == 0) {
            text += '\xff';
            valid = false;
          }
          break;
        default:
          text += static_cast<char>('a' + random() % 26);
      }
    }
    std::string line;
    JsonWriter(line).BeginObject().Name("s").String(text).EndObject();
    ASSERT_EQ(line.find('\n'), std::string::npos);
    JsonObjectReader members(line);
    ASSERT_TRUE(members.Next()) << line;
    if (valid) {
      std::string read;
      members.value().string.AppendTo(read);
      ASSERT_EQ(read, text);
    }
    ASSERT_FALSE(members.Next());
    ASSERT_TRUE(members.ok()) << line;
  }
}

TEST(JsonWriter, WritesToAnInlineStringAndShowsThatItIsFull) {
  InlineString<16> out;
  JsonWriter(out).BeginObject().Name("a").Int(-12).EndObject();
  EXPECT_EQ(out.view(), R"({"a":-12})");
  EXPECT_FALSE(out.overflowed());
  JsonWriter(out).String("0123456789");
  EXPECT_TRUE(out.overflowed());
}

// A sink that takes a pointer and a size and nothing else.
TEST(JsonWriter, WritesToWhateverAppends) {
  struct {
    std::size_t bytes = 0;
    void append(const char*, std::size_t size) { bytes += size; }
  } counter;
  JsonWriter(counter).BeginArray().String("a\n").Bool(true).EndArray();
  EXPECT_EQ(counter.bytes, std::string_view(R"(["a\n",true])").size());
}

}  // namespace
}  // namespace cctl
