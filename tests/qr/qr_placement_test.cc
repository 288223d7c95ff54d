// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_placement.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cctl/qr/qr_grid.h"
#include "tests/qr/plain_function_map.h"
#include "tests/support/seeded_random.h"

namespace cctl::detail {
namespace {

using Bytes = std::vector<std::uint8_t>;

bool Bit(std::uint64_t bits, int i) { return (bits >> i & 1) != 0; }

// Bit i of a stream: the highest of the first byte is the first.
bool StreamBit(const Bytes& bytes, std::size_t i) { return (bytes[i / 8] >> (7 - i % 8) & 1) != 0; }

// Codewords and the zeros behind them that the reader of bits asks for.
Bytes RandomCodewords(testing::SeededRandom& random, int count) {
  Bytes codewords(count + kQrCodewordSlack);
  for (int i = 0; i < count; ++i) codewords[i] = static_cast<std::uint8_t>(random.Below(256));
  return codewords;
}

TEST(QrPlacement, TakesEvenBits) {
  testing::SeededRandom random(1);
  for (int round = 0; round < 1000; ++round) {
    const std::uint64_t bits = random.Next();
    std::uint64_t expected = 0;
    for (int i = 0; i < 32; ++i) expected |= std::uint64_t{Bit(bits, 2 * i)} << i;
    ASSERT_EQ(EvenBits(bits), expected) << bits;
  }
}

TEST(QrPlacement, ReversesBits) {
  testing::SeededRandom random(2);
  for (int count = 1; count <= 64; ++count) {
    for (int round = 0; round < 50; ++round) {
      const std::uint64_t bits = random.Next();
      std::uint64_t expected = 0;
      for (int i = 0; i < count; ++i) expected |= std::uint64_t{Bit(bits, i)} << (count - 1 - i);
      ASSERT_EQ(ReverseBits(bits, count), expected) << bits << " " << count;
    }
  }
}

TEST(QrPlacement, ReadsBitsInTheirOrder) {
  testing::SeededRandom random(3);
  for (int round = 0; round < 200; ++round) {
    const Bytes bytes = RandomCodewords(random, 300);
    QrBitReader reader(bytes.data());
    for (std::size_t at = 0; at + QrBitReader::kMost <= 8 * 300;) {
      const int count = 1 + static_cast<int>(random.Below(QrBitReader::kMost));
      std::uint64_t expected = 0;
      for (int i = 0; i < count; ++i) expected = expected << 1 | std::uint64_t{StreamBit(bytes, at + i)};
      ASSERT_EQ(reader.Take(count), expected) << at << " " << count;
      at += count;
    }
  }
}

// Row by row: the first that is open at all, and those behind it that are open on the same sides.
void ExpectPlainRun(std::uint64_t right, std::uint64_t left, bool upward) {
  const int step = upward ? -1 : 1;
  int first = upward ? 63 : 0;
  while (!Bit(right, first) && !Bit(left, first)) first += step;
  const bool on_right = Bit(right, first), on_left = Bit(left, first);
  const int most = on_right && on_left ? 28 : 56;  // as many as 56 bits are enough for
  int end = first, count = 0;
  while (end >= 0 && end < 64 && count < most && Bit(right, end) == on_right && Bit(left, end) == on_left) {
    end += step;
    ++count;
  }
  const QrRun run = FirstQrRun(right, left, upward);
  ASSERT_EQ(run.count, count) << right << " " << left << " " << upward;
  ASSERT_EQ(run.row, upward ? end + 1 : first) << right << " " << left << " " << upward;
  ASSERT_EQ(run.right, on_right) << right << " " << left << " " << upward;
  ASSERT_EQ(run.left, on_left) << right << " " << left << " " << upward;
}

TEST(QrPlacement, FindsTheFirstRun) {
  for (const bool upward : {false, true}) {
    for (std::uint64_t right = 0; right < 64; ++right) {
      for (std::uint64_t left = 0; left < 64; ++left) {
        if ((right | left) == 0) continue;
        for (const int shift : {0, 1, 29, 57, 58}) ExpectPlainRun(right << shift, left << shift, upward);
      }
    }
    // Long runs, each word open from one row to another.
    for (int from = 0; from < 64; ++from) {
      for (int to = from; to < 64; ++to) {
        const std::uint64_t rows = ~std::uint64_t{0} >> (63 - to) & ~std::uint64_t{0} << from;
        ExpectPlainRun(rows, 0, upward);
        ExpectPlainRun(0, rows, upward);
        ExpectPlainRun(rows, rows, upward);
        ExpectPlainRun(rows, ~std::uint64_t{0}, upward);
        ExpectPlainRun(~std::uint64_t{0}, rows, upward);
      }
    }
  }
}

// 7.7.3, module by module.
template <int kWords>
void ExpectPlainPlacement(const std::vector<std::string>& map, testing::SeededRandom& random) {
  const int size = static_cast<int>(map.size());
  const int modules = testing::CountOpenModules(map);
  // In a real symbol up to seven modules are left over: they read the zeros behind the codewords.
  const Bytes codewords = RandomCodewords(random, modules / 8);
  auto open = std::make_unique<QrGrid<kWords>>(), columns = std::make_unique<QrGrid<kWords>>();
  std::vector<std::string> expected(size, std::string(size, '.'));
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      if (map[row][column] == testing::kOpen)
        open->lines[column + 4][(row + 4) / 64] |= std::uint64_t{1} << (row + 4) % 64;
    }
  }
  std::size_t next = 0;
  bool upward = true;
  for (int pair = size - 1; pair > 0; pair -= 2) {
    if (pair == 6) pair = 5;
    for (int i = 0; i < size; ++i) {
      const int row = upward ? size - 1 - i : i;
      for (const int column : {pair, pair - 1}) {
        if (map[row][column] != testing::kOpen) continue;
        if (StreamBit(codewords, next)) expected[row][column] = '#';
        ++next;
      }
    }
    upward = !upward;
  }
  ASSERT_EQ(next, static_cast<std::size_t>(modules));

