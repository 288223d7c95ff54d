// SPDX-License-Identifier: MIT
//
// The command that opens this machine's firewall for a relay.

#ifndef CCTL_TOOLS_CLAUDECTL_FIREWALL_RULES_H_
#define CCTL_TOOLS_CLAUDECTL_FIREWALL_RULES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cctl::cli {

// For the first of ufw, firewalld and nft that is there; empty where none is. `exists`: whether a program of that name
// can be run.
inline std::string FirewallRule(std::uint16_t tcp_port, std::uint16_t udp_port,
                                const std::function<bool(std::string_view)>& exists) {
  const std::string tcp = std::to_string(tcp_port);
  const std::string udp = std::to_string(udp_port);
  if (exists("ufw")) return "sudo ufw allow " + tcp + "/tcp && sudo ufw allow " + udp + "/udp";
  if (exists("firewall-cmd")) {
    return "sudo firewall-cmd --permanent --add-port=" + tcp + "/tcp --add-port=" + udp +
           "/udp && sudo firewall-cmd --reload";
  }
  if (exists("nft")) {
    return "sudo nft insert rule inet filter input tcp dport " + tcp +
           " accept && sudo nft insert rule inet filter input udp dport " + udp + " accept";
  }
  return {};
}

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_FIREWALL_RULES_H_
