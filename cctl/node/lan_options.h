// SPDX-License-Identifier: MIT
//
// What the user may say about discovery on the LAN: the [relay] settings of docs/cli.md.

#ifndef CCTL_NODE_LAN_OPTIONS_H_
#define CCTL_NODE_LAN_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cctl/base/profile.h"
#include "cctl/base/time.h"
#include "cctl/proto/lan_limits.h"

namespace cctl {

struct LanOptions {
  bool enabled = false;  // relay.lan_discovery, and a command that has it
  Duration announce_interval = kAnnounceInterval;
  std::uint16_t port = kClaudectlProfile.udp_port;
  std::vector<std::string> interfaces = {};          // globs; empty: all
  std::vector<std::string> exclude_interfaces = {};  // globs
  bool auto_approve = false;                         // relay.auto_approve_lan

  friend bool operator==(const LanOptions&, const LanOptions&) = default;
};

}  // namespace cctl

#endif  // CCTL_NODE_LAN_OPTIONS_H_
