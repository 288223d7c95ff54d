// SPDX-License-Identifier: MIT
//
// Base16 (RFC 4648, section 8), written in lower case, read in either case. Usable in a constant expression. The time a
// digit takes depends on its class, not on its value's position in a table, so a key's hexadecimal form decides no
// memory access.

#ifndef CCTL_BASE_HEX_H_
#define CCTL_BASE_HEX_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"

namespace cctl {

// The value of a hexadecimal digit in either case, or -1.
constexpr int HexDigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The lower-case digit of a value from 0 to 15, without a branch or a table: the value may be part of a key. Above 9,
// 9 - value has all of its upper bits set, and the letters are 39 behind where the digits would go on.
constexpr char HexDigit(unsigned value) { return static_cast<char>('0' + value + ((9u - value) >> 8 & 39u)); }

// Writes 2 * in.size() lower-case digits to `out`, which must have room for them.
constexpr void EncodeHex(ByteView in, char* out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    *out++ = HexDigit(in[i] >> 4u);
    *out++ = HexDigit(in[i] & 15u);
  }
}

// Reads exactly 2 * out.size() digits. Errors, `part` being the caller's word for the text: kTruncated (offset: where
// the text ends), kInvalid (offset: the first character that is no digit), kTooLong (offset and value: the length that
// is allowed). `out` is written only as far as the digits are good.
constexpr Result<void> DecodeHex(std::string_view text, ByteSpan out, const char* part) {
  const std::size_t want = 2 * out.size();
  for (std::size_t i = 0; i < want; ++i) {
    if (i >= text.size()) return Error{Errc::kTruncated, static_cast<std::uint32_t>(i), 0, part};
    const int digit = HexDigitValue(text[i]);
    if (digit < 0) return Error{Errc::kInvalid, static_cast<std::uint32_t>(i), 0, part};
    std::uint8_t& byte = out[i / 2];
    byte = static_cast<std::uint8_t>(i % 2 == 0 ? digit << 4 : byte | digit);
  }
  if (text.size() > want) {
    return Error{Errc::kTooLong, static_cast<std::uint32_t>(want), static_cast<std::uint32_t>(want), part};
  }
  return {};
}

// True if the text is nothing but `digits` lower-case hexadecimal digits.
constexpr bool IsLowerHex(std::string_view text, std::size_t digits) {
  if (text.size() != digits) return false;
  for (const char c : text) {
    if (HexDigitValue(c) < 0 || (c >= 'A' && c <= 'F')) return false;
  }
  return true;
}

}  // namespace cctl

#endif  // CCTL_BASE_HEX_H_
