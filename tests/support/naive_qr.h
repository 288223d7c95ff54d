// SPDX-License-Identifier: MIT
//
// A second QR encoder, written plainly from ISO/IEC 18004:2015, that the library's is held against: a bool for every
// module, the standard's steps one after the other, nothing shared with cctl/qr. It draws any segments, so that a test
// can ask for the same that the library has chosen. For the speed of it see benchmarks/qr_code_benchmark.cc.

#ifndef CCTL_TESTS_SUPPORT_NAIVE_QR_H_
#define CCTL_TESTS_SUPPORT_NAIVE_QR_H_

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "tests/support/naive_qr_segments.h"
#include "tests/support/naive_qr_tables.h"

namespace cctl::testing {

using NaiveModules = std::vector<std::vector<bool>>;  // [row][column], true: dark

inline int NaiveDataCodewords(int version, int level) {
  int count = 0;
  for (const NaiveBlocks& blocks : NaiveBlocksOf(version, level)) count += blocks.count * blocks.data;
  return count;
}

// 7.4.9 and 7.4.10. The segments have to fit.
inline std::vector<int> NaiveData(const std::vector<NaiveSegment>& segments, int version, int level) {
  NaiveBits bits;
  for (const NaiveSegment& segment : segments) NaivePutSegment(bits, segment, version);
  const auto capacity = static_cast<std::size_t>(8 * NaiveDataCodewords(version, level));
  if (bits.size() > capacity) std::abort();
  for (int i = 0; i < 4 && bits.size() < capacity; ++i) bits.push_back(false);
  while (bits.size() % 8 != 0) bits.push_back(false);
  for (bool first = true; bits.size() < capacity; first = !first) NaivePut(bits, first ? 0b11101100 : 0b00010001, 8);
  std::vector<int> codewords(bits.size() / 8);
  for (std::size_t i = 0; i < bits.size(); ++i) codewords[i / 8] = codewords[i / 8] * 2 + bits[i];
  return codewords;
}

// In GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1 (7.5.2).
inline int NaiveMultiply(int a, int b) {
  int product = 0;
  for (int bit = 7; bit >= 0; --bit) {
    product = product << 1 ^ (product >> 7) * 0x11d;
    if (b >> bit & 1) product ^= a;
  }
  return product;
}

// Annex A: the product of (x - 2^i) for i from 0 to degree - 1, highest coefficient first.
inline std::vector<int> NaiveGenerator(int degree) {
  std::vector<int> product = {1};
  int root = 1;
  for (int i = 0; i < degree; ++i) {
    product.push_back(0);
    for (std::size_t k = product.size() - 1; k > 0; --k) product[k] ^= NaiveMultiply(product[k - 1], root);
    root = NaiveMultiply(root, 2);
  }
  return product;
}

// 7.5.2: long division of data * x^degree.
inline std::vector<int> NaiveErrorCodewords(const std::vector<int>& data, int degree) {
  const std::vector<int> generator = NaiveGenerator(degree);
  std::vector<int> rest = data;
  rest.resize(data.size() + static_cast<std::size_t>(degree));
  for (std::size_t i = 0; i < data.size(); ++i) {
    const int factor = rest[i];
    for (std::size_t k = 0; k < generator.size(); ++k) rest[i + k] ^= NaiveMultiply(generator[k], factor);
  }
  return {rest.end() - degree, rest.end()};
}

// 7.6: codewords of all blocks by turns, data first.
inline std::vector<int> NaiveMessage(const std::vector<int>& data, int version, int level) {
  std::vector<std::vector<int>> data_blocks, error_blocks;
  auto next = data.begin();
  for (const NaiveBlocks& group : NaiveBlocksOf(version, level)) {
    for (int i = 0; i < group.count; ++i, next += group.data) {
      data_blocks.emplace_back(next, next + group.data);
      error_blocks.push_back(NaiveErrorCodewords(data_blocks.back(), group.codewords - group.data));
    }
  }
  std::vector<int> message;
  for (const auto* blocks : {&data_blocks, &error_blocks}) {
    for (std::size_t i = 0; i < blocks->back().size(); ++i) {
      for (const std::vector<int>& block : *blocks) {
        if (i < block.size()) message.push_back(block[i]);
      }
    }
  }
  return message;
}

// What is left of `value` * x^(bits of the generator - 1) by a polynomial over GF(2) (7.9, 7.10).
inline unsigned NaiveBch(unsigned value, unsigned generator, int generator_bits) {
  unsigned rest = value << (generator_bits - 1);
  for (int bit = 31; bit >= generator_bits - 1; --bit) {
    if (rest >> bit & 1) rest ^= generator << (bit - generator_bits + 1);
  }
  return value << (generator_bits - 1) | rest;
}

inline unsigned NaiveFormat(int level, int mask) {
  static constexpr unsigned kIndicators[4] = {0b01, 0b00, 0b11, 0b10};  // table 12
  return NaiveBch(kIndicators[level] << 3 | static_cast<unsigned>(mask), 0b10100110111, 11) ^ 0b101010000010010;
}

// Table 10.
inline bool NaiveMaskInverts(int mask, int i, int j) {  // row i, column j
  switch (mask) {
    case 0:
      return (i + j) % 2 == 0;
    case 1:
      return i % 2 == 0;
    case 2:
      return j % 3 == 0;
    case 3:
      return (i + j) % 3 == 0;
    case 4:
      return (i / 2 + j / 3) % 2 == 0;
    case 5:
      return i * j % 2 + i * j % 3 == 0;
    case 6:
      return (i * j % 2 + i * j % 3) % 2 == 0;
    default:
      return ((i + j) % 2 + i * j % 3) % 2 == 0;
  }
}

// A symbol being drawn: which modules are dark, and which are no longer open for codewords.
struct NaiveDrawing {
  int size;
  NaiveModules dark, taken;

