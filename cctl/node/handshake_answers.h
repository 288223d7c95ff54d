// SPDX-License-Identifier: MIT
//
// What a node answers when a handshake asks it for keys or to store one: the state folder read, the commits made, the
// owner told. The handshake machines decide what to do with the answers.

#ifndef CCTL_NODE_HANDSHAKE_ANSWERS_H_
#define CCTL_NODE_HANDSHAKE_ANSWERS_H_

#include <optional>
#include <string>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/node/dial.h"
#include "cctl/node/key_lookup.h"
#include "cctl/node/node_context.h"
#include "cctl/node/node_events.h"
#include "cctl/node/pairing_commit.h"
#include "cctl/node/state_error.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/store/meta_file.h"

namespace cctl {

// The keys for ListenerHandshake::KeysWanted; none where a file that matters cannot be read.
inline std::vector<KeyCandidate> AnswerKeysWanted(NodeContext& context, const Identity& claimed) {
  std::vector<StateError> faults;
  auto keys = FindListenerKeys(context.folder, claimed, context.options.invite_ttl, context.expired_invites,
                               context.Wall(), faults);
  for (const StateError& fault : faults) context.Warn(fault);
  if (!keys) {
    context.Warn(keys.error());
    return {};
  }
  // An identity that is a node's of the tailnet is not to be had by a link or a code.
  if (context.pins.FindNode(claimed)) {
    std::erase_if(*keys, [](const KeyCandidate& key) { return key.source != KeyCandidate::Source::kStored; });
  }
  return *std::move(keys);
}

namespace detail {

// Whether something is on disk; the owner is told of what is not.
template <typename T>
bool Stored(NodeContext& context, const StateResult<T>& stored) {
  if (!stored) context.Warn(stored.error());
  return stored.has_value();
}

}  // namespace detail

// Whether ListenerHandshake::StoreWanted is on disk.
inline bool AnswerStoreWanted(NodeContext& context, const ListenerHandshake::StoreWanted& wanted) {
  if (wanted.source == KeyCandidate::Source::kProposed) {
    return detail::Stored(context, CommitApproved(context.folder, wanted.peer, wanted.key, PairedVia::kLan,
                                                  /*proved=*/!wanted.confirms, context.Wall()));
  }
  if (!wanted.invite) {
    return detail::Stored(context, CommitPending(context.folder, wanted.peer, wanted.key, wanted.rekeyed,
                                                 /*proved=*/!wanted.rekeyed, context.Wall()));
  }
  const auto joined =
      CommitJoin(context.folder, *wanted.invite, wanted.peer, wanted.key, wanted.rekeyed, context.Wall());
  if (!detail::Stored(context, joined)) return false;
  if (joined->counted) {
    context.events.push_back(InviteUsed{std::string(wanted.invite->view()), wanted.peer, joined->invite.uses_left});
  }
  return true;
}

namespace detail {

// Whose key to send to a listener that does not say who it is: the peer that was last seen at this address, else the
// only one that was never seen anywhere. Errors: kAmbiguous, kNotFound (part "key").
inline Result<Identity> GuessPeer(NodeContext& context, const std::string& address) {
  const auto peers = context.folder.ListPeers();
  if (!peers) {
    context.Warn(peers.error());
    return peers.error().error;
  }
  std::vector<Identity> never_seen;
  for (const Identity& peer : *peers) {
    const auto meta = context.folder.LoadMeta(peer);
    if (!meta) continue;
    if (meta->addr == std::string_view(address)) return peer;
    if (meta->addr.empty() && !meta->last_seen) never_seen.push_back(peer);
  }
  if (never_seen.size() == 1) return never_seen[0];
  return Error{never_seen.empty() ? Errc::kNotFound : Errc::kAmbiguous, 0, 0, "key"};
}

}  // namespace detail

// The key for ConnectorHandshake::KeyWanted. Errors: kNotFound (part "key"), kAmbiguous, kIo; kDenied never.
inline Result<DialKey> AnswerKeyWanted(NodeContext& context, Dial& dial, const std::optional<Identity>& named) {
  if (dial.purpose == DialPurpose::kProbe) return Error{Errc::kNotFound, 0, 0, "key"};  // whoever answers, it was seen
  if (dial.purpose == DialPurpose::kTailnet && !named) return Error{Errc::kNotFound, 0, 0, "key"};  // so is this
  if (dial.link_key) return DialKey{*dial.link_key, KeyCandidate::Source::kInvite};
  std::optional<Identity> peer = named ? named : dial.expected;
  if (!peer) {
    const Result<Identity> guess = detail::GuessPeer(context, dial.address);
    if (guess) {
      peer = *guess;
      dial.key_of = *guess;
    } else if (guess.error().code != Errc::kNotFound) {
      return guess.error();
    }
  }
  if (!peer) {  // nobody is known: the code that `pair` made may be meant
    const auto pending = context.folder.LoadPending();
    if (!pending) context.Warn(pending.error());
    const auto usable = pending ? ToPendingKey(*pending, context.options.invite_ttl, context.Wall()) : std::nullopt;
    if (!usable || usable->expired) return Error{Errc::kNotFound, 0, 0, "key"};
    return DialKey{usable->psk, KeyCandidate::Source::kPending};
  }
  auto key = FindDialKey(context.folder, *peer, context.options.invite_ttl, context.Wall());
  if (!key) {
    context.Warn(key.error());
    return Error{key.error().error.code == Errc::kIo ? Errc::kIo : Errc::kNotFound, 0, 0, "key"};
  }
  // A code that the user made for somebody else is tried where the user says `connect`, and nowhere else.
  const bool peer_only = dial.purpose != DialPurpose::kConnect;
  const bool stored_only = peer_only || context.pins.FindNode(*peer).has_value();
  const bool usable = *key && ((*key)->source == KeyCandidate::Source::kStored || !stored_only);
  if (!usable) return Error{Errc::kNotFound, 0, 0, "key"};
  return **key;
}

// Whether ConnectorHandshake::StoreWanted is on disk.
inline bool AnswerStoreWanted(NodeContext& context, const Dial& dial, const ConnectorHandshake::StoreWanted& wanted) {
  if (wanted.approved) {
    return detail::Stored(context, CommitApproved(context.folder, wanted.peer, wanted.key, dial.via,
                                                  /*proved=*/false, context.Wall()));
  }
  const bool proved = wanted.rekeyed;  // a released listener cannot rotate; others are marked when the session begins
  return detail::Stored(
      context, dial.link_host
                   ? CommitJoined(context.folder, wanted.peer, wanted.key, proved, *dial.link_host, context.Wall())
                   : CommitPending(context.folder, wanted.peer, wanted.key, wanted.rekeyed, proved, context.Wall()));
}

}  // namespace cctl

#endif  // CCTL_NODE_HANDSHAKE_ANSWERS_H_
