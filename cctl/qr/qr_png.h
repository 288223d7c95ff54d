// SPDX-License-Identifier: MIT
//
// Draws a QR code as PNG (W3C, PNG specification, second edition; ISO/IEC 15948): greyscale, one bit per pixel. No
// library, and no allocation but the sink's.
//
// Modules make rows that repeat, and that is all there is to compress: a row is written once, and the rows below that
// are the same as references to it (RFC 1951, fixed Huffman codes). A link at eight pixels per module takes 2 KB.
//
//   std::string png;
//   const auto drawn = cctl::AppendQrPng(code, {.scale = 4}, png);

#ifndef CCTL_QR_QR_PNG_H_
#define CCTL_QR_QR_PNG_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_quiet_zone.h"

namespace cctl {

inline constexpr int kMaxQrPngScale = 64;  // a row of the largest code then still is within a reference's reach

struct QrPngOptions {
  int quiet_zone = kQrQuietZone;
  int scale = 8;        // pixels of a module on each side, 1 to kMaxQrPngScale
  bool invert = false;  // exchanges dark and light
};

namespace detail {

// A chunk of PNG: its length, type and data, and the CRC-32 of the latter two (PNG, 5.3 and 5.5).
template <typename Sink>
constexpr void AppendPngChunk(std::string_view type, std::string_view data, Sink& out) {
  std::uint32_t crc = 0xffffffff;
  const auto put = [&](std::string_view bytes) {
    for (const char byte : bytes) {
      crc ^= static_cast<unsigned char>(byte);
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1) * 0xedb88320;
    }
    out.append(bytes);
  };
  const auto number = [](std::uint32_t value, char(&digits)[4]) {
    for (int i = 0; i < 4; ++i) digits[i] = static_cast<char>(value >> (24 - 8 * i));
  };
  char four[4] = {};
  number(static_cast<std::uint32_t>(data.size()), four);
  out.append(std::string_view(four, 4));
  put(type);
  put(data);
  number(~crc, four);
  out.append(std::string_view(four, 4));
}

// Compressed data of a PNG (RFC 1950), in chunks of its own.
template <typename Sink>
class PngDataWriter {
 public:
  constexpr explicit PngDataWriter(Sink& out) : out_(out) {
    PutByte(0x78);  // deflate with a window of 32 KB
    PutByte(0x01);  // so that both bytes are divisible by 31; no dictionary
    PutBits(1, 1);  // the last block
    PutBits(1, 2);  // with fixed Huffman codes
  }

  constexpr void PutLiteral(std::uint8_t byte) {
    Sum(byte);
    if (byte < 144) {
      PutCode(0x30u + byte, 8);
    } else {
      PutCode(0x190u + (byte - 144u), 9);
    }
  }

  // Repeats what the sum has to know, too: `count` times the `size` bytes of `row`, which have just been written.
  constexpr void PutCopies(const std::uint8_t* row, int size, int count) {
    for (int copy = 0; copy < count; ++copy) {
      for (int i = 0; i < size; ++i) Sum(row[i]);
    }
    // A match has 3 to 258 bytes: what would leave one or two is made shorter.
    for (int left = size * count; left > 0;) {
      const int length = left <= 258 ? left : left < 261 ? left - 3 : 258;
      PutLength(length);
      PutDistance(size);
      left -= length;
    }
  }

  constexpr void Finish() {
    PutCode(0, 7);  // end of block
    if (held_bits_ > 0) PutBits(0, 8 - held_bits_);
    const std::uint32_t sum = high_sum_ << 16 | low_sum_;
    for (int shift = 24; shift >= 0; shift -= 8) PutByte(static_cast<std::uint8_t>(sum >> shift));
    Flush();
  }

 private:
  // Adler-32 (RFC 1950, section 8.2).
  constexpr void Sum(std::uint8_t byte) {
    low_sum_ = (low_sum_ + byte) % 65521;
    high_sum_ = (high_sum_ + low_sum_) % 65521;
  }

  // RFC 1951, section 3.2.5: a symbol for the highest bits of a length or distance, and the lower ones as they are.
  constexpr void PutLength(int length) {
    const auto above = static_cast<unsigned>(length - 3);
    const int extra = above < 8 || length == 258 ? 0 : static_cast<int>(std::bit_width(above)) - 3;
    PutSymbol(length == 258 ? 285
              : above < 8   ? 257 + above
                            : 261 + 4 * static_cast<unsigned>(extra) + (above >> extra & 3));
    PutBits(above & ((1u << extra) - 1), extra);
  }

