// SPDX-License-Identifier: MIT
//
// Who has which address in the tailnet, by one status, and the rule that a connection through it is let in by
// (docs/protocol.md, section 6): everything rests on what Tailscale says of that very connection. A value; looking an
// address up is O(log n).

#ifndef CCTL_NODE_TAILNET_MAP_H_
#define CCTL_NODE_TAILNET_MAP_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/net/ip_address.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"
#include "cctl/tailnet/tailnet_whois.h"

namespace cctl {

// Both ends of a connection, as the sockets have them.
struct TailnetPath {
  IpAddress local;
  IpAddress remote;
};

class TailnetMap {
 public:
  // Of a status in which Tailscale is running. What is no numeric address in it is nobody's.
  explicit TailnetMap(TailnetStatus status) : status_(std::move(status)) {
    for (const std::string& text : status_.self.addresses) {
      if (const auto ip = IpAddress::Parse(text)) own_.push_back(ip->Unmapped());
    }
    for (std::size_t i = 0; i < status_.peers.size(); ++i) {
      const TailnetNode& node = status_.peers[i];
      if (!node.in_network_map || !node.id) continue;
      for (const std::string& text : node.addresses) {
        if (const auto ip = IpAddress::Parse(text)) addresses_.push_back({ip->Unmapped(), i});
      }
    }
    std::stable_sort(addresses_.begin(), addresses_.end(),
                     [](const Address& a, const Address& b) { return a.ip < b.ip; });
  }

  [[nodiscard]] const TailnetStatus& status() const { return status_; }

  // Whether this machine has the address in the tailnet.
  [[nodiscard]] bool IsOwn(const IpAddress& ip) const {
    return std::find(own_.begin(), own_.end(), ip.Unmapped()) != own_.end();
  }

  // The other machine that has it; null if none has.
  [[nodiscard]] const TailnetNode* FindNode(const IpAddress& ip) const {
    const IpAddress wanted = ip.Unmapped();
    const auto found = std::lower_bound(addresses_.begin(), addresses_.end(), wanted,
                                        [](const Address& address, const IpAddress& key) { return address.ip < key; });
    return found == addresses_.end() || found->ip != wanted ? nullptr : &status_.peers[found->node];
  }

  // The other machine of that name, with or without the tailnet's own part; null if none has it, or several.
  [[nodiscard]] const TailnetNode* FindNamed(std::string_view name) const {
    if (name.ends_with('.')) name.remove_suffix(1);
    const TailnetNode* found = nullptr;
    for (const TailnetNode& node : status_.peers) {
      const std::string_view whole = node.name;
      if (!node.in_network_map || !node.id || (whole != name && whole.substr(0, whole.find('.')) != name)) continue;
      if (whole == name) return &node;
      if (found != nullptr) return nullptr;
      found = &node;
    }
    return found;
  }

  // The machine at the other end of a connection, where that goes through the tailnet: from an address that this one
  // has there to another's. Null: it does not.
  [[nodiscard]] const TailnetNode* FindInside(const TailnetPath& path) const {
    return IsOwn(path.local) ? FindNode(path.remote) : nullptr;
  }

  // Whether a machine may be a peer; null: none may.
  [[nodiscard]] bool IsCandidate(const TailnetNode* node, const TailnetTag& tag) const {
    return node != nullptr && status_.self.id &&
           JudgeTailnetNode(status_.self, *node, tag) == TailnetVerdict::kCandidate;
  }

  // Whose key may be tried on a connection: the candidate at its other end, where it goes through the tailnet.
  [[nodiscard]] const TailnetNode* FindPeer(const TailnetTag& tag, const TailnetPath& path) const {
    const TailnetNode* const node = FindInside(path);
    return IsCandidate(node, tag) ? node : nullptr;
  }

  // Whether `node` stands at the other end: by this status, which has to be fresh, and by what Tailscale says of that
  // very connection.
  [[nodiscard]] bool IsVouchedFor(const StableId& node, const TailnetTag& tag, const TailnetPath& path,
                                  const std::optional<TailnetWhois>& whois) const {
    const TailnetNode* const peer = FindPeer(tag, path);
    if (peer == nullptr || *peer->id != node || !whois || whois->id != node) return false;
    return std::any_of(whois->addresses.begin(), whois->addresses.end(), [&path](const std::string& text) {
      const auto ip = IpAddress::Parse(text);
      return ip && ip->Unmapped() == path.remote.Unmapped();
    });
  }

 private:
  struct Address {
    IpAddress ip;
    std::size_t node;  // of status_.peers
  };

  TailnetStatus status_;
  std::vector<IpAddress> own_;
  std::vector<Address> addresses_;  // sorted
};

}  // namespace cctl

#endif  // CCTL_NODE_TAILNET_MAP_H_
