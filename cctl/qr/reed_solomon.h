// SPDX-License-Identifier: MIT
//
// The error correction codewords of a QR code: the remainder of the data, as a polynomial over GF(2^8) modulo
// x^8 + x^4 + x^3 + x^2 + 1, by a generator whose roots are the powers of 2 from 2^0 on (ISO/IEC 18004:2015, 7.5.2 and
// annex A). Private to cctl/qr/qr_code.h.
//
// The remainder is kept in four words, the highest coefficient first, so that a step is a shift and two table entries:
// the multiples of the generator by the two halves of a byte. Making those two tables costs less than ten data bytes.

#ifndef CCTL_QR_REED_SOLOMON_H_
#define CCTL_QR_REED_SOLOMON_H_

#include <cstdint>
#include <initializer_list>

namespace cctl::detail {

inline constexpr int kMaxReedSolomonDegree = 30;

struct ReedSolomonPolynomial {
  std::uint64_t word[4];  // 32 coefficients, the highest in the highest byte of the first; unused ones are 0
};

struct ReedSolomonGenerator {
  int degree;
  ReedSolomonPolynomial below;  // without the leading coefficient, which is 1
};

// Those that QR codes use (annex A).
inline constexpr ReedSolomonGenerator kReedSolomonGenerators[] = {
    {7, {0x7f7a9aa40b447500, 0, 0, 0}},
    {10, {0xd8c29f6fc75e5f71, 0x9dc1000000000000, 0, 0}},
    {13, {0x8949e311b111340d, 0x2e2b538478000000, 0, 0}},
    {15, {0x1dc46fa3704a0a69, 0x698b849720861a00, 0, 0}},
    {16, {0x3b0d68bd44d11e08, 0xa34129e56232243b, 0, 0}},
    {17, {0x774253787716c553, 0xf9298f8655357d63, 0x4f00000000000000, 0}},
    {18, {0xeffbb77195afc7d7, 0xf0dc4952ad4b2043, 0xd992000000000000, 0}},
    {20, {0x98b9f0056f6306dc, 0x70964524bb16e4c6, 0x7979a5ae00000000, 0}},
    {22, {0x59b383b0b6f413bd, 0x45281c891d7b43fd, 0x56dae61a91f50000, 0}},
    {24, {0x7a76a946b2edd866, 0x7396e54982483d2b, 0xce01edf77fd99075, 0}},
    {26, {0xf633b7048862c798, 0x4d38ce189128d175, 0xe92a87444690924d, 0x2b5e000000000000}},
    {28, {0xfc091c0d12fbd096, 0x67ae6429a70cf738, 0x7577e97fb5647993, 0xb04a3ac500000000}},
    {30, {0xd4f64d49c3c04b62, 0x054667b116d98a33, 0xb5f64819122ee44a, 0xd8c30b6a82960000}},
};

// Divides by the generator of one degree, which is that of an entry above.
class ReedSolomonEncoder {
 public:
  constexpr explicit ReedSolomonEncoder(int degree);

  [[nodiscard]] constexpr int degree() const { return degree_; }

  // Takes one more data codeword into the remainder of those before it; that of none is 0.
  [[gnu::always_inline]] constexpr void Step(ReedSolomonPolynomial& remainder, std::uint8_t data) const {
    auto& [a, b, c, d] = remainder.word;
    const std::uint64_t factor = data ^ a >> 56;
    const std::uint64_t* const low = low_[factor & 15].word;
    const std::uint64_t* const high = high_[factor >> 4].word;
    a = (a << 8 | b >> 56) ^ low[0] ^ high[0];
    b = (b << 8 | c >> 56) ^ low[1] ^ high[1];
    c = (c << 8 | d >> 56) ^ low[2] ^ high[2];
    d = d << 8 ^ low[3] ^ high[3];
  }

  // The remainder's coefficient i, 0 to degree() - 1: error correction codeword i.
  static constexpr std::uint8_t Codeword(const ReedSolomonPolynomial& remainder, int i) {
    return static_cast<std::uint8_t>(remainder.word[i / 8] >> (56 - i % 8 * 8));
  }

 private:
  int degree_;
  ReedSolomonPolynomial low_[16];   // the generator times 0 to 15
  ReedSolomonPolynomial high_[16];  // times 0, 16 to 240
};

// Times 2, all eight coefficients of a word at once.
constexpr std::uint64_t ReedSolomonDouble(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t carries = word >> 7 & kOnes;
  return (word & 0x7f * kOnes) << 1 ^ carries * 0x1d;
}

constexpr ReedSolomonEncoder::ReedSolomonEncoder(int degree) : degree_(degree) {
  const ReedSolomonGenerator* generator = kReedSolomonGenerators;
  while (generator->degree != degree) ++generator;
  ReedSolomonPolynomial power = generator->below;
  for (ReedSolomonPolynomial* const table : {low_, high_}) {
    table[0] = {};
    for (int bit = 1; bit < 16; bit *= 2) {
      for (int i = 0; i < bit; ++i) {
        for (int k = 0; k < 4; ++k) table[bit + i].word[k] = table[i].word[k] ^ power.word[k];
      }
      for (std::uint64_t& word : power.word) word = ReedSolomonDouble(word);
    }
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_REED_SOLOMON_H_
