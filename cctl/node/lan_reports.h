// SPDX-License-Identifier: MIT
//
// What a relay knows of the LAN, as `discover`, `status` and `requests` show it (docs/cli.md). What others say of
// themselves has been checked for its form where it was read.

#ifndef CCTL_NODE_LAN_REPORTS_H_
#define CCTL_NODE_LAN_REPORTS_H_

#include <nlohmann/json.hpp>

#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"
#include "cctl/identity/check_number.h"
#include "cctl/net/endpoint.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/lan.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/proto/pair_queue.h"

namespace cctl {

inline nlohmann::json NearbyPeerToJson(const NearbyPeer& peer) {
  const Endpoint first = ToEndpoint(peer.addresses[0]);
  nlohmann::json json = {
      {"identity", peer.identity.view()}, {"addr", first.Format().view()}, {"port", first.port},
      {"version", peer.version.view()},   {"paired", peer.paired},         {"paired_count", peer.paired_count}};
  for (const RemoteAddress& address : peer.addresses) json["addrs"].push_back(ToEndpoint(address).Format().view());
  return json;
}

// `lan`: null where discovery is off.
inline nlohmann::json LanStatusToJson(const Lan* lan) {
  if (lan == nullptr) return {{"enabled", false}, {"nearby", 0}};
  const Lan::Dropped dropped = lan->dropped();
  return {{"enabled", true},
          {"nearby", lan->nearby().List().size()},
          {"interfaces", lan->LinkNames()},
          {"dropped",
           {{"malformed", dropped.malformed},
            {"off_link", dropped.off_link},
            {"echoes", dropped.echoes},
            {"no_room", dropped.no_room},
            {"unanswered", dropped.unanswered}}}};
}

// `now` and `wall`: the same moment.
inline nlohmann::json QueuedPairToJson(const QueuedPair& request, Instant now, UnixTime wall) {
  return {{"id", FormatPairRequestId(request.id).view()},
          {"identity", request.identity.view()},
          {"addr", ToIpAddress(request.address).Format().view()},
          {"version", request.version.empty() ? nlohmann::json(nullptr) : nlohmann::json(request.version.view())},
          {"check", FormatCheckNumber(request.check).view()},
          {"received_at", FormatRfc3339(wall - (now - request.received)).view()},
          {"expires_at", FormatRfc3339(wall + (request.expires - now)).view()}};
}

}  // namespace cctl

#endif  // CCTL_NODE_LAN_REPORTS_H_
