// SPDX-License-Identifier: MIT
//
// Puts the codewords into the open modules of a QR code: in pairs of columns from the right, up and down by turns, the
// right module of a row before the left one (ISO/IEC 18004:2015, 7.7.3). Private to cctl/qr/qr_code.h.
//
// Not module by module: where both columns of a pair are open for some rows, that many pairs of bits are taken at
// once, parted into their even and odd ones, and put into the two columns as they are.

#ifndef CCTL_QR_QR_PLACEMENT_H_
#define CCTL_QR_QR_PLACEMENT_H_

#include <bit>
#include <cstdint>

#include "cctl/base/bytes.h"
#include "cctl/qr/qr_grid.h"

namespace cctl::detail {

// Codewords are followed by this many bytes of 0: they are read in words, and up to seven modules remain at the end.
inline constexpr int kQrCodewordSlack = 9;

class QrBitReader {
 public:
  constexpr explicit QrBitReader(const std::uint8_t* in) : in_(in) {}

  static constexpr int kMost = 56;

  // The next 1 to kMost bits as a number, the first the highest.
  constexpr std::uint64_t Take(int count) {
    const std::uint64_t ahead = LoadBigEndian64(in_ + position_ / 8) << position_ % 8;
    position_ += static_cast<std::uint32_t>(count);
    return ahead >> (64 - count);
  }

 private:
  const std::uint8_t* in_;
  std::uint32_t position_ = 0;  // in bits
};

// Bits 0, 2, 4, ... of `bits` side by side.
constexpr std::uint64_t EvenBits(std::uint64_t bits) {
  bits &= 0x5555555555555555;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
  return (bits | bits >> 16) & 0x00000000ffffffff;
}

// The lowest `count` bits in the opposite order.
constexpr std::uint64_t ReverseBits(std::uint64_t bits, int count) {
  bits = (bits >> 1 & 0x5555555555555555) | (bits & 0x5555555555555555) << 1;
  bits = (bits >> 2 & 0x3333333333333333) | (bits & 0x3333333333333333) << 2;
  bits = (bits >> 4 & 0x0f0f0f0f0f0f0f0f) | (bits & 0x0f0f0f0f0f0f0f0f) << 4;
  bits = (bits >> 8 & 0x00ff00ff00ff00ff) | (bits & 0x00ff00ff00ff00ff) << 8;
  bits = (bits >> 16 & 0x0000ffff0000ffff) | (bits & 0x0000ffff0000ffff) << 16;
  return std::rotl(bits, 32) >> (64 - count);
}

// The next rows of a pair of columns that are all open on the same sides.
struct QrRun {
  int row;    // the lowest bit of them
  int count;  // 1 to 56, or 28 where both sides are open
  bool right;
  bool left;
};

// The first run, from below or from above, in what is still open of the two words; one of them is not 0.
constexpr QrRun FirstQrRun(std::uint64_t right, std::uint64_t left, bool upward) {
  const std::uint64_t any = right | left;
  const int first = upward ? 63 - std::countl_zero(any) : std::countr_zero(any);
  QrRun run = {first, 0, (right >> first & 1) != 0, (left >> first & 1) != 0};
  const std::uint64_t same = (run.right ? right : ~right) & (run.left ? left : ~left);
  const int most = run.right && run.left ? QrBitReader::kMost / 2 : QrBitReader::kMost;
  const int length = upward ? std::countl_one(same << (63 - first)) : std::countr_one(same >> first);
  run.count = length < most ? length : most;
  if (upward) run.row = first - run.count + 1;
  return run;
}

// Draws the codewords into the columns of a symbol, of which `open` says where they go.
template <int kWords>
constexpr void PlaceQrCodewords(const std::uint8_t* codewords, int size, const QrGrid<kWords>& open,
                                QrGrid<kWords>& columns) {
  QrBitReader bits(codewords);
  bool upward = true;
  for (int column = size - 1; column > 0; column -= 2, upward = !upward) {
    if (column == 6) --column;  // the timing pattern
    for (int i = 0; i < kWords; ++i) {
      const int word = upward ? kWords - 1 - i : i;
      std::uint64_t right = open.line(column)[word];
      std::uint64_t left = open.line(column - 1)[word];
      while ((right | left) != 0) {
        const QrRun run = FirstQrRun(right, left, upward);
        const int width = run.right && run.left ? 2 * run.count : run.count;
        std::uint64_t taken = bits.Take(width);
        // Going up, the first bit is the highest, as the lowest row is.
        if (!upward) taken = ReverseBits(taken, width);
        if (run.right && run.left) {
          // Reversed, the right one of each two is the lower.
          columns.line(column)[word] |= EvenBits(upward ? taken >> 1 : taken) << run.row;
          columns.line(column - 1)[word] |= EvenBits(upward ? taken : taken >> 1) << run.row;
        } else {
          columns.line(run.right ? column : column - 1)[word] |= taken << run.row;
        }
        const std::uint64_t done = ~(~std::uint64_t{0} << run.count) << run.row;
        right &= ~done;
        left &= ~done;
      }
    }
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_PLACEMENT_H_
