// SPDX-License-Identifier: MIT
//
// The four error correction levels of a QR code (ISO/IEC 18004:2015, 7.5.1): how much of a symbol may be dirty or
// missing before it cannot be read. Each higher one costs modules.

#ifndef CCTL_QR_QR_LEVEL_H_
#define CCTL_QR_QR_LEVEL_H_

#include <cstdint>

namespace cctl {

enum class QrLevel : std::uint8_t {
  kL,  // about 7 % of the codewords can be restored
  kM,  // 15 %
  kQ,  // 25 %
  kH,  // 30 %
};

inline constexpr int kQrLevelCount = 4;

// 'L', 'M', 'Q' or 'H'.
constexpr char QrLevelLetter(QrLevel level) { return "LMQH"[static_cast<int>(level)]; }

}  // namespace cctl

#endif  // CCTL_QR_QR_LEVEL_H_
