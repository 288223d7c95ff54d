// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_mode.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "cctl/qr/qr_level.h"

namespace cctl {
namespace {

constexpr QrLevel kLevels[] = {QrLevel::kL, QrLevel::kM, QrLevel::kQ, QrLevel::kH};
constexpr QrMode kModes[] = {QrMode::kNumeric, QrMode::kAlphanumeric, QrMode::kByte};

// Table 5: the value of a character is its place.
constexpr std::string_view kAlphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

// Table 7, byte mode: versions 1 to 40, levels L, M, Q and H.
constexpr int kByteCapacities[40][4] = {
    {17, 14, 11, 7},          {32, 26, 20, 14},         {53, 42, 32, 24},         {78, 62, 46, 34},
    {106, 84, 60, 44},        {134, 106, 74, 58},       {154, 122, 86, 64},       {192, 152, 108, 84},
    {230, 180, 130, 98},      {271, 213, 151, 119},     {321, 251, 177, 137},     {367, 287, 203, 155},
    {425, 331, 241, 177},     {458, 362, 258, 194},     {520, 412, 292, 220},     {586, 450, 322, 250},
    {644, 504, 364, 280},     {718, 560, 394, 310},     {792, 624, 442, 338},     {858, 666, 482, 382},
    {929, 711, 509, 403},     {1003, 779, 565, 439},    {1091, 857, 611, 461},    {1171, 911, 661, 511},
    {1273, 997, 715, 535},    {1367, 1059, 751, 593},   {1465, 1125, 805, 625},   {1528, 1190, 868, 658},
    {1628, 1264, 908, 698},   {1732, 1370, 982, 742},   {1840, 1452, 1030, 790},  {1952, 1538, 1112, 842},
    {2068, 1628, 1168, 898},  {2188, 1722, 1228, 958},  {2303, 1809, 1283, 983},  {2431, 1911, 1351, 1051},
    {2563, 1989, 1423, 1093}, {2699, 2099, 1499, 1139}, {2809, 2213, 1579, 1219}, {2953, 2331, 1663, 1273}};

// 7.4.3 to 7.4.5: what so many characters take, without mode indicator and count.
int PlainBits(QrMode mode, int characters) {
  if (mode == QrMode::kNumeric) return characters / 3 * 10 + (characters % 3 == 0 ? 0 : characters % 3 == 1 ? 4 : 7);
  if (mode == QrMode::kAlphanumeric) return characters / 2 * 11 + characters % 2 * 6;
  return 8 * characters;
}

// Table 3.
int PlainCountBits(QrMode mode, int version) {
  if (mode == QrMode::kNumeric) return version <= 9 ? 10 : version <= 26 ? 12 : 14;
  if (mode == QrMode::kAlphanumeric) return version <= 9 ? 9 : version <= 26 ? 11 : 13;
  return version <= 9 ? 8 : 16;
}

TEST(QrMode, GivesAlphanumericsTheirValues) {
  for (int c = 0; c < 256; ++c) {
    const std::size_t at = kAlphanumerics.find(static_cast<char>(c));
    const int expected = at == std::string_view::npos ? -1 : static_cast<int>(at);
    EXPECT_EQ(detail::QrAlphanumericValue(static_cast<char>(c)), expected) << c;
    EXPECT_EQ(detail::IsQrDigit(static_cast<char>(c)), expected >= 0 && expected < 10) << c;
  }
}

TEST(QrMode, HasTheIndicatorsOfTable2) {
  EXPECT_EQ(detail::QrModeIndicator(QrMode::kNumeric), 0b0001u);
  EXPECT_EQ(detail::QrModeIndicator(QrMode::kAlphanumeric), 0b0010u);
  EXPECT_EQ(detail::QrModeIndicator(QrMode::kByte), 0b0100u);
  EXPECT_EQ(detail::kQrModeIndicatorBits, 4);
}

TEST(QrMode, CountsCharactersAsTable3Does) {
  for (int version = 1; version <= 40; ++version) {
    const int range = detail::QrRangeOf(version);
    EXPECT_EQ(range, version <= 9 ? 0 : version <= 26 ? 1 : 2) << version;
    EXPECT_LE(version, detail::kQrRangeEnd[range]) << version;
    if (version == 9 || version == 26 || version == 40) {
      EXPECT_EQ(version, detail::kQrRangeEnd[range]);
    }
    for (const QrMode mode : kModes) {
      EXPECT_EQ(detail::kQrCountBits[range][static_cast<int>(mode)], PlainCountBits(mode, version)) << version;
      EXPECT_EQ(detail::QrHeaderBits(range, mode), 4 + PlainCountBits(mode, version)) << version;
    }
  }
}

TEST(QrMode, SixthsOfABitRoundUpToWholeOnes) {
  for (const QrMode mode : kModes) {
    for (int characters = 0; characters <= 7089; ++characters) {
      const int sixths = characters * static_cast<int>(detail::kQrCharacterSixths[static_cast<int>(mode)]);
      ASSERT_EQ((sixths + 5) / 6, PlainBits(mode, characters)) << static_cast<int>(mode) << " " << characters;
    }
  }
}

TEST(QrMode, HasTheByteCapacitiesOfTable7) {
  for (int version = 1; version <= 40; ++version) {
    for (const QrLevel level : kLevels) {
      EXPECT_EQ(QrCapacity(version, level, QrMode::kByte), kByteCapacities[version - 1][static_cast<int>(level)])
          << version << QrLevelLetter(level);
    }
  }
}

TEST(QrMode, HasOtherCapacitiesOfTable7) {
  struct Row {
    int version;
    QrLevel level;
    int numeric, alphanumeric, bytes;
  };
  constexpr Row kRows[] = {
      {1, QrLevel::kL, 41, 25, 17},        {1, QrLevel::kM, 34, 20, 14},        {1, QrLevel::kQ, 27, 16, 11},
      {1, QrLevel::kH, 17, 10, 7},         {9, QrLevel::kL, 552, 335, 230},     {10, QrLevel::kL, 652, 395, 271},
      {10, QrLevel::kM, 513, 311, 213},    {26, QrLevel::kH, 1425, 864, 593},   {27, QrLevel::kQ, 1933, 1172, 805},
      {27, QrLevel::kH, 1501, 910, 625},   {40, QrLevel::kL, 7089, 4296, 2953}, {40, QrLevel::kM, 5596, 3391, 2331},
      {40, QrLevel::kQ, 3993, 2420, 1663}, {40, QrLevel::kH, 3057, 1852, 1273},
  };
  for (const Row& row : kRows) {
    const std::string name = std::to_string(row.version) + QrLevelLetter(row.level);
    EXPECT_EQ(QrCapacity(row.version, row.level, QrMode::kNumeric), row.numeric) << name;
    EXPECT_EQ(QrCapacity(row.version, row.level, QrMode::kAlphanumeric), row.alphanumeric) << name;
    EXPECT_EQ(QrCapacity(row.version, row.level, QrMode::kByte), row.bytes) << name;
  }
}

// The data bits of a symbol follow from its byte capacity: 4 bits for the mode, the count, and 4 that are left.
TEST(QrMode, NoCharacterMoreFits) {
  for (int version = 1; version <= 40; ++version) {
    for (const QrLevel level : kLevels) {
      const int bits =
          8 * kByteCapacities[version - 1][static_cast<int>(level)] + 8 + PlainCountBits(QrMode::kByte, version);
      for (const QrMode mode : kModes) {
        const int header = 4 + PlainCountBits(mode, version);
        const int capacity = QrCapacity(version, level, mode);
        EXPECT_LE(header + PlainBits(mode, capacity), bits) << version << QrLevelLetter(level);
        EXPECT_GT(header + PlainBits(mode, capacity + 1), bits) << version << QrLevelLetter(level);
        EXPECT_LT(capacity, 1 << PlainCountBits(mode, version)) << version << QrLevelLetter(level);
      }
    }
  }
}

TEST(QrMode, FindsTheDensest) {
  EXPECT_EQ(DensestQrMode(""), QrMode::kNumeric);
  EXPECT_EQ(DensestQrMode("0123456789"), QrMode::kNumeric);
  EXPECT_EQ(DensestQrMode("A1"), QrMode::kAlphanumeric);
  EXPECT_EQ(DensestQrMode("1A"), QrMode::kAlphanumeric);
  EXPECT_EQ(DensestQrMode(kAlphanumerics), QrMode::kAlphanumeric);
  EXPECT_EQ(DensestQrMode("a1A"), QrMode::kByte);
  EXPECT_EQ(DensestQrMode("1Aa"), QrMode::kByte);
  EXPECT_EQ(DensestQrMode("1\xc3\xa9"), QrMode::kByte);
  for (int c = 0; c < 256; ++c) {
    const std::string text(1, static_cast<char>(c));
    const std::size_t at = kAlphanumerics.find(text);
    const QrMode expected = at == std::string_view::npos ? QrMode::kByte
                            : at < 10                    ? QrMode::kNumeric
                                                         : QrMode::kAlphanumeric;
    EXPECT_EQ(DensestQrMode(text), expected) << c;
  }
}

}  // namespace
}  // namespace cctl
