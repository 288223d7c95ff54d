// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/project/peers_file.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/project_answer.h"
#include "tools/claudectl/project_file.h"
#include "tools/claudectl/words.h"

namespace cctl::cli {
namespace {

// The file alone, without an identity or a relay: for a CI job, or a hook that runs before a commit.
class ProjectCheckCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.OptionalArgument("file", named_, "The file to check (default: the project's .claudectl/peers.toml)");
  }

  int Run(Printer& out) override {
    const auto file = named_ ? Outcome<ProjectFile>(ProjectFile::At(*named_)) : ProjectFile::Find();
    if (!file) return out.Fail(file.error());
    const auto parsed = file->Parse();
    if (!parsed) return out.Fail(parsed.error());
    nlohmann::json answer = {{"file", file->path()}, {"peers", nlohmann::json::array()}};
    for (const ProjectPeer& peer : parsed->peers) answer["peers"].push_back(ProjectPeerToJson(peer));
    answer["faults"] = nlohmann::json::array();
    for (const TomlFault& fault : parsed->faults) {
      answer["faults"].push_back({{"line", fault.line}, {"column", fault.column}, {"message", fault.message}});
      out.Line(fault.In(file->shown()));
    }
    if (const std::size_t faults = parsed->faults.size(); faults > 0) {
      return out.Fail({Errc::kInvalid, file->shown() + ": " + Counted(faults, "fault")}, std::move(answer));
    }
    const std::size_t count = parsed->peers.size();
    out.Line(file->shown() + ": " + Counted(count, "peer") + ", no fault.");
    if (out.json()) out.Object(answer);
    return out.Finish();
  }

 private:
  std::optional<std::string> named_;
};

}  // namespace

std::unique_ptr<Command> MakeProjectCheckCommand() { return std::make_unique<ProjectCheckCommand>(); }

}  // namespace cctl::cli
