// SPDX-License-Identifier: MIT
//
// A project's peers as commands show and reach them: each entry as an object, and what this machine knows of it.

#ifndef CCTL_TOOLS_CLAUDECTL_PROJECT_ANSWER_H_
#define CCTL_TOOLS_CLAUDECTL_PROJECT_ANSWER_H_

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "cctl/base/host_name.h"
#include "cctl/base/host_port.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/profile.h"
#include "cctl/identity/identity.h"
#include "cctl/node/dial_targets.h"
#include "cctl/project/peers_file.h"
#include "tools/claudectl/answer.h"

namespace cctl::cli {

inline std::string FormatHostPort(const HostPort& at) {
  std::string text;
  AppendHostPort(at.host, at.port, text);
  return text;
}

// Where a project's file says that a peer may be. `may_request`: whoever sits here has agreed to ask it to pair.
inline ReachTarget MakeTarget(const ProjectPeer& peer, bool may_request) {
  ReachTarget target{.peer = peer.identity, .addr = peer.addr, .may_request = may_request};
  if (peer.tailscale) target.tailscale = HostPort{*peer.tailscale, kClaudectlProfile.tcp_port};
  return target;
}

// {identity, name, addr, tailscale}; null where the file says nothing.
inline nlohmann::json ProjectPeerToJson(const ProjectPeer& peer) {
  nlohmann::json object = {{"identity", peer.identity.view()}};
  object["name"] = peer.name.empty() ? nlohmann::json(nullptr) : nlohmann::json(Printable(peer.name).view());
  object["addr"] = peer.addr ? nlohmann::json(FormatHostPort(*peer.addr)) : nlohmann::json(nullptr);
  object["tailscale"] = peer.tailscale ? nlohmann::json(peer.tailscale->view()) : nlohmann::json(nullptr);
  return object;
}

// "you", "connected", "paired" or "not paired". `peers`: the answer of `peers`; whether one who is paired is connected
// is known by a running relay only.
inline std::string ProjectPeerStatus(const Identity& peer, const nlohmann::json& peers) {
  if (const auto self = Identity::Parse(RawTextOf(peers, "identity")); self && SameName(*self, peer)) return "you";
  for (const nlohmann::json& known : ListOf(peers, "peers")) {
    const auto name = Identity::Parse(RawTextOf(known, "peer_id"));
    if (!name || *name != peer) continue;
    const std::string state = TextOf(known, "state");
    if (state == "unconfirmed") break;
    return state == "connected" ? "connected" : "paired";
  }
  return "not paired";
}

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_PROJECT_ANSWER_H_
