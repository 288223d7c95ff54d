// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_function_patterns.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_grid.h"
#include "tests/qr/plain_function_map.h"
#include "tests/support/naive_qr_tables.h"

namespace cctl::detail {
namespace {

TEST(QrFunctionPatterns, AlignmentCentresAreThoseOfTableE1) {
  for (int version = 1; version <= 40; ++version) {
    const std::vector<int>& centres = testing::NaiveAlignmentCentres(version);
    ASSERT_EQ(QrAlignmentCount(version), static_cast<int>(centres.size())) << version;
    for (std::size_t i = 0; i < centres.size(); ++i) {
      EXPECT_EQ(QrAlignmentCentre(version, static_cast<int>(i)), centres[i]) << version << " " << i;
    }
  }
}

TEST(QrFunctionPatterns, VersionInformationIsThatOfTableD1) {
  for (int version = 7; version <= 40; ++version) {
    EXPECT_EQ(QrVersionInformation(version), testing::kPlainVersionInformation[version - 7]) << version;
  }
}

template <int kWords>
struct Drawn {
  QrGrid<kWords> dark, open;
};

template <int kWords>
std::unique_ptr<Drawn<kWords>> Draw(int version) {
  auto drawn = std::make_unique<Drawn<kWords>>();
  DrawQrFunctionPatterns(version, drawn->dark, drawn->open);
  return drawn;
}

// Bit `bit` of the line at `index`, margins and all.
template <int kWords>
bool At(const QrGrid<kWords>& grid, int index, int bit) {
  return (grid.lines[index][bit / 64] >> bit % 64 & 1) != 0;
}

template <int kWords>
void ExpectPlainDrawing(int version) {
  const int size = 17 + 4 * version;
  const std::vector<std::string> map = testing::PlainFunctionMap(version);
  const auto drawn = Draw<kWords>(version);
  for (int index = 0; index < 64 * kWords; ++index) {
    for (int bit = 0; bit < 64 * kWords; ++bit) {
      const int row = index - 4, column = bit - 4;
      const bool inside = row >= 0 && column >= 0 && row < size && column < size;
      const char module = inside ? map[row][column] : testing::kLight;
      ASSERT_EQ(At(drawn->dark, index, bit), module == testing::kDark) << version << " " << row << " " << column;
      ASSERT_EQ(At(drawn->open, index, bit), module == testing::kOpen) << version << " " << row << " " << column;
    }
  }
}

TEST(QrFunctionPatterns, AreThoseOfAPlainDrawing) {
  for (int version = 1; version <= 10; ++version) ExpectPlainDrawing<1>(version);
  for (int version = 11; version <= 26; ++version) ExpectPlainDrawing<2>(version);
  for (int version = 27; version <= 40; ++version) ExpectPlainDrawing<3>(version);
}

// They serve as rows and as columns.
template <int kWords>
void ExpectSymmetry(int version) {
  const auto drawn = Draw<kWords>(version);
  int open = 0;
  for (int a = 0; a < 64 * kWords; ++a) {
    for (int b = 0; b < 64 * kWords; ++b) {
      ASSERT_EQ(At(drawn->dark, a, b), At(drawn->dark, b, a)) << version << " " << a << " " << b;
      ASSERT_EQ(At(drawn->open, a, b), At(drawn->open, b, a)) << version << " " << a << " " << b;
      open += At(drawn->open, a, b) ? 1 : 0;
    }
  }
  EXPECT_EQ(open, QrDataModules(version)) << version;
}

TEST(QrFunctionPatterns, AreSymmetricAndLeaveTheDataModulesOpen) {
  for (int version = 1; version <= 10; ++version) ExpectSymmetry<1>(version);
  for (int version = 11; version <= 26; ++version) ExpectSymmetry<2>(version);
  for (int version = 27; version <= 40; ++version) ExpectSymmetry<3>(version);
}

}  // namespace
}  // namespace cctl::detail
