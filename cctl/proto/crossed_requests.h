// SPDX-License-Identifier: MIT
//
// Two peers who ask each other to pair at the same time, and both of whose users approve: each has then stored the key
// that it has proposed, and is about to be shown the other one (docs/protocol.md, section 4.2). One of the two keys has
// to give way, on both sides the same.

#ifndef CCTL_PROTO_CROSSED_REQUESTS_H_
#define CCTL_PROTO_CROSSED_REQUESTS_H_

#include "cctl/identity/identity.h"

namespace cctl {

// Whether the key that `peer` has proposed takes the place of the one that `self` has proposed, that `peer` has
// approved, and that `self` is still proving: the key of the lesser identity stays, as of two crossed dials the
// connection of the lesser one does. A key whose proof has come to nothing gives way to any other.
constexpr bool MayReplaceOwnProposal(const Identity& self, const Identity& peer) { return peer < self; }

}  // namespace cctl

#endif  // CCTL_PROTO_CROSSED_REQUESTS_H_
