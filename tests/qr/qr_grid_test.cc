// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_grid.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "tests/support/seeded_random.h"

namespace cctl::detail {
namespace {

template <int kWords>
constexpr int kBits = 64 * kWords;

// A grid as one flag for each bit, margins and all.
using Flags = std::vector<std::vector<bool>>;

template <int kWords>
Flags FlagsOf(const QrGrid<kWords>& grid) {
  Flags flags(kBits<kWords>, std::vector<bool>(kBits<kWords>));
  for (int index = 0; index < kBits<kWords>; ++index) {
    for (int bit = 0; bit < kBits<kWords>; ++bit) {
      flags[index][bit] = (grid.lines[index][bit / 64] >> bit % 64 & 1) != 0;
    }
  }
  return flags;
}

template <int kWords>
std::unique_ptr<QrGrid<kWords>> RandomGrid(testing::SeededRandom& random) {
  auto grid = std::make_unique<QrGrid<kWords>>();
  for (auto& line : grid->lines) {
    for (std::uint64_t& word : line) word = random.Next();
  }
  return grid;
}

template <int kWords>
void ExpectSetAndClear() {
  testing::SeededRandom random(kWords);
  const auto grid = RandomGrid<kWords>(random);
  Flags expected = FlagsOf(*grid);
  // Module `at` of line i is at bit at + 4 of the line at index i + 4; what is behind the last bit is dropped.
  for (const bool set : {true, false, true}) {
    for (int at = 0; at < kBits<kWords> - 4; ++at) {
      const int i = static_cast<int>(random.Below(kBits<kWords> - 4));
      const std::uint64_t bits = random.Next() | 1 | std::uint64_t{1} << 63;
      if (set) {
        grid->Set(i, at, bits);
      } else {
        grid->Clear(i, at, bits);
      }
      for (int k = 0; k < 64 && at + 4 + k < kBits<kWords>; ++k) {
        if ((bits >> k & 1) != 0) expected[i + 4][at + 4 + k] = set;
      }
      ASSERT_EQ(FlagsOf(*grid), expected) << kWords << " " << set << " " << i << " " << at;
    }
  }
}

TEST(QrGrid, SetsAndClearsModulesAcrossWords) {
  ExpectSetAndClear<1>();
  ExpectSetAndClear<2>();
  ExpectSetAndClear<3>();
}

TEST(QrGrid, IsEmptyAtFirstAndHasItsLinesBehindTheMargin) {
  QrGrid<2> grid;
  EXPECT_EQ(FlagsOf(grid), Flags(128, std::vector<bool>(128)));
  grid.line(7)[1] = 5;
  EXPECT_EQ(grid.lines[11][1], 5u);
  const QrGrid<2>& same = grid;
  EXPECT_EQ(&same.line(7)[1], &grid.lines[11][1]);
}

template <int kWords>
void ExpectTransposed() {
  testing::SeededRandom random(10 + kWords);
  for (int round = 0; round < 10; ++round) {
    const auto from = RandomGrid<kWords>(random);
    const auto to = RandomGrid<kWords>(random);  // all of it is written
    TransposeQrGrid(*from, *to);
    const Flags before = FlagsOf(*from), after = FlagsOf(*to);
    for (int a = 0; a < kBits<kWords>; ++a) {
      for (int b = 0; b < kBits<kWords>; ++b) ASSERT_EQ(after[b][a], before[a][b]) << kWords << " " << a << " " << b;
    }
  }
}

TEST(QrGrid, TransposesEveryModule) {
  ExpectTransposed<1>();
  ExpectTransposed<2>();
  ExpectTransposed<3>();
}

// The compiler can do it, as a QR code in a constant expression needs.
constexpr bool TransposesOneModule() {
  QrGrid<2> from, to;
  from.Set(70, 3, 1);
  TransposeQrGrid(from, to);
  return to.line(3)[1] == std::uint64_t{1} << 10 && to.line(70)[0] == 0;
}
static_assert(TransposesOneModule());

}  // namespace
}  // namespace cctl::detail
