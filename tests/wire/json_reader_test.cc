// SPDX-License-Identifier: MIT

#include "cctl/wire/json_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "cctl/base/result.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {
namespace {

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string Decoded(const JsonString& string) {
  std::string out;
  string.AppendTo(out);
  return out;
}

// The error of reading every member of a text, or kInternal where there is none.
Error ObjectError(std::string_view text, JsonLimits limits = {}) {
  JsonObjectReader members(text, limits);
  while (members.Next()) {
  }
  return members.ok() ? Error{} : members.error();
}

constexpr Error At(Errc code, std::uint32_t offset, std::uint32_t value = 0) {
  return Error{code, offset, value, "json"};
}

// RFC 8259, sections 2 to 7, by example.
TEST(ValidateJson, AcceptsTheGrammar) {
  const char* const kTexts[] = {"null",
                                "true",
                                "false",
                                "0",
                                "-0",
                                "1",
                                "-12",
                                "10",
                                "1234567890123456789012345678901234567890",
                                "0.5",
                                "-0.0",
                                "1.25e3",
                                "1E9",
                                "1e+9",
                                "1e-9",
                                "0e0",
                                "1e999",
                                "\"\"",
                                "\"a\"",
                                "[]",
                                "{}",
                                "[[]]",
                                "[{}]",
                                "{\"\":{}}",
                                "[1,2]",
                                "[1,[2,[3]],4]",
                                "{\"a\":1,\"b\":[true,null]}",
                                " \t\r\n1 \t\r\n",
                                " [ 1 , 2 ] ",
                                " { \"a\" : 1 , \"b\" : 2 } ",
                                R"("\"\\\/\b\f\n\r\t")",
                                R"("\u0000\u001f\u007f\uD7FF\ue000\uFFFF")",
                                R"("\ud800\udc00\uDBFF\uDFFF")",
                                "\"\x7f\"",
                                "\"\xc2\x80\xdf\xbf\"",
                                "\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\"",
                                "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
                                "{\"a\":1,\"a\":2}"};
  for (const char* text : kTexts) EXPECT_TRUE(ValidateJson(text)) << text;
}

struct Reject {
  std::string_view text;
  Errc code;
  std::uint32_t offset;
};

using namespace std::string_view_literals;

