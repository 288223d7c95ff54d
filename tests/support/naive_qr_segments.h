// SPDX-License-Identifier: MIT
//
// The part of the naive QR encoder that makes bits of a text: segments, written plainly from ISO/IEC 18004:2015, 7.4,
// and the best way to divide a text into them.

#ifndef CCTL_TESTS_SUPPORT_NAIVE_QR_SEGMENTS_H_
#define CCTL_TESTS_SUPPORT_NAIVE_QR_SEGMENTS_H_

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cctl::testing {

enum class NaiveMode { kNumeric, kAlphanumeric, kByte, kUtf8Eci };

struct NaiveSegment {
  NaiveMode mode;
  std::string text;  // empty for kUtf8Eci

  friend bool operator==(const NaiveSegment&, const NaiveSegment&) = default;
};

using NaiveBits = std::vector<bool>;

inline constexpr std::string_view kNaiveAlphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";  // table 5

// Table 3.
inline int NaiveCountBits(int version, NaiveMode mode) {
  if (mode == NaiveMode::kUtf8Eci) return 8;  // no count, but an assignment number (7.4.2)
  static constexpr int kBits[3][3] = {{10, 12, 14}, {9, 11, 13}, {8, 16, 16}};
  return kBits[static_cast<int>(mode)][version <= 9 ? 0 : version <= 26 ? 1 : 2];
}

inline void NaivePut(NaiveBits& bits, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i) bits.push_back((value >> i & 1) != 0);
}

// 7.4.2 to 7.4.5.
inline void NaivePutSegment(NaiveBits& bits, const NaiveSegment& segment, int version) {
  static constexpr unsigned kIndicators[] = {0b0001, 0b0010, 0b0100, 0b0111};  // table 2
  NaivePut(bits, kIndicators[static_cast<int>(segment.mode)], 4);
  const std::string& text = segment.text;
  const int count_bits = NaiveCountBits(version, segment.mode);
  NaivePut(bits, segment.mode == NaiveMode::kUtf8Eci ? 26u : static_cast<unsigned>(text.size()), count_bits);
  switch (segment.mode) {
    case NaiveMode::kNumeric:
      for (std::size_t i = 0; i < text.size(); i += 3) {
        const std::string digits = text.substr(i, 3);
        NaivePut(bits, static_cast<unsigned>(std::stoi(digits)), digits.size() == 3 ? 10 : digits.size() == 2 ? 7 : 4);
      }
      break;
    case NaiveMode::kAlphanumeric:
      for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto first = static_cast<unsigned>(kNaiveAlphanumerics.find(text[i]));
        if (i + 1 == text.size()) {
          NaivePut(bits, first, 6);
        } else {
          NaivePut(bits, 45 * first + static_cast<unsigned>(kNaiveAlphanumerics.find(text[i + 1])), 11);
        }
      }
      break;
    case NaiveMode::kByte:
      for (const char c : text) NaivePut(bits, static_cast<unsigned char>(c), 8);
      break;
    case NaiveMode::kUtf8Eci:
      break;
  }
}

inline int NaiveBitCount(const std::vector<NaiveSegment>& segments, int version) {
  NaiveBits bits;
  for (const NaiveSegment& segment : segments) NaivePutSegment(bits, segment, version);
  return static_cast<int>(bits.size());
}

struct NaiveDivision {
  int bits;
  std::vector<NaiveSegment> segments;
};

// The least number of bits that any division of the text into segments takes, and a division that takes no more. Ways
// to read a prefix are kept apart by the mode of its last segment and by how many characters that has beyond whole
// groups of three or two; each remembers the way that it goes on from.
inline NaiveDivision NaiveBestBits(std::string_view text, int version) {
  constexpr int kNever = INT_MAX / 2;
  struct Way {
    int bits = kNever;
    int from = 0;         // the way to read one character less
    bool starts = false;  // a segment with the last character
  };
  // Numeric with 0, 1 or 2 digits beyond, alphanumeric with 0 or 1 characters, bytes.
  using Ways = std::array<Way, 6>;
  constexpr NaiveMode kModes[6] = {NaiveMode::kNumeric,      NaiveMode::kNumeric,      NaiveMode::kNumeric,
                                   NaiveMode::kAlphanumeric, NaiveMode::kAlphanumeric, NaiveMode::kByte};
  const auto best_of = [](const Ways& ways) {
    return static_cast<int>(
        std::min_element(ways.begin(), ways.end(), [](const Way& a, const Way& b) { return a.bits < b.bits; }) -
        ways.begin());
  };

  std::vector<Ways> ways(text.size() + 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int ended = best_of(ways[i]);
    const int ended_bits = i == 0 ? 0 : ways[i][static_cast<std::size_t>(ended)].bits;
    const auto improve = [&](std::size_t to, const Way& way) {
      if (way.bits < ways[i + 1][to].bits) ways[i + 1][to] = way;
    };
    const auto go_on = [&](int from, std::size_t to, int bits) {
      improve(to, {ways[i][static_cast<std::size_t>(from)].bits + bits, from, false});
    };
    const auto start = [&](std::size_t to, int bits) {
      improve(to, {ended_bits + 4 + NaiveCountBits(version, kModes[to]) + bits, ended, true});
    };
    if (text[i] >= '0' && text[i] <= '9') {  // 4, 7 and 10 bits for one, two and three digits
      start(1, 4);
      go_on(0, 1, 4);
      go_on(1, 2, 3);
      go_on(2, 0, 3);
    }
    if (kNaiveAlphanumerics.find(text[i]) != std::string_view::npos) {  // 6 and 11 bits for one and two characters
      start(4, 6);
      go_on(3, 4, 6);
      go_on(4, 3, 5);
    }
    start(5, 8);
    go_on(5, 5, 8);
  }
  if (text.empty()) return {0, {}};

  int way = best_of(ways[text.size()]);
  NaiveDivision best = {ways[text.size()][static_cast<std::size_t>(way)].bits, {}};
  std::size_t end = text.size();
  for (std::size_t i = text.size(); i > 0; --i) {
    const Way& last = ways[i][static_cast<std::size_t>(way)];
    if (last.starts) {
      best.segments.push_back({kModes[way], std::string(text.substr(i - 1, end - i + 1))});
      end = i - 1;
    }
    way = last.from;
  }
  std::reverse(best.segments.begin(), best.segments.end());
  return best;
}

inline int NaiveLeastBits(std::string_view text, int version) { return NaiveBestBits(text, version).bits; }

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_NAIVE_QR_SEGMENTS_H_
