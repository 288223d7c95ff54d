// SPDX-License-Identifier: MIT
//
// Which keys a listener tries against the proof of somebody who says to be `claimed` (docs/protocol.md, section 4.1).
// One pure rule, because it is what keeps an identity that is paired from being taken over by whoever holds a link:
//
//   stored key, proved      that key, and the invite that made it if it was made --for this identity
//   stored key, not proved  that key, and the invite that made it: the joiner may have lost our `ok`
//   none                    `_pending.key`, then every invite; those past their TTL too, to be answered `expired`
//   name taken              nothing: it is a paired identity's but for the case of letters
//
// Secrets: a list of candidates wipes its keys when it is destroyed.

#ifndef CCTL_PROTO_KEY_CANDIDATES_H_
#define CCTL_PROTO_KEY_CANDIDATES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"

namespace cctl {

struct KeyCandidate {
  enum class Source : std::uint8_t {
    kStored,
    kPending,
    kInvite,
    kProposed,  // by a pair request that was approved on this connection; never looked up
    kTailnet,   // of two nodes of a tailnet: others can compute it; never stored
  };

  Source source = Source::kStored;
  Psk psk;
  std::optional<InviteId> invite = {};  // of kInvite: which
  bool expired = false;                 // a right proof by it is answered `expired`
  bool needs_rekey = false;             // others hold this key too: it admits only a joiner that takes one of its own
};

// The key that is stored for a peer.
struct StoredKey {
  Identity identity;  // under which it is stored; may differ from the claimed one in the case of letters
  Psk psk;
  bool proved = false;                   // the peer has proved it at least once
  std::optional<InviteId> made_by = {};  // the invite by which the peer joined
};

// What `pair` has left in `_pending.key`.
struct PendingKey {
  Psk psk;
  bool expired = false;  // older than the TTL
};

// The candidates in the order in which they are preferred. `stored`: the key of the peer whose name is `claimed` in any
// case of letters (SameName). `invites`: all there are, in any state.
inline std::vector<KeyCandidate> ListKeyCandidates(const Identity& claimed, const std::optional<StoredKey>& stored,
                                                   const std::optional<PendingKey>& pending,
                                                   std::span<const Invite> invites, UnixTime now) {
  using Source = KeyCandidate::Source;
  std::vector<KeyCandidate> candidates;
  if (stored && stored->identity != claimed) return candidates;
  if (stored) candidates.push_back({Source::kStored, stored->psk});
  if (!stored && pending) candidates.push_back({Source::kPending, pending->psk, {}, pending->expired});
  for (const Invite& invite : invites) {
    if (stored && !MayReplaceKey(invite, claimed, stored->made_by)) continue;
    // A joiner that takes no key of its own is told apart by needs_rekey, once its proof has been found right.
    const InviteAdmission admission = Admit(invite, claimed, /*rekey=*/true, now);
    const bool expired = admission == InviteAdmission::kExpired;
    if (!IsAdmitted(admission) && !expired) continue;
    candidates.push_back({Source::kInvite, invite.psk, invite.id, expired, invite.uses != 1});
  }
  return candidates;
}

}  // namespace cctl

#endif  // CCTL_PROTO_KEY_CANDIDATES_H_
