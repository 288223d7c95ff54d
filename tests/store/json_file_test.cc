// SPDX-License-Identifier: MIT

#include "cctl/store/json_file.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"

namespace cctl {
namespace {

using namespace std::string_literals;

constexpr Error kNoJson{Errc::kInvalid, 0, 0, "file"};

Error ErrorOf(std::string_view text) {
  const auto file = ParseJsonFile(text);
  return file ? Error{} : file.error();
}

// A member of that value, read as JSON.
JsonFile Value(const std::string& text) { return ParseJsonFile("{\"x\":" + text + "}").value()["x"]; }

TEST(JsonFile, IsOneObjectWithItsMembersInOrder) {
  const auto file = ParseJsonFile(" {\"b\" : 1, \"a\":[true,null],\r\n\t\"\":{\"b\":\"\\u00fc\\/\"} }\n");
  ASSERT_TRUE(file);
  EXPECT_EQ(FormatJsonFile(*file), "{\"b\":1,\"a\":[true,null],\"\":{\"b\":\"\xc3\xbc/\"}}\n");
  EXPECT_TRUE(ParseJsonFile("{}").value().empty());
}

TEST(JsonFile, IsReadFromWhatItWasWrittenTo) {
  const std::string text =
      R"({"text":"a\"\\\u0000\u001f€","numbers":[0,-1,18446744073709551615,-9223372036854775808,1.5,1e+300],)"
      R"("deep":[[[{"x":{}}]]],"none":null})"
      "\n";
  EXPECT_EQ(FormatJsonFile(ParseJsonFile(text).value()), text);
}

TEST(JsonFile, RejectsEveryProperPrefix) {
  const std::string text = R"({"a":"b\"}{","c":[1,{"d":"\\"}],"e":-2.5e3})";
  ASSERT_TRUE(ParseJsonFile(text));
  for (std::uint32_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(ErrorOf(text.substr(0, size)), (Error{Errc::kTruncated, size, 0, "file"})) << size;
  }
}

TEST(JsonFile, ThatHoldsOnlyWhiteSpaceIsTruncated) {
  for (const std::string& text : {""s, " "s, "\n"s, " \t\r\n \n"s}) {
    EXPECT_EQ(ErrorOf(text), (Error{Errc::kTruncated, static_cast<std::uint32_t>(text.size()), 0, "file"}));
  }
}

TEST(JsonFile, RejectsWhatIsNoObject) {
  for (const char* const text : {"[]", "[{\"a\":1}]", "\"text\"", "0", "-1.5", "true", "null", "\"{}\""}) {
    EXPECT_EQ(ErrorOf(text), kNoJson) << text;
  }
}

TEST(JsonFile, RejectsWhatIsNoJson) {
  for (const char* const text : {
           "tru",
           "hello",
           "}",
           "}{",
           "{}{}",
           "{} x",
           "{},",
           "{]",
           "[}",
           "{a:1}",
           "{'a':1}",
           "{\"a\"}",
           "{\"a\":}",
           "{\"a\":1,}",
           "{,}",
           "{\"a\" 1}",
           "{\"a\":1 \"b\":2}",
           "{\"a\":01}",
           "{\"a\":+1}",
           "{\"a\":.5}",
           "{\"a\":1.}",
           "{\"a\":NaN}",
           "{\"a\":Infinity}",
           "{\"a\":0x1}",
           "{\"a\":True}",
           "{}//",
           "/**/{}",
           "{\"a\":\"\t\"}",
           "{\"a\":\"\\x\"}",
           "{\"a\":\"\\u12\"}",
           "{\"a\":\"\\ud800\"}",
           "{\"a\":\"\\udc00\"}",
           "\xef\xbb\xbf",
           "\xef\xbb{}",
           "\xff\xfe{}",
           "key = \"value\"",
           "e6e285ae9cb36d94",
           "<html></html>",
       }) {
    EXPECT_EQ(ErrorOf(text), kNoJson) << text;
  }
}

