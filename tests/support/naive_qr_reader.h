// SPDX-License-Identifier: MIT
//
// Reads an undamaged QR code back: which segments it holds. By the steps of ISO/IEC 18004:2015, clause 12, without
// error correction: every codeword has to be right.

#ifndef CCTL_TESTS_SUPPORT_NAIVE_QR_READER_H_
#define CCTL_TESTS_SUPPORT_NAIVE_QR_READER_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/naive_qr.h"
#include "tests/support/naive_qr_segments.h"
#include "tests/support/naive_qr_tables.h"

namespace cctl::testing {

struct NaiveReading {
  int version;
  int level;
  int mask;
  std::vector<NaiveSegment> segments;

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const NaiveSegment& segment : segments) all += segment.text;
    return all;
  }
};

// The segments in the bits of all data codewords; none where they are no segments, terminator and padding.
inline std::optional<std::vector<NaiveSegment>> NaiveReadSegments(const NaiveBits& bits, int version) {
  std::size_t at = 0;
  const auto take = [&](int count) {
    unsigned value = 0;
    for (int i = 0; i < count; ++i, ++at) value = value * 2 + (at < bits.size() && bits[at]);
    return value;
  };
  std::vector<NaiveSegment> segments;
  while (bits.size() - at >= 4) {
    const unsigned indicator = take(4);
    if (indicator == 0) break;
    NaiveSegment segment{NaiveMode::kByte, {}};
    if (indicator == 1) segment.mode = NaiveMode::kNumeric;
    if (indicator == 2) segment.mode = NaiveMode::kAlphanumeric;
    if (indicator == 7) segment.mode = NaiveMode::kUtf8Eci;
    if (indicator != 4 && segment.mode == NaiveMode::kByte) return std::nullopt;
    unsigned count = take(NaiveCountBits(version, segment.mode));
    if (at > bits.size()) return std::nullopt;
    if (segment.mode == NaiveMode::kUtf8Eci) {
      if (count != 26) return std::nullopt;
      count = 0;
    }
    while (count > 0) {
      if (segment.mode == NaiveMode::kNumeric) {
        const unsigned digits = count < 3 ? count : 3;
        const std::string number = std::to_string(take(digits == 3 ? 10 : digits == 2 ? 7 : 4));
        if (number.size() > digits) return std::nullopt;
        segment.text += std::string(digits - number.size(), '0') + number;
        count -= digits;
      } else if (segment.mode == NaiveMode::kAlphanumeric) {
        const unsigned pair = take(count == 1 ? 6 : 11);
        if (pair >= (count == 1 ? 45u : 45u * 45u)) return std::nullopt;
        if (count > 1) segment.text += kNaiveAlphanumerics[pair / 45];
        segment.text += kNaiveAlphanumerics[pair % 45];
        count -= count == 1 ? 1 : 2;
      } else {
        segment.text += static_cast<char>(take(8));
        --count;
      }
      if (at > bits.size()) return std::nullopt;
    }
    segments.push_back(segment);
  }
  while (at % 8 != 0 && at < bits.size()) {
    if (take(1) != 0) return std::nullopt;
  }
  for (bool first = true; at < bits.size(); first = !first) {
    if (take(8) != (first ? 0xec : 0x11)) return std::nullopt;
  }
  return segments;
}

// None where anything at all is not as an encoder has to make it.
inline std::optional<NaiveReading> NaiveRead(const NaiveModules& dark) {
  const int version = (static_cast<int>(dark.size()) - 17) / 4;
  if (version < 1 || version > 40 || static_cast<int>(dark.size()) != 17 + 4 * version) return std::nullopt;
  NaiveDrawing plain(version);
  NaiveDrawFunctionPatterns(plain, version);

  for (int level = 0; level < 4; ++level) {
    for (int mask = 0; mask < 8; ++mask) {
      NaiveDrawing expected = plain;
      NaiveDrawFormat(expected, NaiveFormat(level, mask));
      bool same = true;
      for (std::size_t row = 0; row < dark.size(); ++row) {
        for (std::size_t column = 0; column < dark.size(); ++column) {
          same = same && (!expected.taken[row][column] || expected.dark[row][column] == dark[row][column]);
        }
      }
      if (!same) continue;

      std::vector<int> message;
      const std::vector<std::array<int, 2>> places = NaiveBitPlaces(plain);
      for (std::size_t i = 0; i + 8 <= places.size(); i += 8) {
        int codeword = 0;
        for (std::size_t k = 0; k < 8; ++k) {
          const auto [row, column] = places[i + k];
          const bool bit = dark[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
          codeword = codeword * 2 + (bit != NaiveMaskInverts(mask, row, column));
        }
        message.push_back(codeword);
      }

      // Data codewords back into the order of the blocks; then everything made of them has to be what was read.
      std::vector<std::vector<int>> blocks;
      for (const NaiveBlocks& group : NaiveBlocksOf(version, level)) {
        for (int i = 0; i < group.count; ++i) blocks.emplace_back(static_cast<std::size_t>(group.data));
      }
      std::size_t next = 0;
      for (std::size_t i = 0; i < blocks.back().size(); ++i) {
        for (std::vector<int>& block : blocks) {
          if (i < block.size()) block[i] = message[next++];
        }
      }
      std::vector<int> data;
      for (const std::vector<int>& block : blocks) data.insert(data.end(), block.begin(), block.end());
      if (NaiveMessage(data, version, level) != message) return std::nullopt;

      NaiveBits bits;
      for (const int codeword : data) NaivePut(bits, static_cast<unsigned>(codeword), 8);
      auto segments = NaiveReadSegments(bits, version);
      if (!segments) return std::nullopt;
      return NaiveReading{version, level, mask, *segments};
    }
  }
  return std::nullopt;
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_NAIVE_QR_READER_H_
