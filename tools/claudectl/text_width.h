// SPDX-License-Identifier: MIT
//
// How many columns of a terminal a text takes (Unicode Standard Annex #11): two for a wide character, none for one that
// combines with the last. Terminals differ in characters that are newer than they are; of what is no UTF-8 each byte
// counts as one.

#ifndef CCTL_TOOLS_CLAUDECTL_TEXT_WIDTH_H_
#define CCTL_TOOLS_CLAUDECTL_TEXT_WIDTH_H_

#include <cstddef>
#include <string_view>

namespace cctl::cli {

// 0, 1 or 2. Of control characters 1: they are not to be printed.
std::size_t CharacterWidth(char32_t c);

// Of UTF-8.
std::size_t TextWidth(std::string_view text);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_TEXT_WIDTH_H_