constexpr Reject kRejects[] = {
    // Nothing, or nothing but white space.
    {"", Errc::kTruncated, 0},
    {" \r\n", Errc::kTruncated, 3},
    // What is no value.
    {"x", Errc::kInvalid, 0},
    {"NaN", Errc::kInvalid, 0},
    {"Infinity", Errc::kInvalid, 0},
    {"'a'", Errc::kInvalid, 0},
    {"/**/1", Errc::kInvalid, 0},
    {",", Errc::kInvalid, 0},
    {"]", Errc::kInvalid, 0},
    {"}", Errc::kInvalid, 0},
    {"\xef\xbb\xbf{}", Errc::kInvalid, 0},  // a byte order mark (section 8.1 lets a reader refuse it)
    {"\0"sv, Errc::kInvalid, 0},
    {"\v1", Errc::kInvalid, 0},
    {"\xc2\xa0", Errc::kInvalid, 0},
    // Literals.
    {"tru", Errc::kTruncated, 3},
    {"trux", Errc::kInvalid, 3},
    {"True", Errc::kInvalid, 0},
    {"nul", Errc::kTruncated, 3},
    {"fals\0"sv, Errc::kInvalid, 4},
    {"nulll", Errc::kTrailing, 4},
    // Numbers.
    {"-", Errc::kTruncated, 1},
    {"+1", Errc::kInvalid, 0},
    {"--1", Errc::kInvalid, 1},
    {"-a", Errc::kInvalid, 1},
    {".5", Errc::kInvalid, 0},
    {"1.", Errc::kTruncated, 2},
    {"[1.]", Errc::kInvalid, 3},
    {"1.e5", Errc::kInvalid, 2},
    {"1e", Errc::kTruncated, 2},
    {"1e+", Errc::kTruncated, 3},
    {"[1e+]", Errc::kInvalid, 4},
    {"1e5.5", Errc::kTrailing, 3},
    {"01", Errc::kTrailing, 1},
    {"[01]", Errc::kInvalid, 2},
    {"-01", Errc::kTrailing, 2},
    {"0x1", Errc::kTrailing, 1},
    {"1_000", Errc::kTrailing, 1},
    // Strings.
    {"\"", Errc::kTruncated, 1},
    {"\"abc", Errc::kTruncated, 4},
    {"\"abcdefgh", Errc::kTruncated, 9},
    {"\"a\nb\"", Errc::kInvalid, 2},
    {"\"a\0b\""sv, Errc::kInvalid, 2},
    {"\"0123456\x1f\"", Errc::kInvalid, 8},
    {"\"01234567890\t\"", Errc::kInvalid, 12},
    {"\"\\", Errc::kTruncated, 2},
    {"\"\\\"", Errc::kTruncated, 3},
    {R"("\x41")", Errc::kInvalid, 2},
    {R"("\'")", Errc::kInvalid, 2},
    {R"("\U0041")", Errc::kInvalid, 2},
    {R"("\u")", Errc::kInvalid, 3},
    {R"("\u12)", Errc::kTruncated, 5},
    {R"("\u12g4")", Errc::kInvalid, 5},
    {R"("\u123")", Errc::kInvalid, 6},
    {R"("\u+123")", Errc::kInvalid, 3},
    // Surrogates: a first half must be followed by a second one, which must not stand alone.
    {R"("ab\ud800")", Errc::kInvalid, 3},
    {R"("\udc00")", Errc::kInvalid, 1},
    {R"("\ud800x")", Errc::kInvalid, 1},
    {R"("\ud800\n")", Errc::kInvalid, 1},
    {R"("\ud800\ud800")", Errc::kInvalid, 1},
    {R"("\ud800\u0041")", Errc::kInvalid, 1},
    {R"("\udc00\ud800")", Errc::kInvalid, 1},
    {R"("\ud83d\udc0")", Errc::kInvalid, 12},
    {R"("\ud83d)", Errc::kTruncated, 7},
    {R"("\ud83d\)", Errc::kTruncated, 8},
    {R"("\ud83d\udc)", Errc::kTruncated, 11},
    // UTF-8 (RFC 3629, section 4): overlong, surrogates, above U+10FFFF, broken, cut off.
    {"\"\x80\"", Errc::kInvalid, 1},
    {"\"\xc0\xaf\"", Errc::kInvalid, 1},
    {"\"\xc1\xbf\"", Errc::kInvalid, 1},
    {"\"\xe0\x9f\xbf\"", Errc::kInvalid, 1},
    {"\"\xed\xa0\x80\"", Errc::kInvalid, 1},
    {"\"\xf0\x8f\xbf\xbf\"", Errc::kInvalid, 1},
    {"\"\xf4\x90\x80\x80\"", Errc::kInvalid, 1},
    {"\"\xf5\x80\x80\x80\"", Errc::kInvalid, 1},
    {"\"\xff\"", Errc::kInvalid, 1},
    {"\"a\xc3\"", Errc::kInvalid, 2},
    {"\"\xc3\xa9\xe2\x82\"", Errc::kInvalid, 3},
    {"\"\xc3", Errc::kTruncated, 2},
    {"\"\xe0", Errc::kTruncated, 2},
    {"\"\xe0\xa0", Errc::kTruncated, 3},
    {"\"\xe0\x9f", Errc::kInvalid, 1},
    {"\"\xed\x9f", Errc::kTruncated, 3},
    {"\"\xed\xa0", Errc::kInvalid, 1},
    {"\"\xf0\x90\x80", Errc::kTruncated, 4},
    {"\"\xf0\x8f", Errc::kInvalid, 1},
    {"\"\xf4\x8f", Errc::kTruncated, 3},
    {"\"\xf4\x90", Errc::kInvalid, 1},
    {"\"\xff", Errc::kInvalid, 1},
    // Arrays.
    {"[", Errc::kTruncated, 1},
    {"[1", Errc::kTruncated, 2},
    {"[1,", Errc::kTruncated, 3},
    {"[1,]", Errc::kInvalid, 3},
    {"[,1]", Errc::kInvalid, 1},
    {"[1,,2]", Errc::kInvalid, 3},
    {"[1 2]", Errc::kInvalid, 3},
    {"[1}", Errc::kInvalid, 2},
    {"[1:2]", Errc::kInvalid, 2},
    {"[[]", Errc::kTruncated, 3},
    {"[]]", Errc::kTrailing, 2},
    // Objects.
    {"{", Errc::kTruncated, 1},
    {"{\"a\"", Errc::kTruncated, 4},
    {"{\"a\":", Errc::kTruncated, 5},
    {"{\"a\":1", Errc::kTruncated, 6},
    {"{\"a\":1,", Errc::kTruncated, 7},
    {"{\"a\":1,}", Errc::kInvalid, 7},
    {"{,}", Errc::kInvalid, 1},
    {"{a:1}", Errc::kInvalid, 1},
    {"{1:1}", Errc::kInvalid, 1},
    {"{\"a\" 1}", Errc::kInvalid, 5},
    {"{\"a\"}", Errc::kInvalid, 4},
    {"{\"a\":}", Errc::kInvalid, 5},
    {"{\"a\":1 \"b\":2}", Errc::kInvalid, 7},
    {"{\"a\":1]", Errc::kInvalid, 6},
    {"{\"a\":[}", Errc::kInvalid, 6},
    {"{}}", Errc::kTrailing, 2},
    // More than one value.
    {"1 2", Errc::kTrailing, 2},
    {"{} {}", Errc::kTrailing, 3},
    {"{},", Errc::kTrailing, 2},
    {"1\0"sv, Errc::kTrailing, 1},
};

TEST(ValidateJson, RejectsWithCodeAndOffset) {
  for (const Reject& reject : kRejects) {
    EXPECT_EQ(ValidateJson(reject.text).error(), At(reject.code, reject.offset)) << reject.text;
  }
}

// The same texts as a value inside an array and inside an object: what ends them there is not their own end.
TEST(ValidateJson, RejectsTheSameInsideOthers) {
  for (const Reject& reject : kRejects) {
    if (reject.code == Errc::kTrailing) continue;
    const std::string array = "[0, " + std::string(reject.text);
    EXPECT_EQ(ValidateJson(array).error(), At(reject.code, reject.offset + 4)) << array;
    const std::string object = "{\"k\":" + std::string(reject.text);
    EXPECT_EQ(ValidateJson(object).error(), At(reject.code, reject.offset + 5)) << object;
    EXPECT_EQ(ObjectError(object), At(reject.code, reject.offset + 5)) << object;
  }
}

// A defect at each distance from the word boundaries that the search for it goes by.
TEST(ValidateJson, FindsADefectAtEachPlaceOfAString) {
  for (std::uint32_t size = 1; size <= 40; ++size) {
    for (std::uint32_t at = 0; at < size; ++at) {
      for (const char defect : {'\0', '\x1f', '\x80', '\xff'}) {
        std::string text = "\"" + std::string(size, 'x') + "\"";
        text[at + 1] = defect;
        ASSERT_EQ(ValidateJson(text).error(), At(Errc::kInvalid, at + 1)) << text;
      }
      std::string text = "\"" + std::string(size, 'x') + "\"";
      text[at + 1] = '"';
      ASSERT_EQ(ValidateJson(text).error(), At(Errc::kTrailing, at + 2)) << text;
    }
  }
}

TEST(ValidateJson, TakesEveryByteThatStandsForItself) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = "\"1234567" + std::string(1, static_cast<char>(byte)) + "\"";
    const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
    EXPECT_EQ(ValidateJson(text).has_value(), plain) << byte;
  }
}