TEST(JsonFile, RejectsStringsThatAreNoUtf8) {
  for (const char* const bytes : {"\x80", "\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_EQ(ErrorOf("{\"a\":\"" + std::string(bytes) + "\"}"), kNoJson);
    EXPECT_EQ(ErrorOf("{\"" + std::string(bytes) + "\":1}"), kNoJson);
  }
}

// RFC 8259, section 8.1, lets a reader ignore it; some editors put it there.
TEST(JsonFile, IgnoresAByteOrderMark) { EXPECT_TRUE(ParseJsonFile("\xef\xbb\xbf{\"a\":1}").value().contains("a")); }

// The library takes a zero for the end of the text: `{}`, zero, anything would be an empty object, and what a crash
// leaves of a file is often zeros.
TEST(JsonFile, RejectsAZeroByteWhereverItIs) {
  const std::string text = R"({"a":"b\\","c":[1,2]})";
  for (std::uint32_t i = 0; i <= text.size(); ++i) {
    std::string inserted = text;
    inserted.insert(i, 1, '\0');
    EXPECT_EQ(ErrorOf(inserted), (Error{Errc::kInvalid, i, 0, "file"})) << i;
  }
  EXPECT_EQ(ErrorOf("{}\0garbage"s), (Error{Errc::kInvalid, 2, 0, "file"}));
  EXPECT_EQ(ErrorOf("{}\n\0\0\0"s), (Error{Errc::kInvalid, 3, 0, "file"}));
  EXPECT_EQ(ErrorOf("{\"a\0"s), (Error{Errc::kInvalid, 3, 0, "file"}));
  EXPECT_EQ(ErrorOf(std::string(512, '\0')), (Error{Errc::kInvalid, 0, 0, "file"}));
}

TEST(JsonFile, RejectsAMemberThatComesTwice) {
  constexpr Error kTwice{Errc::kDuplicate, 0, 0, "file"};
  EXPECT_EQ(ErrorOf(R"({"a":1,"a":1})"), kTwice);
  EXPECT_EQ(ErrorOf(R"({"a":1,"b":2,"\u0061":3})"), kTwice);
  EXPECT_EQ(ErrorOf(R"({"a":null,"a":null})"), kTwice);
  EXPECT_EQ(ErrorOf(R"({"":{},"":[]})"), kTwice);
  EXPECT_TRUE(ParseJsonFile(R"({"a":1,"A":2,"b":{"a":3},"c":["a",{"a":4}]})")) << "names of other objects, or others";
}

TEST(JsonFile, IsNoLongerThanItsLimit) {
  const std::string text = "{\"a\":\"" + std::string(kMaxJsonFileSize - 8, 'x') + "\"}";
  ASSERT_EQ(text.size(), kMaxJsonFileSize);
  EXPECT_TRUE(ParseJsonFile(text));
  EXPECT_EQ(ErrorOf(text + "\n"), (Error{Errc::kTooLong, kMaxJsonFileSize, kMaxJsonFileSize, "file"}));
}

TEST(JsonFile, IsNoDeeperThanItsLimit) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(ParseJsonFile(nested(kMaxJsonFileDepth)));
  // The first that is too many: behind `{"a":` and the 15 that are allowed.
  EXPECT_EQ(ErrorOf(nested(kMaxJsonFileDepth + 1)), (Error{Errc::kTooDeep, 20, kMaxJsonFileDepth, "file"}));
  EXPECT_EQ(ErrorOf(std::string(kMaxJsonFileSize, '[')), (Error{Errc::kTooDeep, 16, kMaxJsonFileDepth, "file"}));
  EXPECT_TRUE(ParseJsonFile("{\"a\":\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"}")) << "text";
}

TEST(FormatJsonFile, ReplacesWhatIsNoUtf8) {
  JsonFile file = JsonFile::object();
  file["a"] = "x\xffy";
  EXPECT_EQ(FormatJsonFile(file), "{\"a\":\"x\xef\xbf\xbdy\"}\n");
}

