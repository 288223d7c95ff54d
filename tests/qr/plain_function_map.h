// SPDX-License-Identifier: MIT
//
// The function patterns of a QR code, drawn module by module from the figures and tables of ISO/IEC 18004:2015: what
// the bit by bit drawing of cctl/qr is held against.

#ifndef CCTL_TESTS_QR_PLAIN_FUNCTION_MAP_H_
#define CCTL_TESTS_QR_PLAIN_FUNCTION_MAP_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/naive_qr_tables.h"

namespace cctl::testing {

// Table D.1: the version information of versions 7 to 40.
inline constexpr std::uint32_t kPlainVersionInformation[34] = {
    0x07C94, 0x085BC, 0x09A99, 0x0A4D3, 0x0BBF6, 0x0C762, 0x0D847, 0x0E60D, 0x0F928, 0x10B78, 0x1145D, 0x12A17,
    0x13532, 0x149A6, 0x15683, 0x168C9, 0x177EC, 0x18EC4, 0x191E1, 0x1AFAB, 0x1B08E, 0x1CC1A, 0x1D33F, 0x1ED75,
    0x1F250, 0x209D5, 0x216F0, 0x228BA, 0x2379F, 0x24B0B, 0x2542E, 0x26A64, 0x27541, 0x28C69};

// What a module of a function pattern is. kFormat: of the format information, or the one dark module beside it.
inline constexpr char kOpen = ' ', kDark = '#', kLight = '.', kFormat = 'f';

// Row by row, one character for each module.
inline std::vector<std::string> PlainFunctionMap(int version) {
  const int size = 17 + 4 * version;
  std::vector<std::string> map(size, std::string(size, kOpen));
  // Rings of light and dark modules around a centre, as far as they are inside of the symbol.
  const auto rings = [&](int row, int column, int radius, const std::string& dark_or_light) {
    for (int r = row - radius; r <= row + radius; ++r) {
      for (int c = column - radius; c <= column + radius; ++c) {
        if (r < 0 || c < 0 || r >= size || c >= size) continue;
        map[r][c] = dark_or_light[std::max(std::abs(r - row), std::abs(c - column))];
      }
    }
  };
  for (int i = 8; i < size - 8; ++i) map[6][i] = map[i][6] = i % 2 == 0 ? kDark : kLight;  // 6.3.5
  for (int i = 0; i < 9; ++i) {                                                            // 7.9, figure 25
    if (i != 6) map[8][i] = map[i][8] = kFormat;
    if (i != 8) map[8][size - 1 - i] = map[size - 1 - i][8] = kFormat;
  }
  rings(3, 3, 4, "##.#.");  // 6.3.3, 6.3.4
  rings(3, size - 4, 4, "##.#.");
  rings(size - 4, 3, 4, "##.#.");
  const std::vector<int>& centres = NaiveAlignmentCentres(version);
  for (const int row : centres) {
    for (const int column : centres) {
      const bool on_finder =
          (row == 6 && column == 6) || (row == 6 && column == centres.back()) || (row == centres.back() && column == 6);
      if (!on_finder) rings(row, column, 2, "#.#");  // 6.3.6
    }
  }
  if (version >= 7) {  // 7.10, figures 27 and 28
    for (int i = 0; i < 18; ++i) {
      const bool dark = (kPlainVersionInformation[version - 7] >> i & 1) != 0;
      map[i / 3][size - 11 + i % 3] = map[size - 11 + i % 3][i / 3] = dark ? kDark : kLight;
    }
  }
  return map;
}

inline int CountOpenModules(const std::vector<std::string>& map) {
  int count = 0;
  for (const std::string& row : map) count += static_cast<int>(std::count(row.begin(), row.end(), kOpen));
  return count;
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_QR_PLAIN_FUNCTION_MAP_H_
