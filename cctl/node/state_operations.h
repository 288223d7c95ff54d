// SPDX-License-Identifier: MIT
//
// What commands do to the state folder, and their `--json` objects (docs/cli.md). One implementation for both ways: the
// tool calls these where no relay runs, holding the lock, and the relay's control socket calls them otherwise.

#ifndef CCTL_NODE_STATE_OPERATIONS_H_
#define CCTL_NODE_STATE_OPERATIONS_H_

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/profile.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/outcome.h"
#include "cctl/node/pairing_commit.h"
#include "cctl/node/state_error.h"
#include "cctl/node/state_folder.h"
#include "cctl/node/tailnet_pins.h"
#include "cctl/store/meta_file.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {

struct CreateInviteOptions {
  Duration ttl = Hours(24);                      // whole seconds, 1 s to 30 days
  std::uint32_t uses = 1;                        // kUnlimitedUses: no limit, with for_identity only
  std::string label = {};                        // at most 64 bytes of UTF-8
  std::optional<std::string> for_identity = {};  // admits nobody else
  std::string host = {};                         // what the link says
  std::uint16_t port = kClaudectlProfile.tcp_port;
  bool relay_running = false;  // only reported
};

namespace detail {

inline nlohmann::json DateOrNull(const std::optional<UnixTime>& date) {
  return date ? nlohmann::json(FormatRfc3339(*date).view()) : nlohmann::json(nullptr);
}

inline nlohmann::json UsesJson(std::uint32_t uses) {
  return uses == kUnlimitedUses ? nlohmann::json("unlimited") : nlohmann::json(uses);
}

inline std::string JoinHostPort(const Host& host, std::uint16_t port) {
  std::string out;
  AppendHostPort(host, port, out);
  return out;
}

// Whether there is an invite of this id, be it one that cannot be read.
inline bool IsTaken(const StateFolder& folder, const InviteId& id) {
  const auto invite = folder.LoadInvite(id);
  return !invite || *invite;
}

inline Failure NoSuchPeer(const Profile& profile, std::string_view name) {
  return {Errc::kNotFound, "no such peer: " + std::string(name), CommandHint(profile, "peers")};
}

}  // namespace detail

// The peer that a user names: one that is paired, or a machine of the tailnet. Errors: invalid, not_found, io.
inline Outcome<Identity> FindNamedPeer(const StateFolder& folder, std::string_view name) {
  const auto identity = Identity::Parse(name);
  if (!identity) return Failure{Errc::kInvalid, "that is no identity (1 to 128 letters, digits, - and _)"};
  auto found = folder.FindPeer(*identity);
  if (!found) return ToFailure(found.error());
  if (*found) return **found;
  TailnetPins pins;
  (void)pins.Load(folder);  // one that cannot be read names nobody
  const auto node = pins.FindNode(*identity);
  const auto pinned = node ? pins.FindIdentity(*node) : std::nullopt;
  if (!pinned) return detail::NoSuchPeer(folder.profile(), identity->view());
  return *pinned;
}