  PlaceQrCodewords(codewords.data(), size, *open, *columns);
  for (int index = 0; index < 64 * kWords; ++index) {
    for (int bit = 0; bit < 64 * kWords; ++bit) {
      const int row = bit - 4, column = index - 4;
      const bool inside = row >= 0 && column >= 0 && row < size && column < size;
      ASSERT_EQ((columns->lines[index][bit / 64] >> bit % 64 & 1) != 0, inside && expected[row][column] == '#')
          << size << " " << row << " " << column;
    }
  }
}

void ExpectPlainPlacement(const std::vector<std::string>& map, testing::SeededRandom& random) {
  if (map.size() <= 60) {
    ExpectPlainPlacement<1>(map, random);
  } else if (map.size() <= 124) {
    ExpectPlainPlacement<2>(map, random);
  } else {
    ExpectPlainPlacement<3>(map, random);
  }
}

TEST(QrPlacement, FollowsThePairsOfColumnsInEveryVersion) {
  testing::SeededRandom random(4);
  for (int version = 1; version <= 40; ++version) {
    for (int round = 0; round < 3; ++round) ExpectPlainPlacement(testing::PlainFunctionMap(version), random);
  }
}

// No real symbol has as many kinds of runs.
TEST(QrPlacement, FollowsThePairsOfColumnsAroundAnyHoles) {
  testing::SeededRandom random(5);
  for (const int size : {21, 57, 61, 121, 125, 177}) {
    for (const int one_in : {1, 2, 3, 20, 200}) {
      std::vector<std::string> map(size, std::string(size, testing::kOpen));
      for (std::string& row : map) {
        for (char& module : row) {
          if (one_in > 1 && random.Below(one_in) == 0) module = testing::kLight;
        }
        row[6] = testing::kLight;  // the timing pattern
      }
      ExpectPlainPlacement(map, random);
    }
  }
}

}  // namespace
}  // namespace cctl::detail
