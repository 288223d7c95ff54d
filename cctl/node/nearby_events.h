// SPDX-License-Identifier: MIT
//
// Comings and goings on the LAN as a Node's events.

#ifndef CCTL_NODE_NEARBY_EVENTS_H_
#define CCTL_NODE_NEARBY_EVENTS_H_

#include <optional>
#include <string>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/profile.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/proto/nearby_peers.h"

namespace cctl {

// The event for the owner of `self`; nothing for ProbeWanted, which is nobody's business but the relay's.
inline std::optional<NodeEvent> ToNodeEvent(const NearbyPeers::Event& event, const Identity& self,
                                            const Profile& profile = kClaudectlProfile) {
  if (const auto* found = std::get_if<NearbyPeers::PeerFound>(&event)) {
    return PeerDiscovered{found->identity, std::string(ToEndpoint(found->address).Format().view()),
                          std::string(found->version.view()), found->paired};
  }
  if (const auto* lost = std::get_if<NearbyPeers::PeerLost>(&event)) {
    return PeerLost{lost->identity, std::string(ToEndpoint(lost->address).Format().view()), lost->goodbye};
  }
  if (const auto* duplicate = std::get_if<NearbyPeers::DuplicateIdentity>(&event)) {
    return WarningRaised{
        Errc::kAmbiguous,
        "another machine, at " + std::string(ToIpAddress(duplicate->address).Format().view()) + ", also calls itself " +
            std::string(self.view()) +
            "; if one was copied from the other, stop the relay of one of them, and give it a new name: " +
            CommandHint(profile, "identity --regenerate")};
  }
  return std::nullopt;
}

}  // namespace cctl

#endif  // CCTL_NODE_NEARBY_EVENTS_H_