  explicit NaiveDrawing(int version)
      : size(17 + 4 * version),
        dark(static_cast<std::size_t>(size), std::vector<bool>(static_cast<std::size_t>(size))),
        taken(dark) {}

  void Draw(int row, int column, bool is_dark) {
    dark[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = is_dark;
    taken[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = true;
  }
  [[nodiscard]] bool IsTaken(int row, int column) const {
    return taken[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
  }
};

// Squares around a centre: dark where the distance from it is even but for `light`.
inline void NaiveDrawSquares(NaiveDrawing& drawing, int row, int column, int radius, int light) {
  for (int y = -radius; y <= radius; ++y) {
    for (int x = -radius; x <= radius; ++x) {
      if (row + y < 0 || column + x < 0 || row + y >= drawing.size || column + x >= drawing.size) continue;
      const int distance = std::max(std::abs(x), std::abs(y));
      drawing.Draw(row + y, column + x, distance != light && distance != 4);
    }
  }
}

// 6.3 and 7.9, 7.10; `format` is drawn into both of its places (figure 25).
inline void NaiveDrawFormat(NaiveDrawing& drawing, unsigned format) {
  const int size = drawing.size;
  static constexpr int kRows[15] = {0, 1, 2, 3, 4, 5, 7, 8, 8, 8, 8, 8, 8, 8, 8};
  static constexpr int kColumns[15] = {8, 8, 8, 8, 8, 8, 8, 8, 7, 5, 4, 3, 2, 1, 0};
  for (int i = 0; i < 15; ++i) {
    const bool bit = (format >> i & 1) != 0;
    drawing.Draw(kRows[i], kColumns[i], bit);
    if (i < 8) {
      drawing.Draw(8, size - 1 - i, bit);
    } else {
      drawing.Draw(size - 15 + i, 8, bit);
    }
  }
  drawing.Draw(size - 8, 8, true);
}

inline void NaiveDrawFunctionPatterns(NaiveDrawing& drawing, int version) {
  const int size = drawing.size;
  for (int i = 0; i < size; ++i) {
    drawing.Draw(6, i, i % 2 == 0);
    drawing.Draw(i, 6, i % 2 == 0);
  }
  NaiveDrawSquares(drawing, 3, 3, 4, 2);
  NaiveDrawSquares(drawing, 3, size - 4, 4, 2);
  NaiveDrawSquares(drawing, size - 4, 3, 4, 2);
  const std::vector<int>& centres = NaiveAlignmentCentres(version);
  for (const int row : centres) {
    for (const int column : centres) {
      const bool on_finder =
          (row == 6 && column == 6) || (row == 6 && column == size - 7) || (row == size - 7 && column == 6);
      if (!on_finder) NaiveDrawSquares(drawing, row, column, 2, 1);
    }
  }
  NaiveDrawFormat(drawing, 0);
  if (version < 7) return;
  const unsigned information = NaiveBch(static_cast<unsigned>(version), 0b1111100100101, 13);
  for (int i = 0; i < 18; ++i) {
    drawing.Draw(i / 3, size - 11 + i % 3, (information >> i & 1) != 0);
    drawing.Draw(size - 11 + i % 3, i / 3, (information >> i & 1) != 0);
  }
}

// 7.7.3: the open modules in the order of the bits.
inline std::vector<std::array<int, 2>> NaiveBitPlaces(const NaiveDrawing& drawing) {
  std::vector<std::array<int, 2>> places;
  bool upward = true;
  for (int right = drawing.size - 1; right > 0; right -= 2) {
    if (right == 6) right = 5;
    for (int i = 0; i < drawing.size; ++i) {
      const int row = upward ? drawing.size - 1 - i : i;
      for (const int column : {right, right - 1}) {
        if (!drawing.IsTaken(row, column)) places.push_back({row, column});
      }
    }
    upward = !upward;
  }
  return places;
}

// 7.8.3, with what it leaves open as libqrencode has it: see docs/qr.md.
inline int NaiveLinePenalty(const std::vector<bool>& line) {
  // Lengths of runs, by turns light and dark; the first, light one may be 0.
  std::vector<int> runs = {0};
  for (const bool dark : line) {
    if (dark != (runs.size() % 2 == 0)) runs.push_back(0);
    ++runs.back();
  }
  int penalty = 0;
  for (const int run : runs) {
    if (run >= 5) penalty += 3 + run - 5;
  }
  const auto light = [&runs](std::size_t i, int needed) {  // a light run, or the outside
    return i == 0 || i + 1 >= runs.size() || runs[i] >= needed;
  };
  for (std::size_t i = 1; i + 4 < runs.size(); i += 2) {
    const int unit = runs[i];
    if (runs[i + 1] != unit || runs[i + 2] != 3 * unit || runs[i + 3] != unit || runs[i + 4] != unit) continue;
    if (light(i - 1, 4 * unit) || light(i + 5, 4 * unit)) penalty += 40;
  }
  return penalty;
}

inline int NaivePenalty(const NaiveModules& dark) {
  const std::size_t size = dark.size();
  int penalty = 0, dark_count = 0;
  for (std::size_t i = 0; i < size; ++i) {
    std::vector<bool> column;
    for (std::size_t row = 0; row < size; ++row) column.push_back(dark[row][i]);
    penalty += NaiveLinePenalty(dark[i]) + NaiveLinePenalty(column);
    for (const bool module : column) dark_count += module;
  }
  for (std::size_t row = 0; row + 1 < size; ++row) {
    for (std::size_t column = 0; column + 1 < size; ++column) {
      const bool first = dark[row][column];
      if (dark[row][column + 1] == first && dark[row + 1][column] == first && dark[row + 1][column + 1] == first) {
        penalty += 3;
      }
    }
  }
  const int total = static_cast<int>(size * size);
  const int percent = (200 * dark_count + total) / total / 2;
  return penalty + std::abs(percent - 50) / 5 * 10;
}

struct NaiveSymbol {
  int version;
  int level;  // 0 to 3: L, M, Q, H
  int mask;
  NaiveModules dark;
};

// With mask -1 the one of the lowest penalty.
inline NaiveSymbol NaiveEncode(const std::vector<NaiveSegment>& segments, int version, int level, int mask) {
  NaiveDrawing plain(version);
  NaiveDrawFunctionPatterns(plain, version);
  const std::vector<int> message = NaiveMessage(NaiveData(segments, version, level), version, level);
  const std::vector<std::array<int, 2>> places = NaiveBitPlaces(plain);

  NaiveSymbol best = {version, level, -1, {}};
  int least = INT_MAX;
  for (int candidate = mask < 0 ? 0 : mask; candidate <= (mask < 0 ? 7 : mask); ++candidate) {
    NaiveDrawing drawing = plain;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto [row, column] = places[i];
      const bool bit = i / 8 < message.size() && (message[i / 8] >> (7 - i % 8) & 1) != 0;  // what remains is 0
      drawing.Draw(row, column, bit != NaiveMaskInverts(candidate, row, column));
    }
    NaiveDrawFormat(drawing, NaiveFormat(level, candidate));
    const int penalty = mask < 0 ? NaivePenalty(drawing.dark) : 0;
    if (penalty >= least) continue;
    least = penalty;
    best.mask = candidate;
    best.dark = drawing.dark;
  }
  return best;
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_NAIVE_QR_H_
