// SPDX-License-Identifier: MIT

#include "tools/claudectl/config_use.h"

#include <cstddef>
#include <string>

#include "tools/claudectl/config_layers.h"
#include "tools/claudectl/version.h"

namespace cctl::cli {

Outcome<Config> ReadConfig(Printer& out) {
  auto loaded = LoadConfig();
  if (!loaded) return loaded.error();
  for (const std::string& warning : loaded->warnings) out.Warn(warning);
  return std::move(loaded->config);
}

NodeOptions MakeNodeOptions(const Config& config, RandomSource& random) {
  NodeOptions options;
  options.random = &random;
  options.version = kVersion;
  options.require_mutual_auth = config.Flag(Setting::kRequireMutualAuth);
  options.max_sessions = static_cast<std::size_t>(config.Number(Setting::kMaxSessions));
  options.invite_ttl = InviteTtl(config);
  options.advertise_host = config.Text(Setting::kAdvertiseAddr);
  return options;
}

}  // namespace cctl::cli
