// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_wide_finders.h"

#include <gtest/gtest.h>

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

constexpr int kSizes[] = {21, 57, 61, 121, 125, 177};  // the first and the last of each number of words

std::uint32_t Count(const PlainSymbol& symbol, int mask) {
  if (symbol.size <= 60) return CountWideQrFinders(*testing::UnmaskedOf<1>(symbol), mask);
  if (symbol.size <= 124) return CountWideQrFinders(*testing::UnmaskedOf<2>(symbol), mask);
  return CountWideQrFinders(*testing::UnmaskedOf<3>(symbol), mask);
}

// Of a symbol that no mask changes.
std::uint32_t Count(const Modules& modules) {
  return Count(MakePlainSymbol(QrLevel::kM, modules, NoModules(static_cast<int>(modules.size()))), 3);
}

std::uint32_t PlainCount(const PlainSymbol& symbol, int mask) {
  return testing::PlainCostsOf(testing::PlainMasked(symbol, mask)).wide_finders;
}

std::string Name(int size, int at, int unit, bool columns) {
  return std::to_string(size) + " modules, unit " + std::to_string(unit) + " at " + std::to_string(at) +
         (columns ? " of a column" : " of a row");
}

// One of each unit that has room, at every place from edge to edge, in an otherwise light symbol.
TEST(QrWideFinders, CountsOneOfEveryUnitAtEveryPlace) {
  for (const int size : kSizes) {
    for (const bool columns : {false, true}) {
      for (int unit = 2; 7 * unit <= size; unit += unit < 6 ? 1 : 5) {
        for (int at = 0; at + 7 * unit <= size; at += size < 100 ? 1 : 7) {
          Modules modules = NoModules(size);
          testing::PlantFinder(modules, 11, at, unit, columns);
          ASSERT_EQ(Count(modules), 1u) << Name(size, at, unit, columns);
        }
      }
      // At the end of the last line.
      Modules modules = NoModules(size);
      testing::PlantFinder(modules, size - 1, size - 14, 2, columns);
      ASSERT_EQ(Count(modules), 1u) << Name(size, size - 14, 2, columns);
    }
  }
}

TEST(QrWideFinders, CountsNoneOfOneModule) {
  for (const bool columns : {false, true}) {
    Modules modules = NoModules(61);
    testing::PlantFinder(modules, 11, 20, 1, columns);
    EXPECT_EQ(Count(modules), 0u);
  }
}

TEST(QrWideFinders, CountsNoneThatReachesOutside) {
  for (int unit = 2; unit <= 5; ++unit) {
    for (int outside = 1; outside < 7 * unit; ++outside) {
      for (const bool columns : {false, true}) {
        Modules modules = NoModules(57);
        testing::PlantFinder(modules, 11, -outside, unit, columns);
        EXPECT_EQ(Count(modules), 0u) << Name(57, -outside, unit, columns);
        modules = NoModules(57);
        testing::PlantFinder(modules, 11, 57 - 7 * unit + outside, unit, columns);
        EXPECT_EQ(Count(modules), 0u) << Name(57, 57 - 7 * unit + outside, unit, columns);
      }
    }
  }
}

// A dark module at every distance before and behind it: four units are light on one side, or it does not count. Next to
// it, a dark module makes its outer run too long.
TEST(QrWideFinders, NeedsFourLightUnitsOnOneSide) {
  for (const int size : {101, 121, 177}) {
    for (int unit = 2; unit <= 5; ++unit) {
      const int at = size / 2 - 3 * unit;
      for (int before = 0; before <= 5 * unit; ++before) {
        for (int behind = 0; behind <= 5 * unit; ++behind) {
          Modules modules = NoModules(size);
          testing::PlantFinder(modules, 20, at, unit, false);
          modules[20][at - 1 - before] = modules[20][at + 7 * unit + behind] = 1;
          const bool counts = before > 0 && behind > 0 && (before >= 4 * unit || behind >= 4 * unit);
          ASSERT_EQ(Count(modules), counts ? 1u : 0u) << Name(size, at, unit, false) << " " << before << " " << behind;
        }
      }
    }
  }
}

// Any one module of it the other way round.
TEST(QrWideFinders, CountsNoneWithAFlaw) {
  for (int unit = 2; unit <= 5; ++unit) {
    for (int flaw = 0; flaw < 7 * unit; ++flaw) {
      for (const bool columns : {false, true}) {
        Modules modules = NoModules(57);
        testing::PlantFinder(modules, 30, 11, unit, columns);
        char& module = columns ? modules[11 + flaw][30] : modules[30][11 + flaw];
        module ^= 1;
        ASSERT_EQ(Count(modules), 0u) << Name(57, 11, unit, columns) << " with a flaw at " << flaw;
      }
    }
  }
}

// A dark, a light, a dark, a light and a dark run of all lengths.
TEST(QrWideFinders, CountsNoOtherRatio) {
  for (int middle = 1; middle <= 13; ++middle) {
    for (int others = 0; others < 256; ++others) {
      const int runs[5] = {1 + others % 4, 1 + others / 4 % 4, middle, 1 + others / 16 % 4, 1 + others / 64};
      Modules modules = NoModules(57);
      for (int i = 0, at = 13; i < 5; at += runs[i++]) {
        for (int k = 0; k < runs[i] && i % 2 == 0; ++k) modules[11][at + k] = 1;
      }
      const bool equal = runs[0] == runs[1] && runs[1] == runs[3] && runs[3] == runs[4];
      ASSERT_EQ(Count(modules), equal && runs[0] > 1 && middle == 3 * runs[0] ? 1u : 0u) << others << " " << middle;
    }
  }
}

TEST(QrWideFinders, CountsThoseOfStripesInRowsOrColumns) {
  for (const int size : kSizes) {
    for (const std::string_view pattern : {"##..######..##........", "##..######..##", "###...#########...###",
                                           "##..######..##..######..##........", "###...#########...###............"}) {
      for (const bool columns : {false, true}) {
        for (const int shift : {0, 1}) {
          const PlainSymbol symbol =
              MakePlainSymbol(QrLevel::kH, testing::StripedModules(size, pattern, columns, shift), NoModules(size));
          ASSERT_EQ(Count(symbol, 5), PlainCount(symbol, 5))
              << size << " " << pattern << " " << columns << " " << shift;
        }
      }
    }
  }
}

// Symbols that have many under one mask, and a few under others.
TEST(QrWideFinders, OfMaskedSymbolsAreThoseOfAPlainCount) {
  testing::SeededRandom random(1);
  std::uint32_t found = 0;
  for (int size = 21; size <= 177; size += 4) {
    const Modules open = MakePlainSymbol(QrLevel::kQ, NoModules(size), testing::RandomModules(random, size, 48)).open;
    Modules masked = testing::RandomModules(random, size, 2);
    for (int round = 0; round < size / 4; ++round) {
      const int unit = 2 + static_cast<int>(random.Below(4));
      const int line = static_cast<int>(random.Below(size)), at = static_cast<int>(random.Below(size));
      testing::PlantFinder(masked, line, at, unit, random.Below(2) != 0);
    }
    const int planted = static_cast<int>(random.Below(8));
    const PlainSymbol symbol = MakePlainSymbol(QrLevel::kQ, testing::InvertedByMask(masked, open, planted), open);
    for (int mask = 0; mask < 8; ++mask) {
      const std::uint32_t plain = PlainCount(symbol, mask);
      ASSERT_EQ(Count(symbol, mask), plain) << size << " " << mask;
      found += plain;
    }
  }
  EXPECT_GT(found, 100u);  // there was something to count
}

}  // namespace
}  // namespace cctl::detail
