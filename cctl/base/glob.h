// SPDX-License-Identifier: MIT
//
// Patterns for short names, as in `docker*`: `*` stands for any characters, `?` for one, everything else for itself.
// There is no escape. Time is at most the product of the two lengths.

#ifndef CCTL_BASE_GLOB_H_
#define CCTL_BASE_GLOB_H_

#include <cstddef>
#include <string_view>

namespace cctl {

// Whether the whole of `text` is as `pattern` says.
constexpr bool MatchesGlob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last star, which may still take more
  std::size_t star_ends = 0;                  // what it takes so far ends here
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_ends = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_ends;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace cctl

#endif  // CCTL_BASE_GLOB_H_
