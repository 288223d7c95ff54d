// SPDX-License-Identifier: MIT
//
// Whole symbols against the naive encoder: every version at every level with every mask, and random contents.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "cctl/base/utf8.h"
#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "tests/qr/symbol_checks.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using testing::ExpectSymbol;
using testing::kAlphanumerics;
using testing::kDigits;
using testing::kLetters;
using testing::RandomText;
using testing::SeededRandom;
using testing::TextThatFits;

constexpr QrLevel kLevels[] = {QrLevel::kL, QrLevel::kM, QrLevel::kQ, QrLevel::kH};

class QrSymbols : public ::testing::TestWithParam<int> {};

// The parameter is the version.
TEST_P(QrSymbols, EveryLevelAndMaskIsDrawnAsByTheNaiveEncoder) {
  const int version = GetParam();
  SeededRandom random(static_cast<std::uint64_t>(version));
  for (const QrLevel level : kLevels) {
    for (int mask = 0; mask < 8; ++mask) {
      SCOPED_TRACE(::testing::Message() << "seed " << version << ", " << QrLevelLetter(level) << ", mask " << mask);
      ExpectSymbol(
          TextThatFits(random, version, level),
          {.level = level, .raise_level = false, .min_version = version, .max_version = version, .mask = mask});
    }
  }
}

TEST_P(QrSymbols, TheMaskIsChosenAsByTheNaiveEncoder) {
  const int version = GetParam();
  SeededRandom random(static_cast<std::uint64_t>(1000 + version));
  for (const QrLevel level : kLevels) {
    SCOPED_TRACE(::testing::Message() << "seed " << 1000 + version << ", " << QrLevelLetter(level));
    ExpectSymbol(TextThatFits(random, version, level),
                 {.level = level, .raise_level = false, .min_version = version, .max_version = version});
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, QrSymbols, ::testing::Range(kMinQrVersion, kMaxQrVersion + 1));

// The sample of qr_random_nightly_test.
TEST(QrSymbol, RandomContentsTakeTheSmallestVersionAndTheHighestLevel) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    const std::size_t length = random.Below(seed % 8 == 0 ? 4000 : 150);
    const QrOptions options{.level = kLevels[random.Below(4)], .raise_level = random.Below(2) == 0};
    ExpectSymbol(RandomText(random, length), options);
  }
}

// An ECI in front leaves 12 bits less, and of the text nothing else is different.
TEST(QrSymbol, RandomUtf8IsMarkedByItsEci) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    std::string text = RandomText(random, random.Below(200), kDigits | kAlphanumerics | kLetters);
    for (std::uint64_t left = random.Below(20); left > 0; --left) {
      std::string character;
      AppendUtf8(static_cast<char32_t>(random.Below(2) == 0 ? 0x80 + random.Below(0x500) : 0x1f600 + random.Below(80)),
                 character);
      std::size_t at = random.Below(text.size() + 1);
      while (at < text.size() && (text[at] & 0xc0) == 0x80) ++at;
      text.insert(at, character);
    }
    const QrOptions options{.level = kLevels[random.Below(4)], .raise_level = random.Below(2) == 0, .utf8_eci = true};
    ExpectSymbol(text, options);
  }
}

}  // namespace
}  // namespace cctl
