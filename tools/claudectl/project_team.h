// SPDX-License-Identifier: MIT
//
// Everybody on a project's list and what `project-connect` makes of each: how it stood before, what became of it, and
// the object that says so (docs/cli.md).

#ifndef CCTL_TOOLS_CLAUDECTL_PROJECT_TEAM_H_
#define CCTL_TOOLS_CLAUDECTL_PROJECT_TEAM_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/node/outcome.h"
#include "cctl/project/peers_file.h"
#include "tools/claudectl/project_file.h"

namespace cctl::cli {

struct TeamMember {
  ProjectPeer peer;
  std::string standing;     // "you", "connected", "paired" or "not paired", before anything is done
  std::string status = {};  // connected, denied, timeout, unreachable, error, skipped, self; empty: not known yet
  std::string addr = {};
  std::string via = {};
  std::optional<Failure> failure = {};

  [[nodiscard]] std::string name() const { return std::string(peer.identity.view()); }
  [[nodiscard]] bool is_stranger() const { return standing == "not paired"; }
  // connect, request, or null: nothing.
  [[nodiscard]] nlohmann::json Plan() const;
  // The answer to the attempt to reach it.
  void Finish(const Outcome<nlohmann::json>& outcome);
};

class ProjectTeam {
 public:
  // Those in the file, or of them the `wanted` ones alone. `peers`: the answer of `peers`. kNotFound: one that is
  // wanted is not in the file.
  static Outcome<ProjectTeam> Make(const ProjectFile& file, const PeersFile& content, const nlohmann::json& peers,
                                   const std::vector<std::string>& wanted);

  [[nodiscard]] std::vector<TeamMember>& members() { return members_; }
  [[nodiscard]] const std::vector<TeamMember>& members() const { return members_; }
  // Those of whom nothing is known yet.
  [[nodiscard]] std::vector<TeamMember*> Open();
  [[nodiscard]] std::vector<TeamMember*> Strangers();

  [[nodiscard]] std::size_t Count(std::string_view status) const;
  [[nodiscard]] std::size_t CountFailed() const;
  // Whether one alone is in question, whose lines need not say whose they are.
  [[nodiscard]] bool alone() const { return members_.size() - Count("self") == 1; }

  // The object; with `plan` each has `would`, too.
  [[nodiscard]] nlohmann::json ToJson(bool plan) const;

 private:
  explicit ProjectTeam(std::string path) : path_(std::move(path)) {}

  std::string path_;  // of the file
  std::vector<TeamMember> members_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_PROJECT_TEAM_H_
