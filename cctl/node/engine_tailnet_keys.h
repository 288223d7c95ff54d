// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that lets nodes of the tailnet in (docs/protocol.md, sections 6.3 to 6.5):
// the key that two nodes share is tried on connections through the tailnet only, and counts for nobody whom Tailscale
// does not vouch for, nor for an identity that is somebody else's.

#ifndef CCTL_NODE_ENGINE_TAILNET_KEYS_H_
#define CCTL_NODE_ENGINE_TAILNET_KEYS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/native_address.h"
#include "cctl/node/connection.h"
#include "cctl/node/dial.h"
#include "cctl/node/engine.h"
#include "cctl/node/tailnet.h"
#include "cctl/node/tailnet_map.h"
#include "cctl/node/tailnet_pins.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/proto/peer_state.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_key.h"
#include "cctl/tailnet/tailnet_node.h"

namespace cctl {

// Whether nobody is paired by that name; who is proves the key of the pairing.
inline bool Engine::IsStranger(const Identity& peer) const {
  const auto paired = context_.folder.FindPeer(peer);
  return paired && !*paired;
}

inline std::optional<TailnetPath> Engine::TailnetPathOf(const Connection& connection) const {
  const auto local = LocalEndpoint(connection.socket.native());
  if (!local) return std::nullopt;
  return TailnetPath{local->ip, connection.handshake->remote.ip};
}

// For somebody who has connected to us: the node's key, where the connection comes from a node that may be a peer, and
// the identity is nobody else's.
inline void Engine::AddTailnetKey(Connection& connection, const Identity& peer,
                                  std::vector<KeyCandidate>& candidates) const {
  const TailnetMap* const map = tailnet_map();
  const auto path = map != nullptr ? TailnetPathOf(connection) : std::nullopt;
  const TailnetNode* const node = path ? map->FindInside(*path) : nullptr;
  if (node == nullptr || !IsStranger(peer)) return;
  connection.handshake->node = *node->id;
  const auto status = book_.peers().Find(peer);
  if (!map->IsCandidate(node, context_.options.tailnet.Tag())) {
    connection.handshake->why = "that machine of the tailnet is left out (" + context_.Command("tailnet") + ")";
    return;
  }
  if (status && status->state == PeerState::kHeld) {
    connection.handshake->why = "it was disconnected here";
    return;
  }
  connection.handshake->why = context_.pins.Fault(*node->id, peer);
  if (!connection.handshake->why.empty()) return;
  candidates.push_back({KeyCandidate::Source::kTailnet, DeriveTailnetPsk(*map->status().self.id, *node->id)});
}

// Whether a node that was dialled because it may be a peer turns out to be one that is connected, or that the user has
// disconnected.
inline bool Engine::IsLeftAlone(Dial& dial, const std::optional<Identity>& named) {
  if (dial.purpose != DialPurpose::kTailnet) return false;
  dial.named = named;
  const auto status = named ? book_.peers().Find(*named) : std::nullopt;
  dial.left_alone = status && (status->state == PeerState::kHeld || status->state == PeerState::kConnected);
  return dial.left_alone;
}

// For somebody whom we have dialled, and share no other key with. True: whether it is the right one who stands there is
// being found out.
inline bool Engine::TryTailnetKey(Instant now, Connection& connection, Dial& dial,
                                  const std::optional<Identity>& named) {
  const bool may = dial.purpose == DialPurpose::kTailnet || dial.purpose == DialPurpose::kConnect ||
                   (dial.purpose == DialPurpose::kPair && dial.by_tailnet);
  const TailnetMap* const map = tailnet_map();
  if (!may || map == nullptr || !named) return false;
  const auto path = TailnetPathOf(connection);
  const TailnetNode* const node = path ? map->FindPeer(context_.options.tailnet.Tag(), *path) : nullptr;
  if (node == nullptr || (dial.node && *dial.node != *node->id)) return false;
  if (!IsStranger(*named) || !context_.pins.Fault(*node->id, *named).empty()) return false;
  connection.handshake->node = *node->id;
  if (dial.purpose == DialPurpose::kTailnet) {
    dial.deadline = now + kListenerHandshakeLimit;
    timers_.Arm(dial.deadline, kDialTimers + dial.id);
  }
  AskForVoucher(now, connection);
  return true;
}

// Whether a node was refused for the same reason before: it tries again and again, and is told of once.
inline bool Engine::IsRefusedAgain(const Handshaking& handshake) {
  if (!handshake.node || handshake.why.empty()) return false;
  return std::exchange(refused_nodes_[*handshake.node], handshake.why) == handshake.why;
}

inline void Engine::AskForVoucher(Instant now, const Connection& connection) {
  const auto path = TailnetPathOf(connection);
  if (tailnet_ == nullptr || !path) return;  // its time limit ends it
  tailnet_->Vouch(now, connection.id, *connection.handshake->node, *path, connection.handshake->remote);
}

inline void Engine::HandleVouched(Instant now, const Tailnet::Vouched& vouched) {
  Connection* const connection = connections_.Find(vouched.connection);
  if (connection == nullptr || connection->phase != Phase::kHandshake) return;
  Handshaking& handshake = *connection->handshake;
  if (!handshake.node || *handshake.node != vouched.node) return;
  handshake.vouched = vouched.right;
  if (auto* const listener = std::get_if<ListenerHandshake>(&handshake.machine)) {
    const auto peer = listener->claimed();
    if (!vouched.right) handshake.why = "Tailscale does not say that it is who stands there";
    // It may have been paired, or another may have got the name, while Tailscale was asked.
    handshake.vouched = vouched.right && peer && IsStranger(*peer) && Pin(vouched.node, *peer);
    listener->HandleVouched(handshake.vouched);
  }
  if (auto* const connector = std::get_if<ConnectorHandshake>(&handshake.machine)) {
    const TailnetMap* const map = tailnet_map();
    if (vouched.right && map != nullptr && map->status().self.id) {
      connector->HandleKey(now, DeriveTailnetPsk(*map->status().self.id, vouched.node), KeyCandidate::Source::kTailnet);
    } else {
      connector->HandleNoKey();
    }
  }
  DriveHandshake(now, vouched.connection);
}

// Whether the identity is the node's from now on.
inline bool Engine::Pin(const StableId& node, const Identity& peer) {
  const PinVerdict verdict = context_.pins.Judge(node, peer);
  if (verdict == PinVerdict::kPinned) return true;
  if (verdict != PinVerdict::kNew) return false;
  const auto pinned = context_.pins.Add(context_.folder, node, peer, context_.Wall());
  if (!pinned) context_.Warn(pinned.error());
  return pinned.has_value();
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_TAILNET_KEYS_H_
