// SPDX-License-Identifier: MIT
//
// The modes in which a QR code holds characters (ISO/IEC 18004:2015, 7.3 and 7.4), what each costs, and how much of a
// text fits into a symbol. Kanji mode is left out: byte mode holds any text.

#ifndef CCTL_QR_QR_MODE_H_
#define CCTL_QR_QR_MODE_H_

#include <cstdint>
#include <string_view>

#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_level.h"

namespace cctl {

enum class QrMode : std::uint8_t {
  kNumeric,       // 0-9: three digits in 10 bits, two in 7, one in 4
  kAlphanumeric,  // 0-9 A-Z space $ % * + - . / : two characters in 11 bits, one in 6
  kByte,          // any byte, in 8 bits
};

namespace detail {

inline constexpr int kQrModeCount = 3;

// Table 2.
constexpr int kQrModeIndicatorBits = 4;
constexpr std::uint32_t QrModeIndicator(QrMode mode) { return 1u << static_cast<int>(mode); }

// Versions 1 to 9, 10 to 26 and 27 to 40 differ in how they count a segment's characters (table 3).
constexpr int kQrRangeCount = 3;
constexpr int QrRangeOf(int version) { return version < 10 ? 0 : version < 27 ? 1 : 2; }
inline constexpr int kQrRangeEnd[kQrRangeCount] = {9, 26, 40};
inline constexpr std::uint8_t kQrCountBits[kQrRangeCount][kQrModeCount] = {{10, 9, 8}, {12, 11, 16}, {14, 13, 16}};

// What a segment costs before its first character.
constexpr int QrHeaderBits(int range, QrMode mode) {
  return kQrModeIndicatorBits + kQrCountBits[range][static_cast<int>(mode)];
}

// A character in sixths of a bit: in them every mode's is whole, and a segment's rounded up to bits is exact.
inline constexpr std::uint32_t kQrCharacterSixths[kQrModeCount] = {20, 33, 48};

constexpr bool IsQrDigit(char c) { return c >= '0' && c <= '9'; }

// Table 5: the value of a character in alphanumeric mode, 0 to 44; -1: it has none.
constexpr int QrAlphanumericValue(char c) {
  constexpr std::int8_t kValues[64] = {36, -1, -1, -1, 37, 38, -1, -1, -1, -1, 39, 40, -1, 41, 42, 43,   // space to /
                                       0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  44, -1, -1, -1, -1, -1,   // 0 to ?
                                       -1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,   // @ to O
                                       25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, -1, -1, -1, -1, -1};  // P to _
  const unsigned index = static_cast<unsigned char>(c) - 0x20u;
  return index < 64 ? kValues[index] : -1;
}

}  // namespace detail

// How many characters of one mode fit into a symbol of `version`, 1 to 40, when they are all that it holds (table 7).
constexpr int QrCapacity(int version, QrLevel level, QrMode mode) {
  const int bits = 8 * detail::QrDataCodewords(version, level) - detail::QrHeaderBits(detail::QrRangeOf(version), mode);
  return bits * 6 / static_cast<int>(detail::kQrCharacterSixths[static_cast<int>(mode)]);
}

// The mode that holds every character of a text in the fewest bits.
constexpr QrMode DensestQrMode(std::string_view text) {
  QrMode mode = QrMode::kNumeric;
  for (const char c : text) {
    if (detail::QrAlphanumericValue(c) < 0) return QrMode::kByte;
    if (!detail::IsQrDigit(c)) mode = QrMode::kAlphanumeric;
  }
  return mode;
}

}  // namespace cctl

#endif  // CCTL_QR_QR_MODE_H_
