// SPDX-License-Identifier: MIT
//
// The version that a peer says it has: 1 to 32 printable ASCII characters without a space (docs/protocol.md, section 5;
// the rule for `version` everywhere). It is shown and compared, never interpreted.

#ifndef CCTL_WIRE_VERSION_TEXT_H_
#define CCTL_WIRE_VERSION_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

using VersionText = InlineString<kMaxVersion>;

// Errors, part "version": kTruncated (empty), kTooLong (offset and value: 32), kInvalid (offset: the character).
constexpr Result<VersionText> ParseVersion(std::string_view text) {
  constexpr const char* kPart = "version";
  if (text.empty()) return Error{Errc::kTruncated, 0, 0, kPart};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == kMaxVersion) return Error{Errc::kTooLong, kMaxVersion, kMaxVersion, kPart};
    if (text[i] <= ' ' || text[i] > '~') return Error{Errc::kInvalid, static_cast<std::uint32_t>(i), 0, kPart};
  }
  return VersionText(text);
}

}  // namespace cctl

#endif  // CCTL_WIRE_VERSION_TEXT_H_
