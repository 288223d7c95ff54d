// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/text_table.h"

namespace cctl::cli {
namespace {

std::string StateText(const Printer& out, const std::string& state) {
  if (state == "connected") return out.Paint(Color::kGood, "● connected");
  return out.Paint(Color::kFaint, "○ " + state);
}

class PeersCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto peers = (*access)->Peers();
    if (!peers) return out.Fail(peers.error());
    if (out.json()) {
      out.Object(peers->answer);
      return out.Finish();
    }
    const auto list = ListOf(peers->answer, "peers");
    if (list.empty()) {
      out.Line("No peers.");
      out.Note("pair with one: claudectl relay invite");
      return out.Finish();
    }
    out.Line("PEERS:");
    TextTable table;
    for (const auto& peer : list) {
      table.Add({TextOf(peer, "peer_id"), TextOf(peer, "addr"), StateText(out, TextOf(peer, "state"))});
    }
    table.Print(out);
    for (const auto& peer : list) {
      if (peer.contains("fault")) out.Warn(RawTextOf(peer, "fault"));
    }
    if (!peers->live) out.Note("no relay is running here, so who is connected is not known: claudectl relay serve");
    return out.Finish();
  }
};

}  // namespace

std::unique_ptr<Command> MakePeersCommand() { return std::make_unique<PeersCommand>(); }

}  // namespace cctl::cli
