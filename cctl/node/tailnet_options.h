// SPDX-License-Identifier: MIT
//
// What the user may say about Tailscale: the [relay] settings of docs/cli.md.

#ifndef CCTL_NODE_TAILNET_OPTIONS_H_
#define CCTL_NODE_TAILNET_OPTIONS_H_

#include <string>

#include "cctl/base/time.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/tailnet/tailnet_filter.h"

namespace cctl {

struct TailnetOptions {
  bool enabled = false;                 // relay.tailscale
  bool probes = true;                   // connect to the candidates; a command that dials by itself only looks
  std::string tag{kDefaultTailnetTag};  // relay.tailscale_tag
  bool tag_required = false;            // the user has set it
  Duration probe_interval = kTailnetProbeInterval;
  std::string program = "tailscale";  // relay.tailscale_cli: looked up in PATH where it has no slash

  [[nodiscard]] TailnetTag Tag() const { return {tag, tag_required}; }

  friend bool operator==(const TailnetOptions&, const TailnetOptions&) = default;
};

}  // namespace cctl

#endif  // CCTL_NODE_TAILNET_OPTIONS_H_
