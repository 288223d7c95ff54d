// SPDX-License-Identifier: MIT

#include "cctl/identity/psk.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/pair_code.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

// Recorded from the released claudectl 0.64.0: tests/testdata/pairing.json, "psk".
constexpr struct {
  std::string_view code;
  std::string_view psk;
} kRecorded[] = {
    {"a3f2-9b1c-d4e5-f678", "a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d"},
    {"e6e2-85ae-9cb3-6d94", "e6e285ae9cb36d94d38f9cd6c51083f7f6be45867ff4c120641ac54f3ec82d4a"},
};

std::string Hex(const Psk& psk) {
  char digits[kPskHexSize];
  FormatPskHex(psk, digits);
  return std::string(digits, sizeof digits);
}

TEST(Psk, IsTheKeyThatTheReleasedProgramMakesOfACode) {
  for (const auto& recorded : kRecorded) {
    EXPECT_EQ(Hex(DerivePsk(PairCode::Parse(recorded.code).value())), recorded.psk);
  }
}

TEST(Psk, ReadsWhatItWritesAndUpperCase) {
  for (const auto& recorded : kRecorded) {
    const Psk psk = ParsePskHex(recorded.psk).value();
    EXPECT_EQ(Hex(psk), recorded.psk);
    std::string upper(recorded.psk);
    for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
    EXPECT_EQ(ParsePskHex(upper).value(), psk);
  }
}

TEST(Psk, RejectsEveryProperPrefix) {
  const std::string_view text = kRecorded[0].psk;
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Result<Psk> psk = ParsePskHex(text.substr(0, size));
    ASSERT_FALSE(psk) << size;
    EXPECT_EQ(psk.error(), (Error{Errc::kTruncated, static_cast<std::uint32_t>(size), 0, "psk"}));
  }
}

TEST(Psk, RejectsWithTheExactOffset) {
  const std::string good(kRecorded[0].psk);
  const struct {
    std::string text;
    Error error;
  } kRejects[] = {
      {" " + good, {Errc::kInvalid, 0, 0, "psk"}},
      {good.substr(0, 63) + "g", {Errc::kInvalid, 63, 0, "psk"}},
      {good + "0", {Errc::kTooLong, 64, 64, "psk"}},
      {good + "\n", {Errc::kTooLong, 64, 64, "psk"}},
  };
  for (const auto& reject : kRejects) {
    const Result<Psk> psk = ParsePskHex(reject.text);
    ASSERT_FALSE(psk) << reject.text;
    EXPECT_EQ(psk.error(), reject.error) << reject.text;
  }
}

TEST(Psk, LeavesNothingBehindWhenItIsDestroyed) {
  alignas(Psk) std::uint8_t storage[sizeof(Psk)] = {};
  auto* const psk = new (storage) Psk(DerivePsk(PairCode::Parse(kRecorded[0].code).value()));
  ASSERT_EQ(storage[0], 0xa3);
  psk->~Psk();
  EXPECT_EQ(std::count(std::begin(storage), std::end(storage), 0), std::ssize(storage));
}

}  // namespace
}  // namespace cctl
