// SPDX-License-Identifier: MIT
//
// How hard a masked QR code is to read (ISO/IEC 18004:2015, 7.8.3), for several masks at once: one in each lane of a
// vector. Nine tenths of an encoder's time usually go into this question. Private to cctl/qr/qr_best_mask.h.
//
// Where the standard leaves it open we count as libqrencode does: a finder-like pattern counts once, whether light
// modules are before or behind it; what is outside of the symbol is light; patterns of any scale count; and the share
// of dark modules is rounded to whole percents.

#ifndef CCTL_QR_QR_PENALTY_H_
#define CCTL_QR_QR_PENALTY_H_

#include <cstdint>

#include "cctl/qr/qr_line.h"
#include "cctl/qr/qr_masked_lines.h"

namespace cctl::detail {

// Table 11: a run of n >= 5 equal modules costs 3 + n - 5, a square of 2 by 2 equal ones 3, and further:
inline constexpr std::uint32_t kQrFinderPenalty = 40;
inline constexpr std::uint32_t kQrBalancePenalty = 10;  // for every 5 % off one half

// The words of one bit per module that are 1 for the modules first to last.
template <int kWords>
constexpr QrLine<std::uint64_t, kWords> QrModulesUpTo(int last) {
  QrLine<std::uint64_t, kWords> line = {};
  for (int i = kQrMargin; i <= last + kQrMargin; ++i) line.word[i / 64] |= std::uint64_t{1} << i % 64;
  return line;
}

// How many bits of each byte are set.
template <typename Word>
[[gnu::always_inline]] constexpr void CountQrBits(const Word& word, Word& bytes) {
  const Word two = word - (word >> 1 & 0x5555555555555555u);
  const Word four = (two & 0x3333333333333333u) + (two >> 2 & 0x3333333333333333u);
  bytes = (four + (four >> 4)) & 0x0f0f0f0f0f0f0f0fu;
}

// Adds a word's bytes to four sums of 16 bits.
template <typename Word>
[[gnu::always_inline]] constexpr void AddQrBytes(const Word& bytes, Word& sums) {
  sums += bytes & 0x00ff00ff00ff00ffu;
  sums += bytes >> 8 & 0x00ff00ff00ff00ffu;
}

// The total of a lane's four sums of 16 bits.
constexpr std::uint32_t QrTotal(std::uint64_t sums) {
  return static_cast<std::uint32_t>((sums & 0xffff) + (sums >> 16 & 0xffff) + (sums >> 32 & 0xffff) + (sums >> 48));
}

// Adds what the lines cost each lane's mask, but for the balance and for wide finder-like patterns; with kRows also
// the squares of two lines, and how many modules are dark to `dark`.
template <bool kRows, typename Word, int kWords>
[[gnu::always_inline]] constexpr void ScoreQrLines(const QrLine<Word, kWords>* lines, int size,
                                                   std::uint32_t* penalties, [[maybe_unused]] std::uint32_t* dark) {
  using Line = QrLine<Word, kWords>;
  Line may_start_run, may_start_pair;
  for (int k = 0; k < kWords; ++k) {
    may_start_run.word[k] = Word{} + QrModulesUpTo<kWords>(size - 5).word[k];
    may_start_pair.word[k] = Word{} + QrModulesUpTo<kWords>(size - 2).word[k];
  }
  // Sixteen modules cost at most 16 for runs, 48 for squares and 3 * 40 for finders, so that 177 rows and as many
  // columns fit into sums of 16 bits. What is counted by itself is summed up in smaller fields for some lines first.
  Word sums = {}, dark_sums = {};
  constexpr int kLinesAtOnce = kWords == 1 ? 14 : kWords == 2 ? 7 : 5;
  static_assert(kLinesAtOnce * kWords <= 15, "a finder in each nibble");
  static_assert(kLinesAtOnce * kWords * 8 <= 255, "eight dark modules in each byte");

  for (int start = 0; start < size; start += kLinesAtOnce) {
    const int end = size - start < kLinesAtOnce ? size : start + kLinesAtOnce;
    Word finder_nibbles = {}, dark_bytes = {};
    for (int i = start; i < end; ++i) {
      const Line& x = lines[i];
      const Line next = x >> 1;
      const Line edge = x ^ next;  // between this module and the next
      const Line edge1 = edge >> 1, edge2 = edge >> 2;
      const Line edge_in_two = edge | edge1;

      // Runs of n >= 5 equal modules are n - 4 ones in `five`, widened to the n - 2 that they cost.
      const Line five = ~(edge_in_two | edge_in_two >> 2) & may_start_run;
      const Line runs = five | five << 1 | five << 2;

      // Finder-like patterns by their edges, 111 00 111 from the one before the pattern on; four light modules
      // are before or behind, which makes the first of the pattern dark. They are six apart or more, so in a nibble
      // there is one at most.
      const Line edges = edge & edge1 & edge2;
      const Line dark_in_two = x | next;
      const Line dark_in_four = dark_in_two | dark_in_two >> 2;
      const Line finders = edges & edges >> 5 & ~(edge_in_two >> 3 | (dark_in_four << 3 & dark_in_four >> 8));

      Line squares = {};
      if constexpr (kRows) {
        if (i > 0) {
          const Line change = x ^ lines[i - 1];
          squares = ~(edge | change | change >> 1) & may_start_pair;
        }
      }

      for (int k = 0; k < kWords; ++k) {
        const Word in_two = finders.word[k] | finders.word[k] >> 1;
        finder_nibbles += (in_two | in_two >> 2) & 0x1111111111111111u;
        Word cost;
        CountQrBits(runs.word[k], cost);
        if constexpr (kRows) {
          Word bytes;
          CountQrBits(squares.word[k], bytes);
          cost += bytes + (bytes << 1);
          CountQrBits(x.word[k], bytes);
          dark_bytes += bytes;
        }
        AddQrBytes(cost, sums);
      }
    }
    const Word finder_bytes = (finder_nibbles & 0x0f0f0f0f0f0f0f0fu) + (finder_nibbles >> 4 & 0x0f0f0f0f0f0f0f0fu);
    Word finder_sums = {};
    AddQrBytes(finder_bytes, finder_sums);
    sums += (finder_sums << 5) + (finder_sums << 3);
    if constexpr (kRows) AddQrBytes(dark_bytes, dark_sums);
  }
  for (int lane = 0; lane < kQrLanes<Word>; ++lane) {
    penalties[lane] += QrTotal(QrLane(sums, lane));
    if constexpr (kRows) dark[lane] = QrTotal(QrLane(dark_sums, lane));
  }
}

// Writes what the masks first to first + kQrLanes<Word> - 1 cost, but for wide finder-like patterns.
template <typename Word, int kWords>
[[gnu::always_inline]] constexpr void ScoreQrMasks(const QrUnmasked<kWords>& symbol, int first,
                                                   std::uint32_t* penalties) {
  constexpr int kLanes = kQrLanes<Word>;
  for (int lane = 0; lane < kLanes; ++lane) penalties[lane] = 0;
  std::uint32_t dark[kLanes] = {};
  QrLine<Word, kWords> lines[64 * kWords];
  MaskQrLines(symbol, first, true, lines);
  ScoreQrLines<false>(lines, symbol.size, penalties, dark);
  MaskQrLines(symbol, first, false, lines);
  ScoreQrLines<true>(lines, symbol.size, penalties, dark);

  const int modules = symbol.size * symbol.size;
  for (int lane = 0; lane < kLanes; ++lane) {
    const int percent = (200 * static_cast<int>(dark[lane]) + modules) / modules / 2;  // rounded
    const int fives = (percent < 50 ? 50 - percent : percent - 50) / 5;
    penalties[lane] += kQrBalancePenalty * static_cast<std::uint32_t>(fives);
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_PENALTY_H_
