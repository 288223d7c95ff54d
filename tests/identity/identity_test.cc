// SPDX-License-Identifier: MIT

#include "cctl/identity/identity.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

static_assert(std::is_trivially_copyable_v<Identity>);
static_assert(!std::is_default_constructible_v<Identity>, "there is no empty identity");
static_assert(Identity::Parse("laptop-a3f2")->view() == "laptop-a3f2");

Identity Id(std::string_view text) { return Identity::Parse(text).value(); }

TEST(Identity, AcceptsWhatTheRuleAllows) {
  const std::string longest(kMaxIdentitySize, 'x');
  for (const std::string_view text :
       {std::string_view("a"), std::string_view("Z"), std::string_view("7"), std::string_view("laptop-a3f2"),
        std::string_view("CI_runner-9d1e"), std::string_view("a--__--"), std::string_view(longest)}) {
    const Result<Identity> identity = Identity::Parse(text);
    ASSERT_TRUE(identity) << text;
    EXPECT_EQ(identity->view(), text);
  }
}

TEST(Identity, RejectsWithTheExactOffset) {
  const struct {
    std::string text;
    Error error;
  } kRejects[] = {
      {"", {Errc::kTruncated, 0, 0, "identity"}},
      {"-a", {Errc::kInvalid, 0, 0, "identity"}},
      {"_pending", {Errc::kInvalid, 0, 0, "identity"}},  // the name of a file of ours
      {".", {Errc::kInvalid, 0, 0, "identity"}},
      {"..", {Errc::kInvalid, 0, 0, "identity"}},
      {"a/b", {Errc::kInvalid, 1, 0, "identity"}},
      {"a.key", {Errc::kInvalid, 1, 0, "identity"}},
      {"ab c", {Errc::kInvalid, 2, 0, "identity"}},
      {"ab\n", {Errc::kInvalid, 2, 0, "identity"}},
      {std::string("ab\0", 3), {Errc::kInvalid, 2, 0, "identity"}},
      {"ab\x1b[2J", {Errc::kInvalid, 2, 0, "identity"}},
      {"ab\xc3\xa9", {Errc::kInvalid, 2, 0, "identity"}},
      {"a:b", {Errc::kInvalid, 1, 0, "identity"}},  // separates the parts of a signed text
      {std::string(127, 'x') + "/", {Errc::kInvalid, 127, 0, "identity"}},
      {std::string(129, 'x'), {Errc::kTooLong, 128, 128, "identity"}},
      {std::string(128, 'x') + "/", {Errc::kTooLong, 128, 128, "identity"}},
  };
  for (const auto& reject : kRejects) {
    const Result<Identity> identity = Identity::Parse(reject.text);
    ASSERT_FALSE(identity) << reject.text;
    EXPECT_EQ(identity.error(), reject.error) << reject.text;
  }
}

TEST(Identity, EveryByteIsJudgedAsTheRuleSays) {
  constexpr std::string_view kLettersAndDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool first = kLettersAndDigits.find(c) != std::string_view::npos;
    EXPECT_EQ(Identity::Parse(std::string{c}).has_value(), first) << byte;
    EXPECT_EQ(Identity::Parse(std::string{'a', c}).has_value(), first || c == '_' || c == '-') << byte;
  }
}

TEST(Identity, ComparesByteForByte) {
  EXPECT_EQ(Id("laptop"), Id("laptop"));
  EXPECT_NE(Id("laptop"), Id("Laptop"));
  EXPECT_NE(Id("laptop"), Id("laptop-"));
  EXPECT_LT(Id("Z"), Id("a"));
  EXPECT_LT(Id("a"), Id("a-"));
  EXPECT_LT(Id("a-"), Id("a0"));
  EXPECT_EQ(Id("b") <=> Id("a"), std::strong_ordering::greater);
}

TEST(Identity, NamesThatDifferInCaseAreTheSameName) {
  EXPECT_TRUE(SameName(Id("laptop-A3F2"), Id("Laptop-a3f2")));
  EXPECT_FALSE(SameName(Id("laptop"), Id("laptop2")));
  EXPECT_FALSE(SameName(Id("a-b"), Id("a_b")));  // '-' and '_' differ by more than the bit of case
  EXPECT_FALSE(SameName(Id("a"), Id("b")));
}

}  // namespace
}  // namespace cctl
