// SPDX-License-Identifier: MIT
//
// What `doctor` looks at on the network: only datagrams that `discover` sends too leave this machine.

#ifndef CCTL_TOOLS_CLAUDECTL_DOCTOR_NETWORK_H_
#define CCTL_TOOLS_CLAUDECTL_DOCTOR_NETWORK_H_

#include <string>
#include <vector>

#include "cctl/base/random_source.h"
#include "cctl/identity/identity.h"
#include "tools/claudectl/config.h"
#include "tools/claudectl/doctor_check.h"

namespace cctl::cli {

// The port to listen on. `relay_addr`: where the running relay listens; empty: none runs.
Check CheckListenPort(const Config& config, const std::string& relay_addr);

// Discovery: the port, the networks, whether one's own broadcasts are heard, and whether somebody else has this
// machine's name. Takes about a second.
std::vector<Check> CheckLan(const Config& config, const Identity& self, RandomSource& random);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_DOCTOR_NETWORK_H_
