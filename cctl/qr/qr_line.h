// SPDX-License-Identifier: MIT
//
// One row or column of a QR code as bits, so that a rule about neighbours is a handful of shifts for the whole line.
// Module i is bit i + 4: the four bits below it and all above the last module are 0, light, as the quiet zone is.
// Private to cctl/qr.
//
// Word is std::uint64_t, or a vector of them; then every lane holds the line of another symbol, and one operation does
// them all. kWords is 1 to 3, by the size of the symbol.

#ifndef CCTL_QR_QR_LINE_H_
#define CCTL_QR_QR_LINE_H_

#include <cstdint>

namespace cctl::detail {

inline constexpr int kQrMargin = 4;  // light modules in front of a line; a finder-like pattern needs no more

constexpr int QrLineWords(int size) { return (size + kQrMargin + 63) / 64; }

// Vectors are not passed by value, for processors with and without wide ones do that differently: hence references, and
// inlining always.
template <typename Word, int kWords>
struct QrLine {
  Word word[kWords];

  [[gnu::always_inline]] friend constexpr QrLine operator&(const QrLine& a, const QrLine& b) {
    QrLine result;
    for (int i = 0; i < kWords; ++i) result.word[i] = a.word[i] & b.word[i];
    return result;
  }
  [[gnu::always_inline]] friend constexpr QrLine operator|(const QrLine& a, const QrLine& b) {
    QrLine result;
    for (int i = 0; i < kWords; ++i) result.word[i] = a.word[i] | b.word[i];
    return result;
  }
  [[gnu::always_inline]] friend constexpr QrLine operator^(const QrLine& a, const QrLine& b) {
    QrLine result;
    for (int i = 0; i < kWords; ++i) result.word[i] = a.word[i] ^ b.word[i];
    return result;
  }
  [[gnu::always_inline]] friend constexpr QrLine operator~(const QrLine& a) {
    QrLine result;
    for (int i = 0; i < kWords; ++i) result.word[i] = ~a.word[i];
    return result;
  }
  // By 1 to 63: what is at module i + count comes to module i.
  [[gnu::always_inline]] friend constexpr QrLine operator>>(const QrLine& a, int count) {
    QrLine result;
    for (int i = 0; i < kWords - 1; ++i) result.word[i] = a.word[i] >> count | a.word[i + 1] << (64 - count);
    result.word[kWords - 1] = a.word[kWords - 1] >> count;
    return result;
  }
  // By 1 to 63: what is at module i comes to module i + count.
  [[gnu::always_inline]] friend constexpr QrLine operator<<(const QrLine& a, int count) {
    QrLine result;
    result.word[0] = a.word[0] << count;
    for (int i = 1; i < kWords; ++i) result.word[i] = a.word[i] << count | a.word[i - 1] >> (64 - count);
    return result;
  }
};

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_LINE_H_
