// SPDX-License-Identifier: MIT
//
// What Tailscale says, asked by a command itself.

#ifndef CCTL_TOOLS_CLAUDECTL_TAILSCALE_STATUS_H_
#define CCTL_TOOLS_CLAUDECTL_TAILSCALE_STATUS_H_

#include <string>

#include "cctl/node/outcome.h"
#include "cctl/node/tailnet_answer.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

// Runs `program status --json` until it is done; says so where that takes long. Fails with kInterrupted, when somebody
// presses Ctrl-C, and kIo.
Outcome<TailnetAnswer> ReadTailscaleStatus(const std::string& program, const Printer& out);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_TAILSCALE_STATUS_H_
