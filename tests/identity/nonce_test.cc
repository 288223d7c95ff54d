// SPDX-License-Identifier: MIT

#include "cctl/identity/nonce.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "gtest/gtest.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

// Recorded from the released claudectl 0.64.0: tests/testdata/pairing.json, "recorded_join".
constexpr std::string_view kRecorded = "5610a8506b7cbad460c722fe0880e0a69db7d45f9d39aab4dd5ce15760767489";

static_assert(Nonce::Parse(kRecorded)->view() == kRecorded);

TEST(Nonce, KeepsItsTextAsItWasSent) { EXPECT_EQ(Nonce::Parse(kRecorded).value().view(), kRecorded); }

TEST(Nonce, IsMadeOfTheSourcesBytes) {
  testing::SeededRandom random(5), same(5);
  std::uint8_t bytes[Nonce::kSize / 2];
  ASSERT_TRUE(same.Fill(bytes));
  char digits[Nonce::kSize];
  EncodeHex(bytes, digits);
  const Nonce nonce = Nonce::Generate(random).value();
  EXPECT_EQ(nonce.view(), std::string_view(digits, sizeof digits));
  EXPECT_EQ(Nonce::Parse(nonce.view()).value(), nonce);
  EXPECT_NE(Nonce::Generate(random).value(), nonce);
}

TEST(Nonce, IsNotMadeWithoutRandomness) {
  testing::NoRandom none;
  const Result<Nonce> nonce = Nonce::Generate(none);
  ASSERT_FALSE(nonce);
  EXPECT_EQ(nonce.error(), (Error{Errc::kIo, 0, 0, "random"}));
}

TEST(Nonce, RejectsEveryProperPrefix) {
  for (std::size_t size = 0; size < kRecorded.size(); ++size) {
    const Result<Nonce> nonce = Nonce::Parse(kRecorded.substr(0, size));
    ASSERT_FALSE(nonce) << size;
    EXPECT_EQ(nonce.error(), (Error{Errc::kTruncated, static_cast<std::uint32_t>(size), 0, "nonce"}));
  }
}

TEST(Nonce, RejectsWithTheExactOffset) {
  const std::string good(kRecorded);
  const struct {
    std::string text;
    Error error;
  } kRejects[] = {
      {"A" + good.substr(1), {Errc::kInvalid, 0, 0, "nonce"}},  // upper case would sign another text
      {good.substr(0, 63) + "F", {Errc::kInvalid, 63, 0, "nonce"}},
      {good.substr(0, 63) + "g", {Errc::kInvalid, 63, 0, "nonce"}},
      {"server:" + good.substr(7), {Errc::kInvalid, 0, 0, "nonce"}},  // a chosen text
      {" " + good, {Errc::kInvalid, 0, 0, "nonce"}},
      {good + "0", {Errc::kTooLong, 64, 64, "nonce"}},
      {good + "\n", {Errc::kTooLong, 64, 64, "nonce"}},
  };
  for (const auto& reject : kRejects) {
    const Result<Nonce> nonce = Nonce::Parse(reject.text);
    ASSERT_FALSE(nonce) << reject.text;
    EXPECT_EQ(nonce.error(), reject.error) << reject.text;
  }
}

}  // namespace
}  // namespace cctl
