// SPDX-License-Identifier: MIT
//
// What Tailscale says, asked by a command itself.

#ifndef CCTL_TOOLS_CLAUDECTL_TAILSCALE_STATUS_H_
#define CCTL_TOOLS_CLAUDECTL_TAILSCALE_STATUS_H_

#include <string>

#include "cctl/node/outcome.h"
#include "cctl/node/tailnet_answer.h"

namespace cctl::cli {

// Runs `program status --json` until it is done. Fails with kInterrupted, when somebody presses Ctrl-C, and kIo.
Outcome<TailnetAnswer> ReadTailscaleStatus(const std::string& program);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_TAILSCALE_STATUS_H_
