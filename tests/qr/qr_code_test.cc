// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_code.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_mode.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// Not inlined, or g++ takes the pair below for a mismatched one.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace cctl {
namespace {

constexpr std::string_view kLink = "cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678";

bool SameModules(const QrCode& a, const QrCode& b) {
  if (a.size() != b.size()) return false;
  for (int row = 0; row < a.size(); ++row) {
    for (int column = 0; column < a.size(); ++column) {
      if (a.IsDark(column, row) != b.IsDark(column, row)) return false;
    }
  }
  return true;
}

// Encoded by the compiler, on the portable path.
constexpr QrCode kLinkCode = QrCode::Encode(kLink).value();
static_assert(kLinkCode.version() == 4 && kLinkCode.level() == QrLevel::kM && kLinkCode.size() == 33);
static_assert(kLinkCode.IsDark(0, 0) && !kLinkCode.IsDark(1, 1) && kLinkCode.IsDark(8, 25));

TEST(QrCode, IsTheSameInAConstantExpressionAndAtRunTime) {
  const QrCode code = QrCode::Encode(kLink).value();
  EXPECT_EQ(code.mask(), kLinkCode.mask());
  EXPECT_TRUE(SameModules(code, kLinkCode));
}

TEST(QrCode, IsAPlainValue) {
  EXPECT_TRUE(std::is_trivially_copyable_v<QrCode>);
  EXPECT_LE(sizeof(QrCode), 4352u);
}

TEST(QrCode, AllocatesNothing) {
  const std::string longest(7089, '7'), link(kLink);
  allocations = 0;
  const auto small = QrCode::Encode(link);
  const auto large = QrCode::Encode(longest, {.level = QrLevel::kL});
  EXPECT_EQ(allocations, 0u);
  EXPECT_EQ(small->version(), 4);
  EXPECT_EQ(large->version(), 40);
}

TEST(QrCode, EveryCapacityIsReachedAndNoMore) {
  const std::pair<QrMode, char> kModes[] = {
      {QrMode::kNumeric, '5'}, {QrMode::kAlphanumeric, 'K'}, {QrMode::kByte, 'k'}};
  for (int version = kMinQrVersion; version <= kMaxQrVersion; ++version) {
    for (const QrLevel level : {QrLevel::kL, QrLevel::kM, QrLevel::kQ, QrLevel::kH}) {
      for (const auto& [mode, character] : kModes) {
        QrOptions options{.level = level, .max_version = version, .mask = 0};
        const int capacity = QrCapacity(version, level, mode);
        const auto full = QrCode::Encode(std::string(static_cast<std::size_t>(capacity), character), options);
        ASSERT_TRUE(full) << version << QrLevelLetter(level) << character;
        EXPECT_EQ(full->version(), version);
        EXPECT_EQ(full->level(), level);
        const auto over = QrCode::Encode(std::string(static_cast<std::size_t>(capacity) + 1, character), options);
        EXPECT_EQ(over.error(), (Error{Errc::kTooLong, 0, static_cast<std::uint32_t>(capacity), "text"}))
            << version << QrLevelLetter(level) << character;
      }
    }
  }
}

TEST(QrCode, TooLongATextSaysWhatOfItsKindFits) {
  EXPECT_EQ(QrCode::Encode(std::string(8000, '1')).error(), (Error{Errc::kTooLong, 0, 5596, "text"}));
  EXPECT_EQ(QrCode::Encode(std::string(8000, '1') + "A").error(), (Error{Errc::kTooLong, 0, 3391, "text"}));
  EXPECT_EQ(QrCode::Encode(std::string(8000, '1') + "a").error(), (Error{Errc::kTooLong, 0, 2331, "text"}));
  EXPECT_EQ(QrCode::Encode(std::string(2954, 'a'), {.level = QrLevel::kL}).error(),
            (Error{Errc::kTooLong, 0, 2953, "text"}));
}

TEST(QrCode, TheSmallestVersionInRangeIsTaken) {
  EXPECT_EQ(QrCode::Encode("a")->version(), 1);
  EXPECT_EQ(QrCode::Encode("a", {.min_version = 9})->version(), 9);
  EXPECT_EQ(QrCode::Encode("a", {.min_version = 10})->version(), 10);
  EXPECT_EQ(QrCode::Encode("a", {.min_version = 40})->version(), 40);
  EXPECT_EQ(QrCode::Encode("", {.min_version = 1, .max_version = 1})->version(), 1);
  // 9-M holds 180 bytes; from version 10 on a byte segment's header takes 8 bits more.
  EXPECT_EQ(QrCode::Encode(std::string(180, 'a'))->version(), 9);
  EXPECT_EQ(QrCode::Encode(std::string(181, 'a'))->version(), 10);
  EXPECT_EQ(QrCode::Encode(std::string(1059, 'a'))->version(), 26);
  EXPECT_EQ(QrCode::Encode(std::string(1060, 'a'))->version(), 27);
}

TEST(QrCode, TheLevelIsRaisedWhereThatCostsNoVersion) {
  EXPECT_EQ(QrCode::Encode("a", {.level = QrLevel::kL})->level(), QrLevel::kH);  // 1-H holds 7 bytes, 1-Q 11, 1-M 14
  EXPECT_EQ(QrCode::Encode("abcdefgh", {.level = QrLevel::kL})->level(), QrLevel::kQ);
  EXPECT_EQ(QrCode::Encode("abcdefghijkl", {.level = QrLevel::kL})->level(), QrLevel::kM);
  EXPECT_EQ(QrCode::Encode("abcdefghijklmno", {.level = QrLevel::kL})->level(), QrLevel::kL);
  EXPECT_EQ(QrCode::Encode("a", {.level = QrLevel::kL, .raise_level = false})->level(), QrLevel::kL);
  EXPECT_EQ(QrCode::Encode("a", {.level = QrLevel::kH})->level(), QrLevel::kH);
}

TEST(QrCode, TheMaskCanBeChosen) {
  for (int mask = 0; mask < 8; ++mask) {
    const auto code = QrCode::Encode(kLink, {.mask = mask});
    ASSERT_TRUE(code);
    EXPECT_EQ(code->mask(), mask);
    EXPECT_EQ(SameModules(*code, kLinkCode), mask == kLinkCode.mask());
  }
}

TEST(QrCode, OptionsOutOfRangeAreRefused) {
  const Error version{Errc::kOutOfRange, 0, 40, "version"}, mask{Errc::kOutOfRange, 0, 7, "mask"};
  EXPECT_EQ(QrCode::Encode("a", {.min_version = 0}).error(), version);
  EXPECT_EQ(QrCode::Encode("a", {.max_version = 41}).error(), version);
  EXPECT_EQ(QrCode::Encode("a", {.min_version = 5, .max_version = 4}).error(), version);
  EXPECT_EQ(QrCode::Encode("a", {.mask = 8}).error(), mask);
  EXPECT_EQ(QrCode::Encode("a", {.mask = -2}).error(), mask);
}

TEST(QrCode, Utf8IsMarkedWhenAskedFor) {
  const std::string_view text =
      "Gr\xc3\xbc\xc3\x9f"
      "e";
  const auto plain = QrCode::Encode(text), marked = QrCode::Encode(text, {.utf8_eci = true});
  ASSERT_TRUE(marked);
  EXPECT_FALSE(SameModules(*plain, *marked));
  EXPECT_TRUE(QrCode::Encode("\xff\xfe"));
  EXPECT_EQ(QrCode::Encode("ab\xff", {.utf8_eci = true}).error(), (Error{Errc::kInvalid, 2, 0, "text"}));
  // Its header takes 12 bits: of 1-L's 17 bytes there are 16 left.
  const QrOptions smallest{.level = QrLevel::kL, .max_version = 1, .utf8_eci = true};
  EXPECT_TRUE(QrCode::Encode("abcdefghijklmnop", smallest));
  EXPECT_EQ(QrCode::Encode("abcdefghijklmnopq", smallest).error().code, Errc::kTooLong);
}

TEST(QrCode, EverythingAroundItIsLight) {
  const int size = kLinkCode.size();
  for (int i = -1; i <= size; ++i) {
    EXPECT_FALSE(kLinkCode.IsDark(i, -1) || kLinkCode.IsDark(-1, i));
    EXPECT_FALSE(kLinkCode.IsDark(i, size) || kLinkCode.IsDark(size, i));
  }
  EXPECT_TRUE(kLinkCode.IsDark(size - 1, 0) && kLinkCode.IsDark(0, size - 1));
}

}  // namespace
}  // namespace cctl
