// SPDX-License-Identifier: MIT
//
// Published answers, for the library and for the naive encoder that it is held against elsewhere: the worked example,
// the symbol of figure 1 and the tables of ISO/IEC 18004:2015.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_codewords.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_mode.h"
#include "cctl/qr/qr_segments.h"
#include "tests/qr/symbol_checks.h"
#include "tests/support/naive_qr.h"
#include "tests/support/naive_qr_segments.h"
#include "tests/support/naive_qr_tables.h"
#include "tests/support/qr_modules.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using testing::NaiveBlocks;
using testing::NaiveMode;

constexpr std::string_view kExample = "01234567";  // annex I, in version 1-M
const std::vector<int> kExampleCodewords = {
    0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11,  // data
    0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55};                                     // error correction

TEST(QrKnownAnswers, WorkedExampleHasItsCodewords) {
  const detail::QrSegmentation segments(kExample, 0);
  std::uint8_t data[16], message[26];
  detail::PutQrData(kExample, segments, 0, false, sizeof data, data);
  detail::InterleaveQrBlocks(1, QrLevel::kM, data, message);
  EXPECT_EQ(std::vector<int>(message, message + sizeof message), kExampleCodewords);
}

TEST(QrKnownAnswers, NaiveEncoderAgreesOnTheWorkedExample) {
  const std::vector<int> data = testing::NaiveData({{NaiveMode::kNumeric, std::string(kExample)}}, 1, 1);
  EXPECT_EQ(testing::NaiveMessage(data, 1, 1), kExampleCodewords);
}

struct Figure {
  std::string_view text;
  NaiveMode mode;
  int mask;
  std::string_view rows;
};

constexpr Figure kWorkedExample = {kExample, NaiveMode::kNumeric, 2,
                                   "#######..#.##.#######\n"
                                   "#.....#..####.#.....#\n"
                                   "#.###.#.#.....#.###.#\n"
                                   "#.###.#.##....#.###.#\n"
                                   "#.###.#.#.###.#.###.#\n"
                                   "#.....#.#...#.#.....#\n"
                                   "#######.#.#.#.#######\n"
                                   "........#..##........\n"
                                   "#.#####..#..#.#####..\n"
                                   "...#.#.##.#.#..#.##..\n"
                                   "..#...##.#.#.#..#####\n"
                                   "....#....#.....####..\n"
                                   "...######..#.#..#....\n"
                                   "........#.#####..##..\n"
                                   "#######..##.#.##.....\n"
                                   "#.....#.#.#####...#.#\n"
                                   "#.###.#.#...#..#.##..\n"
                                   "#.###.#.##..#..#.....\n"
                                   "#.###.#.#.##.#..#.#..\n"
                                   "#.....#........##.##.\n"
                                   "#######.####.#..#.#..\n"};

constexpr Figure kFigure1 = {"QR Code Symbol", NaiveMode::kByte, 5,
                             "#######....##.#######\n"
                             "#.....#.#..##.#.....#\n"
                             "#.###.#.###.#.#.###.#\n"
                             "#.###.#.#.#...#.###.#\n"
                             "#.###.#.....#.#.###.#\n"
                             "#.....#...#.#.#.....#\n"
                             "#######.#.#.#.#######\n"
                             "........##..#........\n"
                             "#.....#.####.##..###.\n"
                             "#...#...###...#...###\n"
                             ".###.####..##..#...#.\n"
                             "##.#....#.##.#.#..##.\n"
                             ".##########...#.##.##\n"
                             "........#.......#.##.\n"
                             "#######..######...##.\n"
                             "#.....#...#..##.###..\n"
                             "#.###.#.....###...###\n"
                             "#.###.#..#....#.#.#..\n"
                             "#.###.#..#..#.#.#..##\n"
                             "#.....#....###.####..\n"
                             "#######.#.##..#.#..#.\n"};

testing::NaiveModules ModulesOfFigure(const Figure& figure) {
  testing::NaiveModules modules(1);
  for (const char c : figure.rows) {
    if (c == '\n') {
      modules.emplace_back();
    } else {
      modules.back().push_back(c == '#');
    }
  }
  modules.pop_back();
  return modules;
}

