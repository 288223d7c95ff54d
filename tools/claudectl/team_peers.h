// SPDX-License-Identifier: MIT
//
// What `serve` says of the project it was started in: which of the team's machines this one is connected to, paired
// with, or neither. On a terminal it offers to pair with each that it is not paired with.

#ifndef CCTL_TOOLS_CLAUDECTL_TEAM_PEERS_H_
#define CCTL_TOOLS_CLAUDECTL_TEAM_PEERS_H_

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/node_events.h"
#include "cctl/project/peers_file.h"
#include "tools/claudectl/key_prompt.h"
#include "tools/claudectl/output.h"

namespace cctl {
class Node;
}  // namespace cctl

namespace cctl::cli {

class TeamPeers {
 public:
  // None outside a project, and for a file with faults, which is a warning.
  static std::optional<TeamPeers> Begin(Instant now, Printer& out);

  // How long the loop may wait at most.
  [[nodiscard]] Duration NextTurn(Instant now, Duration most) const;

  // Says it, as soon as it is known which of those that are paired answer; once. `prompt`: null where nobody is asked.
  void Continue(Instant now, Node& node, KeyPrompt* prompt, Printer& out);

  // Says what has become of an offer that was accepted.
  void HandleEvent(const NodeEvent& event, Printer& out);

 private:
  TeamPeers(Instant now, PeersFile file) : told_by_(now + kDialPatience), look_at_(now), file_(std::move(file)) {}

  // Who is near answers at once; the others are not waited for.
  static constexpr Duration kDialPatience = Seconds(2);

  void Tell(Node& node, const nlohmann::json& peers, KeyPrompt* prompt, Printer& out);
  void Offer(const ProjectPeer& peer, Node& node, KeyPrompt& prompt);

  // Looking reads every peer's files; a relay that starts has better things to do in each turn.
  static constexpr Duration kLookInterval = Milliseconds(50);

  Instant told_by_;
  Instant look_at_;
  bool told_ = false;
  PeersFile file_;
  std::map<RequestId, Identity> asked_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_TEAM_PEERS_H_
