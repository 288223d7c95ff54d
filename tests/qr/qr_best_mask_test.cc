// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_best_mask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "cctl/base/x86_features.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_masked_lines.h"
#include "tests/qr/plain_penalty.h"
#include "tests/support/seeded_random.h"

namespace cctl::detail {
namespace {

using testing::MakePlainSymbol;
using testing::Modules;
using testing::NoModules;
using testing::PlainSymbol;

using Penalties = std::array<std::uint32_t, 8>;

struct PlainPenalties {
  Penalties without_wide, all;
};

PlainPenalties PlainPenaltiesOf(const PlainSymbol& symbol) {
  PlainPenalties penalties;
  for (int mask = 0; mask < 8; ++mask) {
    const testing::PlainCosts costs = testing::PlainCostsOf(testing::PlainMasked(symbol, mask));
    penalties.without_wide[mask] = costs.penalty;
    penalties.all[mask] = costs.penalty + 40 * costs.wide_finders;
  }
  return penalties;
}

int FirstMinimum(const Penalties& penalties) {
  return static_cast<int>(std::min_element(penalties.begin(), penalties.end()) - penalties.begin());
}

// Compares every path with the plain count, and the choice with the first minimum of it.
template <int kWords>
void ExpectPlainChoice(const PlainSymbol& symbol, const PlainPenalties& plain, const std::string& name) {
  const auto unmasked = testing::UnmaskedOf<kWords>(symbol);
  std::uint32_t portable[8], chosen[8];
  ScoreQrMasksPortable(*unmasked, portable);
  EXPECT_EQ(std::to_array(portable), plain.without_wide) << name;
  ScoreAllQrMasks(*unmasked, chosen);
  EXPECT_EQ(std::to_array(chosen), plain.without_wide) << name;
#ifdef __GNUC__
  std::uint32_t by_two[8];
  ScoreQrMasksByTwo(*unmasked, by_two);
  EXPECT_EQ(std::to_array(by_two), plain.without_wide) << name;
#endif
#if defined(__x86_64__) && defined(__GNUC__)
  if (HasAvx2()) {
    std::uint32_t by_four[8];
    ScoreQrMasksAvx2(*unmasked, by_four);
    EXPECT_EQ(std::to_array(by_four), plain.without_wide) << name;
  }
#endif
  EXPECT_EQ(BestQrMask(*unmasked), FirstMinimum(plain.all)) << name;
}

void ExpectPlainChoice(const PlainSymbol& symbol, const std::string& name) {
  const PlainPenalties plain = PlainPenaltiesOf(symbol);
  const std::string name_and_size = name + ", size " + std::to_string(symbol.size);
  if (symbol.size <= 60) {
    ExpectPlainChoice<1>(symbol, plain, name_and_size);
  } else if (symbol.size <= 124) {
    ExpectPlainChoice<2>(symbol, plain, name_and_size);
  } else {
    ExpectPlainChoice<3>(symbol, plain, name_and_size);
  }
}

TEST(QrBestMask, IsThatOfAPlainCountForRandomSymbols) {
  testing::SeededRandom random(1);
  for (int size = 21; size <= 177; size += 4) {
    for (int round = 0; round < 3; ++round) {
      const unsigned dark_of_64 = 8 + static_cast<unsigned>(random.Below(48));
      const auto level = static_cast<QrLevel>(random.Below(4));
      ExpectPlainChoice(MakePlainSymbol(level, testing::RandomModules(random, size, dark_of_64),
                                        testing::RandomModules(random, size, 56)),
                        "round " + std::to_string(round));
    }
  }
}

TEST(QrBestMask, IsThatOfAPlainCountForStructuredSymbols) {
  for (const int size : {21, 57, 61, 121, 125, 177}) {
    for (const std::string pattern : {".", "#", "#.", "##..", "#.###.#....", "##..######..##........"}) {
      for (const bool columns : {false, true}) {
        const Modules stripes = testing::StripedModules(size, pattern, columns);
        ExpectPlainChoice(MakePlainSymbol(QrLevel::kM, stripes, NoModules(size)), pattern + " not open");
        Modules open = testing::StripedModules(size, "#", false);
        ExpectPlainChoice(MakePlainSymbol(QrLevel::kM, stripes, open), pattern + " open");
      }
    }
  }
}

// Finder-like patterns of unit 1 to 5 at both edges and in the middle, as they are under one mask.
TEST(QrBestMask, IsThatOfAPlainCountForPlantedFinders) {
  testing::SeededRandom random(2);
  for (const int size : {41, 57, 61, 121, 125, 177}) {
    for (int unit = 1; unit <= 5; ++unit) {
      for (const int at : {0, (size - 7 * unit) / 2, size - 7 * unit}) {
        const Modules open =
            MakePlainSymbol(QrLevel::kL, NoModules(size), testing::RandomModules(random, size, 60)).open;
        Modules masked = testing::RandomModules(random, size, 20);
        for (int line = 0; line < size; line += 3) testing::PlantFinder(masked, line, at, unit, line % 2 == 0);
        const int mask = static_cast<int>(random.Below(8));
        ExpectPlainChoice(MakePlainSymbol(QrLevel::kL, testing::InvertedByMask(masked, open, mask), open),
                          "unit " + std::to_string(unit) + " at " + std::to_string(at));
      }
    }
  }
}

// Under the mask that would be the best there are two wide patterns, which cost 80: more than it was ahead by.
TEST(QrBestMask, AWideFinderChangesTheWinner) {
  testing::SeededRandom random(3);
  int changes = 0;
  for (int round = 0; round < 200; ++round) {
    const int size = 21 + 4 * static_cast<int>(random.Below(12));
    PlainSymbol symbol = MakePlainSymbol(QrLevel::kM, testing::RandomModules(random, size, 32),
                                         testing::RandomModules(random, size, 64));
    const int winner = FirstMinimum(PlainPenaltiesOf(symbol).all);
    Modules masked = testing::PlainMasked(symbol, winner);
    for (const int line : {11, 14}) {
      std::fill(masked[line].begin(), masked[line].end(), char{0});
      testing::PlantFinder(masked, line, 3, 2, false);
    }
    symbol = MakePlainSymbol(symbol.level, testing::InvertedByMask(masked, symbol.open, winner), symbol.open);
    const PlainPenalties plain = PlainPenaltiesOf(symbol);
    if (FirstMinimum(plain.without_wide) != FirstMinimum(plain.all)) ++changes;
    ExpectPlainChoice(symbol, "round " + std::to_string(round));
  }
  EXPECT_GE(changes, 10);
}

// In symbols that no mask changes only the format information differs, and many penalties are equal.
TEST(QrBestMask, IsTheFirstOfSeveral) {
  testing::SeededRandom random(4);
  int ties = 0;
  for (int round = 0; round < 300; ++round) {
    Modules modules = testing::RandomModules(random, 21, static_cast<unsigned>(random.Below(65)));
    if (round % 2 == 0) testing::PlantFinder(modules, 11, static_cast<int>(random.Below(7)), 2, false);
    const PlainSymbol symbol = MakePlainSymbol(static_cast<QrLevel>(random.Below(4)), modules, NoModules(21));
    const Penalties all = PlainPenaltiesOf(symbol).all;
    if (std::count(all.begin(), all.end(), all[FirstMinimum(all)]) > 1) ++ties;
    ExpectPlainChoice(symbol, "round " + std::to_string(round));
  }
  EXPECT_GE(ties, 10);
}

// By plain words, at compile time.
constexpr int BestOfALightSymbol() {
  QrUnmasked<1> symbol = {21, QrLevel::kM, {}, {}, {}};
  return BestQrMask(symbol);
}
constexpr int kBestOfALightSymbol = BestOfALightSymbol();

TEST(QrBestMask, IsTheSameInAConstantExpression) {
  const PlainSymbol symbol = MakePlainSymbol(QrLevel::kM, NoModules(21), NoModules(21));
  EXPECT_EQ(kBestOfALightSymbol, FirstMinimum(PlainPenaltiesOf(symbol).all));
}

}  // namespace
}  // namespace cctl::detail
