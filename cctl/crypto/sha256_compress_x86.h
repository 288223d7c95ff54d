// SPDX-License-Identifier: MIT
//
// The SHA-256 compression function (FIPS 180-4, section 6.2.2) by the SHA instructions of x86-64 processors (Intel 64
// and IA-32 Architectures Software Developer's Manual, volume 2: SHA256RNDS2, SHA256MSG1, SHA256MSG2). Private to
// cctl/crypto/sha256.h; other processors never have them. Vector types of the compiler stand in for <immintrin.h>,
// which costs every includer half a second.

#ifndef CCTL_CRYPTO_SHA256_COMPRESS_X86_H_
#define CCTL_CRYPTO_SHA256_COMPRESS_X86_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cctl/crypto/sha256_compress_portable.h"

namespace cctl::detail {

#if defined(__x86_64__) && defined(__GNUC__)

using Words4 [[gnu::vector_size(16)]] = int;  // the element type that the builtins want
using UnsignedWords4 [[gnu::vector_size(16)]] = unsigned;
using Bytes16 [[gnu::vector_size(16)]] = char;

// Modulo 2^32, which only unsigned lanes may wrap around.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline Words4 Sha256Add(Words4 a, Words4 b) {
  return reinterpret_cast<Words4>(reinterpret_cast<UnsignedWords4>(a) + reinterpret_cast<UnsignedWords4>(b));
}

// Four words, big-endian in memory.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline Words4 Sha256LoadWords(const std::uint8_t* in) {
  Bytes16 bytes;
  std::memcpy(&bytes, in, sizeof bytes);
  return reinterpret_cast<Words4>(
      __builtin_shufflevector(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

// Four rounds with the schedule words `w`, of which the first has number `t`. The instructions want the working
// variables as a, b, e, f and c, d, g, h, and leave them exchanged, hence two of them make four rounds.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void Sha256FourRounds(Words4& abef, Words4& cdgh, Words4 w,
                                                                               std::size_t t) {
  Words4 kw;
  std::memcpy(&kw, kSha256RoundConstants + t, sizeof kw);
  kw = Sha256Add(kw, w);
  cdgh = __builtin_ia32_sha256rnds2(cdgh, abef, kw);
  abef = __builtin_ia32_sha256rnds2(abef, cdgh, __builtin_shufflevector(kw, kw, 2, 3, 2, 3));
}

// The four schedule words that follow w0, w1, w2, w3.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline Words4 Sha256NextWords(Words4 w0, Words4 w1, Words4 w2,
                                                                                Words4 w3) {
  const Words4 seven_back = __builtin_shufflevector(w2, w3, 1, 2, 3, 4);
  return __builtin_ia32_sha256msg2(Sha256Add(__builtin_ia32_sha256msg1(w0, w1), seven_back), w3);
}

// Absorbs `count` blocks of 64 bytes into the eight words of `state`. Only where HasShaInstructions().
[[gnu::target("sha,sse4.1")]] inline void Sha256CompressX86(std::uint32_t* state, const std::uint8_t* blocks,
                                                            std::size_t count) {
  Words4 abcd, efgh;
  std::memcpy(&abcd, state, sizeof abcd);
  std::memcpy(&efgh, state + 4, sizeof efgh);
  Words4 abef = __builtin_shufflevector(abcd, efgh, 5, 4, 1, 0);
  Words4 cdgh = __builtin_shufflevector(abcd, efgh, 7, 6, 3, 2);
  for (; count > 0; --count, blocks += kSha256BlockSize) {
    const Words4 abef_before = abef;
    const Words4 cdgh_before = cdgh;
    Words4 w0 = Sha256LoadWords(blocks);
    Words4 w1 = Sha256LoadWords(blocks + 16);
    Words4 w2 = Sha256LoadWords(blocks + 32);
    Words4 w3 = Sha256LoadWords(blocks + 48);
    for (std::size_t t = 0;;) {
      Sha256FourRounds(abef, cdgh, w0, t);
      Sha256FourRounds(abef, cdgh, w1, t + 4);
      Sha256FourRounds(abef, cdgh, w2, t + 8);
      Sha256FourRounds(abef, cdgh, w3, t + 12);
      if ((t += 16) == 64) break;
      w0 = Sha256NextWords(w0, w1, w2, w3);
      w1 = Sha256NextWords(w1, w2, w3, w0);
      w2 = Sha256NextWords(w2, w3, w0, w1);
      w3 = Sha256NextWords(w3, w0, w1, w2);
    }
    abef = Sha256Add(abef, abef_before);
    cdgh = Sha256Add(cdgh, cdgh_before);
  }
  abcd = __builtin_shufflevector(abef, cdgh, 3, 2, 7, 6);
  efgh = __builtin_shufflevector(abef, cdgh, 1, 0, 5, 4);
  std::memcpy(state, &abcd, sizeof abcd);
  std::memcpy(state + 4, &efgh, sizeof efgh);
}

#else

inline void Sha256CompressX86(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  Sha256CompressPortable(state, blocks, count);
}

#endif

}  // namespace cctl::detail

#endif  // CCTL_CRYPTO_SHA256_COMPRESS_X86_H_
