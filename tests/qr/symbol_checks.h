// SPDX-License-Identifier: MIT
//
// Holds a QR code of the library against the naive encoder and reader, and makes contents for it.

#ifndef CCTL_TESTS_QR_SYMBOL_CHECKS_H_
#define CCTL_TESTS_QR_SYMBOL_CHECKS_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "tests/support/naive_qr.h"
#include "tests/support/naive_qr_reader.h"
#include "tests/support/naive_qr_segments.h"
#include "tests/support/qr_modules.h"
#include "tests/support/seeded_random.h"

namespace cctl::testing {

inline int DataBits(int version, QrLevel level) { return 8 * NaiveDataCodewords(version, static_cast<int>(level)); }

// Kinds of characters that a random text is made of.
inline constexpr unsigned kDigits = 1, kAlphanumerics = 2, kLetters = 4, kAnyBytes = 8, kEveryKind = 15;

// `length` characters in runs, each of one of the kinds.
inline std::string RandomText(SeededRandom& random, std::size_t length, unsigned kinds = kEveryKind) {
  std::string text;
  while (text.size() < length) {
    const unsigned kind = 1u << random.Below(4);
    if ((kinds & kind) == 0) continue;
    for (std::uint64_t left = 1 + random.Below(random.Below(4) == 0 ? 60 : 9); left > 0; --left) {
      text += kind == kDigits          ? kNaiveAlphanumerics[random.Below(10)]
              : kind == kAlphanumerics ? kNaiveAlphanumerics[random.Below(45)]
              : kind == kLetters       ? static_cast<char>('a' + random.Below(26))
                                       : static_cast<char>(random.Below(256));
    }
  }
  text.resize(length);
  return text;
}

// A random text that fits into a symbol and, mostly, into no smaller one.
inline std::string TextThatFits(SeededRandom& random, int version, QrLevel level) {
  std::string text = RandomText(random, static_cast<std::size_t>(DataBits(version, level)) * 3 / 10);
  while (NaiveLeastBits(text, version) > DataBits(version, level)) {
    const std::size_t size = text.size();
    text.resize(size - 1 - size / 40);
  }
  return text;
}

// Encodes the text and expects the smallest version, the shortest segments, the right level, the mask that was asked
// for, the text back, and the very modules that the naive encoder draws. Where no mask was asked for it has to be the
// one that the naive encoder chooses, but with `any_mask`, which spares it drawing all eight.
inline void ExpectSymbol(const std::string& text, const QrOptions& options, bool any_mask = false) {
  const auto code = QrCode::Encode(text, options);
  const int eci_bits = options.utf8_eci ? 12 : 0;
  const auto fits = [&](int version, QrLevel level) {
    return eci_bits + NaiveLeastBits(text, version) <= DataBits(version, level);
  };
  int version = options.min_version;
  while (version <= options.max_version && !fits(version, options.level)) ++version;
  if (version > options.max_version) {
    ASSERT_FALSE(code);
    EXPECT_EQ(code.error().code, Errc::kTooLong);
    EXPECT_STREQ(code.error().part, "text");
    return;
  }
  ASSERT_TRUE(code);
  ASSERT_EQ(code->version(), version);
  QrLevel level = options.level;
  for (const QrLevel higher : {QrLevel::kM, QrLevel::kQ, QrLevel::kH}) {
    if (options.raise_level && higher > level && fits(version, higher)) level = higher;
  }
  ASSERT_EQ(QrLevelLetter(code->level()), QrLevelLetter(level));

  const NaiveModules modules = ModulesOf(*code);
  const auto read = NaiveRead(modules);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->version, version);
  ASSERT_EQ(read->level, static_cast<int>(level));
  ASSERT_EQ(read->mask, code->mask());
  ASSERT_EQ(read->text(), text);
  for (std::size_t i = 0; i < read->segments.size(); ++i) {
    ASSERT_EQ(read->segments[i].mode == NaiveMode::kUtf8Eci, options.utf8_eci && i == 0) << "segment " << i;
  }
  ASSERT_EQ(NaiveBitCount(read->segments, version), eci_bits + NaiveLeastBits(text, version));
  const int mask = options.mask == kAutomaticQrMask && any_mask ? code->mask() : options.mask;
  const NaiveSymbol naive = NaiveEncode(read->segments, version, read->level, mask);
  ASSERT_EQ(code->mask(), naive.mask);
  ASSERT_EQ(modules, naive.dark);
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_QR_SYMBOL_CHECKS_H_
