// SPDX-License-Identifier: MIT
//
// Which identity each node of the tailnet has, as a running node knows it (docs/protocol.md, section 6): the files of
// relay/tailnet, kept in memory, because every stranger's name is compared with all of them. While a pin stands, the
// identity is that node's and nobody else's, and the node has no other one.

#ifndef CCTL_NODE_TAILNET_PINS_H_
#define CCTL_NODE_TAILNET_PINS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/state_error.h"
#include "cctl/node/state_folder.h"
#include "cctl/store/tailnet_pin_file.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {

enum class PinVerdict : std::uint8_t {
  kNew,        // neither the node nor the identity is pinned
  kPinned,     // to each other
  kOtherName,  // the node has another identity
  kOtherNode,  // the identity, in some case of letters, is another node's
  kUnreadable  // there is a file for the node, and it cannot be read
};

class TailnetPins {
 public:
  // Reads the folder afresh. What cannot be read is returned, and its node gets in by no name.
  std::vector<StateError> Load(const StateFolder& folder) {
    std::vector<StateError> faults;
    const auto nodes = folder.ListTailnetPins();
    if (!nodes) {
      faults.push_back(nodes.error());
      return faults;
    }
    pins_.clear();
    for (const StableId& node : *nodes) {
      const auto pin = folder.LoadTailnetPin(node);
      if (!pin) faults.push_back(pin.error());
      if (!pin || *pin) pins_.emplace(node, pin ? std::optional<Identity>((**pin).identity) : std::nullopt);
    }
    return faults;
  }

  [[nodiscard]] PinVerdict Judge(const StableId& node, const Identity& identity) const {
    const auto known = pins_.find(node);
    if (known != pins_.end() && !known->second) return PinVerdict::kUnreadable;
    if (known != pins_.end()) return *known->second == identity ? PinVerdict::kPinned : PinVerdict::kOtherName;
    return FindNode(identity) ? PinVerdict::kOtherNode : PinVerdict::kNew;
  }

  // What is wrong with a name that a node says it has, for people; empty: nothing.
  [[nodiscard]] std::string Fault(const StableId& node, const Identity& identity) const {
    switch (Judge(node, identity)) {
      case PinVerdict::kOtherName:
        return "that machine of the tailnet is known as " + std::string(FindIdentity(node)->view());
      case PinVerdict::kOtherNode:
        return "another machine of the tailnet has that name";
      case PinVerdict::kUnreadable:
        return "the file that says who that machine of the tailnet is cannot be read";
      case PinVerdict::kNew:
      case PinVerdict::kPinned:
        break;
    }
    return {};
  }

  // The identity that a node has.
  [[nodiscard]] std::optional<Identity> FindIdentity(const StableId& node) const {
    const auto known = pins_.find(node);
    return known == pins_.end() ? std::nullopt : known->second;
  }

  // The node that has an identity, in any case of letters.
  [[nodiscard]] std::optional<StableId> FindNode(const Identity& identity) const {
    for (const auto& [node, pinned] : pins_) {
      if (pinned && SameName(*pinned, identity)) return node;
    }
    return std::nullopt;
  }

  // Pins what Judge() has called kNew, on disk first.
  StateResult<Done> Add(StateFolder& folder, const StableId& node, const Identity& identity, UnixTime now) {
    if (auto saved = folder.SaveTailnetPin(node, {identity, now}); !saved) return saved;
    pins_.emplace(node, identity);
    return Done{};
  }

 private:
  std::map<StableId, std::optional<Identity>> pins_;  // none: the file cannot be read
};

}  // namespace cctl

#endif  // CCTL_NODE_TAILNET_PINS_H_