TEST(ValidateJson, BoundsDepth) {
  for (const char* const pair : {"[]", "{}"}) {
    const std::string open = pair[0] == '[' ? "[" : "{\"a\":";
    const std::string close(1, pair[1]);
    const std::string deepest = Repeat(open, 127) + pair + Repeat(close, 127);
    EXPECT_TRUE(ValidateJson(deepest));
    const std::string deeper = Repeat(open, 128) + pair + Repeat(close, 128);
    const auto offset = static_cast<std::uint32_t>(128 * open.size());
    EXPECT_EQ(ValidateJson(deeper).error(), At(Errc::kTooDeep, offset, 128));
  }
  EXPECT_EQ(ValidateJson(Repeat("[", 1'000'000)).error(), At(Errc::kTooDeep, 128, 128));
  EXPECT_EQ(ValidateJson("[[]]", {.depth = 1}).error(), At(Errc::kTooDeep, 1, 1));
  EXPECT_TRUE(ValidateJson("[[],[],[]]", {.depth = 2}));
  EXPECT_TRUE(ValidateJson("1", {.depth = 0}));
  EXPECT_EQ(ValidateJson("[]", {.depth = 0}).error(), At(Errc::kTooDeep, 0, 0));
  EXPECT_EQ(ValidateJson(Repeat("[", 129), {.depth = 1000}).error(), At(Errc::kTooDeep, 128, 128));
}

