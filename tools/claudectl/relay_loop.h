// SPDX-License-Identifier: MIT
//
// A Node in this process, run until something is over: a dial that a command asked for, or everything (`serve`,
// `--stay`). Ctrl-C and SIGTERM close its sessions first.

#ifndef CCTL_TOOLS_CLAUDECTL_RELAY_LOOP_H_
#define CCTL_TOOLS_CLAUDECTL_RELAY_LOOP_H_

#include <nlohmann/json.hpp>
#include <string>

#include "cctl/node/node.h"
#include "cctl/node/outcome.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

// Runs until the dial is over. Warnings are printed, other events are not. kInterrupted: a signal came.
Outcome<nlohmann::json> RunUntilFinished(Node& node, RequestId id, StopSignals& signals, Printer& out);

// Runs until a signal or `shutdown` comes, printing each event, and closes the sessions. Returns the exit status: 130
// after SIGINT; 0 after SIGTERM, SIGHUP or `shutdown`, which is what a service manager calls a clean stop.
int RunUntilStopped(Node& node, StopSignals& signals, Printer& out);

// Closes the sessions; a second signal ends the wait.
void Close(Node& node, StopSignals& signals);

// An event as a line of text: "peer_connected desktop-b7c1 192.168.1.42:50123".
std::string EventLine(const nlohmann::json& event);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_RELAY_LOOP_H_
