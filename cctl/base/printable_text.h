// SPDX-License-Identifier: MIT
//
// Makes a text from outside (a name, a version, another program's message) safe to show: control characters, escape
// sequences, bidirectional and zero-width formatting (Unicode Standard Annex #9) and bytes that are no UTF-8 (RFC 3629)
// each become one `?`, and Printable cuts what is longer than 64 characters. A terminal then shows what was sent, not
// what the sender wanted to draw.

#ifndef CCTL_BASE_PRINTABLE_TEXT_H_
#define CCTL_BASE_PRINTABLE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/inline_string.h"
#include "cctl/base/utf8.h"

namespace cctl {

inline constexpr std::size_t kPrintableCharacters = 64;  // a line of a terminal with room for words around it

using PrintableText = InlineString<4 * kPrintableCharacters>;

namespace detail {

constexpr bool ShowsAsItself(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;                           // C0, DEL, C1
  if (c == 0xad || c == 0x61c || c == 0x180e || c == 0xfeff) return false;         // soft hyphen, ALM, MVS, BOM
  if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)) return false;  // zero width, separators, bidi
  if (c >= 0x2060 && c <= 0x206f) return false;                                    // invisible operators, isolates
  if (c >= 0xfff9 && c <= 0xfffb) return false;                                    // interlinear annotation
  return c < 0xe0000 || c > 0xe0fff;                                               // tags
}

}  // namespace detail

constexpr PrintableText Printable(std::string_view text) {
  PrintableText out;
  for (std::size_t i = 0, shown = 0; i < text.size() && shown < kPrintableCharacters; ++shown) {
    const Utf8Character c = DecodeUtf8(text.substr(i));
    if (c.size == 0 || !detail::ShowsAsItself(c.code_point)) {
      out.push_back('?');
      i += c.size == 0 ? 1 : c.size;
      continue;
    }
    out.append(text.substr(i, c.size));
    i += c.size;
  }
  return out;
}

// The same for a text of any length, such as a path. `Sink`: anything with append(std::string_view).
template <typename Sink>
constexpr void AppendPrintable(std::string_view text, Sink& out) {
  while (!text.empty()) {
    const std::size_t size = DecodeUtf8(text).size;
    out.append(Printable(text.substr(0, size == 0 ? 1 : size)).view());
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

}  // namespace cctl

#endif  // CCTL_BASE_PRINTABLE_TEXT_H_
