// SPDX-License-Identifier: MIT
//
// What the state folder answers when a handshake asks for keys, read afresh each time: a forgotten peer is unknown and
// a revoked invite closed from the next handshake on. Which keys may be tried is decided by ListKeyCandidates
// (cctl/proto/key_candidates.h); a file that cannot be read is an error, and then no key at all is tried.

#ifndef CCTL_NODE_KEY_LOOKUP_H_
#define CCTL_NODE_KEY_LOOKUP_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/node/state_error.h"
#include "cctl/node/state_folder.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/store/meta_file.h"

namespace cctl {

// The invites, and the pair code, that this process has seen expire: setting the clock back does not open them again
// while it runs. Those that are dated ahead are not among them: that clock starts in 1970, and is about to be set.
class ExpiredInvites {
 public:
  // Whether the invite counts as expired now.
  bool Note(const Invite& invite, UnixTime now) {
    const bool known = std::find(ids_.begin(), ids_.end(), invite.id) != ids_.end();
    if (!known && now >= ExpiresAt(invite)) ids_.push_back(invite.id);
    return known || IsExpired(invite, now);
  }
  // The same for what `pair` has left, of which the date says `expired`; `over`: because its time is over.
  bool Note(const PendingKey& code, bool over) {
    if (over) code_ = code.psk;
    return code.expired || (code_ && *code_ == code.psk);
  }

 private:
  std::vector<InviteId> ids_;
  std::optional<Psk> code_;  // there is one at a time
};

inline std::optional<PendingKey> ToPendingKey(const std::optional<PendingFile>& file, Duration ttl, UnixTime now) {
  if (!file) return std::nullopt;
  const bool ahead = file->written_at > now + kInviteClockTolerance;
  return PendingKey{file->psk, ahead || now >= file->written_at + ttl};
}

// The candidates for somebody who says to be `claimed`. Files that cannot be read, and without which it goes on all the
// same, are added to `faults`: a meta (its key is then tried alone), an invite (it admits nobody, and keeps nobody
// out).
inline StateResult<std::vector<KeyCandidate>> FindListenerKeys(const StateFolder& folder, const Identity& claimed,
                                                               Duration pending_ttl, ExpiredInvites& expired,
                                                               UnixTime now, std::vector<StateError>& faults) {
  auto name = folder.FindPeer(claimed);
  if (!name) return name.error();
  std::optional<StoredKey> stored;
  if (*name) {
    auto key = folder.LoadKey(**name);
    if (!key) return key.error();
    const auto meta = folder.LoadMeta(**name);
    if (!meta) faults.push_back(meta.error());
    // Without a meta the key is one that the released claudectl has stored: it holds as it is.
    const PeerMeta known = meta ? *meta : PeerMeta{};
    if (*key) stored = StoredKey{**name, **key, known.proved.value_or(true), known.invite};
  }
  std::optional<PendingKey> pending;
  std::vector<Invite> invites;
  if (!stored) {
    auto file = folder.LoadPending();
    if (!file) return file.error();
    pending = ToPendingKey(*file, pending_ttl, now);
    if (pending) pending->expired = expired.Note(*pending, now >= (*file)->written_at + pending_ttl);
  }
  if (!stored || stored->made_by) {
    auto list = folder.ListInvites();
    if (!list) return list.error();
    faults.insert(faults.end(), list->unreadable.begin(), list->unreadable.end());
    for (Invite& invite : list->invites) {
      // A date far back says "expired" to every rule, whatever the clock says now; it may say 1970.
      if (expired.Note(invite, now)) invite.created_at = UnixTime{INT64_MIN};
      invites.push_back(std::move(invite));
    }
  }
  return ListKeyCandidates(claimed, stored, pending, invites, now);
}

// The key for a listener that we dial.
struct DialKey {
  Psk psk;
  KeyCandidate::Source source = KeyCandidate::Source::kStored;
};

// The key stored for `peer`, else `_pending.key` while its time lasts; nothing if there is neither.
inline StateResult<std::optional<DialKey>> FindDialKey(const StateFolder& folder, const Identity& peer,
                                                       Duration pending_ttl, UnixTime now) {
  using Source = KeyCandidate::Source;
  auto name = folder.FindPeer(peer);
  if (!name) return name.error();
  // A name that differs in case is a peer that this one must not be taken for.
  if (*name && **name != peer) return std::optional<DialKey>();
  auto key = folder.LoadKey(peer);
  if (!key) return key.error();
  if (*key) return std::optional<DialKey>(DialKey{**key, Source::kStored});
  auto pending = folder.LoadPending();
  if (!pending) return pending.error();
  const auto usable = ToPendingKey(*pending, pending_ttl, now);
  if (!usable || usable->expired) return std::optional<DialKey>();
  return std::optional<DialKey>(DialKey{usable->psk, Source::kPending});
}

}  // namespace cctl

#endif  // CCTL_NODE_KEY_LOOKUP_H_
