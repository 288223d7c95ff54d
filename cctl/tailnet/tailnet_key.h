// SPDX-License-Identifier: MIT
//
// The key of two nodes of one tailnet (docs/protocol.md, section 6). Everybody in the tailnet can compute it, and so
// can whoever has seen both IDs in a log: it proves nothing by itself, and is never written to disk. What makes it
// worth something is that Tailscale says who stands at the other end of the connection.

#ifndef CCTL_TAILNET_TAILNET_KEY_H_
#define CCTL_TAILNET_TAILNET_KEY_H_

#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/secret.h"
#include "cctl/crypto/hmac_sha256.h"
#include "cctl/crypto/sha256.h"
#include "cctl/identity/psk.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {

inline constexpr std::string_view kTailnetKeyLabel = "claudectl-tailscale-psk-v1";

// HMAC-SHA256 by the label of: the lesser ID, a line end, the greater ID. The order of the arguments does not matter.
inline Psk DeriveTailnetPsk(const StableId& one, const StableId& other) {
  const bool ordered = one.view() < other.view();
  InlineString<2 * kMaxStableIdSize + 1> message;
  message.append(ordered ? one.view() : other.view());
  message.push_back('\n');
  message.append(ordered ? other.view() : one.view());
  Digest digest = HmacSha256(AsBytes(kTailnetKeyLabel), AsBytes(message.view()));
  const ScopedWipe wipe(digest);
  return Psk(digest);
}

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_KEY_H_
