// SPDX-License-Identifier: MIT
//
// Numbers and lists in a sentence.

#ifndef CCTL_TOOLS_CLAUDECTL_WORDS_H_
#define CCTL_TOOLS_CLAUDECTL_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

namespace cctl::cli {

// "1 peer", "2 peers".
template <typename Number>
std::string Counted(Number count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

// "eth0, wlan0".
inline std::string Joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all.append(all.empty() ? "" : ", ").append(word);
  return all;
}

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_WORDS_H_
