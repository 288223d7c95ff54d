// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "cctl/qr/qr_level.h"
#include "cctl/qr/reed_solomon.h"
#include "tests/qr/plain_function_map.h"
#include "tests/support/naive_qr_tables.h"

namespace cctl::detail {
namespace {

constexpr QrLevel kLevels[] = {QrLevel::kL, QrLevel::kM, QrLevel::kQ, QrLevel::kH};

// Table 9: blocks of the levels L, M, Q and H.
constexpr int kBlockCounts[40][4] = {
    {1, 1, 1, 1},     {1, 1, 1, 1},     {1, 1, 2, 2},     {1, 2, 2, 4},     {1, 2, 4, 4},     {2, 4, 4, 4},
    {2, 4, 6, 5},     {2, 4, 6, 6},     {2, 5, 8, 8},     {4, 5, 8, 8},     {4, 5, 8, 11},    {4, 8, 10, 11},
    {4, 9, 12, 16},   {4, 9, 16, 16},   {6, 10, 12, 18},  {6, 10, 17, 16},  {6, 11, 16, 19},  {6, 13, 18, 21},
    {7, 14, 21, 25},  {8, 16, 20, 25},  {8, 17, 23, 25},  {9, 17, 23, 34},  {9, 18, 25, 30},  {10, 20, 27, 32},
    {12, 21, 29, 35}, {12, 23, 34, 37}, {12, 25, 34, 40}, {13, 26, 35, 42}, {14, 28, 38, 45}, {15, 29, 40, 48},
    {16, 31, 43, 51}, {17, 33, 45, 54}, {18, 35, 48, 57}, {19, 37, 51, 60}, {19, 38, 53, 63}, {20, 40, 56, 66},
    {21, 43, 59, 70}, {22, 45, 62, 74}, {24, 47, 65, 77}, {25, 49, 68, 81}};

// Table 1: modules that are left over.
int RemainderBits(int version) {
  if (version == 1) return 0;
  if (version <= 6) return 7;
  if (version <= 13) return 0;
  if (version <= 20) return 3;
  if (version <= 27) return 4;
  return version <= 34 ? 3 : 0;
}

TEST(QrBlocks, SizesGrowByFour) {
  EXPECT_EQ(kMinQrVersion, 1);
  EXPECT_EQ(kMaxQrVersion, 40);
  EXPECT_EQ(QrSize(1), 21);
  EXPECT_EQ(QrSize(40), 177);
  EXPECT_EQ(kMaxQrSize, 177);
  for (int version = 2; version <= 40; ++version) EXPECT_EQ(QrSize(version), QrSize(version - 1) + 4);
}

TEST(QrBlocks, CountsTheModulesOfAPlainDrawing) {
  for (int version = 1; version <= 40; ++version) {
    EXPECT_EQ(QrDataModules(version), testing::CountOpenModules(testing::PlainFunctionMap(version))) << version;
    EXPECT_EQ(QrAlignmentCount(version), static_cast<int>(testing::NaiveAlignmentCentres(version).size())) << version;
  }
}

TEST(QrBlocks, LeavesTheRemainderBitsOfTable1) {
  for (int version = 1; version <= 40; ++version) {
    EXPECT_EQ(QrDataModules(version) - 8 * QrCodewords(version), RemainderBits(version)) << version;
  }
}

TEST(QrBlocks, NoSymbolHasMoreThanTheMaxima) {
  int most = 0, most_data = 0;
  for (int version = 1; version <= 40; ++version) {
    most = std::max(most, QrCodewords(version));
    for (const QrLevel level : kLevels) most_data = std::max(most_data, QrDataCodewords(version, level));
  }
  EXPECT_EQ(most, 3706);  // table 1
  EXPECT_EQ(kMaxQrCodewords, 3706);
  EXPECT_EQ(most_data, 2956);  // table 7
  EXPECT_EQ(kMaxQrDataCodewords, 2956);
}

TEST(QrBlocks, HasTheBlocksOfTable9) {
  for (int version = 1; version <= 40; ++version) {
    for (const QrLevel level : kLevels) {
      const QrBlocks blocks = QrBlocksOf(version, level);
      EXPECT_EQ(blocks.count, kBlockCounts[version - 1][static_cast<int>(level)]) << version << QrLevelLetter(level);
    }
  }
  // Codewords of a block and data codewords among them. All the others are held against the capacities of table 7 in
  // qr_mode_test.cc.
  EXPECT_EQ(QrBlocksOf(1, QrLevel::kL).error_codewords, 26 - 19);
  EXPECT_EQ(QrBlocksOf(5, QrLevel::kH).error_codewords, 33 - 11);
  EXPECT_EQ(QrBlocksOf(13, QrLevel::kQ).error_codewords, 44 - 20);
  EXPECT_EQ(QrBlocksOf(40, QrLevel::kH).error_codewords, 45 - 15);
}

TEST(QrBlocks, BlocksAddUpToTheCodewords) {
  int longest = 0, most_data = 0;
  for (int version = 1; version <= 40; ++version) {
    for (const QrLevel level : kLevels) {
      const QrBlocks blocks = QrBlocksOf(version, level);
      const int data = QrDataCodewords(version, level);
      const int shorter = data / blocks.count, longer = data % blocks.count;
      EXPECT_EQ((blocks.count - longer) * (shorter + blocks.error_codewords) +
                    longer * (shorter + 1 + blocks.error_codewords),
                (testing::CountOpenModules(testing::PlainFunctionMap(version)) - RemainderBits(version)) / 8)
          << version << QrLevelLetter(level);
      EXPECT_GT(shorter, 0);
      most_data = std::max(most_data, shorter + (longer > 0 ? 1 : 0));
      longest = std::max(longest, shorter + (longer > 0 ? 1 : 0) + blocks.error_codewords);
    }
  }
  // A Reed-Solomon block over GF(256) has at most 255; table 9 goes up to (153, 123).
  EXPECT_EQ(longest, 153);
  EXPECT_EQ(most_data, 123);
}

TEST(QrBlocks, EveryErrorCodewordCountHasItsGenerator) {
  for (int version = 1; version <= 40; ++version) {
    for (const QrLevel level : kLevels) {
      const int degree = QrBlocksOf(version, level).error_codewords;
      EXPECT_TRUE(std::any_of(std::begin(kReedSolomonGenerators), std::end(kReedSolomonGenerators),
                              [degree](const ReedSolomonGenerator& generator) { return generator.degree == degree; }))
          << version << QrLevelLetter(level) << " " << degree;
      EXPECT_LE(degree, kMaxReedSolomonDegree);
    }
  }
}

TEST(QrBlocks, HigherLevelsAndSmallerVersionsHoldLess) {
  for (int version = 1; version <= 40; ++version) {
    for (int level = 0; level < 4; ++level) {
      const int data = QrDataCodewords(version, kLevels[level]);
      if (level > 0) {
        EXPECT_LT(data, QrDataCodewords(version, kLevels[level - 1])) << version << " " << level;
      }
      if (version > 1) {
        EXPECT_GT(data, QrDataCodewords(version - 1, kLevels[level])) << version << " " << level;
      }
    }
  }
}

}  // namespace
}  // namespace cctl::detail