TEST(QrKnownAnswers, LibraryDrawsTheFigures) {
  for (const Figure& figure : {kWorkedExample, kFigure1}) {
    const auto code = QrCode::Encode(figure.text, {.raise_level = false, .max_version = 1, .mask = figure.mask});
    ASSERT_TRUE(code) << figure.text;
    EXPECT_EQ(testing::ModulesOf(*code), ModulesOfFigure(figure)) << figure.text;
  }
}

TEST(QrKnownAnswers, NaiveEncoderDrawsTheFigures) {
  for (const Figure& figure : {kWorkedExample, kFigure1}) {
    const auto symbol = testing::NaiveEncode({{figure.mode, std::string(figure.text)}}, 1, 1, figure.mask);
    EXPECT_EQ(symbol.dark, ModulesOfFigure(figure)) << figure.text;
  }
}

// Annex I chooses mask 2. Figure 1 has another than 7.8.3 comes to, and so says nothing of the choice.
TEST(QrKnownAnswers, WorkedExampleHasItsMask) {
  EXPECT_EQ(QrCode::Encode(kExample, {.raise_level = false})->mask(), 2);
  EXPECT_EQ(testing::NaiveEncode({{NaiveMode::kNumeric, std::string(kExample)}}, 1, 1, -1).mask, 2);
}

struct Capacities {
  QrMode mode;
  QrLevel level;
  std::vector<int> characters;  // of versions 1 to 40
};

// Table 7.
const Capacities kCapacities[] = {
    {QrMode::kNumeric, QrLevel::kL, {41,   77,   127,  187,  255,  322,  370,  461,  552,  652,  772,  883,  1022, 1101,
                                     1250, 1408, 1548, 1725, 1903, 2061, 2232, 2409, 2620, 2812, 3057, 3283, 3517, 3669,
                                     3909, 4158, 4417, 4686, 4965, 5253, 5529, 5836, 6153, 6479, 6743, 7089}},
    {QrMode::kNumeric, QrLevel::kM, {34,   63,   101,  149,  202,  255,  293,  365,  432,  513,  604,  691,  796,  871,
                                     991,  1082, 1212, 1346, 1500, 1600, 1708, 1872, 2059, 2188, 2395, 2544, 2701, 2857,
                                     3035, 3289, 3486, 3693, 3909, 4134, 4343, 4588, 4775, 5039, 5313, 5596}},
    {QrMode::kNumeric, QrLevel::kQ, {27,   48,   77,   111,  144,  178,  207,  259,  312,  364,  427,  489,  580,  621,
                                     703,  775,  876,  948,  1063, 1159, 1224, 1358, 1468, 1588, 1718, 1804, 1933, 2085,
                                     2181, 2358, 2473, 2670, 2805, 2949, 3081, 3244, 3417, 3599, 3791, 3993}},
    {QrMode::kNumeric, QrLevel::kH, {17,   34,   58,   82,   106,  139,  154,  202,  235,  288,  331,  374,  427,  468,
                                     530,  602,  674,  746,  813,  919,  969,  1056, 1108, 1228, 1286, 1425, 1501, 1581,
                                     1677, 1782, 1897, 2022, 2157, 2301, 2361, 2524, 2625, 2735, 2927, 3057}},
    {QrMode::kAlphanumeric, QrLevel::kL, {25,   47,   77,   114,  154,  195,  224,  279,  335,  395,
                                          468,  535,  619,  667,  758,  854,  938,  1046, 1153, 1249,
                                          1352, 1460, 1588, 1704, 1853, 1990, 2132, 2223, 2369, 2520,
                                          2677, 2840, 3009, 3183, 3351, 3537, 3729, 3927, 4087, 4296}},
    {QrMode::kAlphanumeric, QrLevel::kM, {20,   38,   61,   90,   122,  154,  178,  221,  262,  311,
                                          366,  419,  483,  528,  600,  656,  734,  816,  909,  970,
                                          1035, 1134, 1248, 1326, 1451, 1542, 1637, 1732, 1839, 1994,
                                          2113, 2238, 2369, 2506, 2632, 2780, 2894, 3054, 3220, 3391}},
    {QrMode::kAlphanumeric, QrLevel::kQ, {16,   29,   47,   67,   87,   108,  125,  157,  189,  221,
                                          259,  296,  352,  376,  426,  470,  531,  574,  644,  702,
                                          742,  823,  890,  963,  1041, 1094, 1172, 1263, 1322, 1429,
                                          1499, 1618, 1700, 1787, 1867, 1966, 2071, 2181, 2298, 2420}},
    {QrMode::kAlphanumeric,
     QrLevel::kH,
     {10,  20,  35,  50,  64,  84,  93,  122, 143,  174,  200,  227,  259,  283,  321,  365,  408,  452,  493,  557,
      587, 640, 672, 744, 779, 864, 910, 958, 1016, 1080, 1150, 1226, 1307, 1394, 1431, 1530, 1591, 1658, 1774, 1852}},
    {QrMode::kByte, QrLevel::kL, {17,   32,   53,   78,   106,  134,  154,  192,  230,  271,  321,  367,  425,  458,
                                  520,  586,  644,  718,  792,  858,  929,  1003, 1091, 1171, 1273, 1367, 1465, 1528,
                                  1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431, 2563, 2699, 2809, 2953}},
    {QrMode::kByte, QrLevel::kM, {14,   26,   42,   62,   84,   106,  122,  152,  180,  213,  251,  287,  331,  362,
                                  412,  450,  504,  560,  624,  666,  711,  779,  857,  911,  997,  1059, 1125, 1190,
                                  1264, 1370, 1452, 1538, 1628, 1722, 1809, 1911, 1989, 2099, 2213, 2331}},
    {QrMode::kByte, QrLevel::kQ, {11,  20,  32,   46,   60,   74,   86,   108,  130,  151,  177,  203, 241, 258,
                                  292, 322, 364,  394,  442,  482,  509,  565,  611,  661,  715,  751, 805, 868,
                                  908, 982, 1030, 1112, 1168, 1228, 1283, 1351, 1423, 1499, 1579, 1663}},
    {QrMode::kByte, QrLevel::kH, {7,   14,  24,  34,  44,  58,  64,  84,   98,   119,  137,  155, 177, 194,
                                  220, 250, 280, 310, 338, 382, 403, 439,  461,  511,  535,  593, 625, 658,
                                  698, 742, 790, 842, 898, 958, 983, 1051, 1093, 1139, 1219, 1273}},
};

