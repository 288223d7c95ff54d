// SPDX-License-Identifier: MIT
//
// "Did you mean": the known name that is nearest to a mistyped one, by the number of letters inserted, left out,
// replaced or swapped with their neighbour (optimal string alignment).
//
//   NearestName("invte", {"invite", "invites"}) == "invite"

#ifndef CCTL_TOOLS_CLAUDECTL_NEAREST_NAME_H_
#define CCTL_TOOLS_CLAUDECTL_NEAREST_NAME_H_

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace cctl::cli {

// The number of edits between two names.
inline std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

// The nearest of `known`, the first of several; empty where none is near: more than a third of the letters, and more
// than one, would have to change. A text of more than 64 bytes is near to nothing.
inline std::string_view NearestName(std::string_view typed, const std::vector<std::string_view>& known) {
  if (typed.size() > 64) return {};
  std::string_view nearest;
  std::size_t fewest = std::max<std::size_t>(1, typed.size() / 3) + 1;
  for (const std::string_view name : known) {
    const std::size_t edits = EditDistance(typed, name);
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = name;
  }
  return nearest;
}

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_NEAREST_NAME_H_
