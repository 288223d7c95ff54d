// SPDX-License-Identifier: MIT
//
// Which process holds a port of this machine.

#ifndef CCTL_TOOLS_CLAUDECTL_PORT_HOLDER_H_
#define CCTL_TOOLS_CLAUDECTL_PORT_HOLDER_H_

#include <cstdint>
#include <string>

namespace cctl::cli {

enum class PortKind : std::uint8_t { kTcp, kUdp };

// "process 4711 (nc)", or "another program" where it is another user's, or the system does not say (all but Linux).
std::string PortHolder(PortKind kind, std::uint16_t port);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_PORT_HOLDER_H_
