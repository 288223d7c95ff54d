// SPDX-License-Identifier: MIT
//
// The SHA-256 compression function (FIPS 180-4, section 6.2.2) in plain C++, for any processor. Sixteen rounds are
// written out with the eight working variables renamed instead of moved; -O2 does not unroll a loop of them by itself.
// Private to cctl/crypto/sha256.h. No secret decides a branch or an address.

#ifndef CCTL_CRYPTO_SHA256_COMPRESS_PORTABLE_H_
#define CCTL_CRYPTO_SHA256_COMPRESS_PORTABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "cctl/base/bytes.h"

namespace cctl::detail {

inline constexpr std::size_t kSha256BlockSize = 64;  // bytes

// FIPS 180-4, section 4.2.2. Aligned for the sixteen-byte loads of the accelerated paths.
alignas(16) inline constexpr std::uint32_t kSha256RoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// One round; the caller renames the variables for the next. `kw` is the round's constant plus its schedule word.
// Majority is b ^ ((a ^ b) & (b ^ c)): the a ^ b of one round is the b ^ c of the next, so `bc` carries it over. The
// order of the additions keeps the chain through `e`, which the next round waits for, short.
[[gnu::always_inline]] inline void Sha256Round(std::uint32_t a, std::uint32_t b, std::uint32_t& d, std::uint32_t e,
                                               std::uint32_t f, std::uint32_t g, std::uint32_t& h, std::uint32_t kw,
                                               std::uint32_t& bc) {
  const std::uint32_t ab = a ^ b;
  h += kw;
  h += g ^ (e & (f ^ g));
  h += std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
  d += h;
  h += b ^ (ab & bc);
  h += std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
  bc = ab;
}

// Schedule word i of the sixteen in the ring `w`; after the first sixteen rounds it is computed in place first.
template <bool kFirst, std::size_t i>
[[gnu::always_inline]] inline std::uint32_t Sha256Word(std::uint32_t (&w)[16]) {
  if constexpr (kFirst) return w[i];
  const std::uint32_t w1 = w[(i + 1) % 16];
  const std::uint32_t w14 = w[(i + 14) % 16];
  const std::uint32_t sigma0 = std::rotr(w1, 7) ^ std::rotr(w1, 18) ^ w1 >> 3;
  const std::uint32_t sigma1 = std::rotr(w14, 17) ^ std::rotr(w14, 19) ^ w14 >> 10;
  return w[i] += sigma0 + sigma1 + w[(i + 9) % 16];
}

// Sixteen rounds, after which every variable has its own name again; `k` are their constants.
template <bool kFirst>
[[gnu::always_inline]] inline void Sha256SixteenRounds(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c,
                                                       std::uint32_t& d, std::uint32_t& e, std::uint32_t& f,
                                                       std::uint32_t& g, std::uint32_t& h, std::uint32_t (&w)[16],
                                                       const std::uint32_t* k) {
  std::uint32_t bc = b ^ c;
  Sha256Round(a, b, d, e, f, g, h, k[0] + Sha256Word<kFirst, 0>(w), bc);
  Sha256Round(h, a, c, d, e, f, g, k[1] + Sha256Word<kFirst, 1>(w), bc);
  Sha256Round(g, h, b, c, d, e, f, k[2] + Sha256Word<kFirst, 2>(w), bc);
  Sha256Round(f, g, a, b, c, d, e, k[3] + Sha256Word<kFirst, 3>(w), bc);
  Sha256Round(e, f, h, a, b, c, d, k[4] + Sha256Word<kFirst, 4>(w), bc);
  Sha256Round(d, e, g, h, a, b, c, k[5] + Sha256Word<kFirst, 5>(w), bc);
  Sha256Round(c, d, f, g, h, a, b, k[6] + Sha256Word<kFirst, 6>(w), bc);
  Sha256Round(b, c, e, f, g, h, a, k[7] + Sha256Word<kFirst, 7>(w), bc);
  Sha256Round(a, b, d, e, f, g, h, k[8] + Sha256Word<kFirst, 8>(w), bc);
  Sha256Round(h, a, c, d, e, f, g, k[9] + Sha256Word<kFirst, 9>(w), bc);
  Sha256Round(g, h, b, c, d, e, f, k[10] + Sha256Word<kFirst, 10>(w), bc);
  Sha256Round(f, g, a, b, c, d, e, k[11] + Sha256Word<kFirst, 11>(w), bc);
  Sha256Round(e, f, h, a, b, c, d, k[12] + Sha256Word<kFirst, 12>(w), bc);
  Sha256Round(d, e, g, h, a, b, c, k[13] + Sha256Word<kFirst, 13>(w), bc);
  Sha256Round(c, d, f, g, h, a, b, k[14] + Sha256Word<kFirst, 14>(w), bc);
  Sha256Round(b, c, e, f, g, h, a, k[15] + Sha256Word<kFirst, 15>(w), bc);
}

// Absorbs `count` blocks of 64 bytes into the eight words of `state`.
inline void Sha256CompressPortable(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  for (; count > 0; --count, blocks += kSha256BlockSize) {
    std::uint32_t w[16];
    for (std::size_t i = 0; i < 16; ++i) w[i] = LoadBigEndian32(blocks + 4 * i);
    // Not an array: g++ would keep it in memory.
    std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    std::uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    Sha256SixteenRounds<true>(a, b, c, d, e, f, g, h, w, kSha256RoundConstants);
    for (std::size_t t = 16; t < 64; t += 16) {
      Sha256SixteenRounds<false>(a, b, c, d, e, f, g, h, w, kSha256RoundConstants + t);
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

}  // namespace cctl::detail

#endif  // CCTL_CRYPTO_SHA256_COMPRESS_PORTABLE_H_
