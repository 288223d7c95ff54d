// SPDX-License-Identifier: MIT

#include "cctl/identity/pair_code.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "gtest/gtest.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

constexpr std::uint8_t kBytes[8] = {0xa3, 0xf2, 0x9b, 0x1c, 0xd4, 0xe5, 0xf6, 0x78};

std::string Formatted(const PairCode& code) {
  char text[PairCode::kFormattedSize];
  code.Format(text);
  return std::string(text, sizeof text);
}

std::string Plain(const PairCode& code) {
  char text[PairCode::kPlainSize];
  code.FormatPlain(text);
  return std::string(text, sizeof text);
}

TEST(PairCode, WritesFourGroupsOfFourDigits) {
  EXPECT_EQ(Formatted(PairCode(kBytes)), "a3f2-9b1c-d4e5-f678");
  EXPECT_EQ(Plain(PairCode(kBytes)), "a3f29b1cd4e5f678");
}

TEST(PairCode, ReadsEitherCaseAndAnyOfItsDashes) {
  for (const std::string_view text : {"a3f2-9b1c-d4e5-f678", "a3f29b1cd4e5f678", "A3F2-9B1C-D4E5-F678",
                                      "A3f29b1cD4e5F678", "a3f29b1c-d4e5f678", "a3f2-9b1cd4e5-f678"}) {
    const Result<PairCode> code = PairCode::Parse(text);
    ASSERT_TRUE(code) << text;
    EXPECT_EQ(*code, PairCode(kBytes)) << text;
  }
}

TEST(PairCode, RejectsWithTheExactOffset) {
  const struct {
    std::string_view text;
    Error error;
  } kRejects[] = {
      {"", {Errc::kTruncated, 0, 0, "code"}},
      {"-a3f29b1cd4e5f678", {Errc::kInvalid, 0, 0, "code"}},
      {" a3f29b1cd4e5f678", {Errc::kInvalid, 0, 0, "code"}},
      {"0xa3f29b1cd4e5f6", {Errc::kInvalid, 1, 0, "code"}},
      {"a3-f29b1cd4e5f678", {Errc::kInvalid, 2, 0, "code"}},
      {"a3f2--9b1c-d4e5-f678", {Errc::kInvalid, 5, 0, "code"}},
      {"a3f2_9b1c_d4e5_f678", {Errc::kInvalid, 4, 0, "code"}},
      {"a3f2-9b1c-d4e5-f67g", {Errc::kInvalid, 18, 0, "code"}},
      {"a3f29b1cd4e5f67", {Errc::kTruncated, 15, 0, "code"}},
      {"a3f2-9b1c-d4e5-", {Errc::kTruncated, 15, 0, "code"}},
      {"a3f29b1cd4e5f6789", {Errc::kTrailing, 16, 0, "code"}},
      {"a3f2-9b1c-d4e5-f678-", {Errc::kTrailing, 19, 0, "code"}},
      {"a3f2-9b1c-d4e5-f678\n", {Errc::kTrailing, 19, 0, "code"}},
      {"correct-horse-battery", {Errc::kInvalid, 1, 0, "code"}},  // the released program's word phrases
  };
  for (const auto& reject : kRejects) {
    const Result<PairCode> code = PairCode::Parse(reject.text);
    ASSERT_FALSE(code) << reject.text;
    EXPECT_EQ(code.error(), reject.error) << reject.text;
  }
}

TEST(PairCode, RejectsEveryProperPrefix) {
  for (const std::string_view text : {"a3f2-9b1c-d4e5-f678", "a3f29b1cd4e5f678"}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      const Result<PairCode> code = PairCode::Parse(text.substr(0, size));
      ASSERT_FALSE(code) << size;
      EXPECT_EQ(code.error(), (Error{Errc::kTruncated, static_cast<std::uint32_t>(size), 0, "code"}));
    }
  }
}

TEST(PairCode, ReadsWhatItWrites) {
  testing::SeededRandom random(8);
  for (int i = 0; i < 1000; ++i) {
    const Result<PairCode> code = PairCode::Generate(random);
    ASSERT_TRUE(code);
    EXPECT_EQ(PairCode::Parse(Formatted(*code)).value(), *code);
    EXPECT_EQ(PairCode::Parse(Plain(*code)).value(), *code);
  }
}

TEST(PairCode, IsMadeOfTheSourcesBytes) {
  testing::SeededRandom random(1), same(1);
  std::uint8_t bytes[PairCode::kSize];
  ASSERT_TRUE(same.Fill(bytes));
  EXPECT_EQ(PairCode::Generate(random).value(), PairCode(bytes));
}

TEST(PairCode, IsNotMadeWithoutRandomness) {
  testing::NoRandom none;
  const Result<PairCode> code = PairCode::Generate(none);
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error(), (Error{Errc::kIo, 0, 0, "random"}));
}

TEST(PairCode, LeavesNothingBehindWhenItIsDestroyed) {
  alignas(PairCode) std::uint8_t storage[sizeof(PairCode)] = {};
  auto* const code = new (storage) PairCode(kBytes);
  ASSERT_EQ(std::search(std::begin(storage), std::end(storage), std::begin(kBytes), std::end(kBytes)),
            std::begin(storage));
  code->~PairCode();
  EXPECT_EQ(std::count(std::begin(storage), std::end(storage), 0), std::ssize(storage));
}

}  // namespace
}  // namespace cctl
