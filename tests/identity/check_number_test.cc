// SPDX-License-Identifier: MIT
//
// The number that two people read to each other, made again by hand from HMAC-SHA256, and as it is written. It has to
// move with the key and with the nonce, or a swapped request could keep it.

#include "cctl/identity/check_number.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/crypto/hmac_sha256.h"
#include "cctl/crypto/sha256.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/psk.h"

namespace cctl {
namespace {

// The key and the nonces of the worked example in docs/protocol.md, section 4.1.
constexpr std::string_view kPsk = "a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d";
constexpr std::string_view kNonce = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kOtherNonce = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";

// A nonce whose digits are zeros but for the last `digits`.
Nonce NonceOf(std::string_view digits) {
  return Nonce::Parse(std::string(Nonce::kSize - digits.size(), '0') + std::string(digits)).value();
}

TEST(CheckNumber, IsMadeOfTheMacsFirstFourBytes) {
  const Psk psk = ParsePskHex(kPsk).value();
  for (const std::string_view nonce : {kNonce, kOtherNonce}) {
    const Digest mac = HmacSha256(psk.bytes(), AsBytes("check:" + std::string(nonce)));
    EXPECT_EQ(CheckNumber(psk, Nonce::Parse(nonce).value()), LoadBigEndian32(mac.data()) % 1'000'000) << nonce;
  }
}

TEST(CheckNumber, IsTheOneThatAnotherProgramMakes) {
  // Computed by Python 3.11's hmac module. The four bytes of the first, third and fourth are above
  // 2^31: they have no sign.
  const Psk psk = ParsePskHex(kPsk).value();
  const struct {
    Nonce nonce;
    std::uint32_t number;
  } kVectors[] = {
      {Nonce::Parse(kNonce).value(), 387'996},
      {Nonce::Parse(kOtherNonce).value(), 284'110},
      {NonceOf("2"), 163'863},
      {NonceOf("8"), 36'761},
      {NonceOf("63f"), 324},
  };
  for (const auto& vector : kVectors) {
    EXPECT_EQ(CheckNumber(psk, vector.nonce), vector.number) << vector.nonce.view();
  }
}

TEST(CheckNumber, DiffersWithTheNonce) {
  // Of 32 numbers out of a million two could be the same by chance; for this key and these nonces none are.
  const Psk psk = ParsePskHex(kPsk).value();
  std::set<std::uint32_t> numbers;
  for (std::size_t i = 0; i < 32; ++i) {
    std::string nonce(kNonce);
    nonce[2 * i] = nonce[2 * i] == '0' ? '8' : '0';
    EXPECT_TRUE(numbers.insert(CheckNumber(psk, Nonce::Parse(nonce).value())).second) << i;
  }
}

TEST(CheckNumber, DiffersWithTheKey) {
  const Nonce nonce = Nonce::Parse(kNonce).value();
  std::set<std::uint32_t> numbers = {CheckNumber(ParsePskHex(kPsk).value(), nonce)};
  for (std::size_t i = 0; i < Psk::kSize; ++i) {
    Psk psk = ParsePskHex(kPsk).value();
    psk.mutable_bytes()[i] ^= 0x80;
    EXPECT_TRUE(numbers.insert(CheckNumber(psk, nonce)).second) << i;
  }
}

TEST(CheckNumber, IsWrittenAsTwiceThreeDigits) {
  const struct {
    std::uint32_t number;
    std::string_view text;
  } kTexts[] = {
      {481'516, "481 516"}, {0, "000 000"},       {7, "000 007"},       {324, "000 324"},     {1'000, "001 000"},
      {36'761, "036 761"},  {100'000, "100 000"}, {909'090, "909 090"}, {999'999, "999 999"},
  };
  for (const auto& [number, text] : kTexts) {
    EXPECT_EQ(FormatCheckNumber(number).view(), text);
    EXPECT_FALSE(FormatCheckNumber(number).overflowed());
  }
}

static_assert(FormatCheckNumber(481'516).view() == "481 516");

}  // namespace
}  // namespace cctl
