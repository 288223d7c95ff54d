// SPDX-License-Identifier: MIT

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "cctl/node/state_operations.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/text_table.h"
#include "tools/claudectl/words.h"

namespace cctl::cli {
namespace {

std::string UsesText(const nlohmann::json& invite) {
  const auto uses = invite.find("uses_left");
  if (uses == invite.end() || !uses->is_number_integer()) return "unlimited uses";
  const std::int64_t left = uses->get<std::int64_t>();
  return Counted(left, "use") + " left";
}

class InvitesCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto answer = (*access)->Ask("invites", nlohmann::json::object(),
                                       [&access] { return ListInvites((*access)->folder(), WallNow()); });
    if (!answer) return out.Fail(answer.error());
    if (out.json()) {
      out.Object(*answer);
      return out.Finish();
    }
    for (const auto& fault : ListOf(*answer, "unreadable")) {
      if (fault.is_string()) out.Warn(fault.get<std::string>());
    }
    const auto invites = ListOf(*answer, "invites");
    if (invites.empty()) {
      out.Line("No invites.");
      return out.Finish();
    }
    out.Line("INVITES:");
    TextTable table;
    for (const auto& invite : invites) {
      table.Add({TextOf(invite, "id"), TextOf(invite, "addr"), TextOf(invite, "state"), UsesText(invite),
                 "until " + TextOf(invite, "expires_at"), TextOf(invite, "for"), TextOf(invite, "label")});
    }
    table.Print(out);
    return out.Finish();
  }
};

}  // namespace

std::unique_ptr<Command> MakeInvitesCommand() { return std::make_unique<InvitesCommand>(); }

}  // namespace cctl::cli
