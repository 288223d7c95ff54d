// SPDX-License-Identifier: MIT
//
// Whom a Node is asked to connect to: what its verbs take.

#ifndef CCTL_NODE_DIAL_TARGETS_H_
#define CCTL_NODE_DIAL_TARGETS_H_

#include <cstdint>
#include <optional>

#include "cctl/base/host_name.h"
#include "cctl/base/host_port.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/store/meta_file.h"

namespace cctl {

// What `connect` was asked for.
struct ConnectTarget {
  Host host;
  std::uint16_t port = 0;
  std::optional<Identity> peer;  // who must answer; absent: whoever does
};

// What `pair-with` was asked for.
struct PairTarget {
  Identity peer;
  std::optional<Endpoint> at;  // absent: where the LAN says that it is
  PairedVia via = PairedVia::kLan;
};

// What `project-connect` was asked for: a peer, and where a project's file says that it may be.
struct ReachTarget {
  Identity peer;
  std::optional<HostPort> addr = {};       // tried after the address where it was last seen
  std::optional<HostPort> tailscale = {};  // tried last
  bool may_request = false;                // ask to pair, where there is no pairing
  bool only_addr = false;                  // nowhere but at `addr`
};

}  // namespace cctl

#endif  // CCTL_NODE_DIAL_TARGETS_H_
