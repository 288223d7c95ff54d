// SPDX-License-Identifier: MIT
//
// How many modules and codewords the symbols of the forty versions have, and how their codewords are divided into
// Reed-Solomon blocks (ISO/IEC 18004:2015, 7.5.1 and table 9). All functions take versions from 1 to 40.

#ifndef CCTL_QR_QR_BLOCKS_H_
#define CCTL_QR_QR_BLOCKS_H_

#include <cstdint>

#include "cctl/qr/qr_level.h"

namespace cctl {

inline constexpr int kMinQrVersion = 1;
inline constexpr int kMaxQrVersion = 40;

// Modules on a side.
constexpr int QrSize(int version) { return 17 + 4 * version; }

namespace detail {

inline constexpr int kMaxQrSize = QrSize(kMaxQrVersion);
inline constexpr int kMaxQrCodewords = 3706;      // QrCodewords(40)
inline constexpr int kMaxQrDataCodewords = 2956;  // of version 40-L

// Alignment patterns along a side; version 1 has none.
constexpr int QrAlignmentCount(int version) { return version == 1 ? 0 : version / 7 + 2; }

// Modules that carry codewords, up to seven of them left over (table 1).
constexpr int QrDataModules(int version) {
  const int size = QrSize(version);
  const int finders = 3 * 64;
  const int format_and_dark = 2 * 15 + 1;
  const int timing = 2 * (size - 16);
  const int count = QrAlignmentCount(version);
  // Those in row or column 6 share five modules with the timing pattern.
  const int alignment = count == 0 ? 0 : (count * count - 3) * 25 - 2 * (count - 2) * 5;
  const int version_information = version < 7 ? 0 : 2 * 18;
  return size * size - finders - format_and_dark - timing - alignment - version_information;
}

constexpr int QrCodewords(int version) { return QrDataModules(version) / 8; }

struct QrBlocks {
  std::uint8_t error_codewords;  // in each block
  std::uint8_t count;            // blocks; the longer ones come last and hold one data codeword more
};

// Table 9: versions 1 to 40, levels L, M, Q and H.
inline constexpr QrBlocks kQrBlocks[kMaxQrVersion][kQrLevelCount] = {
    {{7, 1}, {10, 1}, {13, 1}, {17, 1}},      {{10, 1}, {16, 1}, {22, 1}, {28, 1}},
    {{15, 1}, {26, 1}, {18, 2}, {22, 2}},     {{20, 1}, {18, 2}, {26, 2}, {16, 4}},
    {{26, 1}, {24, 2}, {18, 4}, {22, 4}},     {{18, 2}, {16, 4}, {24, 4}, {28, 4}},
    {{20, 2}, {18, 4}, {18, 6}, {26, 5}},     {{24, 2}, {22, 4}, {22, 6}, {26, 6}},
    {{30, 2}, {22, 5}, {20, 8}, {24, 8}},     {{18, 4}, {26, 5}, {24, 8}, {28, 8}},
    {{20, 4}, {30, 5}, {28, 8}, {24, 11}},    {{24, 4}, {22, 8}, {26, 10}, {28, 11}},
    {{26, 4}, {22, 9}, {24, 12}, {22, 16}},   {{30, 4}, {24, 9}, {20, 16}, {24, 16}},
    {{22, 6}, {24, 10}, {30, 12}, {24, 18}},  {{24, 6}, {28, 10}, {24, 17}, {30, 16}},
    {{28, 6}, {28, 11}, {28, 16}, {28, 19}},  {{30, 6}, {26, 13}, {28, 18}, {28, 21}},
    {{28, 7}, {26, 14}, {26, 21}, {26, 25}},  {{28, 8}, {26, 16}, {30, 20}, {28, 25}},
    {{28, 8}, {26, 17}, {28, 23}, {30, 25}},  {{28, 9}, {28, 17}, {30, 23}, {24, 34}},
    {{30, 9}, {28, 18}, {30, 25}, {30, 30}},  {{30, 10}, {28, 20}, {30, 27}, {30, 32}},
    {{26, 12}, {28, 21}, {30, 29}, {30, 35}}, {{28, 12}, {28, 23}, {28, 34}, {30, 37}},
    {{30, 12}, {28, 25}, {30, 34}, {30, 40}}, {{30, 13}, {28, 26}, {30, 35}, {30, 42}},
    {{30, 14}, {28, 28}, {30, 38}, {30, 45}}, {{30, 15}, {28, 29}, {30, 40}, {30, 48}},
    {{30, 16}, {28, 31}, {30, 43}, {30, 51}}, {{30, 17}, {28, 33}, {30, 45}, {30, 54}},
    {{30, 18}, {28, 35}, {30, 48}, {30, 57}}, {{30, 19}, {28, 37}, {30, 51}, {30, 60}},
    {{30, 19}, {28, 38}, {30, 53}, {30, 63}}, {{30, 20}, {28, 40}, {30, 56}, {30, 66}},
    {{30, 21}, {28, 43}, {30, 59}, {30, 70}}, {{30, 22}, {28, 45}, {30, 62}, {30, 74}},
    {{30, 24}, {28, 47}, {30, 65}, {30, 77}}, {{30, 25}, {28, 49}, {30, 68}, {30, 81}},
};

constexpr QrBlocks QrBlocksOf(int version, QrLevel level) { return kQrBlocks[version - 1][static_cast<int>(level)]; }

constexpr int QrDataCodewords(int version, QrLevel level) {
  const QrBlocks blocks = QrBlocksOf(version, level);
  return QrCodewords(version) - blocks.error_codewords * blocks.count;
}

}  // namespace detail
}  // namespace cctl

#endif  // CCTL_QR_QR_BLOCKS_H_
