// SPDX-License-Identifier: MIT
//
// A machine on the LAN as somebody who asks is shown it: cctl/proto/nearby_peers.h keeps them.

#ifndef CCTL_PROTO_NEARBY_PEER_H_
#define CCTL_PROTO_NEARBY_PEER_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"

namespace cctl {

// One machine that was heard, as it says of itself.
struct NearbyPeer {
  Identity identity;
  std::optional<InstanceId> instance;
  VersionText version;
  std::uint32_t paired_count = 0;
  std::vector<RemoteAddress> addresses;  // in the order in which they were first heard; at least one
  bool paired = false;                   // we have a key for that name
  Instant first_heard;
};

// Drops the instances of which a later one was heard at the same address, and sorts the others by name, then in the
// order in which they were first heard.
inline void DropSuperseded(std::vector<NearbyPeer>& peers) {
  // By name, then by address, the latest first; then all but the first of each name and address go.
  std::sort(peers.begin(), peers.end(), [](const NearbyPeer& a, const NearbyPeer& b) {
    if (a.identity != b.identity) return a.identity < b.identity;
    const RemoteAddress& x = a.addresses[0];
    const RemoteAddress& y = b.addresses[0];
    if (x.ip != y.ip) return x.ip < y.ip;
    if (x.port != y.port) return x.port < y.port;
    return a.first_heard > b.first_heard;
  });
  const auto last = std::unique(peers.begin(), peers.end(), [](const NearbyPeer& a, const NearbyPeer& b) {
    return a.identity == b.identity && a.addresses[0] == b.addresses[0];
  });
  peers.erase(last, peers.end());
  std::stable_sort(peers.begin(), peers.end(), [](const NearbyPeer& a, const NearbyPeer& b) {
    return a.identity != b.identity ? a.identity < b.identity : a.first_heard < b.first_heard;
  });
}

}  // namespace cctl

#endif  // CCTL_PROTO_NEARBY_PEER_H_
