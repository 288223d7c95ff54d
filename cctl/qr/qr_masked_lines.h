// SPDX-License-Identifier: MIT
//
// Applies masks to a QR code: one mask with Word = std::uint64_t, or as many as a vector has lanes. Private to cctl/qr.

#ifndef CCTL_QR_QR_MASKED_LINES_H_
#define CCTL_QR_QR_MASKED_LINES_H_

#include <cstdint>
#include <cstring>

#include "cctl/qr/qr_grid.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_line.h"
#include "cctl/qr/qr_mask.h"

namespace cctl::detail {

// A symbol before its mask, without the format information, which names the mask.
template <int kWords>
struct QrUnmasked {
  int size;
  QrLevel level;
  QrGrid<kWords> rows;
  QrGrid<kWords> columns;
  QrGrid<kWords> open;  // where masks apply: the same by rows and by columns
};

template <typename Word>
inline constexpr int kQrLanes = sizeof(Word) / sizeof(std::uint64_t);

template <typename Word>
[[gnu::always_inline]] constexpr std::uint64_t QrLane(const Word& word, [[maybe_unused]] int lane) {
  if constexpr (kQrLanes<Word> == 1) {
    return word;
  } else {
    return word[lane];
  }
}

template <typename Word>
[[gnu::always_inline]] constexpr void LoadQrLanes(const std::uint64_t* from, Word& word) {
  if constexpr (kQrLanes<Word> == 1) {
    word = *from;
  } else {
    std::memcpy(&word, from, sizeof word);
  }
}

// Writes the rows, or with `columns` the columns, of the whole symbol as the masks make them, of which the first lane
// has the number `first`.
template <typename Word, int kWords>
[[gnu::always_inline]] constexpr void MaskQrLines(const QrUnmasked<kWords>& symbol, int first, bool columns,
                                                  QrLine<Word, kWords>* lines) {
  QrLine<Word, kWords> mask[kQrMaskPeriod];
  for (int i = 0; i < kQrMaskPeriod; ++i) {
    Word twelve;
    LoadQrLanes((columns ? kQrMaskColumns : kQrMaskRows)[i] + first, twelve);
    RepeatQrMask(twelve, mask[i]);
  }
  const QrGrid<kWords>& grid = columns ? symbol.columns : symbol.rows;
  for (int i = 0, phase = 0; i < symbol.size; ++i) {
    for (int k = 0; k < kWords; ++k) {
      lines[i].word[k] = (mask[phase].word[k] & symbol.open.line(i)[k]) ^ grid.line(i)[k];
    }
    if (++phase == kQrMaskPeriod) phase = 0;
  }
  Word format;
  LoadQrLanes(kQrFormatInformation[static_cast<int>(symbol.level)] + first, format);
  DrawQrFormatInformation(format, symbol.size, columns, lines);
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_MASKED_LINES_H_
