// SPDX-License-Identifier: MIT
//
// A node of a tailnet, as far as it matters here: what `tailscale status --json` says of it.

#ifndef CCTL_TAILNET_TAILNET_NODE_H_
#define CCTL_TAILNET_TAILNET_NODE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/tailnet/stable_id.h"

namespace cctl {

// A node has two addresses; an administrator gives it a handful of tags. What is beyond is not read.
inline constexpr std::size_t kMaxTailnetAddresses = 8;
inline constexpr std::size_t kMaxTailnetTags = 64;

struct TailnetNode {
  std::optional<StableId> id;          // none while nobody is logged in
  std::string name;                    // its DNS name without the last dot, else its host name; not unique, not checked
  std::vector<std::string> addresses;  // numeric, IPv4 first as Tailscale has it; not checked
  std::vector<std::string> tags;
  std::int64_t user = 0;
  bool online = false;
  bool in_network_map = false;
  bool expired = false;
  bool shared_in = false;  // from another tailnet, or for somebody in one
  bool exit_node_of_mullvad = false;

  [[nodiscard]] bool HasTag(std::string_view tag) const {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
  }
};

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_NODE_H_
