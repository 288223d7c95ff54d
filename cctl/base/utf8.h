// SPDX-License-Identifier: MIT
//
// UTF-8, one character at a time (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). Usable in a
// constant expression.

#ifndef CCTL_BASE_UTF8_H_
#define CCTL_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cctl {

struct Utf8Character {
  char32_t code_point = 0;
  std::size_t size = 0;  // in bytes, 1 to 4; 0: what comes next is no UTF-8 (or nothing comes)
};

// The character at the start of `text`.
constexpr Utf8Character DecodeUtf8(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xc2 && first < 0xe0   ? 2
                           : first >= 0xe0 && first < 0xf0 ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  if (size == 0 || text.size() < size) return {};
  char32_t c = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    c = c << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (size == 3 && c < 0x800) || (size == 4 && c < 0x10000);
  if (overlong || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) return {};
  return {c, size};
}

// Appends the UTF-8 form of a code point up to U+10FFFF that is no surrogate to anything with push_back(char).
template <typename Sink>
constexpr void AppendUtf8(char32_t c, Sink& out) {
  const auto put = [&out](char32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

}  // namespace cctl

#endif  // CCTL_BASE_UTF8_H_