// Which bracket closes which level is kept in bits: mix them through all of the depth.
TEST(ValidateJson, MatchesBracketsAtEveryDepth) {
  std::string open, close;
  for (int depth = 0; depth < 128; ++depth) {
    const bool object = depth % 3 == 0;
    open += object ? "{\"a\":" : "[";
    close.insert(0, object ? "}" : "]");
    if (depth == 127) break;
    const std::string whole = open + "0" + close;
    EXPECT_TRUE(ValidateJson(whole)) << depth;
    for (std::size_t i = 0; i < close.size(); ++i) {
      std::string wrong = whole;
      char& bracket = wrong[open.size() + 1 + i];
      bracket = bracket == '}' ? ']' : '}';
      ASSERT_EQ(ValidateJson(wrong).error(), At(Errc::kInvalid, static_cast<std::uint32_t>(open.size() + 1 + i)));
    }
  }
}

TEST(ValidateJson, BoundsSize) {
  EXPECT_TRUE(ValidateJson("[1]", {.size = 3}));
  EXPECT_EQ(ValidateJson("[1]", {.size = 2}).error(), At(Errc::kTooLong, 2, 2));
  EXPECT_EQ(ValidateJson(std::string(kMaxLine + 1, ' ')).error(), At(Errc::kTooLong, kMaxLine, kMaxLine));
}

TEST(JsonObjectReader, WalksMembersInOrder) {
  JsonObjectReader members(R"( {"a" : 1, "b":[1,{"a":2}] ,"":"x\ty", "d":{"e":null},"f":true,"g":null} )");
  const struct {
    std::string_view name;
    JsonKind kind;
    std::string_view text;
    std::uint32_t offset;
  } kWant[] = {{"a", JsonKind::kNumber, "1", 8},         {"b", JsonKind::kArray, R"([1,{"a":2}])", 15},
               {"", JsonKind::kString, R"("x\ty")", 31}, {"d", JsonKind::kObject, R"({"e":null})", 43},
               {"f", JsonKind::kBool, "true", 58},       {"g", JsonKind::kNull, "null", 67}};
  for (const auto& want : kWant) {
    ASSERT_TRUE(members.Next());
    EXPECT_EQ(Decoded(members.name()), want.name);
    EXPECT_EQ(members.value().kind, want.kind);
    EXPECT_EQ(members.value().text, want.text);
    EXPECT_EQ(members.value().offset, want.offset);
  }
  EXPECT_FALSE(members.Next());
  EXPECT_FALSE(members.Next());
  EXPECT_TRUE(members.ok());
  EXPECT_EQ(members.Missing("x"), (Error{Errc::kMissing, 71, 0, "x"}));
}

TEST(JsonObjectReader, ReadsAnEmptyObject) {
  for (const char* text : {"{}", " {} ", "{ \r\n}"}) EXPECT_EQ(ObjectError(text), Error{}) << text;
}

TEST(JsonObjectReader, RejectsWhatIsNoObject) {
  EXPECT_EQ(ObjectError(""), At(Errc::kTruncated, 0));
  EXPECT_EQ(ObjectError("  "), At(Errc::kTruncated, 2));
  EXPECT_EQ(ObjectError("[]"), At(Errc::kInvalid, 0));
  EXPECT_EQ(ObjectError(" 1"), At(Errc::kInvalid, 1));
  EXPECT_EQ(ObjectError("{}x"), At(Errc::kTrailing, 2));
  EXPECT_EQ(ObjectError("{\"a\":1} 2"), At(Errc::kTrailing, 8));
  EXPECT_EQ(ObjectError("{\"a\":1}", {.size = 6}), At(Errc::kTooLong, 6, 6));
  EXPECT_EQ(ObjectError(" {}", {.depth = 0}), At(Errc::kTooDeep, 1, 0));
  EXPECT_EQ(ObjectError("{\"a\":[]}", {.depth = 1}), At(Errc::kTooDeep, 5, 1));
}