TEST(QrKnownAnswers, CapacitiesAreThePublishedOnes) {
  for (const Capacities& row : kCapacities) {
    ASSERT_EQ(row.characters.size(), static_cast<std::size_t>(kMaxQrVersion));
    for (int version = kMinQrVersion; version <= kMaxQrVersion; ++version) {
      EXPECT_EQ(QrCapacity(version, row.level, row.mode), row.characters[static_cast<std::size_t>(version - 1)])
          << "version " << version << QrLevelLetter(row.level) << ", mode " << static_cast<int>(row.mode);
    }
  }
}

TEST(QrKnownAnswers, NaiveEncoderHasThePublishedCapacities) {
  for (const Capacities& row : kCapacities) {
    const auto mode = row.mode == QrMode::kNumeric        ? NaiveMode::kNumeric
                      : row.mode == QrMode::kAlphanumeric ? NaiveMode::kAlphanumeric
                                                          : NaiveMode::kByte;
    for (int version = kMinQrVersion; version <= kMaxQrVersion; ++version) {
      const auto capacity = static_cast<std::size_t>(row.characters.at(static_cast<std::size_t>(version - 1)));
      const int bits = testing::DataBits(version, row.level);
      EXPECT_LE(testing::NaiveBitCount({{mode, std::string(capacity, '7')}}, version), bits)
          << "version " << version << QrLevelLetter(row.level) << ", mode " << static_cast<int>(row.mode);
      EXPECT_GT(testing::NaiveBitCount({{mode, std::string(capacity + 1, '7')}}, version), bits)
          << "version " << version << QrLevelLetter(row.level) << ", mode " << static_cast<int>(row.mode);
    }
  }
}

// Table 9: codewords of versions 1 to 40, and blocks at L, M, Q and H.
constexpr int kCodewords[40] = {26,   44,   70,   100,  134,  172,  196,  242,  292,  346,  404,  466,  532,  581,
                                655,  733,  815,  901,  991,  1085, 1156, 1258, 1364, 1474, 1588, 1706, 1828, 1921,
                                2051, 2185, 2323, 2465, 2611, 2761, 2876, 3034, 3196, 3362, 3532, 3706};
