// SPDX-License-Identifier: MIT
//
// An invite and its rules (docs/protocol.md, sections 4.1 and 7): until when it admits, whom, how often, and when it is
// deleted. Pure functions of an invite and a date; reading, storing and answering are for others.
//
//   switch (cctl::Admit(invite, joiner, rekey, now)) {
//     case cctl::InviteAdmission::kNewUse:
//     case cctl::InviteAdmission::kAgain:
//       cctl::Invite after = invite;
//       cctl::NoteJoin(after, joiner, rekey);  // store `after` and the joiner's key, then answer `ok`
//
// The clock. A date can be set back. An invite dated over 5 minutes ahead counts as expired, so a clock that was set
// back by more than its age closes it; one set back by less makes an expired invite open again for as long, and nothing
// that is stored can tell. Against that, a running relay keeps an invite closed that it once saw expire; `revoke`
// deletes one for good.

#ifndef CCTL_INVITE_INVITE_H_
#define CCTL_INVITE_INVITE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cctl/base/host_name.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"
#include "cctl/base/utf8.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_id.h"

namespace cctl {

inline constexpr Duration kMinInviteTtl = Seconds(1);
inline constexpr Duration kMaxInviteTtl = Days(30);  // a link stays in chat histories; longer is a standing key
inline constexpr Duration kInviteClockTolerance = Minutes(5);  // how far ahead of the clock a new invite may be dated
inline constexpr Duration kExpiredInviteKept = Days(7);        // so that a late joiner is told `expired`, not `denied`
inline constexpr std::size_t kMaxOpenInvites = 64;       // each proof of an unknown peer is tried with each of them
inline constexpr std::size_t kMaxUnprovedJoiners = 256;  // of one invite: bounds what an invite's file can grow to
inline constexpr std::uint32_t kUnlimitedUses = UINT32_MAX;

struct Invite {
  InviteId id;
  Psk psk;  // of the link's code
  UnixTime created_at{};
  Duration ttl{};                      // whole seconds
  std::uint32_t uses = 1;              // as it was made; kUnlimitedUses only together with only_for
  std::uint32_t uses_left = 1;         // kUnlimitedUses stays so
  InlineString<64> label{};            // the user's own word for it, UTF-8; may be empty
  std::optional<Identity> only_for{};  // admits nobody else
  std::vector<Identity> joined{};      // who has joined and not yet proved the new key: may come again, see Admit
  Host host;                           // as in the link
  std::uint16_t port = 0;
};

// Whether an invite, of the command line or a file, keeps the rules above. Errors: "ttl" (kOutOfRange, or kInvalid: no
// whole seconds), "uses" (kOutOfRange: none; kInvalid: unlimited for everybody, or more left than there were), "label"
// (kTooLong, kInvalid: no UTF-8), "created_at", "port" (kOutOfRange), "joined" (kTooLong).
inline Result<void> CheckInvite(const Invite& invite);

constexpr UnixTime ExpiresAt(const Invite& invite) { return invite.created_at + invite.ttl; }

inline bool IsExpired(const Invite& invite, UnixTime now) {
  return now >= ExpiresAt(invite) || invite.created_at > now + kInviteClockTolerance;
}

enum class InviteState : std::uint8_t { kOpen, kUsedUp, kExpired };

// An invite that is both used up and past its TTL is used up.
inline InviteState StateOf(const Invite& invite, UnixTime now) {
  if (invite.uses_left == 0) return InviteState::kUsedUp;
  return IsExpired(invite, now) ? InviteState::kExpired : InviteState::kOpen;
}

inline bool IsOpen(const Invite& invite, UnixTime now) { return StateOf(invite, now) == InviteState::kOpen; }

// "open", "used_up" or "expired", as `invites --json` prints it.
constexpr std::string_view InviteStateName(InviteState state) {
  switch (state) {
    case InviteState::kOpen:
      return "open";
    case InviteState::kUsedUp:
      return "used_up";
    case InviteState::kExpired:
      return "expired";
  }
  return "open";
}

// How many of them are open; another may be made while these are fewer than kMaxOpenInvites.
inline std::size_t CountOpen(std::span<const Invite> invites, UnixTime now) {
  std::size_t open = 0;
  for (const Invite& invite : invites) open += IsOpen(invite, now) ? 1 : 0;
  return open;
}

// Whether somebody who has proved the invite's key is admitted by it.
enum class InviteAdmission : std::uint8_t {
  kNewUse,         // yes, and one use is counted off
  kAgain,          // yes: joined before, has not proved the new key; no use is counted, also past the TTL
  kExpired,        // no; the only refusal that is answered with a reason
  kOtherIdentity,  // no: made for somebody else
  kRekeyNeeded,    // no: others hold the link too, and the joiner would keep the link's key
  kUsedUp,         // no
  kFull,           // no: kMaxUnprovedJoiners have yet to prove their keys
};

constexpr bool IsAdmitted(InviteAdmission admission) {
  return admission == InviteAdmission::kNewUse || admission == InviteAdmission::kAgain;
}

namespace detail {

inline std::vector<Identity>::const_iterator FindJoiner(const Invite& invite, const Identity& joiner) {
  auto it = invite.joined.begin();
  while (it != invite.joined.end() && *it != joiner) ++it;
  return it;
}

}  // namespace detail

// True if `joiner` has joined by this invite and has not proved its new key yet.
inline bool HasUnprovedJoiner(const Invite& invite, const Identity& joiner) {
  return detail::FindJoiner(invite, joiner) != invite.joined.end();
}

// `rekey`: the joiner takes a key of its own in place of the link's. Identities are compared byte for byte; whether a
// peer is already paired under the same name in another case is for the caller to ask (SameName).
inline InviteAdmission Admit(const Invite& invite, const Identity& joiner, bool rekey, UnixTime now) {
  const bool key_suffices = rekey || invite.uses == 1;
  const bool again = HasUnprovedJoiner(invite, joiner);
  if (again && key_suffices) return InviteAdmission::kAgain;
  if (IsExpired(invite, now)) return InviteAdmission::kExpired;
  if (invite.only_for && *invite.only_for != joiner) return InviteAdmission::kOtherIdentity;
  if (!key_suffices) return InviteAdmission::kRekeyNeeded;
  if (invite.uses_left == 0) return InviteAdmission::kUsedUp;
  if (invite.joined.size() >= kMaxUnprovedJoiners) return InviteAdmission::kFull;
  return InviteAdmission::kNewUse;
}

// Whether this invite may replace the key stored for `joiner`, made by the invite `made_by` (none: not by an invite). A
// paired identity cannot be taken over by an invite, so only its own invite may, and only before the key has been
// proved or where it was made for that identity (which comes with a fresh disk each time).
inline bool MayReplaceKey(const Invite& invite, const Identity& joiner, const std::optional<InviteId>& made_by) {
  if (!made_by || *made_by != invite.id) return false;
  return HasUnprovedJoiner(invite, joiner) || (invite.only_for && *invite.only_for == joiner);
}

// Notes that an admitted joiner joined. Without `rekey` it keeps the link's key, which it has proved by joining.
inline void NoteJoin(Invite& invite, const Identity& joiner, bool rekey) {
  const auto before = detail::FindJoiner(invite, joiner);
  if (before == invite.joined.end()) {
    if (invite.uses_left != kUnlimitedUses && invite.uses_left > 0) --invite.uses_left;
    if (rekey) invite.joined.push_back(joiner);
  } else if (!rekey) {
    invite.joined.erase(before);
  }
}

// Notes that a joiner has proved its new key: the link no longer admits it without counting a use. False if it was not
// waited for.
inline bool NoteProved(Invite& invite, const Identity& joiner) {
  const auto it = detail::FindJoiner(invite, joiner);
  if (it == invite.joined.end()) return false;
  invite.joined.erase(it);
  return true;
}

// Whether nobody needs the invite any more: it is used up and every joiner has proved its key, or it is long past its
// TTL. One that is dated ahead is kept: rather than the invite, the clock may be wrong (a machine that starts in 1970).
inline bool ShouldDelete(const Invite& invite, UnixTime now) {
  if (invite.uses_left == 0 && invite.joined.empty()) return true;
  return now >= ExpiresAt(invite) + kExpiredInviteKept;
}

inline Result<void> CheckInvite(const Invite& invite) {
  const auto error = [](Errc code, const char* part, std::size_t value = 0) {
    return Error{code, 0, static_cast<std::uint32_t>(value), part};
  };
  if (invite.ttl < kMinInviteTtl || invite.ttl > kMaxInviteTtl) return error(Errc::kOutOfRange, "ttl");
  if (invite.ttl.ms % 1000 != 0) return error(Errc::kInvalid, "ttl");
  if (invite.uses == 0) return error(Errc::kOutOfRange, "uses");
  if (invite.uses == kUnlimitedUses && (!invite.only_for || invite.uses_left != kUnlimitedUses)) {
    return error(Errc::kInvalid, "uses");
  }
  if (invite.uses_left > invite.uses) return error(Errc::kInvalid, "uses");
  if (invite.label.overflowed()) return error(Errc::kTooLong, "label", invite.label.kCapacity);
  for (std::string_view rest = invite.label; !rest.empty();) {
    const std::size_t size = DecodeUtf8(rest).size;
    if (size == 0) return error(Errc::kInvalid, "label");
    rest.remove_prefix(size);
  }
  if (invite.created_at < UnixTime{0} || invite.created_at > kLastRfc3339)
    return error(Errc::kOutOfRange, "created_at");
  if (invite.port == 0) return error(Errc::kOutOfRange, "port", 65'535);
  if (invite.joined.size() > kMaxUnprovedJoiners) return error(Errc::kTooLong, "joined", kMaxUnprovedJoiners);
  return {};
}

}  // namespace cctl

#endif  // CCTL_INVITE_INVITE_H_
