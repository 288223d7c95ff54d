// SPDX-License-Identifier: MIT
//
// What is known of the tailnet, as `tailnet` and `status` show it (docs/cli.md). The names in it are other nodes' own:
// well-formed UTF-8, and otherwise anything.

#ifndef CCTL_NODE_TAILNET_REPORT_H_
#define CCTL_NODE_TAILNET_REPORT_H_

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/identity/identity.h"
#include "cctl/node/tailnet.h"
#include "cctl/node/tailnet_answer.h"
#include "cctl/node/tailnet_pins.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_condition.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"

namespace cctl {

namespace detail {

inline nlohmann::json TailnetAddress(const TailnetNode& node) {
  return node.addresses.empty() ? nlohmann::json(nullptr) : nlohmann::json(node.addresses[0]);
}

inline nlohmann::json TailnetCandidate(const TailnetNode& node, std::string_view status,
                                       const std::optional<Identity>& identity) {
  return {{"node_id", node.id->view()},
          {"name", node.name},
          {"addr", TailnetAddress(node)},
          {"identity", identity ? nlohmann::json(identity->view()) : nlohmann::json(nullptr)},
          {"status", status}};
}

}  // namespace detail

// The whole of it. `status`: null where Tailscale does not run. `prober`: null where no relay connects to anybody.
inline nlohmann::json TailnetToJson(TailnetCondition condition, std::string_view detail, const TailnetStatus* status,
                                    const TailnetTag& tag, const TailnetProber* prober, const TailnetPins& pins) {
  nlohmann::json report = {{"state", TailnetConditionName(condition)},
                           {"message", TailnetConditionSentence(condition)},
                           {"detail", detail.empty() ? nlohmann::json(nullptr) : nlohmann::json(detail)},
                           {"tag", tag.tag},
                           {"self", nullptr},
                           {"candidates", nlohmann::json::array()},
                           {"left_out", nlohmann::json::array()}};
  if (status == nullptr) return report;
  const TailnetNode& self = status->self;
  report["self"] = {{"node_id", self.id ? nlohmann::json(self.id->view()) : nlohmann::json(nullptr)},
                    {"name", self.name},
                    {"addrs", self.addresses},
                    {"tagged", self.HasTag(tag.tag)}};
  for (const TailnetNode& node : status->peers) {
    const TailnetVerdict verdict = JudgeTailnetNode(self, node, tag);
    const bool may = verdict == TailnetVerdict::kCandidate;
    if (!may && verdict != TailnetVerdict::kSelfUntagged) {
      report["left_out"].push_back(
          {{"name", node.name}, {"addr", detail::TailnetAddress(node)}, {"reason", TailnetVerdictName(verdict)}});
      continue;
    }
    std::optional<Identity> identity = pins.FindIdentity(*node.id);
    std::string_view standing = may ? TailnetStandingName(TailnetStanding::kUnknown) : TailnetVerdictName(verdict);
    if (may && prober != nullptr) {
      const auto candidate = prober->candidates().find(*node.id);
      if (candidate != prober->candidates().end()) {
        standing = TailnetStandingName(candidate->second.standing);
        if (!identity) identity = candidate->second.identity;
      }
    }
    report["candidates"].push_back(detail::TailnetCandidate(node, standing, identity));
  }
  return report;
}

// The same of a relay; `tailnet`: null where relay.tailscale is off.
inline nlohmann::json TailnetToJson(const Tailnet* tailnet, const TailnetPins& pins) {
  if (tailnet == nullptr || !tailnet->answer()) {
    return {{"state", tailnet == nullptr ? "off" : TailnetConditionName(TailnetCondition::kStarting)}};
  }
  const TailnetStatus* const status = tailnet->map() != nullptr ? &tailnet->map()->status() : nullptr;
  return TailnetToJson(tailnet->answer()->condition, tailnet->answer()->detail, status, tailnet->options().Tag(),
                       &tailnet->prober(), pins);
}

// cli.md `status`, member `tailscale`; null where it is off.
inline nlohmann::json TailnetStatusToJson(const Tailnet* tailnet) {
  if (tailnet == nullptr) return nullptr;
  const auto& candidates = tailnet->prober().candidates();
  const auto connected = std::count_if(candidates.begin(), candidates.end(), [](const auto& entry) {
    return entry.second.standing == TailnetStanding::kConnected;
  });
  const TailnetCondition condition = tailnet->answer() ? tailnet->answer()->condition : TailnetCondition::kStarting;
  return {{"state", TailnetConditionName(condition)}, {"candidates", candidates.size()}, {"connected", connected}};
}

}  // namespace cctl

#endif  // CCTL_NODE_TAILNET_REPORT_H_
