// SPDX-License-Identifier: MIT
//
// What one host keeps on disk, in memory: an identity, the keys of its peers, `_pending.key` and its invites, with the
// answers that a relay gives to the handshake machines (docs/protocol.md, section 4.1).

#ifndef CCTL_TESTS_SUPPORT_TEST_HOST_H_
#define CCTL_TESTS_SUPPORT_TEST_HOST_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/open_challenges.h"
#include "cctl/wire/message_id.h"
#include "tests/support/seeded_random.h"

namespace cctl::testing {

inline MessageIds NewMessageIds(SeededRandom& random) {
  std::uint8_t tag[MessageIds::kTagSize];
  (void)random.Fill(tag);
  return MessageIds(tag);
}

struct TestHost {
  TestHost(std::string_view name, SeededRandom& random)
      : identity(*Identity::Parse(name)), ids(NewMessageIds(random)) {}

  Identity identity;
  MessageIds ids;
  OpenChallenges open_challenges;
  std::vector<StoredKey> peers;
  std::optional<PendingKey> pending;
  std::vector<Invite> invites;
  bool disk_works = true;

  // The stored key of a peer, or null.
  StoredKey* Find(const Identity& peer) {
    for (StoredKey& stored : peers) {
      if (SameName(stored.identity, peer)) return &stored;
    }
    return nullptr;
  }

  Invite* FindInvite(const InviteId& id) {
    for (Invite& invite : invites) {
      if (invite.id == id) return &invite;
    }
    return nullptr;
  }

  // A new invite, whose psk is what its link carries.
  Invite& AddInvite(SeededRandom& random, UnixTime now, std::uint32_t uses = 1,
                    std::optional<Identity> only_for = std::nullopt) {
    invites.push_back({.id = *InviteId::Generate(random),
                       .psk = DerivePsk(*PairCode::Generate(random)),
                       .created_at = now,
                       .ttl = Hours(24),
                       .uses = uses,
                       .uses_left = uses,
                       .label = {},
                       .only_for = only_for,
                       .joined = {},
                       .host = *Host::Parse("192.0.2.1"),
                       .port = 9847});
    return invites.back();
  }

  std::vector<KeyCandidate> Candidates(const Identity& claimed, UnixTime now) {
    const StoredKey* const stored = Find(claimed);
    return ListKeyCandidates(claimed, stored == nullptr ? std::nullopt : std::optional<StoredKey>(*stored), pending,
                             invites, now);
  }

  void Put(StoredKey key) {
    if (StoredKey* const stored = Find(key.identity)) {
      *stored = key;
    } else {
      peers.push_back(key);
    }
  }

  // As a listener: the key, and for an invite the use. False: not stored, and nothing has changed.
  bool Store(const Identity& peer, const Psk& key, const std::optional<InviteId>& by, bool rekeyed, UnixTime now) {
    if (!disk_works) return false;
    if (by) {
      Invite* const invite = FindInvite(*by);
      if (invite == nullptr || !IsAdmitted(Admit(*invite, peer, rekeyed, now))) return false;
      NoteJoin(*invite, peer, rekeyed);
    } else {
      pending.reset();
    }
    Put({peer, key, /*proved=*/!rekeyed, by});
    DropDone(now);
    return true;
  }

  // The peer has proved the key that is stored for it.
  void NoteKeyProved(const Identity& peer, UnixTime now) {
    StoredKey* const stored = Find(peer);
    if (stored == nullptr) return;
    stored->proved = true;
    if (stored->made_by) {
      if (Invite* const invite = FindInvite(*stored->made_by)) NoteProved(*invite, peer);
    }
    DropDone(now);
  }

 private:
  void DropDone(UnixTime now) {
    std::erase_if(invites, [now](const Invite& invite) { return ShouldDelete(invite, now); });
  }
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_TEST_HOST_H_
