// SPDX-License-Identifier: MIT
//
// Masked QR codes and what they cost, module by module and run by run, from ISO/IEC 18004:2015, 7.8, and from what
// cctl/qr/qr_penalty.h says of its open points: what the words of bits in cctl/qr are held against.

#ifndef CCTL_TESTS_QR_PLAIN_PENALTY_H_
#define CCTL_TESTS_QR_PLAIN_PENALTY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_masked_lines.h"
#include "tests/support/naive_qr.h"
#include "tests/support/seeded_random.h"

namespace cctl::testing {

using Modules = std::vector<std::vector<char>>;  // rows; 1 is dark, or open, and 0 is not

inline Modules NoModules(int size) { return Modules(size, std::vector<char>(size)); }

// A symbol before its mask. The modules of the format information are neither dark nor open.
struct PlainSymbol {
  int size;
  QrLevel level;
  Modules dark;
  Modules open;  // symmetric
};

// Applies a mask, or takes it off again.
inline Modules InvertedByMask(Modules modules, const Modules& open, int mask) {
  for (int i = 0; i < static_cast<int>(modules.size()); ++i) {
    for (int j = 0; j < static_cast<int>(modules.size()); ++j) {
      if (open[i][j] != 0 && NaiveMaskInverts(mask, i, j)) modules[i][j] ^= 1;
    }
  }
  return modules;
}

// Figure 25: calls place(bit, row, column) for both modules of each bit of the format information.
template <typename Place>
void ForPlainFormat(int size, Place place) {
  constexpr int kAlong[15] = {0, 1, 2, 3, 4, 5, 7, 8, 7, 5, 4, 3, 2, 1, 0};
  for (int bit = 0; bit < 15; ++bit) {
    if (bit < 8) {
      place(bit, kAlong[bit], 8);
      place(bit, 8, size - 1 - bit);
    } else {
      place(bit, 8, kAlong[bit]);
      place(bit, size - 15 + bit, 8);
    }
  }
}

// What a reader sees.
inline Modules PlainMasked(const PlainSymbol& symbol, int mask) {
  const unsigned format = NaiveFormat(static_cast<int>(symbol.level), mask);
  Modules masked = InvertedByMask(symbol.dark, symbol.open, mask);
  ForPlainFormat(symbol.size, [&](int bit, int row, int column) {
    if ((format >> bit & 1) != 0) masked[row][column] = 1;
  });
  return masked;
}

struct PlainCosts {
  std::uint32_t penalty = 0;       // all but wide finder-like patterns
  std::uint32_t wide_finders = 0;  // how many of them there are
};

// Adds the runs and the finder-like patterns of one line.
inline void AddPlainLine(const std::vector<char>& line, PlainCosts& costs) {
  std::vector<int> runs = {0};  // light and dark by turns, the first one light
  char dark = 0;
  for (const char module : line) {
    if (module != dark) runs.push_back(0);
    dark = module;
    ++runs.back();
  }
  for (const int run : runs) {
    if (run >= 5) costs.penalty += 3 + static_cast<std::uint32_t>(run - 5);
  }
  if (runs.size() % 2 == 0) runs.push_back(0);
  constexpr int kQuiet = 1000;  // outside of the symbol all are light
  runs.front() += kQuiet;
  runs.back() += kQuiet;
  for (std::size_t i = 1; i + 5 < runs.size(); i += 2) {
    const int unit = runs[i];
    if (runs[i + 1] != unit || runs[i + 2] != 3 * unit || runs[i + 3] != unit || runs[i + 4] != unit) continue;
    if (runs[i - 1] < 4 * unit && runs[i + 5] < 4 * unit) continue;
    if (unit == 1) {
      costs.penalty += 40;
    } else {
      ++costs.wide_finders;
    }
  }
}

inline PlainCosts PlainCostsOf(const Modules& modules) {
  PlainCosts costs;
  const int size = static_cast<int>(modules.size());
  int dark = 0;
  for (int i = 0; i < size; ++i) {
    std::vector<char> column(size);
    for (int j = 0; j < size; ++j) {
      column[j] = modules[j][i];
      dark += modules[i][j];
      if (i == 0 || j == 0) continue;
      const char module = modules[i][j];
      if (modules[i - 1][j] == module && modules[i][j - 1] == module && modules[i - 1][j - 1] == module) {
        costs.penalty += 3;
      }
    }
    AddPlainLine(modules[i], costs);
    AddPlainLine(column, costs);
  }
  // The share of dark modules in whole percents, the nearest one.
  int percent = 0;
  while (200 * dark >= (2 * percent + 1) * size * size) ++percent;
  costs.penalty += static_cast<std::uint32_t>(std::max(percent - 50, 50 - percent) / 5 * 10);
  return costs;
}

// The same symbol as cctl/qr has it.
template <int kWords>
std::unique_ptr<detail::QrUnmasked<kWords>> UnmaskedOf(const PlainSymbol& symbol) {
  auto unmasked = std::make_unique<detail::QrUnmasked<kWords>>();
  unmasked->size = symbol.size;
  unmasked->level = symbol.level;
  const auto put = [](std::uint64_t(&line)[kWords], int i) { line[(i + 4) / 64] |= std::uint64_t{1} << (i + 4) % 64; };
  for (int row = 0; row < symbol.size; ++row) {
    for (int column = 0; column < symbol.size; ++column) {
      if (symbol.dark[row][column] != 0) {
        put(unmasked->rows.lines[row + 4], column);
        put(unmasked->columns.lines[column + 4], row);
      }
      if (symbol.open[row][column] != 0) put(unmasked->open.lines[row + 4], column);
    }
  }
  return unmasked;
}

// Clears what belongs to the format information, and makes `open` symmetric.
inline PlainSymbol MakePlainSymbol(QrLevel level, Modules dark, Modules open) {
  const int size = static_cast<int>(dark.size());
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < i; ++j) open[i][j] = open[j][i];
  }
  ForPlainFormat(size, [&](int, int row, int column) {
    dark[row][column] = 0;
    open[row][column] = open[column][row] = 0;
  });
  return {size, level, std::move(dark), std::move(open)};
}

// `of_64` modules in 64 are dark, or open.
inline Modules RandomModules(SeededRandom& random, int size, unsigned of_64) {
  Modules modules = NoModules(size);
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < size; ++j) modules[i][j] = random.Below(64) < of_64 ? 1 : 0;
  }
  return modules;
}

// Rows that all repeat one pattern of '#' and '.', or columns that do, each `shift` further than the one before.
inline Modules StripedModules(int size, std::string_view pattern, bool columns, int shift = 0) {
  Modules modules = NoModules(size);
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < size; ++j) {
      const char dark = pattern[static_cast<std::size_t>(j + i * shift) % pattern.size()] == '#' ? 1 : 0;
      (columns ? modules[j][i] : modules[i][j]) = dark;
    }
  }
  return modules;
}

// Draws a finder-like pattern of `unit` modules into a row, or with `columns` into a column, from module `at` on, as
// far as it is inside.
inline void PlantFinder(Modules& modules, int line, int at, int unit, bool columns) {
  constexpr std::string_view kPattern = "#.###.#";
  for (int i = 0; i < 7 * unit; ++i) {
    const int j = at + i;
    if (j < 0 || j >= static_cast<int>(modules.size())) continue;
    const char dark = kPattern[static_cast<std::size_t>(i / unit)] == '#' ? 1 : 0;
    (columns ? modules[j][line] : modules[line][j]) = dark;
  }
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_QR_PLAIN_PENALTY_H_