TEST(TakeMember, TakesItOutOnce) {
  JsonFile file = ParseJsonFile(R"({"a":1,"b":null,"c":{"a":2}})").value();
  const auto taken = TakeMember(file, "a");
  ASSERT_TRUE(taken);
  EXPECT_EQ(*taken, 1);
  EXPECT_FALSE(TakeMember(file, "a")) << "nor another object's";
  EXPECT_FALSE(TakeMember(file, "b")) << "null is none";
  EXPECT_EQ(FormatJsonFile(file), "{\"c\":{\"a\":2}}\n");
}

TEST(JsonText, IsAStringAndNothingElse) {
  const JsonFile text = Value(R"("a\u0000b")");
  EXPECT_EQ(JsonText(text, "p").value(), "a\0b"s);
  for (const char* const other : {"0", "1.5", "true", "null", "[\"a\"]", "{\"a\":\"a\"}"}) {
    const JsonFile value = Value(other);
    EXPECT_EQ(JsonText(value, "p").error(), (Error{Errc::kInvalid, 0, 0, "p"})) << other;
  }
}

TEST(JsonInteger, IsReadWithinItsBounds) {
  const auto read = [](const std::string& text, std::int64_t least, std::int64_t most) {
    return JsonInteger(Value(text), least, most, "p");
  };
  EXPECT_EQ(read("0", 0, 0).value(), 0);
  EXPECT_EQ(read("-0", 0, 0).value(), 0);
  EXPECT_EQ(read("9223372036854775807", INT64_MIN, INT64_MAX).value(), INT64_MAX);
  EXPECT_EQ(read("-9223372036854775808", INT64_MIN, INT64_MAX).value(), INT64_MIN);
  EXPECT_EQ(read("65535", 1, 65'535).value(), 65'535);
  constexpr Error kOutOfRange{Errc::kOutOfRange, 0, 0, "p"};
  EXPECT_EQ(read("0", 1, 65'535).error(), kOutOfRange);
  EXPECT_EQ(read("65536", 1, 65'535).error(), kOutOfRange);
  EXPECT_EQ(read("4294967297", 1, 65'535).error(), kOutOfRange) << "not 1";
  EXPECT_EQ(read("-1", 0, INT64_MAX).error(), kOutOfRange);
  EXPECT_EQ(read("9223372036854775808", INT64_MIN, INT64_MAX).error(), kOutOfRange) << "not INT64_MIN";
  EXPECT_EQ(read("18446744073709551615", INT64_MIN, INT64_MAX).error(), kOutOfRange) << "not -1";
}

TEST(JsonInteger, IsNoFractionAndNoText) {
  for (const char* const text : {"1.0", "1.5", "1e3", "-0.0", "18446744073709551616", "-9223372036854775809",
                                 "123456789012345678901234567890", "\"1\"", "true", "null", "[1]", "{}"}) {
    EXPECT_EQ(JsonInteger(Value(text), INT64_MIN, INT64_MAX, "p").error(), (Error{Errc::kInvalid, 0, 0, "p"})) << text;
  }
}

TEST(JsonDate, IsFrom1970ToTheYear9999) {
  EXPECT_EQ(JsonDate(Value("0"), "p").value(), UnixTime{0});
  EXPECT_EQ(JsonDate(Value("1795422026237"), "p").value(), UnixTime{1'795'422'026'237});
  // 9999-12-31T23:59:59.999Z
  EXPECT_EQ(FormatRfc3339(JsonDate(Value("253402300799999"), "p").value()).view(), "9999-12-31T23:59:59Z");
  EXPECT_EQ(JsonDate(Value("253402300800000"), "p").error(), (Error{Errc::kOutOfRange, 0, 0, "p"}));
  EXPECT_EQ(JsonDate(Value("-1"), "p").error(), (Error{Errc::kOutOfRange, 0, 0, "p"}));
  EXPECT_EQ(JsonDate(Value("\"2026-11-23T08:00:00Z\""), "p").error(), (Error{Errc::kInvalid, 0, 0, "p"}));
}

}  // namespace
}  // namespace cctl
