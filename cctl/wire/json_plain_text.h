// SPDX-License-Identifier: MIT
//
// The loop that JSON spends its time in: finding the end of what stands in a string for itself, sixteen or eight bytes
// at a time.

#ifndef CCTL_WIRE_JSON_PLAIN_TEXT_H_
#define CCTL_WIRE_JSON_PLAIN_TEXT_H_

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>

namespace cctl::detail {

// True for ASCII that stands in a JSON string for itself (RFC 8259, section 7): all but control characters, the quote
// and the backslash.
constexpr bool IsPlainJsonText(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// The first character from `p` on that is not plain, or `end`.
inline const char* SkipPlainJsonText(const char* p, const char* end) {
#if defined(__SSE2__)  // every x86-64
  while (end - p >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // As signed bytes, what is no ASCII is below a space, too.
    const __m128i hits = _mm_or_si128(
        _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits));
    if (mask != 0) return p + std::countr_zero(mask);
    p += 16;
  }
#endif
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    // Subtracting from a byte below 0x80 sets its top bit exactly where it is less than what is subtracted; a byte from
    // 0x80 on has the bit already. A borrow can spoil only the bytes after the first hit.
    const std::uint64_t hits =
        (word | (word - kOnes * 0x20) | ((word ^ kOnes * '"') - kOnes) | ((word ^ kOnes * '\\') - kOnes)) &
        kOnes * 0x80;
    if (hits != 0) {
      if constexpr (std::endian::native == std::endian::little) return p + (std::countr_zero(hits) >> 3);
      break;  // big-endian: the last byte is the lowest; look for the first hit byte by byte
    }
    p += 8;
  }
  while (p != end && IsPlainJsonText(*p)) ++p;
  return p;
}

}  // namespace cctl::detail

#endif  // CCTL_WIRE_JSON_PLAIN_TEXT_H_
