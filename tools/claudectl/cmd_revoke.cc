// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "cctl/node/state_operations.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

class RevokeCommand : public Command {
 public:
  void Declare(Options& options) override { options.Argument("invite-id", id_, "As `invite` and `invites` show it"); }

  int Run(Printer& out) override {
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto answer =
        (*access)->Ask("revoke", {{"id", id_}}, [this, &access] { return RevokeInvite((*access)->folder(), id_); });
    if (!answer) return out.Fail(answer.error());
    if (out.json()) out.Object(*answer);
    out.Line("Revoked " + TextOf(*answer, "id") + ": its link opens nothing any more.");
    return out.Finish();
  }

 private:
  std::string id_;
};

}  // namespace

std::unique_ptr<Command> MakeRevokeCommand() { return std::make_unique<RevokeCommand>(); }

}  // namespace cctl::cli