constexpr int kBlocks[4][40] = {
    {1, 1, 1, 1,  1,  2,  2,  2,  2,  4,  4,  4,  4,  4,  6,  6,  6,  6,  7,  8,
     8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25},
    {1,  1,  1,  2,  2,  4,  4,  4,  5,  5,  5,  8,  9,  9,  10, 10, 11, 13, 14, 16,
     17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49},
    {1,  1,  2,  2,  4,  4,  6,  6,  8,  8,  8,  10, 12, 16, 12, 17, 16, 18, 21, 20,
     23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68},
    {1,  1,  2,  4,  4,  4,  5,  6,  8,  8,  11, 11, 16, 16, 18, 16, 19, 21, 25, 25,
     25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81},
};

TEST(QrKnownAnswers, BlocksAreThePublishedOnes) {
  for (int version = kMinQrVersion; version <= kMaxQrVersion; ++version) {
    for (int level = 0; level < kQrLevelCount; ++level) {
      SCOPED_TRACE(::testing::Message() << "version " << version << ", level " << level);
      int count = 0, codewords = 0;
      for (const NaiveBlocks& group : testing::NaiveBlocksOf(version, level)) {
        EXPECT_EQ(group.codewords - group.data,
                  detail::QrBlocksOf(version, static_cast<QrLevel>(level)).error_codewords);
        count += group.count;
        codewords += group.count * group.codewords;
      }
      EXPECT_EQ(count, kBlocks[level][version - 1]);
      EXPECT_EQ(codewords, kCodewords[version - 1]);
      EXPECT_EQ(detail::QrBlocksOf(version, static_cast<QrLevel>(level)).count, count);
      EXPECT_EQ(detail::QrCodewords(version), codewords);
      EXPECT_EQ(detail::QrDataCodewords(version, static_cast<QrLevel>(level)),
                testing::NaiveDataCodewords(version, level));
    }
  }
}

// The least number of bits of all divisions of the text, each tried.
int LeastBitsOfAll(const std::string& text, std::vector<testing::NaiveSegment>& begun, int version) {
  if (text.empty()) return testing::NaiveBitCount(begun, version);
  int least = 1 << 20;
  for (std::size_t size = 1; size <= text.size(); ++size) {
    const std::string part = text.substr(0, size);
    for (const NaiveMode mode : {NaiveMode::kNumeric, NaiveMode::kAlphanumeric, NaiveMode::kByte}) {
      const std::string_view set = testing::kNaiveAlphanumerics.substr(0, mode == NaiveMode::kNumeric ? 10 : 45);
      if (mode != NaiveMode::kByte && part.find_first_not_of(set) != std::string::npos) continue;
      begun.push_back({mode, part});
      least = std::min(least, LeastBitsOfAll(text.substr(size), begun, version));
      begun.pop_back();
    }
  }
  return least;
}

TEST(QrKnownAnswers, NaiveDivisionOfShortTextsIsTheBestOfAll) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    testing::SeededRandom random(seed);
    std::string text;
    for (std::uint64_t left = random.Below(8); left > 0; --left) text += "0189AZ:x"[random.Below(8)];
    for (const int version : {1, 9, 10, 26, 27, 40}) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << ", version " << version << ", text " << text);
      std::vector<testing::NaiveSegment> begun;
      ASSERT_EQ(testing::NaiveLeastBits(text, version), LeastBitsOfAll(text, begun, version));
    }
  }
}

TEST(QrKnownAnswers, NaiveDivisionTakesTheBitsItSays) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    testing::SeededRandom random(seed);
    const std::string text = testing::RandomText(random, random.Below(300));
    for (const int version : {1, 10, 27}) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << ", version " << version);
      const testing::NaiveDivision best = testing::NaiveBestBits(text, version);
      std::string together;
      for (const testing::NaiveSegment& segment : best.segments) together += segment.text;
      ASSERT_EQ(together, text);
      ASSERT_EQ(testing::NaiveBitCount(best.segments, version), best.bits);
    }
  }
}

}  // namespace
}  // namespace cctl
