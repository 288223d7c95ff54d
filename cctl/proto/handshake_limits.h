// SPDX-License-Identifier: MIT
//
// The limits of one handshake, each with its reason (docs/protocol.md, section 4.1). Limits of sizes belong to the wire
// (cctl/wire/wire_limits.h), those of counts of connections and wrong proofs to whoever admits connections.

#ifndef CCTL_PROTO_HANDSHAKE_LIMITS_H_
#define CCTL_PROTO_HANDSHAKE_LIMITS_H_

#include <cstddef>

#include "cctl/base/time.h"

namespace cctl {

// How long a listener lets a connection live that has not proved anything: all of it, from accepting to the ack. A
// handshake takes two round trips and a few synced files; what is slower than this is lost or is there to hold one of
// the few places for strangers.
inline constexpr Duration kListenerHandshakeLimit = Seconds(10);

// How long a connector waits for the challenge, and then anew for the ack. As long as the listener's own limit: before
// that the other side may still be storing the key that it is about to say `ok` to.
inline constexpr Duration kConnectorHandshakeLimit = Seconds(10);

// Room for the longest line that a handshake of ours writes, the newline included: an envelope with an identity of 128
// and an id of 54 characters, and a payload of a proof, a nonce and a version, is under 600 bytes.
inline constexpr std::size_t kMaxHandshakeLineWritten = 640;

}  // namespace cctl

#endif  // CCTL_PROTO_HANDSHAKE_LIMITS_H_
