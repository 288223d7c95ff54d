// SPDX-License-Identifier: MIT

#include "tools/claudectl/team_peers.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <variant>

#include "cctl/base/rfc3339.h"
#include "cctl/node/node.h"
#include "cctl/node/node_options.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/project_answer.h"
#include "tools/claudectl/project_file.h"

namespace cctl::cli {
namespace {

// More names than that fill no line of a terminal; `project-peers` has them all.
constexpr std::size_t kMostShown = 8;

bool IsConnecting(const nlohmann::json& peers, const Identity& peer) {
  for (const nlohmann::json& known : ListOf(peers, "peers")) {
    if (RawTextOf(known, "peer_id") == peer.view()) return TextOf(known, "state") == "connecting";
  }
  return false;
}

}  // namespace

std::optional<TeamPeers> TeamPeers::Begin(Instant now, Printer& out) {
  const auto found = ProjectFile::Find();
  if (!found) return std::nullopt;
  auto file = found->Load();
  if (!file) return out.Warn(file.error().message), std::nullopt;
  return TeamPeers(now, *std::move(file));
}

Duration TeamPeers::NextTurn(Instant now, Duration most) const {
  if (told_) return most;
  return std::clamp(look_at_ - now, Duration{}, most);
}

void TeamPeers::Continue(Instant now, Node& node, KeyPrompt* prompt, Printer& out) {
  if (told_ || now < look_at_) return;
  look_at_ = now + kLookInterval;
  const auto peers = node.Peers();
  if (!peers) return;
  const bool waits = std::any_of(file_.peers.begin(), file_.peers.end(),
                                 [&peers](const ProjectPeer& peer) { return IsConnecting(*peers, peer.identity); });
  if (waits && now < told_by_) return;
  told_ = true;
  if (prompt != nullptr) prompt->Hide();
  Tell(node, *peers, prompt, out);
}

void TeamPeers::Tell(Node& node, const nlohmann::json& peers, KeyPrompt* prompt, Printer& out) {
  nlohmann::json event = {{"event", "team_peers"}, {"peers", nlohmann::json::array()}};
  std::string line;
  std::size_t count = 0;
  for (const ProjectPeer& peer : file_.peers) {
    const std::string status = ProjectPeerStatus(peer.identity, peers);
    if (status == "you") continue;
    event["peers"].push_back({{"identity", peer.identity.view()}, {"status", status}});
    if (++count <= kMostShown) {
      line.append(line.empty() ? "" : ", ").append(peer.identity.view()).append(" (").append(status).append(")");
    }
    if (status == "not paired" && prompt != nullptr) Offer(peer, node, *prompt);
  }
  if (count == 0) return;
  if (count > kMostShown) line += " and " + std::to_string(count - kMostShown) + " more";
  event["at"] = FormatRfc3339(WallNow()).view();
  if (out.json()) return out.Object(event);
  out.Line("Team peers: " + line);
  std::fflush(stdout);
}

// The file may be anybody's: it suggests, and the person here decides.
void TeamPeers::Offer(const ProjectPeer& peer, Node& node, KeyPrompt& prompt) {
  std::string question = "Pair with " + std::string(peer.identity.view());
  if (peer.addr) question += " (" + FormatHostPort(*peer.addr) + ")";
  const ReachTarget target = MakeTarget(peer, /*may_request=*/true);
  prompt.Ask({"team " + std::string(peer.identity.view()), question + "?", [this, target, &node](bool yes) {
                if (yes) asked_.emplace(node.Reach(target, {.timeout = kPairRequestTimeout}), target.peer);
              }});
}

void TeamPeers::HandleEvent(const NodeEvent& event, Printer& out) {
  const auto* finished = std::get_if<RequestFinished>(&event);
  if (finished == nullptr) return;
  const auto asked = asked_.extract(finished->id);
  if (asked.empty()) return;
  const std::string who(asked.mapped().view());
  if (!finished->outcome) return out.Warn(who + ": " + finished->outcome.error().message);
  out.Line("Paired! Connected to " + who + ".");
  std::fflush(stdout);
}

}  // namespace cctl::cli
