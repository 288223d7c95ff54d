// SPDX-License-Identifier: MIT

#include "cctl/store/key_file.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using namespace std::string_literals;

// The key that the released claudectl 0.64.0 made of a code: tests/testdata/pairing.json, "psk".
constexpr std::string_view kCode = "e6e2-85ae-9cb3-6d94";
constexpr std::string_view kDigits = "e6e285ae9cb36d94d38f9cd6c51083f7f6be45867ff4c120641ac54f3ec82d4a";

std::string Formatted(const Psk& key) {
  char content[kKeyFileSize];
  FormatKeyFile(key, content);
  return std::string(content, sizeof content);
}

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

Psk Key() { return DerivePsk(PairCode::Parse(kCode).value()); }

TEST(KeyFile, OfTheReleasedProgramIsRead) {
  // With and without a newline, and as a copy through other tools may have left it.
  for (const std::string behind : {"", "\n", "\r\n", "\n\n", " ", "\t \v\f\r\n "}) {
    const auto key = ParseKeyFile(std::string(kDigits) + behind);
    ASSERT_TRUE(key) << behind.size();
    EXPECT_EQ(*key, Key());
  }
}

TEST(KeyFile, IsReadInEitherCase) {
  std::string mixed = Upper(std::string(kDigits));
  for (std::size_t i = 0; i < mixed.size(); i += 3) mixed[i] = kDigits[i];
  for (const std::string& digits : {Upper(std::string(kDigits)), mixed}) {
    ASSERT_NE(digits, kDigits);
    EXPECT_EQ(ParseKeyFile(digits).value(), Key());
    EXPECT_EQ(ParseKeyFile(digits + "\n").value(), Key());
  }
}

TEST(KeyFile, IsWrittenAsOneLineThatTheReleasedProgramReads) {
  EXPECT_EQ(Formatted(Key()), std::string(kDigits) + "\n");
}

TEST(KeyFile, ReadsWhatItWrites) {
  testing::SeededRandom random(3);
  for (int i = 0; i < 1000; ++i) {
    Psk key;
    ASSERT_TRUE(random.Fill(key.mutable_bytes()));
    const std::string content = Formatted(key);
    EXPECT_EQ(ParseKeyFile(content).value(), key);
    EXPECT_EQ(Formatted(ParseKeyFile(content).value()), content);
  }
}

TEST(KeyFile, RejectsEveryProperPrefixOfTheDigits) {
  for (std::uint32_t size = 0; size < kDigits.size(); ++size) {
    const auto key = ParseKeyFile(kDigits.substr(0, size));
    ASSERT_FALSE(key) << size;
    EXPECT_EQ(key.error(), (Error{Errc::kTruncated, size, 0, "psk"}));
  }
}

// A key of which only a part reached the disk: what stands there instead is no digit.
TEST(KeyFile, RejectsACutKeyBeforeANewlineOrZeros) {
  for (std::uint32_t size = 0; size < kDigits.size(); ++size) {
    const std::string cut(kDigits.substr(0, size));
    EXPECT_EQ(ParseKeyFile(cut + "\n").error(), (Error{Errc::kInvalid, size, 0, "psk"}));
    EXPECT_EQ(ParseKeyFile(cut + std::string(64 - size, '\0')).error(), (Error{Errc::kInvalid, size, 0, "psk"}));
  }
}

TEST(KeyFile, RejectsEachCharacterThatIsNoDigit) {
  for (std::uint32_t i = 0; i < kDigits.size(); ++i) {
    for (const char c : {'g', 'G', '-', ' ', '\n', '\0', '/', ':', '@', '`', '\x7f', '\xc3'}) {
      std::string content = std::string(kDigits) + "\n";
      content[i] = c;
      const auto key = ParseKeyFile(content);
      ASSERT_FALSE(key) << i << " " << static_cast<int>(c);
      EXPECT_EQ(key.error(), (Error{Errc::kInvalid, i, 0, "psk"})) << static_cast<int>(c);
    }
  }
}

TEST(KeyFile, RejectsWithTheExactOffset) {
  const std::string good(kDigits);
  const struct {
    std::string content;
    Error error;
  } kRejects[] = {
      {"", {Errc::kTruncated, 0, 0, "psk"}},
      {"\n", {Errc::kInvalid, 0, 0, "psk"}},
      {" " + good, {Errc::kTrailing, 64, 0, "psk"}},
      {"\n" + good, {Errc::kTrailing, 64, 0, "psk"}},
      {"\xef\xbb\xbf" + good, {Errc::kTrailing, 64, 0, "psk"}},
      {"0x" + good, {Errc::kTrailing, 64, 0, "psk"}},
      {"\"" + good + "\"", {Errc::kTrailing, 64, 0, "psk"}},
      {good + "0", {Errc::kTrailing, 64, 0, "psk"}},
      {good + "\n0", {Errc::kTrailing, 65, 0, "psk"}},
      {good + "\n" + good, {Errc::kTrailing, 65, 0, "psk"}},
      {good + "\n\n# a comment\n", {Errc::kTrailing, 66, 0, "psk"}},
      {good + "\0"s, {Errc::kTrailing, 64, 0, "psk"}},
      {good + "\n\0\0"s, {Errc::kTrailing, 65, 0, "psk"}},
      {good + "\xc2\xa0", {Errc::kTrailing, 64, 0, "psk"}},  // a space to Unicode
      {std::string(kCode), {Errc::kInvalid, 4, 0, "psk"}},
      {"{\"psk\":\"" + good + "\"}", {Errc::kTrailing, 64, 0, "psk"}},
  };
  for (const auto& reject : kRejects) {
    const auto key = ParseKeyFile(reject.content);
    ASSERT_FALSE(key) << reject.content;
    EXPECT_EQ(key.error(), reject.error) << reject.content << ": " << ErrcName(key.error().code) << " at "
                                         << key.error().offset;
  }
}

TEST(KeyFile, IsNoLongerThanItsLimit) {
  const std::string longest = std::string(kDigits) + std::string(kMaxKeyFileSize - kDigits.size(), '\n');
  EXPECT_EQ(ParseKeyFile(longest).value(), Key());
  EXPECT_EQ(ParseKeyFile(longest + "\n").error(), (Error{Errc::kTooLong, kMaxKeyFileSize, kMaxKeyFileSize, "psk"}));
}

}  // namespace
}  // namespace cctl
