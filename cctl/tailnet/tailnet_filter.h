// SPDX-License-Identifier: MIT
//
// Which nodes of a tailnet may be a peer of ours, and why each other one may not (docs/protocol.md, section 6). Of the
// same tailnet, there, and ours: by the tag that both carry, or, where nobody has tags, by the user that both belong
// to. All tagged nodes share one user, so "the same user" says nothing about them.

#ifndef CCTL_TAILNET_TAILNET_FILTER_H_
#define CCTL_TAILNET_TAILNET_FILTER_H_

#include <cstdint>
#include <string_view>

#include "cctl/tailnet/tailnet_node.h"

namespace cctl {

inline constexpr std::string_view kDefaultTailnetTag = "tag:claudectl";

// What a tag is for. `required`: the user has set it, so nodes without tags are none of ours.
struct TailnetTag {
  std::string_view tag = kDefaultTailnetTag;
  bool required = false;
};

enum class TailnetVerdict : std::uint8_t {
  kCandidate,
  kSelfUntagged,  // it would be one, but this machine does not carry the tag, and it will refuse us
  kNotInMap,
  kSharedIn,
  kMullvad,
  kExpired,
  kOffline,
  kNoId,
  kNoAddress,
  kUntagged,   // it does not carry the tag
  kOtherUser,  // neither has tags, and it belongs to somebody else
};

inline constexpr TailnetVerdict JudgeTailnetNode(const TailnetNode& self, const TailnetNode& node,
                                                 const TailnetTag& tag = {}) {
  if (!node.in_network_map) return TailnetVerdict::kNotInMap;
  if (node.shared_in) return TailnetVerdict::kSharedIn;
  if (node.exit_node_of_mullvad) return TailnetVerdict::kMullvad;
  if (node.expired) return TailnetVerdict::kExpired;
  if (!node.online) return TailnetVerdict::kOffline;
  if (!node.id) return TailnetVerdict::kNoId;
  if (node.addresses.empty()) return TailnetVerdict::kNoAddress;
  if (node.HasTag(tag.tag)) return self.HasTag(tag.tag) ? TailnetVerdict::kCandidate : TailnetVerdict::kSelfUntagged;
  if (tag.required || !node.tags.empty() || !self.tags.empty()) return TailnetVerdict::kUntagged;
  return node.user == self.user && node.user != 0 ? TailnetVerdict::kCandidate : TailnetVerdict::kOtherUser;
}

// A stable word for scripts, and what it means in a table.
inline constexpr std::string_view TailnetVerdictName(TailnetVerdict verdict) {
  switch (verdict) {
    case TailnetVerdict::kCandidate:
      return "candidate";
    case TailnetVerdict::kSelfUntagged:
      return "self_untagged";
    case TailnetVerdict::kNotInMap:
      return "not_in_map";
    case TailnetVerdict::kSharedIn:
      return "shared_in";
    case TailnetVerdict::kMullvad:
      return "mullvad";
    case TailnetVerdict::kExpired:
      return "expired";
    case TailnetVerdict::kOffline:
      return "offline";
    case TailnetVerdict::kNoId:
      return "no_id";
    case TailnetVerdict::kNoAddress:
      return "no_address";
    case TailnetVerdict::kUntagged:
      return "untagged";
    case TailnetVerdict::kOtherUser:
      return "other_user";
  }
  return "unknown";
}

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_FILTER_H_
