// SPDX-License-Identifier: MIT
//
// A relay's event for people.

#ifndef CCTL_TOOLS_CLAUDECTL_EVENT_LINE_H_
#define CCTL_TOOLS_CLAUDECTL_EVENT_LINE_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/claudectl/output.h"

namespace cctl::cli {

// An event as a line of text: "peer_connected desktop-b7c1 192.168.1.42:50123". What it says of others is made
// printable.
std::string EventLine(const nlohmann::json& event);

// Prints it, as that or as the object that it is.
void PrintEvent(const nlohmann::json& event, Printer& out);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_EVENT_LINE_H_
