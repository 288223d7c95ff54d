// SPDX-License-Identifier: MIT

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/claudectl/commands.h"
#include "tools/claudectl/event_line.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

constexpr Duration kTurn = Hours(1);

// The running relay's events, until it or this command is ended.
class WatchCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    auto relay = RelayAccess::ConnectToRelay(out);
    if (!relay) return out.Fail(relay.error());
    const auto subscribed = CallRelay(*relay, out, "subscribe", nlohmann::json::object());
    if (!subscribed) return out.Fail(subscribed.error());
    out.Progress("Watching; Ctrl-C ends it.");
    while (std::ferror(stdout) == 0) {
      const auto event = relay->NextEvent(kTurn);
      if (!event) return out.Fail(event.error());
      if (!event->is_null()) PrintEvent(*event, out);
    }
    return out.Finish();
  }
};

}  // namespace

std::unique_ptr<Command> MakeWatchCommand() { return std::make_unique<WatchCommand>(); }

}  // namespace cctl::cli
