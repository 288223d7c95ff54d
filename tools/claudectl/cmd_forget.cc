// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "cctl/node/state_operations.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

// Deletes a peer's key; a running relay also ends its session.
class ForgetCommand : public Command {
 public:
  void Declare(Options& options) override { options.Argument("peer", peer_, "Its identity, as `peers` shows it"); }

  int Run(Printer& out) override {
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto answer = (*access)->Ask("forget", {{"peer", peer_}},
                                       [this, &access] { return ForgetPeer((*access)->folder(), WallNow(), peer_); });
    if (!answer) return out.Fail(answer.error());
    if (out.json()) out.Object(*answer);
    out.Line("Forgot " + TextOf(*answer, "peer") + ".");
    return out.Finish();
  }

 private:
  std::string peer_;
};

}  // namespace

std::unique_ptr<Command> MakeForgetCommand() { return std::make_unique<ForgetCommand>(); }

}  // namespace cctl::cli