// cli.md `invite`. Errors: usage (an option), busy (64 are open), io.
inline Outcome<nlohmann::json> CreateInvite(StateFolder& folder, RandomSource& random, UnixTime now,
                                            const CreateInviteOptions& options) {
  auto self = folder.identity();
  if (!self) return ToFailure(self.error());
  const auto host = Host::Parse(options.host);
  if (!host)
    return Failure{Errc::kUsage, "the link needs a host that others can reach",
                   CommandHint(folder.profile(), "invite --host <address>")};
  std::optional<Identity> only_for;
  if (options.for_identity) {
    const auto named = Identity::Parse(*options.for_identity);
    if (!named || SameName(*named, *self)) return Failure{Errc::kUsage, "--for names another machine's identity"};
    only_for = *named;
  }
  const auto code = PairCode::Generate(random);
  const auto id = InviteId::Generate(random);
  if (!code || !id) return Failure{Errc::kIo, "the system's random generator fails"};
  Invite invite{.id = *id,
                .psk = DerivePsk(*code),
                .created_at = now,
                .ttl = options.ttl,
                .uses = options.uses,
                .uses_left = options.uses,
                .label = InlineString<64>(options.label),
                .only_for = only_for,
                .joined = {},
                .host = *host,
                .port = options.port};
  if (const auto checked = CheckInvite(invite); !checked) {
    return Failure{Errc::kUsage,
                   std::string("the invite's ") + checked.error().part +
                       " is not allowed: " + std::string(ErrcName(checked.error().code)),
                   CommandHint(folder.profile(), "invite --help")};
  }
  auto list = folder.ListInvites();
  if (!list) return ToFailure(list.error());
  for (const Invite& old : list->invites) {
    if (!ShouldDelete(old, now)) continue;
    if (auto removed = folder.RemoveInvite(old.id); !removed) return ToFailure(removed.error());
  }
  if (CountOpen(list->invites, now) >= kMaxOpenInvites) {
    return Failure{Errc::kBusy, "64 invites are open already", CommandHint(folder.profile(), "revoke <id>")};
  }
  for (int attempt = 0; detail::IsTaken(folder, invite.id); ++attempt) {
    const auto another = InviteId::Generate(random);
    if (!another || attempt == 8) return Failure{Errc::kIo, "the system's random generator fails"};
    invite.id = *another;
  }
  if (auto saved = folder.SaveInvite(invite); !saved) return ToFailure(saved.error());

  InviteLinkText link;
  const ScopedWipe wipe_link(link);
  FormatInviteLink({*self, *host, options.port, *code}, link, folder.profile());
  std::array<char, PairCode::kFormattedSize> code_text;
  const ScopedWipe wipe_code(code_text);
  code->Format(code_text);
  return nlohmann::json{{"identity", self->view()},
                        {"invite_link", link.view()},
                        {"pair_code", std::string_view(code_text.data(), code_text.size())},
                        {"addr", detail::JoinHostPort(*host, options.port)},
                        {"host", host->view()},
                        {"port", options.port},
                        {"id", invite.id.view()},
                        {"ttl_seconds", invite.ttl.ms / 1000},
                        {"uses", detail::UsesJson(invite.uses)},
                        {"created_at", FormatRfc3339(now).view()},
                        {"expires_at", FormatRfc3339(ExpiresAt(invite)).view()},
                        {"relay_running", options.relay_running}};
}

// cli.md `invites`. A file that cannot be read is listed as such in `unreadable`, with its path.
inline Outcome<nlohmann::json> ListInvites(StateFolder& folder, UnixTime now) {
  auto list = folder.ListInvites();
  if (!list) return ToFailure(list.error());
  nlohmann::json invites = nlohmann::json::array();
  for (const Invite& invite : list->invites) {
    const auto only_for = invite.only_for ? nlohmann::json(invite.only_for->view()) : nlohmann::json(nullptr);
    const auto label = invite.label.empty() ? nlohmann::json(nullptr) : nlohmann::json(invite.label.view());
    invites.push_back({{"id", invite.id.view()},
                       {"label", label},
                       {"addr", detail::JoinHostPort(invite.host, invite.port)},
                       {"for", only_for},
                       {"created_at", FormatRfc3339(invite.created_at).view()},
                       {"expires_at", FormatRfc3339(ExpiresAt(invite)).view()},
                       {"uses_left", detail::UsesJson(invite.uses_left)},
                       {"state", InviteStateName(StateOf(invite, now))}});
  }
  nlohmann::json result = {{"invites", std::move(invites)}};
  for (const StateError& error : list->unreadable) result["unreadable"].push_back(ToFailure(error).message);
  return result;
}

