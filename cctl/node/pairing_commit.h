// SPDX-License-Identifier: MIT
//
// What pairing writes, and in which order (docs/protocol.md, sections 4.1 and 7). A pairing is several files on each of
// two machines, and the power can fail between any two writes; each order below leaves, wherever it is cut, either the
// pairing complete or a state in which the same link, or the same code, still makes it (but for one case, which
// CommitPending names). Two rules make that possible: a peer is paired when its key file is there, so the key is
// written after all that belongs to it; and an invite notes its joiner before anything else, so that the joiner may
// come again without counting a use.
//
// Everything here is durable when it returns. The caller holds the lock. An error means that the step it names, and all
// behind it, was not done.

#ifndef CCTL_NODE_PAIRING_COMMIT_H_
#define CCTL_NODE_PAIRING_COMMIT_H_

#include <optional>
#include <utility>

#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/node/state_error.h"
#include "cctl/node/state_folder.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/store/meta_file.h"
#include "cctl/store/state_layout.h"

namespace cctl {

// Whether a pairing by approval stands on one side only, as far as this side knows: a new request replaces it.
inline bool IsUnconfirmed(const PeerMeta& meta) {
  return meta.proved == false && (meta.via == PairedVia::kLan || meta.via == PairedVia::kProject);
}

// The peer has proved its key: nothing but that key opens its door from now on.
//   1. The invite forgets the joiner, and is deleted if it is used up.   cut: the key works, and is marked next time
//   2. The meta says `proved`.
// The other way round, a cut would leave a link that still opens, under the joiner's name, to whoever has read it.
inline StateResult<Done> CommitProved(StateFolder& folder, const Identity& peer, UnixTime now) {
  auto meta = folder.LoadMeta(peer);
  if (!meta) return meta.error();
  if (meta->proved == true) return Done{};
  if (meta->invite) {
    auto invite = folder.LoadInvite(*meta->invite);
    if (!invite) return invite.error();
    if (*invite && NoteProved(**invite, peer)) {
      auto stored = ShouldDelete(**invite, now) ? folder.RemoveInvite((*invite)->id) : folder.SaveInvite(**invite);
      if (!stored) return stored;
    }
  }
  meta->proved = true;
  return folder.SaveMeta(peer, *meta);
}

// Both sides have proved `key` to each other: it stays, in place of one that was stored since by another approval and
// is not confirmed (cctl/proto/crossed_requests.h). Another that stands: kDenied, part "key".
inline StateResult<Done> CommitProvedKey(StateFolder& folder, const Identity& peer, const Psk& key, UnixTime now) {
  const auto stored = folder.LoadKey(peer);
  if (!stored) return stored.error();
  if (!*stored || **stored != key) {
    const auto meta = folder.LoadMeta(peer);
    if (!meta) return meta.error();
    if (!*stored || !IsUnconfirmed(*meta))
      return StateError{{Errc::kDenied, 0, 0, "key"}, folder.PathOf(KeyPath(peer))};
    if (auto saved = folder.SaveKey(peer, key); !saved) return saved;
  }
  return CommitProved(folder, peer, now);
}

// A joiner has proved the key of an invite; before `ok`.
//   1. The invite notes the joiner and counts the use.  cut: the joiner comes again by the link, uncounted
//   2. The meta names the invite.                       cut: the same; a meta without a key means nothing
//   3. The key.                                         cut: the joiner, which has seen no `ok`, comes again by the
//   link
// A joiner that keeps the link's key (`rekeyed` false: a released one) has proved it by that, so
//   4. CommitProved.                                    cut: the key opens, and is marked proved when it comes next
struct CommittedJoin {
  Invite invite;         // as it is afterwards
  bool counted = false;  // a use was counted off; false: the joiner came again
};
inline StateResult<CommittedJoin> CommitJoin(StateFolder& folder, const InviteId& id, const Identity& joiner,
                                             const Psk& key, bool rekeyed, UnixTime now) {
  auto invite = folder.LoadInvite(id);
  if (!invite) return invite.error();
  // Revoked between the question for keys and this, or no longer of use: the caller asks again in vain.
  if (!*invite || !IsAdmitted(Admit(**invite, joiner, rekeyed, now))) {
    return StateError{{Errc::kNotFound, 0, 0, "invite"}, folder.PathOf(InvitePath(id))};
  }
  const bool counted = !HasUnprovedJoiner(**invite, joiner);
  NoteJoin(**invite, joiner, /*rekey=*/true);
  if (auto saved = folder.SaveInvite(**invite); !saved) return saved.error();
  PeerMeta meta;
  meta.paired_at = now;
  meta.via = PairedVia::kInvite;
  meta.proved = false;
  meta.invite = id;
  if (auto saved = folder.SaveMeta(joiner, meta); !saved) return saved.error();
  if (auto saved = folder.SaveKey(joiner, key); !saved) return saved.error();
  if (!rekeyed) {
    if (auto proved = CommitProved(folder, joiner, now); !proved) return proved.error();
    NoteProved(**invite, joiner);
  }
  return CommittedJoin{**std::move(invite), counted};
}

// The listener of a link has said `ok`, and the joiner believes it.
//   1. The meta.  cut: a meta without a key means nothing; the listener has noted us, and the link works again
//   2. The key.   cut: complete; the listener learns that we have it when we connect next
inline StateResult<Done> CommitJoined(StateFolder& folder, const Identity& listener, const Psk& key, bool proved,
                                      const Host& host, UnixTime now) {
  PeerMeta meta;
  meta.paired_at = now;
  meta.via = PairedVia::kInvite;
  meta.proved = proved;
  if (!host.is_numeric()) meta.host = host;
  if (auto saved = folder.SaveMeta(listener, meta); !saved) return saved;
  return folder.SaveKey(listener, key);
}

// A peer has proved `_pending.key`, or has been proved it; before `ok`.
//   1. The meta.                                 cut: a meta without a key means nothing; the code still works
//   2. `_pending.key` becomes the peer's key.    cut: complete; one rename, so the code never opens for two
// Where the joiner took a key of its own instead (it came by a link that somebody made of the code), the peer's key is
// written and then the pending one removed. Here, and here alone, a joiner that loses our `ok` cannot come again: it is
// refused until the user forgets it. Cut between the two writes, the code still opens for others until its time is
// over. Error kNotFound, part "code", and nothing written: `_pending.key` is not, or no longer, `key`.
inline StateResult<Done> CommitPending(StateFolder& folder, const Identity& peer, const Psk& key, bool rekeyed,
                                       bool proved, UnixTime now) {
  if (!rekeyed) {  // while a connector waited for the ack, `pair` may have made another code, or a peer used this one
    const auto pending = folder.LoadPending();
    if (!pending) return pending.error();
    if (!*pending || !((*pending)->psk == key)) {
      return StateError{{Errc::kNotFound, 0, 0, "code"}, folder.PathOf(kPendingKeyPath)};
    }
  }
  PeerMeta meta;
  meta.paired_at = now;
  meta.via = PairedVia::kManual;
  meta.proved = proved;
  if (auto saved = folder.SaveMeta(peer, meta); !saved) return saved;
  if (!rekeyed) return folder.MovePendingTo(peer);
  if (auto saved = folder.SaveKey(peer, key); !saved) return saved;
  return folder.RemovePending();
}

// Whether one is dropped when its time is over: no session has ever shown that the other side has the key.
inline bool MayBecomeOverdue(const PeerMeta& meta) { return IsUnconfirmed(meta) && !meta.last_seen && meta.paired_at; }
inline bool IsOverdue(const PeerMeta& meta, UnixTime now) {
  return MayBecomeOverdue(meta) && now >= *meta.paired_at + kUnconfirmedTime;
}

// A pair request was approved. On the side that asked: once it hears so, before it proves the key. On the side that
// decided: after the proof, before `ok`. A key that was never confirmed is replaced; another is not: kDenied, part
// "key".
//   1. The meta.  cut: a meta without a key means nothing, and with a former key it says the truth: not confirmed
//   2. The key.   cut on the side that asked: it proves the key again, or asks again. On the other: the same, since
//                 the side that asked has the key already
// `proved`: the peer has the key for certain; else that shows in the first session.
inline StateResult<Done> CommitApproved(StateFolder& folder, const Identity& peer, const Psk& key, PairedVia via,
                                        bool proved, UnixTime now) {
  const auto known = folder.FindPeer(peer);
  if (!known) return known.error();
  if (*known) {
    const auto former = folder.LoadMeta(**known);
    if (!former) return former.error();
    if (**known != peer || !IsUnconfirmed(*former)) {
      return StateError{{Errc::kDenied, 0, 0, "key"}, folder.PathOf(KeyPath(**known))};
    }
  }
  PeerMeta meta;
  meta.paired_at = now;
  meta.via = via;
  meta.proved = proved;
  if (auto saved = folder.SaveMeta(peer, meta); !saved) return saved;
  return folder.SaveKey(peer, key);
}

// `accept`: the user says whose code it is. Same order, same reasons.
inline StateResult<Done> CommitAccepted(StateFolder& folder, const Identity& peer, const Psk& key, UnixTime now) {
  PeerMeta meta;
  meta.paired_at = now;
  meta.via = PairedVia::kManual;
  meta.proved = false;
  if (auto saved = folder.SaveMeta(peer, meta); !saved) return saved;
  return folder.SaveKey(peer, key);
}

// `forget`.
//   1. No invite admits the peer again without a use.  cut: still paired; `forget` goes on where it was
//   2. The key.                                        cut: no longer paired
//   3. The meta.
inline StateResult<Done> CommitForgotten(StateFolder& folder, const Identity& peer, UnixTime now) {
  auto invites = folder.ListInvites();
  if (!invites) return invites.error();
  for (Invite& invite : invites->invites) {
    if (!NoteProved(invite, peer)) continue;
    auto stored = ShouldDelete(invite, now) ? folder.RemoveInvite(invite.id) : folder.SaveInvite(invite);
    if (!stored) return stored;
  }
  if (auto removed = folder.RemoveKey(peer); !removed) return removed;
  return folder.RemoveMeta(peer);
}

}  // namespace cctl

#endif  // CCTL_NODE_PAIRING_COMMIT_H_
