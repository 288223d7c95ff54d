// SPDX-License-Identifier: MIT
//
// From data codewords to the final message: Reed-Solomon blocks, interleaved (ISO/IEC 18004:2015, 7.5 and 7.6).
// Private to cctl/qr/qr_code.h.

#ifndef CCTL_QR_QR_CODEWORDS_H_
#define CCTL_QR_QR_CODEWORDS_H_

#include <cstdint>

#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/reed_solomon.h"

namespace cctl::detail {

// Reads QrDataCodewords(version, level) bytes, writes QrCodewords(version). A block's remainder is a chain in which
// each step waits for the one before; so two blocks are encoded side by side.
constexpr void InterleaveQrBlocks(int version, QrLevel level, const std::uint8_t* data, std::uint8_t* out) {
  const QrBlocks blocks = QrBlocksOf(version, level);
  const int total = QrDataCodewords(version, level);
  const int shorter = total / blocks.count;  // data codewords in each of the first blocks
  const int first_longer = blocks.count - total % blocks.count;
  const ReedSolomonEncoder encoder(blocks.error_codewords);
  const auto start = [&](int block) {
    return data + block * shorter + (block > first_longer ? block - first_longer : 0);
  };

  for (int block = 0; block < blocks.count; ++block) {
    const std::uint8_t* const from = start(block);
    for (int i = 0; i < shorter; ++i) out[i * blocks.count + block] = from[i];
    if (block >= first_longer) out[shorter * blocks.count + block - first_longer] = from[shorter];
  }

  const auto finish = [&](int block, ReedSolomonPolynomial remainder) {
    if (block >= first_longer) encoder.Step(remainder, start(block)[shorter]);
    for (int i = 0; i < encoder.degree(); ++i) {
      out[total + i * blocks.count + block] = ReedSolomonEncoder::Codeword(remainder, i);
    }
  };
  int block = 0;
  for (; block + 1 < blocks.count; block += 2) {
    const std::uint8_t* const first = start(block);
    const std::uint8_t* const second = start(block + 1);
    ReedSolomonPolynomial first_remainder = {}, second_remainder = {};
    for (int i = 0; i < shorter; ++i) {
      encoder.Step(first_remainder, first[i]);
      encoder.Step(second_remainder, second[i]);
    }
    finish(block, first_remainder);
    finish(block + 1, second_remainder);
  }
  if (block == blocks.count) return;
  ReedSolomonPolynomial remainder = {};
  for (int i = 0; i < shorter; ++i) encoder.Step(remainder, start(block)[i]);
  finish(block, remainder);
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_CODEWORDS_H_
