// SPDX-License-Identifier: MIT

#include "tools/claudectl/live_values.h"

#include <nlohmann/json.hpp>
#include <string>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/store/state_layout.h"
#include "cctl/sys/file.h"
#include "cctl/sys/paths.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

// Somebody has pressed a key and waits.
constexpr Duration kPatience = Milliseconds(500);

// What the running relay answers; null where none does.
nlohmann::json AskRelay(RelayAccess& access, const char* method) {
  auto relay = access.FindRelay();
  if (!relay || !relay->has_value()) return nullptr;
  auto answer = (**relay).Call(method, nlohmann::json::object(), kPatience);
  return answer ? *std::move(answer) : nlohmann::json();
}

std::vector<Candidate> Peers(RelayAccess& access) {
  std::vector<Candidate> values;
  const nlohmann::json live = AskRelay(access, "peers");
  for (const auto& peer : ListOf(live, "peers")) values.push_back({TextOf(peer, "peer_id"), TextOf(peer, "state")});
  if (!live.is_null()) return values;
  const auto stored = access.folder().ListPeers();
  for (std::size_t i = 0; stored && i < stored->size(); ++i) values.push_back({std::string((*stored)[i].view()), {}});
  return values;
}

std::vector<Candidate> Nearby(RelayAccess& access) {
  std::vector<Candidate> values;
  for (const auto& peer : ListOf(AskRelay(access, "nearby"), "peers")) {
    values.push_back({TextOf(peer, "identity"), TextOf(peer, "addr")});
  }
  return values;
}

std::vector<Candidate> Requests(RelayAccess& access) {
  std::vector<Candidate> values;
  for (const auto& request : ListOf(AskRelay(access, "requests"), "requests")) {
    const std::string help = TextOf(request, "addr") + ", check " + TextOf(request, "check");
    values.push_back({TextOf(request, "identity"), help});
    values.push_back({TextOf(request, "id"), TextOf(request, "identity") + ", " + help});
  }
  return values;
}

std::vector<Candidate> Invites(RelayAccess& access) {
  std::vector<Candidate> values;
  const auto invites = access.folder().ListInvites();
  if (!invites) return values;
  for (const Invite& invite : invites->invites) {
    values.push_back({std::string(invite.id.view()), std::string(invite.label.view())});
  }
  return values;
}

}  // namespace

std::vector<Candidate> ReadLiveValues(LiveKind kind) {
  const auto root = StateRoot();
  if (!root || !GetFileStatus(*root + "/" + std::string(kRelayFolder))) return {};  // which opening it would make
  auto access = RelayAccess::Open(nullptr);
  if (!access) return {};
  switch (kind) {
    case LiveKind::kPeer:
      return Peers(**access);
    case LiveKind::kNearby:
      return Nearby(**access);
    case LiveKind::kRequest:
      return Requests(**access);
    case LiveKind::kInvite:
      return Invites(**access);
  }
  return {};
}

}  // namespace cctl::cli
