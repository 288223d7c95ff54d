// SPDX-License-Identifier: MIT
//
// Divides a text into segments of the three modes so that it takes the fewest bits, and writes them as the data
// codewords of a symbol (ISO/IEC 18004:2015, 7.4). Private to cctl/qr/qr_code.h. No allocation.

#ifndef CCTL_QR_QR_SEGMENTS_H_
#define CCTL_QR_QR_SEGMENTS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_mode.h"

namespace cctl::detail {

inline constexpr std::size_t kMaxQrCharacters = 7089;  // QrCapacity(40, QrLevel::kL, QrMode::kNumeric)

inline constexpr int kQrEciBits = 12;  // mode indicator 0111 and an assignment number below 128 (7.4.2)

// The mode of each character of a text, so that runs of one mode are its segments.
class QrSegmentation {
 public:
  // Finds the cheapest for the versions of a range, 0 to 2. `text` has at most kMaxQrCharacters.
  constexpr QrSegmentation(std::string_view text, int range);

  // What the segments take, headers and all.
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
  [[nodiscard]] constexpr QrMode mode(std::size_t i) const { return static_cast<QrMode>(modes_[i]); }

 private:
  std::uint32_t bits_ = 0;
  std::uint8_t modes_[kMaxQrCharacters];  // as many as the text has characters; while searching, see below
};

// Dynamic programming over the text: the least cost of the characters so far with the last of them in each mode. A
// segment may be continued or, rounded up to whole bits, followed by a new one. Costs that differ only within a bit
// stay comparable, because whatever follows costs both the same. Per character the predecessors of the three modes are
// kept, two bits each; going back along them leaves the modes.
constexpr QrSegmentation::QrSegmentation(std::string_view text, int range) {
  constexpr std::uint32_t kNever = 1u << 30;  // above any real cost, and far from overflow
  constexpr unsigned kDigits = 0, kAlphanumerics = 1, kBytes = 2;
  const auto header = [range](unsigned mode) {
    return static_cast<std::uint32_t>(6 * QrHeaderBits(range, static_cast<QrMode>(mode)));
  };
  const std::uint32_t headers[kQrModeCount] = {header(kDigits), header(kAlphanumerics), header(kBytes)};
  const auto whole_bits = [](std::uint32_t sixths) { return (sixths + 5) / 6 * 6; };

  // All in sixths of a bit. Before the first character each mode would only have to be entered.
  std::uint32_t digits = headers[kDigits], alphanumerics = headers[kAlphanumerics], bytes = headers[kBytes];
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned from_digits = kDigits, from_alphanumerics = kAlphanumerics, from_bytes = kBytes;
    if (i > 0) {
      // The cheapest way to end the last segment here; bytes are always possible, and whole.
      std::uint32_t least = bytes;
      unsigned before = kBytes;
      if (alphanumerics < kNever && whole_bits(alphanumerics) < least) {
        least = whole_bits(alphanumerics), before = kAlphanumerics;
      }
      if (digits < kNever && whole_bits(digits) < least) least = whole_bits(digits), before = kDigits;
      if (least + headers[kDigits] < digits) digits = least + headers[kDigits], from_digits = before;
      if (least + headers[kAlphanumerics] < alphanumerics) {
        alphanumerics = least + headers[kAlphanumerics], from_alphanumerics = before;
      }
      if (least + headers[kBytes] < bytes) bytes = least + headers[kBytes], from_bytes = before;
    }
    const int value = QrAlphanumericValue(text[i]);
    digits = static_cast<unsigned>(value) < 10 ? digits + kQrCharacterSixths[kDigits] : kNever;
    alphanumerics = value >= 0 ? alphanumerics + kQrCharacterSixths[kAlphanumerics] : kNever;
    bytes += kQrCharacterSixths[kBytes];
    modes_[i] = static_cast<std::uint8_t>(from_digits | from_alphanumerics << 2 | from_bytes << 4);
  }
  if (text.empty()) bytes = 0;  // no segment at all

