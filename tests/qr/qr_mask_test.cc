// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_mask.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_line.h"
#include "tests/qr/plain_function_map.h"
#include "tests/support/naive_qr.h"

namespace cctl::detail {
namespace {

TEST(QrMask, RowsAndColumnsAreThoseOfTable10) {
  for (int mask = 0; mask < 8; ++mask) {
    for (int row = 0; row < 12; ++row) {
      for (int column = 0; column < 12; ++column) {
        EXPECT_EQ((kQrMaskRows[row][mask] >> column & 1) != 0, testing::NaiveMaskInverts(mask, row, column)) << mask;
        EXPECT_EQ((kQrMaskColumns[column][mask] >> row & 1) != 0, testing::NaiveMaskInverts(mask, row, column)) << mask;
      }
      EXPECT_EQ(kQrMaskRows[row][mask] >> 12, 0u);
      EXPECT_EQ(kQrMaskColumns[row][mask] >> 12, 0u);
    }
  }
}

TEST(QrMask, RepeatsAfterTwelve) {
  for (int mask = 0; mask < 8; ++mask) {
    for (int row = 0; row < 177; ++row) {
      for (int column = 0; column < 177; ++column) {
        ASSERT_EQ(testing::NaiveMaskInverts(mask, row, column),
                  testing::NaiveMaskInverts(mask, row % kQrMaskPeriod, column % kQrMaskPeriod))
            << mask;
      }
    }
  }
}

template <int kWords>
void ExpectRepeatedMasks() {
  for (int mask = 0; mask < 8; ++mask) {
    for (int i = 0; i < 12; ++i) {
      QrLine<std::uint64_t, kWords> row, column;
      RepeatQrMask(kQrMaskRows[i][mask], row);
      RepeatQrMask(kQrMaskColumns[i][mask], column);
      // Module k is at bit k + 4.
      for (int k = 0; k < 64 * kWords - 4; ++k) {
        const int word = (k + 4) / 64, bit = (k + 4) % 64;
        ASSERT_EQ((row.word[word] >> bit & 1) != 0, testing::NaiveMaskInverts(mask, i, k))
            << kWords << " " << mask << " " << k;
        ASSERT_EQ((column.word[word] >> bit & 1) != 0, testing::NaiveMaskInverts(mask, k, i))
            << kWords << " " << mask << " " << k;
      }
    }
  }
}

TEST(QrMask, IsRepeatedOverWholeLines) {
  ExpectRepeatedMasks<1>();
  ExpectRepeatedMasks<2>();
  ExpectRepeatedMasks<3>();
}

// 7.9: the level's two bits and the mask's three, ten bits of the BCH (15, 5) code, and a mask over all of them.
TEST(QrMask, FormatInformationIsTheBchCode) {
  constexpr unsigned kLevelBits[4] = {0b01, 0b00, 0b11, 0b10};  // L, M, Q, H: table 12
  for (int level = 0; level < 4; ++level) {
    for (int mask = 0; mask < 8; ++mask) {
      const unsigned data = kLevelBits[level] << 3 | static_cast<unsigned>(mask);
      unsigned remainder = data << 10;
      for (int bit = 14; bit >= 10; --bit) {
        if ((remainder >> bit & 1) != 0) remainder ^= 0x537u << (bit - 10);
      }
      EXPECT_EQ(kQrFormatInformation[level][mask], (data << 10 | remainder) ^ 0x5412u) << level << " " << mask;
    }
  }
}

// The example of 7.9.1: level M, mask 101.
TEST(QrMask, FormatInformationIsThatOfTheExample) {
  EXPECT_EQ(kQrFormatInformation[static_cast<int>(QrLevel::kM)][0b101], 0b100000011001110u);
}

using Place = std::pair<int, int>;  // row, column

// Figure 25, both copies, by the number of the bit.
std::vector<Place> FirstCopy() {
  return {{8, 0}, {8, 1}, {8, 2}, {8, 3}, {8, 4}, {8, 5}, {8, 7}, {8, 8},  // 14 to 7
          {7, 8}, {5, 8}, {4, 8}, {3, 8}, {2, 8}, {1, 8}, {0, 8}};         // 6 to 0
}

std::vector<Place> SecondCopy(int size) {
  std::vector<Place> places;
  for (int i = 14; i >= 8; --i) places.push_back({size - 15 + i, 8});  // the lowest row holds bit 14
  for (int i = 7; i >= 0; --i) places.push_back({8, size - 1 - i});    // the last column holds bit 0
  return places;
}

template <int kWords>
std::set<Place> DarkModules(const QrLine<std::uint64_t, kWords>* lines, int size, bool columns) {
  std::set<Place> dark;
  for (int i = 0; i < size; ++i) {
    for (int bit = 0; bit < 64 * kWords; ++bit) {
      if ((lines[i].word[bit / 64] >> bit % 64 & 1) == 0) continue;
      dark.insert(columns ? Place{bit - 4, i} : Place{i, bit - 4});
    }
  }
  return dark;
}

template <int kWords>
void ExpectFormatPlaces(int version) {
  const int size = 17 + 4 * version;
  const std::vector<std::string> map = testing::PlainFunctionMap(version);
  const std::vector<Place> first = FirstCopy(), second = SecondCopy(size);
  std::set<Place> all;
  for (int i = 0; i < 15; ++i) {
    const std::set<Place> expected = {first[14 - i], second[14 - i]};
    ASSERT_EQ(expected.size(), 2u);
    for (const bool columns : {false, true}) {
      QrLine<std::uint64_t, kWords> lines[64 * kWords] = {};
      DrawQrFormatInformation(std::uint64_t{1} << i, size, columns, lines);
      EXPECT_EQ(DarkModules(lines, size, columns), expected) << version << " " << i << " " << columns;
    }
    all.insert(expected.begin(), expected.end());
  }
  EXPECT_EQ(all.size(), 30u);  // no two are at the same module
  for (const auto& [row, column] : all) EXPECT_EQ(map[row][column], testing::kFormat) << version;
}

TEST(QrMask, FormatInformationIsDrawnTwiceBesideTheFinders) {
  for (int version = 1; version <= 10; ++version) ExpectFormatPlaces<1>(version);
  for (int version = 11; version <= 26; ++version) ExpectFormatPlaces<2>(version);
  for (int version = 27; version <= 40; ++version) ExpectFormatPlaces<3>(version);
}

// Where else something is drawn already, it stays.
TEST(QrMask, FormatInformationLeavesOtherModulesAlone) {
  QrLine<std::uint64_t, 1> lines[64] = {};
  lines[20].word[0] = 0xf0;
  DrawQrFormatInformation(std::uint64_t{0}, 21, false, lines);
  EXPECT_EQ(DarkModules(lines, 21, false), (std::set<Place>{{20, 0}, {20, 1}, {20, 2}, {20, 3}}));
}

}  // namespace
}  // namespace cctl::detail
