// SPDX-License-Identifier: MIT
//
// Generated texts, read by cctl and by nlohmann/json: the same verdict and the same values. Where the two differ on
// purpose is listed in json_oracle.h, and shown here one by one.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "cctl/wire/json_reader.h"
#include "cctl/wire/wire_limits.h"
#include "tests/wire/json_oracle.h"

namespace cctl {
namespace {

using namespace std::string_view_literals;
using testing::DifferenceFromOracle;
using testing::OracleWalk;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t Below(std::size_t n) { return random_() % n; }

  template <std::size_t N>
  std::string_view OneOf(const std::string_view (&choices)[N]) {
    return choices[Below(N)];
  }

  std::string Value(unsigned depth) {
    switch (Below(depth == 0 ? 4 : 6)) {
      case 0:
        return Number();
      case 1:
      case 2:
        return String();
      case 3:
        return std::string(OneOf({"true", "false", "null"}));
      case 4:
        return List('[', ']', depth, false);
      default:
        return Object(depth);
    }
  }

  std::string Object(unsigned depth) { return List('{', '}', depth, true); }

  // One to three small changes: a byte replaced, dropped, doubled or inserted, or a part copied elsewhere.
  std::string Mutate(std::string text) {
    for (std::size_t n = 1 + Below(3); n > 0 && !text.empty(); --n) {
      const std::size_t at = Below(text.size());
      switch (Below(6)) {
        case 0:
          text[at] = static_cast<char>(random_());
          break;
        case 1:
          text.erase(at, 1);
          break;
        case 2:
          text.insert(at, OneOf({"\"", "\\", ",", ":", "{", "}", "[", "]", "0", "-", ".", "e", " ", "\n", "\xc3"}));
          break;
        case 3:
          text.insert(at, text, Below(text.size()), 1 + Below(12));
          break;
        case 4:
          text.insert(at, OneOf({"\\ud83d", "\\ude00", "\\u00", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "1e5", "null"}));
          break;
        default:
          text[at] = static_cast<char>(text[at] ^ 1 << Below(8));
      }
    }
    return text;
  }

 private:
  std::string Space() { return std::string(OneOf({"", "", "", "", " ", "\n", "\r\n", "\t "})); }

  std::string Number() {
    return std::string(
        OneOf({"0", "-0", "7", "-12", "1795422026237", "9223372036854775807", "9223372036854775808",
               "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
               "123456789012345678901234567890", "0.5", "-1.25e-3", "1e5", "2E+2"}));
  }

  std::string String() {
    std::string out = "\"";
    for (std::size_t n = Below(4); n > 0; --n) {
      out += OneOf({"a", "laptop-a3f2", "id", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\\n", "\\\"", "\\\\",
                    "\\/", "\\u0061", "\\u00e9", "\\u20AC", "\\ud83d\\ude00", "\\u0000", " ", "\x7f"});
    }
    return out + "\"";
  }

  std::string List(char open, char close, unsigned depth, bool named) {
    std::string out(1, open);
    out += Space();
    const std::size_t count = Below(Below(50) == 0 ? 40 : 5);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out += "," + Space();
      if (named)
        out += (Below(4) == 0 ? String() : "\"" + std::to_string(Below(1000)) + "\"") + Space() + ":" + Space();
      out += Value(depth == 0 ? 0 : depth - 1) + Space();
    }
    return out + close;
  }

  std::mt19937 random_;
};

TEST(JsonDifferential, AgreesOnGeneratedTexts) {
  Generator generate(8259);
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = generate.Object(4);
    ASSERT_EQ(DifferenceFromOracle(text), "") << text;
    ASSERT_TRUE(ValidateJson(text)) << text;
  }
}

TEST(JsonDifferential, AgreesOnMutatedTexts) {
  Generator generate(3629);
  int valid = 0;
  int invalid = 0;
  for (int round = 0; round < 60'000; ++round) {
    const std::string text = generate.Mutate(generate.Object(3));
    ASSERT_EQ(DifferenceFromOracle(text), "") << text;
    ++(ValidateJson(text) ? valid : invalid);
  }
  // The mutations are worth something only if they give enough of both.
  EXPECT_GT(valid, 5'000);
  EXPECT_GT(invalid, 5'000);
}

TEST(JsonDifferential, AgreesOnMutatedMessages) {
  constexpr std::string_view kLine =
      R"({"id":"msg_1795422026237_12_a1b2c3d4","msg_type":"heartbeat","from_peer":"laptop-a3f2",)"
      R"("timestamp":1795422026237,"payload":{}})";
  Generator generate(9847);
  for (int round = 0; round < 40'000; ++round) {
    const std::string text = generate.Mutate(std::string(kLine));
    ASSERT_EQ(DifferenceFromOracle(text), "") << text;
  }
}

TEST(JsonDifferential, AgreesOnEveryShortText) {
  constexpr std::string_view kAlphabet = "{}[],:\"\\0-1.eEtu \n\x80";
  for (std::size_t size = 0; size <= 4; ++size) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < size; ++i) count *= kAlphabet.size();
    for (std::size_t n = 0; n < count; ++n) {
      std::string text;
      for (std::size_t i = 0, rest = n; i < size; ++i, rest /= kAlphabet.size())
        text += kAlphabet[rest % kAlphabet.size()];
      ASSERT_EQ(DifferenceFromOracle(text), "") << text;
    }
  }
}

// Every two bytes in a string, and every byte after the first two of a longer character.
TEST(JsonDifferential, AgreesOnUtf8) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (const std::string_view tail : {""sv, "\x80"sv, "\xbf"sv, "\x80\x80"sv, "\xbf\xbf"sv, "\x80\xc0"sv}) {
        const std::string text =
            "\"" + std::string{static_cast<char>(first), static_cast<char>(second)} + std::string(tail) + "\"";
        ASSERT_EQ(DifferenceFromOracle(text), "") << first << ' ' << second;
      }
    }
  }
}

TEST(JsonDifferential, IsStricterInThisOnly) {
  std::string deep;
  for (unsigned i = 0; i < kMaxJsonDepth + 1; ++i) deep += '[';
  deep += std::string(kMaxJsonDepth + 1, ']');
  const struct {
    std::string text;
    Errc code;
  } kCases[] = {{"\xef\xbb\xbf{}", Errc::kInvalid},
                {std::string("{}\0", 3), Errc::kTrailing},
                {std::string("{}\0rest", 7), Errc::kTrailing},
                {deep, Errc::kTooDeep},
                {"1" + std::string(kMaxLine, ' '), Errc::kTooLong}};
  for (const auto& c : kCases) {
    EXPECT_TRUE(OracleWalk(c.text).accepted());
    EXPECT_EQ(ValidateJson(c.text).error().code, c.code);
  }
}

TEST(JsonDifferential, IsLooserInThisOnly) {
  EXPECT_FALSE(OracleWalk("1e999").accepted());
  EXPECT_TRUE(OracleWalk("1e999").beyond_double());
  EXPECT_TRUE(ValidateJson("1e999"));
}

}  // namespace
}  // namespace cctl
