// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "cctl/node/state_operations.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/environment.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/question.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/words.h"

namespace cctl::cli {
namespace {

// Who this machine is. Asks no relay: the file says it.
class IdentityCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Flag("--regenerate", regenerate_, "Take a new name, and forget every pairing and invite");
    options.Flag("--yes", yes_, "With --regenerate: do not ask");
  }

  int Run(Printer& out) override {
    if (yes_ && !regenerate_) {
      return out.Fail({Errc::kUsage, "--yes needs --regenerate", "claudectl relay identity --help"});
    }
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    if (regenerate_) return Regenerate(**access, out);
    const InterruptHold hold;
    const auto answer = ShowIdentity((*access)->folder());
    if (!answer) return out.Fail(answer.error());
    if (out.json()) out.Object(*answer);
    out.Line(TextOf(*answer, "identity"));
    return out.Finish();
  }

 private:
  int Regenerate(RelayAccess& access, Printer& out) const {
    if (GetEnvironment("CLAUDECTL_IDENTITY")) {
      return out.Fail({Errc::kUsage, "CLAUDECTL_IDENTITY says who this machine is"});
    }
    if (auto own = access.FindRelayOrLock(/*must_own=*/true); !own) return out.Fail(own.error());
    const auto peers = access.folder().ListPeers();
    if (!peers) return out.Fail(ToFailure(peers.error()));
    if (!peers->empty() && !yes_) {
      const std::string count = Counted(peers->size(), "pairing");
      Questioner questioner(out, /*wanted=*/true);
      if (!questioner.can_ask()) {
        return out.Fail({Errc::kUsage, count + " would be forgotten", "claudectl relay identity --regenerate --yes"});
      }
      const auto agreed = questioner.AskYesNo("Forget " + count + " and every invite?");
      if (!agreed) return out.Fail(agreed.error());
      if (!*agreed) return out.Fail({Errc::kDenied, "nothing was changed"});
    }
    const InterruptHold hold;
    const auto answer = RegenerateIdentity(access.folder(), WallNow());
    if (!answer) return out.Fail(answer.error());
    if (out.json()) {
      out.Object(*answer);
      return out.Finish();
    }
    out.Line("This machine is " + TextOf(*answer, "identity") + " now.");
    const auto forgotten = ListOf(*answer, "forgotten");
    if (!forgotten.empty()) {
      out.Note("forgotten: " + std::to_string(forgotten.size()) + "; pair with each anew: claudectl relay invite");
    }
    return out.Finish();
  }

  bool regenerate_ = false;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeIdentityCommand() { return std::make_unique<IdentityCommand>(); }

}  // namespace cctl::cli