// cli.md `revoke`.
inline Outcome<nlohmann::json> RevokeInvite(StateFolder& folder, std::string_view text) {
  const auto id = InviteId::Parse(text);
  if (!id)
    return Failure{Errc::kInvalid, "an invite's id is 8 hexadecimal digits", CommandHint(folder.profile(), "invites")};
  const auto invite = folder.LoadInvite(*id);
  const bool damaged = !invite;  // may still be revoked: the user says so
  if (!damaged && !*invite) {
    return Failure{Errc::kNotFound, "no such invite: " + std::string(id->view()),
                   CommandHint(folder.profile(), "invites")};
  }
  if (auto removed = folder.RemoveInvite(*id); !removed) return ToFailure(removed.error());
  return nlohmann::json{{"id", id->view()}, {"status", "revoked"}};
}

// cli.md `pair`: a new code, which replaces one that nobody has used. `ttl`: how long it may be used.
inline Outcome<nlohmann::json> CreatePairCode(StateFolder& folder, RandomSource& random, UnixTime now, Duration ttl) {
  auto self = folder.identity();
  if (!self) return ToFailure(self.error());
  const auto code = PairCode::Generate(random);
  if (!code) return Failure{Errc::kIo, "the system's random generator fails"};
  if (auto saved = folder.SavePending(DerivePsk(*code)); !saved) return ToFailure(saved.error());
  std::array<char, PairCode::kFormattedSize> text;
  const ScopedWipe wipe(text);
  code->Format(text);
  return nlohmann::json{{"identity", self->view()},
                        {"pair_code", std::string_view(text.data(), text.size())},
                        {"expires_at", FormatRfc3339(now + ttl).view()}};
}

// cli.md `accept`. A peer that is paired by another key is not changed: `denied`, hint `forget`.
inline Outcome<nlohmann::json> AcceptCode(StateFolder& folder, UnixTime now, std::string_view code_text,
                                          std::string_view name) {
  const auto code = PairCode::Parse(code_text);
  if (!code) return Failure{Errc::kInvalid, "a pair code is 16 hexadecimal digits: xxxx-xxxx-xxxx-xxxx"};
  const auto peer = Identity::Parse(name);
  if (!peer) return Failure{Errc::kInvalid, "that is no identity (1 to 128 letters, digits, - and _)"};
  auto self = folder.identity();
  if (!self) return ToFailure(self.error());
  if (SameName(*peer, *self)) return Failure{Errc::kInvalid, "that is this machine's own identity"};
  const auto paired = folder.FindPeer(*peer);
  if (!paired) return ToFailure(paired.error());
  TailnetPins pins;
  (void)pins.Load(folder);
  if (pins.FindNode(*peer)) {
    const std::string who(peer->view());
    return Failure{Errc::kDenied, who + " is known as a machine of the tailnet",
                   CommandHint(folder.profile(), "forget " + who)};
  }
  const Psk psk = DerivePsk(*code);
  if (*paired) {
    const auto key = folder.LoadKey(**paired);
    if (!key) return ToFailure(key.error());
    if (**paired == *peer && *key && **key == psk) {
      return nlohmann::json{{"peer", peer->view()}, {"status", "already_paired"}};
    }
    const std::string who((*paired)->view());
    return Failure{Errc::kDenied, "already paired with " + who + " by another key",
                   CommandHint(folder.profile(), "forget " + who)};
  }
  if (auto stored = CommitAccepted(folder, *peer, psk, now); !stored) return ToFailure(stored.error());
  return nlohmann::json{{"peer", peer->view()}, {"status", "accepted"}};
}

