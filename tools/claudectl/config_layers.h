// SPDX-License-Identifier: MIT
//
// Reads the settings from where they may be said, lowest to highest: built-in, $XDG_CONFIG_HOME/claudectl/config.toml
// (~/.config), ~/.claudectl.toml, the nearest .claudectl.toml upwards from the working folder (of which only some keys
// count), CLAUDECTL_RELAY_<KEY>. Options come after that, by Config::Set().

#ifndef CCTL_TOOLS_CLAUDECTL_CONFIG_LAYERS_H_
#define CCTL_TOOLS_CLAUDECTL_CONFIG_LAYERS_H_

#include <string>
#include <vector>

#include "cctl/node/outcome.h"
#include "tools/claudectl/config.h"

namespace cctl::cli {

struct LoadedConfig {
  Config config;
  std::vector<std::string> warnings;  // file:line: what is ignored and why
};

// Fails with kConfig, "file:line:column: what", or kIo.
Outcome<LoadedConfig> LoadConfig();

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_CONFIG_LAYERS_H_
