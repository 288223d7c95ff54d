// SPDX-License-Identifier: MIT

#include "cctl/project/toml_layout.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"

namespace cctl {
namespace {

using Texts = std::vector<std::string>;

// Each statement as kind, key, value and lines, joined by bars.
Texts LayoutOf(std::string_view text) {
  const auto layout = ScanToml(text);
  if (!layout) return {std::string(ErrcName(layout.error().code)) + " " + std::to_string(layout.error().offset)};
  Texts out;
  for (const TomlStatement& one : *layout) {
    const char* const kinds[] = {"[]", "[[]]", "="};
    out.push_back(std::string(kinds[static_cast<int>(one.kind)]) + "|" + std::string(one.key.In(text)) + "|" +
                  std::string(one.value.In(text)) + "|" + std::string(one.lines.In(text)));
  }
  return out;
}

TEST(TomlLayout, FindsHeadersKeysAndValues) {
  EXPECT_EQ(LayoutOf("# c\n[ a . 'b' ] # t\n  [[x]]\r\n k.\"q r\" = 1 # v\nd = 1979-05-27 07:32:00 \n"),
            (Texts{"[]|a . 'b'||[ a . 'b' ] # t\n", "[[]]|x||  [[x]]\r\n", "=|k.\"q r\"|1| k.\"q r\" = 1 # v\n",
                   "=|d|1979-05-27 07:32:00|d = 1979-05-27 07:32:00 \n"}));
}

TEST(TomlLayout, FindsValuesOfSeveralLines) {
  EXPECT_EQ(LayoutOf("a = [ 1, # ]\n 2 ]\nb = '''\n]'''"),
            (Texts{"=|a|[ 1, # ]\n 2 ]|a = [ 1, # ]\n 2 ]\n", "=|b|'''\n]'''|b = '''\n]'''"}));
}

TEST(TomlLayout, FindsTheEndOfEachKindOfString) {
  for (const char* value :
       {"\"\"", "''", "\"a\\\"b\"", "'a\\'", "\"\"\"a\"b\"\"c\"\"\"", "\"\"\"a\"\"\"\"\"", "'''a'''''", "\"\"\"\"\"\"",
        "''''''", "\"\\\\\"", "\"\"\"\\\"\"\"\"", "\"a # b\"", "'[[x]]'"}) {
    EXPECT_EQ(LayoutOf(std::string("k = ") + value + " # end\n"),
              (Texts{std::string("=|k|") + value + "|k = " + value + " # end\n"}));
  }
}

TEST(TomlLayout, BeginsBehindAByteOrderMark) {
  EXPECT_EQ(LayoutOf("\xef\xbb\xbf\n"), Texts{});
  EXPECT_EQ(LayoutOf("\xef\xbb\xbf[a]"), (Texts{"[]|a||\xef\xbb\xbf[a]"}));
}

TEST(TomlLayout, FindsElementsAndMembers) {
  const std::string_view text = "p = [ {a = 1, 'b.c'.d = [2, 3]}, # x\n \"y\", [] , ]\n";
  const auto layout = ScanToml(text);
  ASSERT_TRUE(layout);
  const auto elements = ScanTomlArray(text, layout->at(0).value);
  ASSERT_EQ(elements.size(), 3u);
  EXPECT_EQ(elements[1].In(text), "\"y\"");
  EXPECT_EQ(elements[2].In(text), "[]");
  const auto members = ScanTomlInlineTable(text, elements[0]);
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[1].key.In(text), "'b.c'.d");
  EXPECT_EQ(members[1].value.In(text), "[2, 3]");
}

TEST(TomlLayout, SaysWhereItEnds) {
  struct Row {
    const char* text;
    Error error;
  };
  for (const Row& row : {
           Row{"k", {Errc::kTruncated, 1, 0, "="}},
           Row{"k 1", {Errc::kInvalid, 2, 0, "="}},
           Row{"k =", {Errc::kTruncated, 3, 0, "a value"}},
           Row{"k = \n", {Errc::kInvalid, 4, 0, "a value"}},
           Row{"= 1", {Errc::kInvalid, 0, 0, "a key"}},
           Row{"k. = 1", {Errc::kInvalid, 3, 0, "a key"}},
           Row{"k = \"a", {Errc::kTruncated, 6, 0, "a closing quote"}},
           Row{"k = \"a\n\"", {Errc::kInvalid, 6, 0, "a closing quote"}},
           Row{"k = '''a''", {Errc::kTruncated, 10, 0, "a closing quote"}},
           Row{"k = \"a\\", {Errc::kTruncated, 7, 0, "a closing quote"}},
           Row{"k = [1", {Errc::kTruncated, 6, 0, ", or ]"}},
           Row{"k = ['a' 1]", {Errc::kInvalid, 9, 0, ", or ]"}},
           Row{"k = {a = 1", {Errc::kTruncated, 10, 0, ", or }"}},
           Row{"k = {a = 1\n}", {Errc::kInvalid, 10, 0, ", or }"}},
           Row{"k = {a = 1,}", {Errc::kInvalid, 11, 0, "a key"}},
           Row{"[a", {Errc::kTruncated, 2, 0, "]"}},
           Row{"[[a]", {Errc::kInvalid, 3, 0, "]]"}},
           Row{"[]", {Errc::kInvalid, 1, 0, "a key"}},
           Row{"[a] b", {Errc::kInvalid, 4, 0, "the end of the line"}},
           Row{"k = '' x", {Errc::kInvalid, 7, 0, "the end of the line"}},
       }) {
    const auto layout = ScanToml(row.text);
    EXPECT_FALSE(layout) << row.text;
    EXPECT_EQ(layout.error(), row.error) << row.text << ": " << layout.error().offset << " " << layout.error().part;
  }
}

TEST(TomlLayout, BoundsTheNesting) {
  const auto repeat = [](const std::string& text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
  };
  EXPECT_TRUE(ScanToml(repeat("a.", kMaxTomlKeyParts - 1) + "a = 1"));
  EXPECT_EQ(ScanToml(repeat("a.", kMaxTomlKeyParts) + "a = 1").error(),
            (Error{Errc::kTooDeep, 2 * kMaxTomlKeyParts, kMaxTomlKeyParts, "less nesting"}));
  EXPECT_EQ(ScanToml("[" + repeat("a.", kMaxTomlKeyParts) + "a]").error().code, Errc::kTooDeep);
  EXPECT_TRUE(ScanToml("k = " + repeat("[", kMaxTomlDepth) + repeat("]", kMaxTomlDepth)));
  EXPECT_EQ(ScanToml("k = " + repeat("[", kMaxTomlDepth + 1)).error().code, Errc::kTooDeep);
  EXPECT_EQ(ScanToml("k = " + repeat("{a=[", kMaxTomlDepth)).error().code, Errc::kTooDeep);
  // A megabyte of them ends as soon.
  EXPECT_EQ(ScanToml("k = " + repeat("[", 1'000'000)).error().code, Errc::kTooDeep);
  EXPECT_EQ(ScanToml(repeat("a.", 500'000) + "a = 1").error().code, Errc::kTooDeep);
}

}  // namespace
}  // namespace cctl
