// SPDX-License-Identifier: MIT
//
// Reads the PNG files that cctl writes (W3C PNG, second edition): greyscale, one bit per pixel, rows without a filter,
// IHDR, IDATs and IEND and nothing else. Strict: every length, CRC and sum has to be right and nothing may follow.

#ifndef CCTL_TESTS_SUPPORT_PNG_READER_H_
#define CCTL_TESTS_SUPPORT_PNG_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/inflate.h"

namespace cctl::testing {

struct PngImage {
  std::size_t width = 0;
  std::vector<std::string> rows;  // as in the file, but for the filter's byte: eight pixels in a byte, 1 is white
  std::size_t data_chunks = 0;    // IDATs
};

inline std::uint32_t ReadPngNumber(std::string_view four) {
  std::uint32_t value = 0;
  for (const char c : four) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// PNG, annex D, bit by bit.
inline std::uint32_t PngCrc(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    for (int i = 0; i < 8; ++i) {
      const bool low = ((crc ^ static_cast<unsigned char>(c) >> i) & 1) != 0;
      crc = low ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
  }
  return ~crc;
}

// The image, or nothing if anything is wrong with the file.
inline std::optional<PngImage> ReadPng(std::string_view file) {
  constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
  if (!file.starts_with(kSignature)) return std::nullopt;
  file.remove_prefix(kSignature.size());

  PngImage image;
  std::size_t height = 0;
  std::string stream;
  for (std::string_view last; last != "IEND";) {
    if (file.size() < 12 || file.size() - 12 < ReadPngNumber(file.substr(0, 4))) return std::nullopt;
    const std::size_t size = ReadPngNumber(file.substr(0, 4));
    const std::string_view type = file.substr(4, 4), data = file.substr(8, size);
    if (PngCrc(file.substr(4, 4 + size)) != ReadPngNumber(file.substr(8 + size, 4))) return std::nullopt;
    if (type == "IHDR" && last.empty() && size == 13) {
      image.width = ReadPngNumber(data.substr(0, 4));
      height = ReadPngNumber(data.substr(4, 4));
      if (data.substr(8) != std::string_view("\1\0\0\0\0", 5)) return std::nullopt;
    } else if (type == "IDAT" && (last == "IHDR" || last == "IDAT")) {
      stream += data;
      ++image.data_chunks;
    } else if (type != "IEND" || last != "IDAT" || size != 0) {
      return std::nullopt;
    }
    last = type;
    file.remove_prefix(12 + size);
  }
  if (!file.empty()) return std::nullopt;

  const std::optional<std::string> rows = Inflater::Inflate(stream);
  const std::size_t row_size = 1 + (image.width + 7) / 8;
  if (!rows || image.width == 0 || rows->size() != height * row_size) return std::nullopt;
  for (std::size_t at = 0; at < rows->size(); at += row_size) {
    if ((*rows)[at] != 0) return std::nullopt;
    image.rows.push_back(rows->substr(at + 1, row_size - 1));
  }
  return image;
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_PNG_READER_H_