// cli.md `forget`, also of a peer whose files cannot be read, or that is a machine of the tailnet. A relay ends its
// session.
inline Outcome<nlohmann::json> ForgetPeer(StateFolder& folder, UnixTime now, std::string_view name) {
  auto peer = FindNamedPeer(folder, name);
  if (!peer) return peer.error();
  if (auto forgotten = CommitForgotten(folder, *peer, now); !forgotten) return ToFailure(forgotten.error());
  TailnetPins pins;
  (void)pins.Load(folder);
  if (const auto node = pins.FindNode(*peer)) {
    if (auto removed = folder.RemoveTailnetPin(*node); !removed) return ToFailure(removed.error());
  }
  return nlohmann::json{{"peer", peer->view()}, {"status", "forgotten"}};
}

// cli.md `peers`, each with state "unknown", or "unconfirmed": a relay fills in what it knows. One whose meta cannot be
// read is listed without what is in it, and why in `fault`.
inline Outcome<nlohmann::json> ListPeers(StateFolder& folder) {
  auto self = folder.identity();
  if (!self) return ToFailure(self.error());
  auto names = folder.ListPeers();
  if (!names) return ToFailure(names.error());
  nlohmann::json peers = nlohmann::json::array();
  for (const Identity& name : *names) {
    const auto read = folder.LoadMeta(name);
    const auto key = folder.LoadKey(name);
    const PeerMeta meta = read ? *read : PeerMeta{};
    nlohmann::json peer = {{"peer_id", name.view()}, {"state", "unknown"}};
    peer["addr"] = meta.addr.empty() ? nlohmann::json(nullptr) : nlohmann::json(meta.addr.view());
    peer["last_seen_at"] = detail::DateOrNull(meta.last_seen);
    peer["paired_at"] = detail::DateOrNull(meta.paired_at);
    peer["via"] = meta.via ? nlohmann::json(PairedViaName(*meta.via)) : nlohmann::json(nullptr);
    if (read && IsUnconfirmed(meta)) peer["state"] = "unconfirmed";
    if (!read) peer["fault"] = ToFailure(read.error()).message;
    if (!key) peer["fault"] = ToFailure(key.error()).message;
    peers.push_back(std::move(peer));
  }
  return nlohmann::json{{"identity", self->view()}, {"peers", std::move(peers)}};
}

// cli.md `identity --regenerate`: a new name, and nothing is left of what others share with the old one, since another
// machine may have it, too. Cut anywhere, it can be done again. The caller holds the lock.
inline Outcome<nlohmann::json> RegenerateIdentity(StateFolder& folder, UnixTime now) {
  const auto former = folder.identity();  // may be one that cannot be read
  const auto peers = folder.ListPeers();
  if (!peers) return ToFailure(peers.error());
  nlohmann::json forgotten = nlohmann::json::array();
  for (const Identity& peer : *peers) {
    if (auto done = CommitForgotten(folder, peer, now); !done) return ToFailure(done.error());
    forgotten.push_back(peer.view());
  }
  const auto invites = folder.ListInviteIds();
  if (!invites) return ToFailure(invites.error());
  for (const InviteId& id : *invites) {
    if (auto removed = folder.RemoveInvite(id); !removed) return ToFailure(removed.error());
  }
  if (auto removed = folder.RemovePending(); !removed) return ToFailure(removed.error());
  const auto nodes = folder.ListTailnetPins();
  if (!nodes) return ToFailure(nodes.error());
  for (const StableId& node : *nodes) {
    if (auto removed = folder.RemoveTailnetPin(node); !removed) return ToFailure(removed.error());
  }
  const auto made = folder.ReplaceIdentity();
  if (!made) return ToFailure(made.error());
  return nlohmann::json{{"identity", made->view()},
                        {"former", former ? nlohmann::json(former->view()) : nlohmann::json(nullptr)},
                        {"forgotten", std::move(forgotten)}};
}

// cli.md `identity`.
inline Outcome<nlohmann::json> ShowIdentity(StateFolder& folder) {
  auto self = folder.identity();
  if (!self) return ToFailure(self.error());
  return nlohmann::json{{"identity", self->view()}};
}

}  // namespace cctl

#endif  // CCTL_NODE_STATE_OPERATIONS_H_
