// SPDX-License-Identifier: MIT
//
// The settings as commands use them: read, with their warnings printed, and made into a node's options.

#ifndef CCTL_TOOLS_CLAUDECTL_CONFIG_USE_H_
#define CCTL_TOOLS_CLAUDECTL_CONFIG_USE_H_

#include "cctl/base/random_source.h"
#include "cctl/base/time.h"
#include "cctl/node/lan_options.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/tailnet_options.h"
#include "tools/claudectl/config.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

// Reads every layer and prints what was ignored.
Outcome<Config> ReadConfig(Printer& out);

// What the settings say about the LAN.
LanOptions MakeLanOptions(const Config& config);

// What they say about Tailscale.
TailnetOptions MakeTailnetOptions(const Config& config);

// Without a listener, a control socket, the LAN or Tailscale.
NodeOptions MakeNodeOptions(const Config& config, RandomSource& random);

// Those of a relay.
NodeOptions MakeRelayOptions(const Config& config, RandomSource& random);

inline Duration PairRequestTimeout(const Config& config) {
  return Seconds(config.Number(Setting::kPairRequestTimeout));
}

inline Duration InviteTtl(const Config& config) { return Hours(config.Number(Setting::kInviteTtlHours)); }

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_CONFIG_USE_H_
