// SPDX-License-Identifier: MIT
//
// Numbers as decimal digits, without <charconv> (which would cost every includer a fifth of a light header's
// allowance). Usable in a constant expression; no allocation.

#ifndef CCTL_BASE_DECIMAL_H_
#define CCTL_BASE_DECIMAL_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cctl {

constexpr bool IsDecimalDigit(char c) { return c >= '0' && c <= '9'; }

// Appends `value` to anything with append(std::string_view), with zeros in front up to `width` digits (at most 20).
template <typename Sink>
constexpr void AppendDecimal(std::uint64_t value, Sink& out, std::size_t width = 1) {
  constexpr std::size_t kMost = 20;  // of a 64-bit number
  char digits[kMost];
  for (char& digit : digits) digit = '0';
  std::size_t start = kMost;
  do {
    digits[--start] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  const std::size_t padded = kMost - (width < kMost ? width : kMost);
  if (padded < start) start = padded;
  out.append(std::string_view(digits + start, kMost - start));
}

}  // namespace cctl

#endif  // CCTL_BASE_DECIMAL_H_