TEST(JsonObjectReader, AgreesWithValidateJsonOnErrors) {
  for (const Reject& reject : kRejects) {
    if (reject.text.substr(0, 1) != "{") continue;
    EXPECT_EQ(ObjectError(reject.text), At(reject.code, reject.offset)) << reject.text;
  }
}

TEST(JsonObjectReader, RejectsANameThatComesTwice) {
  EXPECT_EQ(ObjectError(R"({"a":1,"b":2,"a":3})"), At(Errc::kDuplicate, 13));
  EXPECT_EQ(ObjectError(R"({"":1,"":2})"), At(Errc::kDuplicate, 6));
  // Compared after decoding, whichever of the two is escaped.
  EXPECT_EQ(ObjectError(R"({"id":1,"\u0069d":2})"), At(Errc::kDuplicate, 8));
  EXPECT_EQ(ObjectError(R"({"\u0069d":1,"id":2})"), At(Errc::kDuplicate, 13));
  EXPECT_EQ(ObjectError(R"({"i\u0064":1,"\u0069d":2})"), At(Errc::kDuplicate, 13));
  EXPECT_EQ(ObjectError("{\"\xc3\xa9\":1,\"\\u00e9\":2}"), At(Errc::kDuplicate, 8));
  EXPECT_EQ(ObjectError(R"({"\ud83d\ude00":1,"\uD83D\uDE00":2})"), At(Errc::kDuplicate, 18));
}

TEST(JsonObjectReader, TellsNamesApartThatOnlyLookAlike) {
  EXPECT_EQ(ObjectError(R"({"a":1,"A":2,"a ":3,"\u0000a":4,"aa":5,"\\u0061":6,"\u00e1":7})"), Error{});
}

TEST(JsonObjectReader, LeavesNamesInsideValuesAlone) {
  EXPECT_EQ(ObjectError(R"({"a":{"b":1,"b":2},"b":[{"c":1,"c":1}]})"), Error{});
}

TEST(JsonObjectReader, BoundsMembers) {
  std::string text = "{";
  for (std::size_t i = 0; i < kMaxJsonMembers; ++i) text += "\"" + std::to_string(i) + "\":0,";
  const std::string full = text.substr(0, text.size() - 1) + "}";
  EXPECT_EQ(ObjectError(full), Error{});
  const auto offset = static_cast<std::uint32_t>(text.size());
  EXPECT_EQ(ObjectError(text + "\"x\":0}"), At(Errc::kTooLong, offset, kMaxJsonMembers));
}

TEST(JsonObjectReader, BoundsNamesAsTheyAreWritten) {
  EXPECT_EQ(ObjectError("{\"" + std::string(64, 'n') + "\":1}"), Error{});
  EXPECT_EQ(ObjectError("{ \"" + std::string(65, 'n') + "\":1}"), At(Errc::kTooLong, 2, kMaxJsonName));
  EXPECT_EQ(ObjectError("{\"" + Repeat("\\u0061", 10) + "\":1}"), Error{});
  EXPECT_EQ(ObjectError("{\"" + Repeat("\\u0061", 11) + "\":1}"), At(Errc::kTooLong, 1, kMaxJsonName));
  // Inside values no name is bounded.
  EXPECT_EQ(ObjectError("{\"a\":{\"" + std::string(1000, 'n') + "\":1}}"), Error{});
}

TEST(JsonObjectReader, StopsAtTheFirstError) {
  JsonObjectReader members(R"({"a":1,"b":x,"c":2})");
  EXPECT_TRUE(members.Next());
  EXPECT_TRUE(members.ok());
  EXPECT_FALSE(members.Next());
  EXPECT_FALSE(members.Next());
  EXPECT_EQ(members.error(), At(Errc::kInvalid, 11));
}

