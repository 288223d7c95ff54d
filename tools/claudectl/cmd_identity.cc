// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>

#include "cctl/node/state_operations.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

// Who this machine is. Asks no relay: the file says it.
class IdentityCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    auto access = RelayAccess::Open();
    if (!access) return out.Fail(access.error());
    const InterruptHold hold;
    const auto answer = ShowIdentity((*access)->folder());
    if (!answer) return out.Fail(answer.error());
    if (out.json()) out.Object(*answer);
    out.Line(TextOf(*answer, "identity"));
    return out.Finish();
  }
};

}  // namespace

std::unique_ptr<Command> MakeIdentityCommand() { return std::make_unique<IdentityCommand>(); }

}  // namespace cctl::cli
