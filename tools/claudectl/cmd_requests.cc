// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/text_table.h"

namespace cctl::cli {
namespace {

class RequestsCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    auto relay = RelayAccess::ConnectToRelay(out);
    if (!relay) return out.Fail(relay.error());
    const auto answer = CallRelay(*relay, out, "requests", nlohmann::json::object());
    if (!answer) return out.Fail(answer.error());
    if (out.json()) {
      out.Object(*answer);
      return out.Finish();
    }
    const auto requests = ListOf(*answer, "requests");
    if (requests.empty()) {
      out.Line("No pair requests.");
      return out.Finish();
    }
    out.Line("PAIR REQUESTS:");
    TextTable table;
    for (const auto& request : requests) {
      table.Add({TextOf(request, "id"), TextOf(request, "identity"), TextOf(request, "addr"),
                 "check " + TextOf(request, "check")});
    }
    table.Print(out);
    out.Note("to let one in: claudectl relay approve <id>");
    return out.Finish();
  }
};

}  // namespace

std::unique_ptr<Command> MakeRequestsCommand() { return std::make_unique<RequestsCommand>(); }

}  // namespace cctl::cli