  std::uint32_t least = bytes;
  unsigned mode = kBytes;
  if (whole_bits(alphanumerics) < least) least = whole_bits(alphanumerics), mode = kAlphanumerics;
  if (whole_bits(digits) < least) least = whole_bits(digits), mode = kDigits;
  bits_ = least / 6;
  for (std::size_t i = text.size(); i-- > 0;) {
    const unsigned before = modes_[i] >> 2 * mode & 3u;
    modes_[i] = static_cast<std::uint8_t>(mode);
    mode = before;
  }
}

// Writes numbers of up to 32 bits one behind the other, the highest bit first.
class QrBitWriter {
 public:
  // Writes into bytes that the caller has and that are enough.
  constexpr explicit QrBitWriter(std::uint8_t* out) : out_(out) {}

  constexpr void Put(std::uint32_t value, int bits) {
    held_ = held_ << bits | value;
    for (held_bits_ += bits; held_bits_ >= 8; held_bits_ -= 8) {
      *out_++ = static_cast<std::uint8_t>(held_ >> (held_bits_ - 8));
    }
  }

  // Fills the last byte with zeros. Returns where the next one goes.
  constexpr std::uint8_t* Finish() {
    if (held_bits_ > 0) Put(0, 8 - held_bits_);
    return out_;
  }

 private:
  std::uint8_t* out_;
  std::uint64_t held_ = 0;
  int held_bits_ = 0;  // 0 to 7 between calls
};

// The characters of one segment.
constexpr void PutQrCharacters(QrMode mode, std::string_view text, QrBitWriter& out) {
  switch (mode) {
    case QrMode::kNumeric:
      while (!text.empty()) {
        const std::size_t count = text.size() < 3 ? text.size() : 3;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < count; ++i) value = 10 * value + static_cast<std::uint32_t>(text[i] - '0');
        out.Put(value, static_cast<int>(3 * count + 1));
        text.remove_prefix(count);
      }
      return;
    case QrMode::kAlphanumeric:
      for (; text.size() >= 2; text.remove_prefix(2)) {
        out.Put(static_cast<std::uint32_t>(45 * QrAlphanumericValue(text[0]) + QrAlphanumericValue(text[1])), 11);
      }
      if (!text.empty()) out.Put(static_cast<std::uint32_t>(QrAlphanumericValue(text[0])), 6);
      return;
    case QrMode::kByte:
      for (const char c : text) out.Put(static_cast<unsigned char>(c), 8);
      return;
  }
}

// Writes the `count` data codewords of a symbol into which the segments fit: segments, terminator and padding (7.4.9,
// 7.4.10).
constexpr void PutQrData(std::string_view text, const QrSegmentation& segments, int range, bool utf8_eci, int count,
                         std::uint8_t* out) {
  QrBitWriter bits(out);
  int left = 8 * count - static_cast<int>(segments.bits());
  if (utf8_eci) {
    constexpr std::uint32_t kEciMode = 0b0111, kUtf8 = 26;
    bits.Put(kEciMode << 8 | kUtf8, kQrEciBits);
    left -= kQrEciBits;
  }
  for (std::size_t start = 0; start < text.size();) {
    const QrMode mode = segments.mode(start);
    std::size_t end = start + 1;
    while (end < text.size() && segments.mode(end) == mode) ++end;
    bits.Put(QrModeIndicator(mode), kQrModeIndicatorBits);
    bits.Put(static_cast<std::uint32_t>(end - start), kQrCountBits[range][static_cast<int>(mode)]);
    PutQrCharacters(mode, text.substr(start, end - start), bits);
    start = end;
  }
  bits.Put(0, left < 4 ? left : 4);
  std::uint8_t padding = 0xec;
  for (std::uint8_t* next = bits.Finish(); next != out + count; ++next, padding ^= 0xec ^ 0x11) *next = padding;
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_SEGMENTS_H_
