// SPDX-License-Identifier: MIT
//
// A Node in this process, run until something is over: a dial that a command asked for, or everything (`serve`,
// `--stay`). Ctrl-C and SIGTERM close its sessions first.

#ifndef CCTL_TOOLS_CLAUDECTL_RELAY_LOOP_H_
#define CCTL_TOOLS_CLAUDECTL_RELAY_LOOP_H_

#include <functional>
#include <nlohmann/json.hpp>

#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/key_prompt.h"
#include "tools/claudectl/output.h"
#include "tools/claudectl/team_peers.h"

namespace cctl {
class Node;
}  // namespace cctl

namespace cctl::cli {

// Runs until the dial is over. Warnings are printed, other events handed to `on_event`. kInterrupted: a signal came.
Outcome<nlohmann::json> RunUntilFinished(Node& node, RequestId id, StopSignals& signals, Printer& out,
                                         const std::function<void(const nlohmann::json&)>& on_event);

// What `serve` adds to a loop.
struct ServeHooks {
  // Reads the configuration again. `asked`: by SIGHUP; else another command has changed something that a relay reads.
  std::function<void(bool asked)> reload;
  KeyPrompt* prompt = nullptr;  // asks about pair requests
  TeamPeers* team = nullptr;    // of the project that it was started in
};

// Runs until a signal or `shutdown` comes, printing each event, and closes the sessions. Returns the exit status: 130
// after SIGINT; 0 after SIGTERM, `shutdown`, or SIGHUP where there is no `reload` or the terminal has gone, which is
// what a service manager calls a clean stop.
int RunUntilStopped(Node& node, StopSignals& signals, Printer& out, const ServeHooks& hooks = {});

// Closes the sessions; a second signal ends the wait.
void Close(Node& node, StopSignals& signals, const Printer& out);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_RELAY_LOOP_H_
