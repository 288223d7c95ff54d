// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "cctl/project/peers_file.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/project_answer.h"
#include "tools/claudectl/project_file.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/text_table.h"

namespace cctl::cli {
namespace {

class ProjectPeersCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    const auto file = ProjectFile::Find();
    if (!file) return out.Fail(file.error());
    const auto project = file->Load();
    if (!project) return out.Fail(project.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto peers = (*access)->Peers();
    if (!peers) return out.Fail(peers.error());
    nlohmann::json answer = {{"file", file->path()}, {"peers", nlohmann::json::array()}};
    TextTable table;
    bool any_paired = false;
    for (const ProjectPeer& peer : project->peers) {
      nlohmann::json object = ProjectPeerToJson(peer);
      const std::string status = ProjectPeerStatus(peer.identity, peers->answer);
      any_paired = any_paired || status == "paired";
      table.Add({std::string(peer.identity.view()), peer.name.empty() ? "-" : TextOf(object, "name"),
                 StatusText(out, status)});
      object["status"] = status;
      answer["peers"].push_back(std::move(object));
    }
    if (out.json()) {
      out.Object(answer);
      return out.Finish();
    }
    if (project->peers.empty()) {
      out.Line("No peers in " + file->shown() + ".");
      out.Note("add this machine: claudectl relay project-add");
      return out.Finish();
    }
    out.Line("PROJECT PEERS (" + file->shown() + "):");
    table.Print(out);
    if (any_paired && !peers->live) {
      out.Note("no relay is running here, so who is connected is not known: claudectl relay serve");
    }
    return out.Finish();
  }

 private:
  static std::string StatusText(const Printer& out, const std::string& status) {
    if (status == "connected") return out.Paint(Color::kGood, "● connected");
    if (status == "you") return "  you";
    return out.Paint(Color::kFaint, "○ " + status);
  }
};

}  // namespace

std::unique_ptr<Command> MakeProjectPeersCommand() { return std::make_unique<ProjectPeersCommand>(); }

}  // namespace cctl::cli
