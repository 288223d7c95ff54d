// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_penalty.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cctl/qr/qr_level.h"
#include "tests/qr/plain_penalty.h"
#include "tests/support/seeded_random.h"

namespace cctl::detail {
namespace {

using testing::MakePlainSymbol;
using testing::Modules;
using testing::NoModules;
using testing::PlainSymbol;

#ifdef __GNUC__
using TwoWords [[gnu::vector_size(16)]] = std::uint64_t;
#endif

// Under the first so many masks, an even number; `name` is for messages.
template <int kWords>
void ExpectPlainPenalties(const PlainSymbol& symbol, int masks, const std::string& name) {
  const auto unmasked = testing::UnmaskedOf<kWords>(symbol);
  std::uint32_t penalties[8], by_two[8];
  for (int mask = 0; mask < masks; ++mask) ScoreQrMasks<std::uint64_t>(*unmasked, mask, penalties + mask);
#ifdef __GNUC__
  for (int mask = 0; mask < masks; mask += 2) ScoreQrMasks<TwoWords>(*unmasked, mask, by_two + mask);
#else
  for (int mask = 0; mask < masks; ++mask) by_two[mask] = penalties[mask];
#endif
  for (int mask = 0; mask < masks; ++mask) {
    const std::uint32_t plain = testing::PlainCostsOf(testing::PlainMasked(symbol, mask)).penalty;
    EXPECT_EQ(penalties[mask], plain) << name << ", size " << symbol.size << ", mask " << mask;
    EXPECT_EQ(by_two[mask], plain) << name << ", size " << symbol.size << ", mask " << mask;
  }
}

void ExpectPlainPenalties(const PlainSymbol& symbol, int masks, const std::string& name) {
  if (symbol.size <= 60) {
    ExpectPlainPenalties<1>(symbol, masks, name);
  } else if (symbol.size <= 124) {
    ExpectPlainPenalties<2>(symbol, masks, name);
  } else {
    ExpectPlainPenalties<3>(symbol, masks, name);
  }
}

// The first and the last size of each number of words, and one between them.
constexpr int kSizes[] = {21, 57, 61, 93, 121, 125, 177};

// What is not open looks the same under every mask, but for the format information.
TEST(QrPenalty, OfStructuredSymbolsIsThatOfAPlainCount) {
  const std::string_view kPatterns[] = {
      ".",                  // all light
      "#",                  // all dark
      "#.",                 //
      "##..",               //
      "####....",           // runs that cost nothing
      "#####.....",         // runs that cost 3
      "######.",            //
      "#.###.#....",        // finder-like, light on both sides
      "#.###.#.",           // ... on neither
      "#.###.#...",         //
      "#.###.#.###.#....",  // two that share a run: six apart, the closest that there are
      "##..######..##",     // wide ones, which are not counted here
  };
  for (const int size : kSizes) {
    for (const std::string_view pattern : kPatterns) {
      for (const bool columns : {false, true}) {
        for (const int shift : {0, 1}) {
          const Modules stripes = testing::StripedModules(size, pattern, columns, shift);
          ExpectPlainPenalties(MakePlainSymbol(QrLevel::kM, stripes, NoModules(size)), 8, std::string(pattern));
        }
      }
    }
  }
}

TEST(QrPenalty, OfRandomSymbolsIsThatOfAPlainCount) {
  testing::SeededRandom random(1);
  for (int size = 21; size <= 177; size += 4) {
    for (const QrLevel level : {QrLevel::kL, QrLevel::kH}) {
      // From nearly all light to nearly all dark, with some modules that no mask inverts.
      const unsigned dark_of_64 = 1 + static_cast<unsigned>(random.Below(63));
      const unsigned open_of_64 = 1 + static_cast<unsigned>(random.Below(64));
      ExpectPlainPenalties(MakePlainSymbol(level, testing::RandomModules(random, size, dark_of_64),
                                           testing::RandomModules(random, size, open_of_64)),
                           8, "dark " + std::to_string(dark_of_64) + ", open " + std::to_string(open_of_64));
    }
  }
}

// At every place of some row or column, and across both edges; all else is light, dark or random.
TEST(QrPenalty, CountsAFinderWhereverItIs) {
  testing::SeededRandom random(2);
  for (const int size : {57, 121, 177}) {
    for (int at = -3; at <= size - 4; ++at) {
      Modules modules = testing::RandomModules(random, size, 32 * static_cast<unsigned>(random.Below(3)));
      const bool columns = random.Below(2) != 0;
      testing::PlantFinder(modules, static_cast<int>(random.Below(size)), at, 1, columns);
      ExpectPlainPenalties(MakePlainSymbol(QrLevel::kQ, modules, NoModules(size)), 2,
                           "finder at " + std::to_string(at));
    }
  }
}

// Light modules before, behind, on both sides and on neither, from none to five of them.
TEST(QrPenalty, AFinderNeedsFourLightModulesOnOneSide) {
  for (const int size : {57, 101, 125}) {
    for (int before = 0; before <= 5; ++before) {
      for (int behind = 0; behind <= 5; ++behind) {
        const std::string pattern = "###" + std::string(before, '.') + "#.###.#" + std::string(behind, '.') + "###";
        for (int start = 0; start + static_cast<int>(pattern.size()) <= size; start += 11) {
          Modules modules = NoModules(size);
          for (std::size_t i = 0; i < pattern.size(); ++i) modules[20][start + i] = pattern[i] == '#' ? 1 : 0;
          ExpectPlainPenalties(MakePlainSymbol(QrLevel::kL, modules, NoModules(size)), 2, pattern);
        }
      }
    }
  }
}

// A symbol by hand: all light, level M, mask 0, of which the format information 101010000010010 leaves these dark: bits
// 1, 4, 10, 12 and 14.
TEST(QrPenalty, OfALightSymbolIsThatByHand) {
  const int size = 21;
  const auto unmasked = testing::UnmaskedOf<1>(MakePlainSymbol(QrLevel::kM, NoModules(size), NoModules(size)));
  std::uint32_t penalty = 0;
  ScoreQrMasks<std::uint64_t>(*unmasked, 0, &penalty);
  // Row 8 is dark at columns 0, 2, 4, 16 and 19, column 8 at rows 1, 4, 16, 18 and 20; the other rows and columns are:
  // 15 rows and 15 columns without a dark module, and 5 of each with one.
  const int empty = 3 + (21 - 5);
  // Rows 1, 4, 16, 18 and 20 are dark at column 8: 8 and 12 light ones. The same for columns 0, 2, 4, 16 and 19 at
  // row 8.
  const int crossed = (3 + (8 - 5)) + (3 + (12 - 5));
  const int runs = (20 - 5) * empty * 2 + 5 * crossed * 2;
  // Row 8: 11 light ones between 4 and 16; column 8: 11 between 4 and 16.
  const int row_and_column = 2 * (3 + (11 - 5));
  // Of 20 by 20 squares those that touch a dark module: in two bands, of rows 7 to 8 and of columns 7 to 8, at those
  // next to it. Along row 8: at columns 0, 1, 2, 3, 4, 15, 16, 18 and 19, twice; along column 8: at rows 0, 1, 3, 4,
  // 15, 16, 17, 18 and 19, twice.
  const int squares = 3 * (20 * 20 - 2 * 9 - 2 * 9);
  const int balance = 10 * (48 / 5);  // 10 of 441 modules are 2 %
  EXPECT_EQ(penalty, static_cast<std::uint32_t>(runs + row_and_column + squares + balance));
}

}  // namespace
}  // namespace cctl::detail
