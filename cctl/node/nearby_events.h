// SPDX-License-Identifier: MIT
//
// What was heard on the LAN as everybody is told of it: a machine as `discover` and the control socket's `nearby` show
// it, and comings and goings as a Node's events (docs/cli.md).

#ifndef CCTL_NODE_NEARBY_EVENTS_H_
#define CCTL_NODE_NEARBY_EVENTS_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/node_events.h"
#include "cctl/proto/nearby_peers.h"

namespace cctl {

inline nlohmann::json NearbyPeerToJson(const NearbyPeer& peer) {
  const Endpoint first = ToEndpoint(peer.addresses[0]);
  nlohmann::json json = {
      {"identity", peer.identity.view()}, {"addr", first.Format().view()}, {"port", first.port},
      {"version", peer.version.view()},   {"paired", peer.paired},         {"paired_count", peer.paired_count}};
  for (const RemoteAddress& address : peer.addresses) json["addrs"].push_back(ToEndpoint(address).Format().view());
  return json;
}

// The event for the owner of `self`; nothing for ProbeWanted, which is nobody's business but the relay's.
inline std::optional<NodeEvent> ToNodeEvent(const NearbyPeers::Event& event, const Identity& self) {
  if (const auto* found = std::get_if<NearbyPeers::PeerFound>(&event)) {
    return PeerDiscovered{found->identity, std::string(ToEndpoint(found->address).Format().view()),
                          std::string(found->version.view()), found->paired};
  }
  if (const auto* lost = std::get_if<NearbyPeers::PeerLost>(&event)) {
    return PeerLost{lost->identity, std::string(ToEndpoint(lost->address).Format().view()), lost->goodbye};
  }
  if (const auto* duplicate = std::get_if<NearbyPeers::DuplicateIdentity>(&event)) {
    return WarningRaised{Errc::kAmbiguous,
                         "another machine, at " + std::string(ToIpAddress(duplicate->address).Format().view()) +
                             ", also calls itself " + std::string(self.view()) +
                             "; if one was copied from the other, delete relay/identity in the state folder of one of "
                             "them, start its relay again, and pair it anew"};
  }
  return std::nullopt;
}

}  // namespace cctl

#endif  // CCTL_NODE_NEARBY_EVENTS_H_