  constexpr void PutDistance(int distance) {
    const auto above = static_cast<unsigned>(distance - 1);
    const int extra = above < 4 ? 0 : static_cast<int>(std::bit_width(above)) - 2;
    PutCode(above < 4 ? above : 2 * static_cast<unsigned>(extra + 1) + (above >> extra & 1), 5);
    PutBits(above & ((1u << extra) - 1), extra);
  }

  constexpr void PutSymbol(unsigned symbol) {
    if (symbol < 280) {
      PutCode(symbol - 256, 7);
    } else {
      PutCode(0xc0 + (symbol - 280), 8);
    }
  }

  // A Huffman code, which goes out with its highest bit first.
  constexpr void PutCode(unsigned code, int bits) {
    for (int i = bits - 1; i >= 0; --i) PutBits(code >> i & 1, 1);
  }

  constexpr void PutBits(std::uint32_t value, int bits) {
    held_ |= value << held_bits_;
    for (held_bits_ += bits; held_bits_ >= 8; held_bits_ -= 8) {
      PutByte(static_cast<std::uint8_t>(held_));
      held_ >>= 8;
    }
  }

  constexpr void PutByte(std::uint8_t byte) {
    buffer_[size_++] = static_cast<char>(byte);
    if (size_ == sizeof buffer_) Flush();
  }

  constexpr void Flush() {
    if (size_ > 0) AppendPngChunk("IDAT", std::string_view(buffer_, size_), out_);
    size_ = 0;
  }

  Sink& out_;
  std::uint32_t held_ = 0;
  int held_bits_ = 0;
  std::uint32_t low_sum_ = 1;
  std::uint32_t high_sum_ = 0;
  std::size_t size_ = 0;
  char buffer_[8192] = {};  // a chunk: most codes are one
};

}  // namespace detail

// Appends the file to anything with append(std::string_view). Error: kOutOfRange, part "scale"; nothing is appended.
template <typename Sink>
constexpr Result<void> AppendQrPng(const QrCode& code, const QrPngOptions& options, Sink& out) {
  if (options.scale < 1 || options.scale > kMaxQrPngScale) return Error{Errc::kOutOfRange, 0, kMaxQrPngScale, "scale"};
  const int margin = ClampQrQuietZone(options.quiet_zone);
  const int modules = code.size() + 2 * margin;
  const int side = modules * options.scale;

  out.append(std::string_view("\x89PNG\r\n\x1a\n", 8));
  std::uint8_t header[13] = {};  // width, height, 1 bit, greyscale; the only compression, filter and no interlace
  StoreBigEndian32(static_cast<std::uint32_t>(side), header);
  StoreBigEndian32(static_cast<std::uint32_t>(side), header + 4);
  header[8] = 1;
  char header_text[13] = {};
  for (int i = 0; i < 13; ++i) header_text[i] = static_cast<char>(header[i]);
  detail::AppendPngChunk("IHDR", std::string_view(header_text, sizeof header_text), out);

  constexpr int kMaxSide = (QrSize(kMaxQrVersion) + 2 * kMaxQrQuietZone) * kMaxQrPngScale;
  constexpr int kMaxRow = 1 + kMaxSide / 8 + 1;
  static_assert(kMaxRow <= 32'768, "the reach of a reference");
  std::uint8_t row[kMaxRow];
  const int row_size = 1 + (side + 7) / 8;
  detail::PngDataWriter<Sink> data(out);
  const auto dark = [&](int column, int line) { return code.IsDark(column - margin, line - margin) != options.invert; };
  for (int first = 0, next = 0; first < modules; first = next) {
    // As many rows of modules as are the same; all of a margin are.
    const auto same = [&](int line) {
      for (int column = 0; column < modules; ++column) {
        if (dark(column, line) != dark(column, first)) return false;
      }
      return true;
    };
    for (next = first + 1; next < modules && same(next);) ++next;
    for (int i = 0; i < row_size; ++i) row[i] = 0;  // the first byte: no filter
    for (int pixel = 0; pixel < side; ++pixel) {
      if (!dark(pixel / options.scale, first)) row[1 + pixel / 8] |= static_cast<std::uint8_t>(0x80 >> pixel % 8);
    }
    for (int i = 0; i < row_size; ++i) data.PutLiteral(row[i]);
    const int copies = (next - first) * options.scale - 1;
    if (copies > 0) data.PutCopies(row, row_size, copies);
  }
  data.Finish();
  detail::AppendPngChunk("IEND", {}, out);
  return {};
}

}  // namespace cctl

#endif  // CCTL_QR_QR_PNG_H_
