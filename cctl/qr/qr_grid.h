// SPDX-License-Identifier: MIT
//
// The modules of a QR code as lines of bits (cctl/qr/qr_line.h), either its rows or its columns. Private to cctl/qr.

#ifndef CCTL_QR_QR_GRID_H_
#define CCTL_QR_QR_GRID_H_

#include <cstdint>

#include "cctl/qr/qr_line.h"

namespace cctl::detail {

// Line i is at index i + kQrMargin, so that a grid is made of whole squares of 64 by 64 bits and easy to transpose.
template <int kWords>
struct QrGrid {
  static constexpr int kLines = 64 * kWords;

  std::uint64_t lines[kLines][kWords] = {};

  constexpr std::uint64_t (&line(int i))[kWords] { return lines[i + kQrMargin]; }
  constexpr const std::uint64_t (&line(int i) const)[kWords] { return lines[i + kQrMargin]; }

  // Sets modules of line i, from module `at` on, where `bits` has ones.
  constexpr void Set(int i, int at, std::uint64_t bits) {
    const int word = (at + kQrMargin) / 64, shift = (at + kQrMargin) % 64;
    line(i)[word] |= bits << shift;
    if constexpr (kWords > 1) {
      if (shift > 0 && word < kWords - 1) line(i)[word + 1] |= bits >> (64 - shift);
    }
  }

  // Clears them.
  constexpr void Clear(int i, int at, std::uint64_t bits) {
    const int word = (at + kQrMargin) / 64, shift = (at + kQrMargin) % 64;
    line(i)[word] &= ~(bits << shift);
    if constexpr (kWords > 1) {
      if (shift > 0 && word < kWords - 1) line(i)[word + 1] &= ~(bits >> (64 - shift));
    }
  }
};

// Exchanges, along the diagonal of a square of 64 by 64 bits, the halves off it of every square of 2 * kHalf.
template <int kHalf>
constexpr void TransposeQrHalves(std::uint64_t (&square)[64]) {
  constexpr std::uint64_t kLowHalves = ~std::uint64_t{0} / ((std::uint64_t{1} << kHalf) + 1);
  for (int start = 0; start < 64; start += 2 * kHalf) {
    for (int i = start; i < start + kHalf; ++i) {
      const std::uint64_t changed = (square[i] >> kHalf ^ square[i + kHalf]) & kLowHalves;
      square[i + kHalf] ^= changed;
      square[i] ^= changed << kHalf;
    }
  }
}

constexpr void TransposeQrSquare(std::uint64_t (&square)[64]) {
  TransposeQrHalves<32>(square);
  TransposeQrHalves<16>(square);
  TransposeQrHalves<8>(square);
  TransposeQrHalves<4>(square);
  TransposeQrHalves<2>(square);
  TransposeQrHalves<1>(square);
}

// The rows where `from` has the columns, or the other way round.
template <int kWords>
constexpr void TransposeQrGrid(const QrGrid<kWords>& from, QrGrid<kWords>& to) {
  std::uint64_t square[64] = {};
  for (int i = 0; i < kWords; ++i) {
    for (int k = 0; k < kWords; ++k) {
      for (int line = 0; line < 64; ++line) square[line] = from.lines[64 * i + line][k];
      TransposeQrSquare(square);
      for (int line = 0; line < 64; ++line) to.lines[64 * k + line][i] = square[line];
    }
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_GRID_H_
