// SPDX-License-Identifier: MIT
//
// Counts the finder-like patterns of a masked QR code whose modules are two or more wide (ISO/IEC 18004:2015, 7.8.3.1:
// 1:1:3:1:1 is a ratio). They are rare. Private to cctl/qr/qr_best_mask.h.

#ifndef CCTL_QR_QR_WIDE_FINDERS_H_
#define CCTL_QR_QR_WIDE_FINDERS_H_

#include <bit>
#include <cstdint>
#include <initializer_list>

#include "cctl/qr/qr_line.h"
#include "cctl/qr/qr_masked_lines.h"

namespace cctl::detail {

// Whether one has its middle, the dark run of three units, from bit `middle` on.
template <int kWords>
constexpr bool IsWideQrFinder(const QrLine<std::uint64_t, kWords>& line, int middle) {
  const auto dark = [&line](int at) { return at >= 0 && at < 64 * kWords && (line.word[at / 64] >> at % 64 & 1) != 0; };
  const auto all = [&dark](int from, int count, bool wanted) {
    for (int at = from; at < from + count; ++at) {
      if (dark(at) != wanted) return false;
    }
    return true;
  };
  int end = middle;
  while (dark(end)) ++end;
  const int unit = (end - middle) / 3;
  const int start = middle - 2 * unit, behind = end + 2 * unit;
  if (end - middle != 3 * unit || dark(start - 1) || dark(behind)) return false;
  return all(start, unit, true) && all(start + unit, unit, false) && all(end, unit, false) &&
         all(end + unit, unit, true) && (all(start - 4 * unit, 4 * unit, false) || all(behind, 4 * unit, false));
}

template <int kWords>
constexpr std::uint32_t CountWideQrFinders(const QrUnmasked<kWords>& symbol, int mask) {
  using Line = QrLine<std::uint64_t, kWords>;
  Line lines[64 * kWords];
  std::uint32_t found = 0;
  for (const bool columns : {false, true}) {
    MaskQrLines(symbol, mask, columns, lines);
    for (int i = 0; i < symbol.size; ++i) {
      // Few are left to look at of dark runs behind two light modules that are six long before two light ones, or
      // longer.
      const Line& x = lines[i];
      const Line two = x & x >> 1;
      const Line six = two & two >> 2 & two >> 4;
      const Line light = ~(x | x >> 1);
      const Line middles = six & light << 2 & (light >> 6 | six >> 3);
      for (int k = 0; k < kWords; ++k) {
        for (std::uint64_t left = middles.word[k]; left != 0; left &= left - 1) {
          if (IsWideQrFinder(x, 64 * k + std::countr_zero(left))) ++found;
        }
      }
    }
  }
  return found;
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_WIDE_FINDERS_H_
