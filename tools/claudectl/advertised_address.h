// SPDX-License-Identifier: MIT
//
// Where others can reach this machine's relay: what invites and the project's peers file say.

#ifndef CCTL_TOOLS_CLAUDECTL_ADVERTISED_ADDRESS_H_
#define CCTL_TOOLS_CLAUDECTL_ADVERTISED_ADDRESS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tools/claudectl/config.h"

namespace cctl::cli {

// The configured address, else the one that the relay listens on or shall listen on, else that of the interface which
// has the default route; nothing where there is none. `status`: the running relay's, empty where none runs.
std::optional<std::string> AdvertisedHost(const Config& config, const nlohmann::json& status);

// The relay's port, else the configured one; 0: none is known before a relay runs.
std::uint16_t AdvertisedPort(const Config& config, const nlohmann::json& status);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_ADVERTISED_ADDRESS_H_
