// SPDX-License-Identifier: MIT
//
// One peer, one session: which of two authenticated connections to one peer stays (docs/protocol.md, section 4.1). Both
// ends decide on their own and come to the same end, except where two crossed dials were authenticated just under five
// seconds apart as one end sees it and just over as the other does; then both close, and one is dialled again.

#ifndef CCTL_PROTO_SESSION_CHOICE_H_
#define CCTL_PROTO_SESSION_CHOICE_H_

#include <cstdint>

#include "cctl/base/time.h"
#include "cctl/proto/session_limits.h"

namespace cctl {

struct SessionOrigin {
  bool dialled = false;   // by us; else by the peer
  bool proved = false;    // the peer proved the key to us (dialled) or asked us to prove it (accepted): one of ours
  Instant authenticated;  // when, on our clock
};

enum class SessionChoice : std::uint8_t {
  kNewer,  // the older is closed
  kOlder,  // the newer is closed
  kBoth,
};

// `self_is_lesser`: our identity is, as bytes, less than the peer's. `newer` was authenticated after `older`.
constexpr SessionChoice ChooseSession(const SessionOrigin& older, const SessionOrigin& newer, bool self_is_lesser) {
  // A released peer opens connections as it likes, and cannot be expected to agree on one.
  if (!older.proved && !newer.proved) return SessionChoice::kBoth;
  // Whoever proved nothing may be somebody else at the peer's address, and must not displace one who did.
  if (older.proved != newer.proved) return newer.proved ? SessionChoice::kNewer : SessionChoice::kOlder;
  const bool crossed =
      older.dialled != newer.dialled && newer.authenticated - older.authenticated <= kCrossedDialWindow;
  if (!crossed) return SessionChoice::kNewer;
  // The one whose connector has the lesser identity.
  return newer.dialled == self_is_lesser ? SessionChoice::kNewer : SessionChoice::kOlder;
}

}  // namespace cctl

#endif  // CCTL_PROTO_SESSION_CHOICE_H_
