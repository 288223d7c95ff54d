// SPDX-License-Identifier: MIT

#include "tools/claudectl/project_team.h"

#include <algorithm>

#include "cctl/base/errc.h"
#include "cctl/base/printable_text.h"
#include "cctl/identity/identity.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/exit_status.h"
#include "tools/claudectl/project_answer.h"

namespace cctl::cli {
namespace {

std::string StatusOf(const Failure& failure) {
  switch (failure.code) {
    case Errc::kDenied:
      return "denied";
    case Errc::kTimeout:
      return "timeout";
    case Errc::kUnreachable:
    case Errc::kNotFound:
      return "unreachable";
    default:
      return "error";
  }
}

nlohmann::json TextOrNull(const std::string& text) {
  return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
}

}  // namespace

nlohmann::json TeamMember::Plan() const {
  if (standing == "you" || standing == "connected") return nullptr;
  return is_stranger() ? "request" : "connect";
}

void TeamMember::Finish(const Outcome<nlohmann::json>& outcome) {
  if (!outcome) {
    status = StatusOf(outcome.error());
    failure = outcome.error();
    return;
  }
  failure.reset();
  status = "connected";
  addr = RawTextOf(*outcome, "addr");
  via = RawTextOf(*outcome, "via");
}

Outcome<ProjectTeam> ProjectTeam::Make(const ProjectFile& file, const PeersFile& content, const nlohmann::json& peers,
                                       const std::vector<std::string>& wanted) {
  ProjectTeam team(file.path());
  for (const ProjectPeer& peer : content.peers) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), peer.identity.view()) == wanted.end()) continue;
    TeamMember member{peer, ProjectPeerStatus(peer.identity, peers)};
    if (member.standing == "you") member.status = "self";
    team.members_.push_back(std::move(member));
  }
  for (const std::string& name : wanted) {
    const bool found = std::any_of(team.members_.begin(), team.members_.end(),
                                   [&name](const TeamMember& member) { return member.peer.identity.view() == name; });
    if (found) continue;
    if (!Identity::Parse(name)) return Failure{Errc::kInvalid, "--peer takes an identity", {}};
    return Failure{Errc::kNotFound, file.shown() + " names no " + std::string(Printable(name).view()),
                   "claudectl relay project-peers"};
  }
  return team;
}

std::vector<TeamMember*> ProjectTeam::Open() {
  std::vector<TeamMember*> open;
  for (TeamMember& member : members_) {
    if (member.status.empty()) open.push_back(&member);
  }
  return open;
}

std::vector<TeamMember*> ProjectTeam::Strangers() {
  std::vector<TeamMember*> strangers;
  for (TeamMember& member : members_) {
    if (member.is_stranger()) strangers.push_back(&member);
  }
  return strangers;
}

std::size_t ProjectTeam::Count(std::string_view status) const {
  return static_cast<std::size_t>(std::count_if(
      members_.begin(), members_.end(), [status](const TeamMember& member) { return member.status == status; }));
}

std::size_t ProjectTeam::CountFailed() const {
  return static_cast<std::size_t>(std::count_if(members_.begin(), members_.end(),
                                                [](const TeamMember& member) { return member.failure.has_value(); }));
}

nlohmann::json ProjectTeam::ToJson(bool plan) const {
  nlohmann::json peers = nlohmann::json::array();
  for (const TeamMember& member : members_) {
    nlohmann::json error;
    if (const auto& failure = member.failure) {
      error = {{"code", ErrorCode(failure->code)}, {"message", failure->message}, {"hint", TextOrNull(failure->hint)}};
    }
    peers.push_back({{"identity", member.peer.identity.view()},
                     {"status", member.status},
                     {"addr", TextOrNull(member.addr)},
                     {"via", TextOrNull(member.via)},
                     {"error", std::move(error)}});
    if (!plan) continue;
    peers.back()["would"] = member.Plan();
    if (member.peer.addr) peers.back()["addr"] = FormatHostPort(*member.peer.addr);
  }
  return {{"file", path_}, {"peers", std::move(peers)}, {"connected", Count("connected")}, {"failed", CountFailed()}};
}

}  // namespace cctl::cli
