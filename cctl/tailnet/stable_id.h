// SPDX-License-Identifier: MIT
//
// What Tailscale calls a node's stable ID: it stays when keys are rotated and names change, so a pairing is pinned to
// it (docs/protocol.md, section 6). It becomes part of a file's name: nothing but letters, digits, - and _ is taken.

#ifndef CCTL_TAILNET_STABLE_ID_H_
#define CCTL_TAILNET_STABLE_ID_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"

namespace cctl {

inline constexpr std::size_t kMaxStableIdSize = 64;  // four times as long as any that has been seen

class StableId {
 public:
  // Errors, part "node": kTruncated (empty), kInvalid with the offset, kTooLong (value: 64).
  static constexpr Result<StableId> Parse(std::string_view text) {
    if (text.empty()) return Error{Errc::kTruncated, 0, 0, "node"};
    if (text.size() > kMaxStableIdSize) return Error{Errc::kTooLong, kMaxStableIdSize, kMaxStableIdSize, "node"};
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool fits =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!fits) return Error{Errc::kInvalid, static_cast<std::uint32_t>(i), 0, "node"};
    }
    return StableId(text);
  }

  [[nodiscard]] constexpr std::string_view view() const { return text_.view(); }

  // As bytes; case counts.
  friend constexpr bool operator==(const StableId& a, const StableId& b) { return a.view() == b.view(); }
  friend constexpr auto operator<=>(const StableId& a, const StableId& b) { return a.view() <=> b.view(); }

 private:
  constexpr explicit StableId(std::string_view text) : text_(text) {}

  InlineString<kMaxStableIdSize> text_;
};

}  // namespace cctl

#endif  // CCTL_TAILNET_STABLE_ID_H_
