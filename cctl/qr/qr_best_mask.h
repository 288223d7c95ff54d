// SPDX-License-Identifier: MIT
//
// Chooses the mask of a QR code: the one of the lowest penalty, the first of several. By the widest vectors that the
// processor has; in a constant expression one mask after the other. Private to cctl/qr/qr_code.h.

#ifndef CCTL_QR_QR_BEST_MASK_H_
#define CCTL_QR_QR_BEST_MASK_H_

#include <cstdint>
#include <type_traits>

#include "cctl/base/x86_features.h"
#include "cctl/qr/qr_mask.h"
#include "cctl/qr/qr_masked_lines.h"
#include "cctl/qr/qr_penalty.h"
#include "cctl/qr/qr_wide_finders.h"

namespace cctl::detail {

// The penalties of all eight masks, by plain words.
template <int kWords>
constexpr void ScoreQrMasksPortable(const QrUnmasked<kWords>& symbol, std::uint32_t (&penalties)[kQrMaskCount]) {
  for (int mask = 0; mask < kQrMaskCount; ++mask) {
    ScoreQrMasks<std::uint64_t>(symbol, mask, penalties + mask);
  }
}

#ifdef __GNUC__

using QrWords2 [[gnu::vector_size(16)]] = std::uint64_t;

// By vectors of two words, which every x86-64 and AArch64 processor has; others get them made of plain ones.
template <int kWords>
[[gnu::noinline]] void ScoreQrMasksByTwo(const QrUnmasked<kWords>& symbol, std::uint32_t (&penalties)[kQrMaskCount]) {
  for (int mask = 0; mask < kQrMaskCount; mask += 2) ScoreQrMasks<QrWords2>(symbol, mask, penalties + mask);
}

#endif

#if defined(__x86_64__) && defined(__GNUC__)

using QrWords4 [[gnu::vector_size(32)]] = std::uint64_t;

// By vectors of four. Call it only where HasAvx2().
template <int kWords>
[[gnu::noinline, gnu::target("avx2")]] void ScoreQrMasksAvx2(const QrUnmasked<kWords>& symbol,
                                                             std::uint32_t (&penalties)[kQrMaskCount]) {
  for (int mask = 0; mask < kQrMaskCount; mask += 4) ScoreQrMasks<QrWords4>(symbol, mask, penalties + mask);
}

#endif

template <int kWords>
constexpr void ScoreAllQrMasks(const QrUnmasked<kWords>& symbol, std::uint32_t (&penalties)[kQrMaskCount]) {
  if (std::is_constant_evaluated()) return ScoreQrMasksPortable(symbol, penalties);
#if defined(__x86_64__) && defined(__GNUC__)
  if (HasAvx2()) return ScoreQrMasksAvx2(symbol, penalties);
#endif
#ifdef __GNUC__
  ScoreQrMasksByTwo(symbol, penalties);
#else
  ScoreQrMasksPortable(symbol, penalties);
#endif
}

// Wide finder-like patterns are rare, and can only add to a penalty. So they are counted for the best mask alone; if it
// is then no longer the best, for the next one.
template <int kWords>
constexpr int BestQrMask(const QrUnmasked<kWords>& symbol) {
  std::uint32_t penalties[kQrMaskCount] = {};
  ScoreAllQrMasks(symbol, penalties);
  bool counted[kQrMaskCount] = {};
  for (;;) {
    int best = 0;
    for (int mask = 1; mask < kQrMaskCount; ++mask) {
      if (penalties[mask] < penalties[best]) best = mask;
    }
    if (counted[best]) return best;
    penalties[best] += kQrFinderPenalty * CountWideQrFinders(symbol, best);
    counted[best] = true;
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_BEST_MASK_H_