// The single member of an object.
JsonValue ValueOf(std::string_view object) {
  JsonObjectReader members(object);
  EXPECT_TRUE(members.Next()) << object;
  return members.value();
}

TEST(JsonValue, ReadsIntegersExactly) {
  const struct {
    std::string_view text;
    std::int64_t value;
  } kCases[] = {{R"({"n":0})", 0},
                {R"({"n":-0})", 0},
                {R"({"n":-1})", -1},
                {R"({"n":1795422026237})", 1795422026237},
                {R"({"n":999999999999999999})", 999999999999999999},
                {R"({"n":9223372036854775807})", INT64_MAX},
                {R"({"n":-9223372036854775807})", -INT64_MAX},
                {R"({"n":-9223372036854775808})", INT64_MIN}};
  for (const auto& c : kCases) {
    const auto number = ValueOf(c.text).Int64("n");
    ASSERT_TRUE(number) << c.text;
    EXPECT_EQ(*number, c.value);
  }
}

TEST(JsonValue, RejectsWhatIsNoInteger) {
  const struct {
    std::string_view text;
    Error error;
  } kCases[] = {
      {R"({"n":1.0})", {Errc::kInvalid, 6, 0, "n"}},
      {R"({"n":12e3})", {Errc::kInvalid, 7, 0, "n"}},
      {R"({"n":-1E0})", {Errc::kInvalid, 7, 0, "n"}},
      {R"({"n":123456789012345678901234.5})", {Errc::kInvalid, 29, 0, "n"}},
      {R"({"n":9223372036854775808})", {Errc::kOutOfRange, 5, 0, "n"}},
      {R"({"n":-9223372036854775809})", {Errc::kOutOfRange, 5, 0, "n"}},
      {R"({"n":9999999999999999999})", {Errc::kOutOfRange, 5, 0, "n"}},
      {R"({"n":18446744073709551617})", {Errc::kOutOfRange, 5, 0, "n"}},
      {R"({"n":100000000000000000000000})", {Errc::kOutOfRange, 5, 0, "n"}},
      {R"({"n":"1"})", {Errc::kInvalid, 5, 0, "n"}},
      {R"({"n": null})", {Errc::kInvalid, 6, 0, "n"}},
      {R"({"n":true})", {Errc::kInvalid, 5, 0, "n"}},
      {R"({"n":[1]})", {Errc::kInvalid, 5, 0, "n"}},
  };
  for (const auto& c : kCases) EXPECT_EQ(ValueOf(c.text).Int64("n").error(), c.error) << c.text;
}

TEST(JsonValue, ReadsPorts) {
  EXPECT_EQ(*ValueOf(R"({"p":0})").Port("p"), 0);
  EXPECT_EQ(*ValueOf(R"({"p":65535})").Port("p"), 65'535);
  EXPECT_EQ(ValueOf(R"({"p":65536})").Port("p").error(), (Error{Errc::kOutOfRange, 5, 0, "p"}));
  EXPECT_EQ(ValueOf(R"({"p":-1})").Port("p").error(), (Error{Errc::kOutOfRange, 5, 0, "p"}));
  EXPECT_EQ(ValueOf(R"({"p":1.5})").Port("p").error(), (Error{Errc::kInvalid, 6, 0, "p"}));
}

TEST(JsonValue, ReadsBooleansAndNothingElseAsSuch) {
  EXPECT_EQ(*ValueOf(R"({"b":true})").Bool("b"), true);
  EXPECT_EQ(*ValueOf(R"({"b":false})").Bool("b"), false);
  for (const char* text : {R"({"b":0})", R"({"b":"true"})", R"({"b":null})"}) {
    EXPECT_EQ(ValueOf(text).Bool("b").error(), (Error{Errc::kInvalid, 5, 0, "b"})) << text;
  }
}

TEST(JsonValue, ReadsStringsAndNothingElseAsSuch) {
  EXPECT_EQ(ValueOf(R"({"s":"abc"})").String("s")->raw(), "abc");
  for (const char* text : {R"({"s":0})", R"({"s":["a"]})", R"({"s":null})"}) {
    EXPECT_EQ(ValueOf(text).String("s").error(), (Error{Errc::kInvalid, 5, 0, "s"})) << text;
  }
}

}  // namespace
}  // namespace cctl
