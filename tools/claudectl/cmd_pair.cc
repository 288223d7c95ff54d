// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <optional>

#include "cctl/node/state_operations.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

class PairCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    const auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto answer = (*access)->Ask("pair", nlohmann::json::object(), [&access, &config] {
      return CreatePairCode((*access)->folder(), (*access)->random(), WallNow(), InviteTtl(*config));
    });
    if (!answer) return out.Fail(answer.error());
    if (out.json()) {
      out.Object(*answer);
      return out.Finish();
    }
    out.Line("PAIR CODE: " + TextOf(*answer, "pair_code"));
    out.Line("They should run: claudectl relay accept " + TextOf(*answer, "pair_code") + " " +
             TextOf(*answer, "identity"));
    return out.Finish();
  }
};

}  // namespace

std::unique_ptr<Command> MakePairCommand() { return std::make_unique<PairCommand>(); }

}  // namespace cctl::cli
