// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_segments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/qr/qr_mode.h"
#include "tests/support/seeded_random.h"

namespace cctl::detail {
namespace {

// 7.4: what one segment takes in the versions of a range, with its header (table 3).
int SegmentBits(int range, QrMode mode, int characters) {
  constexpr int kCountBits[3][3] = {{10, 9, 8}, {12, 11, 16}, {14, 13, 16}};
  const int header = 4 + kCountBits[range][static_cast<int>(mode)];
  switch (mode) {
    case QrMode::kNumeric:
      return header + characters / 3 * 10 + (characters % 3 == 0 ? 0 : 3 * (characters % 3) + 1);
    case QrMode::kAlphanumeric:
      return header + characters / 2 * 11 + characters % 2 * 6;
    default:
      return header + 8 * characters;
  }
}

bool Holds(QrMode mode, char c) {
  constexpr std::string_view kAlphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const std::size_t at = kAlphanumerics.find(c);
  if (mode == QrMode::kNumeric) return at < 10;
  return mode == QrMode::kByte || at != std::string_view::npos;
}

// What runs of equal modes take as segments.
int BitsOfModes(int range, const std::vector<QrMode>& modes) {
  int bits = 0;
  for (std::size_t start = 0, end; start < modes.size(); start = end) {
    for (end = start; end < modes.size() && modes[end] == modes[start];) ++end;
    bits += SegmentBits(range, modes[start], static_cast<int>(end - start));
  }
  return bits;
}

// The least that any assignment of modes takes from character `modes.size()` on: all of them are tried.
int LeastByTrying(int range, std::string_view text, std::vector<QrMode>& modes) {
  if (modes.size() == text.size()) return BitsOfModes(range, modes);
  int least = std::numeric_limits<int>::max();
  for (const QrMode mode : {QrMode::kNumeric, QrMode::kAlphanumeric, QrMode::kByte}) {
    if (!Holds(mode, text[modes.size()])) continue;
    modes.push_back(mode);
    least = std::min(least, LeastByTrying(range, text, modes));
    modes.pop_back();
  }
  return least;
}

// The least for every prefix of a text, by every last segment.
int LeastByLastSegments(int range, std::string_view text) {
  std::vector<int> least(text.size() + 1, std::numeric_limits<int>::max());
  least[0] = 0;
  for (std::size_t end = 1; end <= text.size(); ++end) {
    for (const QrMode mode : {QrMode::kNumeric, QrMode::kAlphanumeric, QrMode::kByte}) {
      for (std::size_t start = end; start > 0 && Holds(mode, text[start - 1]);) {
        --start;
        least[end] = std::min(least[end], least[start] + SegmentBits(range, mode, static_cast<int>(end - start)));
      }
    }
  }
  return least[text.size()];
}

void ExpectLeast(std::string_view text, int range, int least) {
  const auto segments = std::make_unique<QrSegmentation>(text, range);
  ASSERT_EQ(segments->bits(), static_cast<std::uint32_t>(least)) << text << " " << range;
  std::vector<QrMode> modes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    modes.push_back(segments->mode(i));
    ASSERT_TRUE(Holds(modes.back(), text[i])) << text << " " << range << " " << i;
  }
  ASSERT_EQ(BitsOfModes(range, modes), least) << text << " " << range;
}

TEST(QrSegments, AreTheCheapestOfAllForShortTexts) {
  std::vector<std::string> texts = {""};
  for (std::size_t i = 0; i < texts.size() && texts[i].size() < 7; ++i) {
    for (const char c : {'7', 'A', 'a'}) texts.push_back(texts[i] + c);
  }
  ASSERT_EQ(texts.size(), 3280u);
  for (const std::string& text : texts) {
    for (int range = 0; range < 3; ++range) {
      std::vector<QrMode> modes;
      ExpectLeast(text, range, LeastByTrying(range, text, modes));
      if (HasFatalFailure()) return;
    }
  }
}

// Runs of one kind, as long as those at which a change of modes begins to pay.
TEST(QrSegments, AreTheCheapestOfAllForLongerTexts) {
  testing::SeededRandom random(1);
  for (int round = 0; round < 1500; ++round) {
    std::string text;
    const std::size_t size = 1 + random.Below(80);
    while (text.size() < size) text.append(1 + random.Below(20), "7A\xff"[random.Below(3)]);
    for (int range = 0; range < 3; ++range) {
      ExpectLeast(text, range, LeastByLastSegments(range, text));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(QrSegments, AreOneForTheLongestTexts) {
  ExpectLeast(std::string(7089, '7'), 2, SegmentBits(2, QrMode::kNumeric, 7089));
  ExpectLeast(std::string(4296, 'A'), 2, SegmentBits(2, QrMode::kAlphanumeric, 4296));
  ExpectLeast(std::string(2953, 'a'), 2, SegmentBits(2, QrMode::kByte, 2953));
  ExpectLeast(std::string(7089, 'a'), 2, SegmentBits(2, QrMode::kByte, 7089));  // fits nowhere, and is counted
}

// Zeros and ones as bytes; the last one is filled with zeros.
std::vector<std::uint8_t> Bytes(std::string_view bits) {
  std::vector<std::uint8_t> bytes;
  int count = 0;
  for (const char c : bits) {
    if (c != '0' && c != '1') continue;  // a blank, for the reader
    if (count % 8 == 0) bytes.push_back(0);
    bytes.back() = static_cast<std::uint8_t>(bytes.back() | (c - '0') << (7 - count % 8));
    ++count;
  }
  return bytes;
}

std::string Binary(unsigned value, int bits) {
  std::string text;
  for (int bit = bits - 1; bit >= 0; --bit) text += (value >> bit & 1) != 0 ? '1' : '0';
  return text;
}

// The data codewords of a text. What is behind them stays as it was.
std::vector<std::uint8_t> Put(std::string_view text, int range, bool utf8_eci, int count) {
  const auto segments = std::make_unique<QrSegmentation>(text, range);
  std::vector<std::uint8_t> out(count + 4, 0x5a);
  PutQrData(text, *segments, range, utf8_eci, count, out.data());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(out[count + i], 0x5a) << text;
  out.resize(count);
  return out;
}

TEST(QrSegments, BitsAreWrittenTheHighestFirst) {
  testing::SeededRandom random(2);
  for (int round = 0; round < 200; ++round) {
    std::uint8_t out[200] = {};
    QrBitWriter writer(out);
    std::string expected;
    for (int i = 0; i < 40; ++i) {
      const int bits = 1 + static_cast<int>(random.Below(32));
      const auto value = static_cast<std::uint32_t>(random.Next() >> (64 - bits));
      writer.Put(value, bits);
      expected += Binary(value, bits);
    }
    const std::vector<std::uint8_t> bytes = Bytes(expected);
    ASSERT_EQ(writer.Finish(), out + bytes.size());
    ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), out)) << expected;
  }
}

// 7.4.3, example 1, in 1-M as annex I has it.
TEST(QrSegments, WritesTheNumericExampleOfTheStandard) {
  EXPECT_EQ(Put("01234567", 0, false, 16),
            Bytes("00010000 00100000 00001100 01010110 01100001 10000000 11101100 00010001 11101100 00010001"
                  "11101100 00010001 11101100 00010001 11101100 00010001"));
}

// Table 3.
TEST(QrSegments, WritesCountsByRange) {
  const std::string digits = "0000001100 0101011001 1010100110 1110000101 0011101010 0101";
  const std::string_view text = "0123456789012345";
  EXPECT_EQ(Put(text, 0, false, 9), Bytes("0001 0000010000" + digits + "0000"));
  EXPECT_EQ(Put(text, 1, false, 9), Bytes("0001 000000010000" + digits + "00"));
  EXPECT_EQ(Put(text, 2, false, 10), Bytes("0001 00000000010000" + digits + "0000"));
  EXPECT_EQ(Put("a", 0, false, 3), Bytes("0100 00000001 01100001 0000"));
  EXPECT_EQ(Put("a", 1, false, 4), Bytes("0100 0000000000000001 01100001 0000"));
  EXPECT_EQ(Put("AB", 1, false, 4), Bytes("0010 00000000010 00111001101 0000"));
  EXPECT_EQ(Put("AB", 2, false, 4), Bytes("0010 0000000000010 00111001101 0000"));
}

// 7.4.4, the example.
TEST(QrSegments, WritesTheAlphanumericExampleOfTheStandard) {
  EXPECT_EQ(Put("AC-42", 0, false, 9),
            Bytes("0010 000000101 00111001110 11100111001 000010 0000 000 11101100 00010001 11101100"));
}

TEST(QrSegments, WritesBytesAndChangesModes) {
  EXPECT_EQ(Put(std::string_view("\xff\0z", 3), 0, false, 7),
            Bytes("0100 00000011 11111111 00000000 01111010 0000 11101100 00010001"));
  EXPECT_EQ(Put("a1234567890", 0, false, 9),
            Bytes("0100 00000001 01100001 0001 0000001010 0001111011 0111001000 1100010101 0000 0000"));
}

TEST(QrSegments, WritesNoSegmentForNoText) { EXPECT_EQ(Put("", 0, false, 3), Bytes("00000000 11101100 00010001")); }

// 7.4.2: mode 0111 and assignment number 26, UTF-8, before the first segment.
TEST(QrSegments, WritesTheEciHeader) {
  EXPECT_EQ(Put("\xc3\xa9", 0, true, 8),
            Bytes("0111 00011010 0100 00000010 11000011 10101001 0000 0000 11101100 00010001"));
  EXPECT_EQ(Put("\xc3\xa9", 0, true, 5), Bytes("0111 00011010 0100 00000010 11000011 10101001"));
  EXPECT_EQ(Put("", 0, true, 2), Bytes("0111 00011010 0000"));
}

// 7.4.9 and 7.4.10: a terminator of four zeros, or as many as there is room for; zeros up to a whole codeword; then the
// two pad codewords by turns.
TEST(QrSegments, PadsWhatIsLeft) {
  std::set<int> seen;
  for (int size = 1; size <= 40; ++size) {
    const std::string text = std::string("314159265358979323846264338327950288419716").substr(0, size);
    std::string bits = "0001" + Binary(static_cast<unsigned>(size), 10);
    for (int at = 0; at < size; at += 3) {
      const std::string group = text.substr(at, 3);
      bits += Binary(static_cast<unsigned>(std::stoi(group)), 3 * static_cast<int>(group.size()) + 1);
    }
    const int whole = (static_cast<int>(bits.size()) + 7) / 8;
    for (int count = whole; count < whole + 5; ++count) {
      const int left = 8 * count - static_cast<int>(bits.size());
      seen.insert(left);
      std::vector<std::uint8_t> expected = Bytes(bits + std::string(std::min(left, 4), '0'));
      for (int i = 0; static_cast<int>(expected.size()) < count; ++i) expected.push_back(i % 2 == 0 ? 0xec : 0x11);
      EXPECT_EQ(Put(text, 0, false, count), expected) << text << " " << count;
    }
  }
  for (int left = 0; left <= 12; ++left) EXPECT_TRUE(seen.contains(left)) << left;
}

}  // namespace
}  // namespace cctl::detail
