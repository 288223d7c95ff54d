// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

// Ends the session with a peer, which stays paired; holds until `connect` or the relay's next start.
class DisconnectCommand : public Command {
 public:
  void Declare(Options& options) override { options.Argument("peer", peer_, "Its identity, as `peers` shows it"); }

  int Run(Printer& out) override {
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    auto relay = (*access)->FindRelay();
    if (!relay) return out.Fail(relay.error());
    if (!relay->has_value()) return out.Fail(NoRelay());
    const auto answer = CallRelay(**relay, out, "disconnect", {{"peer", peer_}});
    if (!answer) return out.Fail(answer.error());
    if (out.json()) out.Object(*answer);
    out.Line("Disconnected from " + TextOf(*answer, "peer") + ".");
    return out.Finish();
  }

 private:
  std::string peer_;
};

}  // namespace

std::unique_ptr<Command> MakeDisconnectCommand() { return std::make_unique<DisconnectCommand>(); }

}  // namespace cctl::cli
