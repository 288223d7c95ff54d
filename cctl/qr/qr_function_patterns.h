// SPDX-License-Identifier: MIT
//
// The modules of a QR code that carry no codewords: finder, timing and alignment patterns, and the places of the format
// and version information (ISO/IEC 18004:2015, 6.3 and 7.10). But for one dark module they are the same in rows and
// columns, so that the grids drawn here serve as either. Private to cctl/qr/qr_code.h.

#ifndef CCTL_QR_QR_FUNCTION_PATTERNS_H_
#define CCTL_QR_QR_FUNCTION_PATTERNS_H_

#include <cstdint>

#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_grid.h"
#include "cctl/qr/qr_line.h"

namespace cctl::detail {

// How far apart alignment patterns of versions 7 to 40 are, but for the first two, which are closer where it is no
// divisor (annex E).
inline constexpr std::uint8_t kQrAlignmentStep[34] = {16, 18, 20, 22, 24, 26, 28, 20, 22, 24, 24, 26,
                                                      28, 28, 22, 24, 24, 26, 26, 28, 28, 24, 24, 26,
                                                      26, 26, 28, 28, 24, 26, 26, 26, 28, 28};

// Row or column of the centre of alignment pattern i, 0 to QrAlignmentCount(version) - 1.
constexpr int QrAlignmentCentre(int version, int i) {
  if (i == 0) return 6;
  const int last = QrSize(version) - 7;
  return version < 7 ? last : last - (QrAlignmentCount(version) - 1 - i) * kQrAlignmentStep[version - 7];
}

// The version and its 12 bits of error correction, by the (18, 6) Golay code (7.10).
constexpr std::uint32_t QrVersionInformation(int version) {
  std::uint32_t remainder = static_cast<std::uint32_t>(version) << 12;
  for (int bit = 17; bit >= 12; --bit) {
    if (remainder >> bit & 1) remainder ^= 0x1f25u << (bit - 12);
  }
  return static_cast<std::uint32_t>(version) << 12 | remainder;
}

// Draws them into `dark`, and into `open` the modules that are left for codewords. Both are empty before. The format
// information is left light.
template <int kWords>
constexpr void DrawQrFunctionPatterns(int version, QrGrid<kWords>& dark, QrGrid<kWords>& open) {
  const int size = QrSize(version);
  // Timing patterns, between the finder patterns.
  for (int i = 0; i < size; ++i) {
    for (int at = 0; at < size; at += 48) open.Set(i, at, (std::uint64_t{1} << (size - at < 48 ? size - at : 48)) - 1);
  }
  for (int i = 8; i < size - 8; ++i) {
    open.Clear(i, 6, 1);
    open.Clear(6, i, 1);
    if (i % 2 == 0) dark.Set(i, 6, 1), dark.Set(6, i, 1);
  }

  // Finder patterns with their light borders, and beside them the format information.
  constexpr std::uint8_t kFinder[7] = {0b1111111, 0b1000001, 0b1011101, 0b1011101, 0b1011101, 0b1000001, 0b1111111};
  for (int i = 0; i < 9; ++i) {
    open.Clear(i, 0, 0x1ff);
    open.Clear(i, size - 8, 0xff);
  }
  for (int i = 0; i < 8; ++i) open.Clear(size - 8 + i, 0, 0x1ff);
  for (int i = 0; i < 7; ++i) {
    dark.Set(i, 0, kFinder[i]);
    dark.Set(i, size - 7, kFinder[i]);
    dark.Set(size - 7 + i, 0, kFinder[i]);
  }

  constexpr std::uint8_t kAlignment[5] = {0b11111, 0b10001, 0b10101, 0b10001, 0b11111};
  const int count = QrAlignmentCount(version);
  for (int a = 0; a < count; ++a) {
    for (int b = 0; b < count; ++b) {
      if ((a == 0 && (b == 0 || b == count - 1)) || (a == count - 1 && b == 0)) continue;  // a finder pattern is there
      const int from = QrAlignmentCentre(version, a) - 2, at = QrAlignmentCentre(version, b) - 2;
      for (int i = 0; i < 5; ++i) {
        open.Clear(from + i, at, 0b11111);
        dark.Set(from + i, at, kAlignment[i]);
      }
    }
  }

  if (version < 7) return;
  const std::uint32_t information = QrVersionInformation(version);
  for (int i = 0; i < 6; ++i) {
    open.Clear(i, size - 11, 0b111);
    dark.Set(i, size - 11, information >> 3 * i & 0b111);
    for (int k = 0; k < 3; ++k) {
      open.Clear(size - 11 + k, i, 1);
      dark.Set(size - 11 + k, i, information >> (3 * i + k) & 1);
    }
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_FUNCTION_PATTERNS_H_
