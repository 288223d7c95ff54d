// SPDX-License-Identifier: MIT

#include "tools/claudectl/config_use.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "cctl/base/version.h"
#include "tools/claudectl/config_layers.h"

namespace cctl::cli {

Outcome<Config> ReadConfig(Printer& out) {
  auto loaded = LoadConfig();
  if (!loaded) return loaded.error();
  for (const std::string& warning : loaded->warnings) out.Warn(warning);
  return std::move(loaded->config);
}

LanOptions MakeLanOptions(const Config& config) {
  return {.enabled = config.Flag(Setting::kLanDiscovery),
          .announce_interval = Seconds(config.Number(Setting::kLanAnnounceInterval)),
          .port = static_cast<std::uint16_t>(config.Number(Setting::kLanBroadcastPort)),
          .interfaces = config.List(Setting::kInterfaces),
          .exclude_interfaces = config.List(Setting::kExcludeInterfaces),
          .auto_approve = config.Flag(Setting::kAutoApproveLan)};
}

TailnetOptions MakeTailnetOptions(const Config& config) {
  TailnetOptions options;
  options.enabled = config.Flag(Setting::kTailscale);
  options.tag = config.Text(Setting::kTailscaleTag);
  options.tag_required = config.origin(Setting::kTailscaleTag) != "default";
  options.probe_interval = Seconds(config.Number(Setting::kTailscaleProbeInterval));
  options.program = config.Text(Setting::kTailscaleCli);
  return options;
}

NodeOptions MakeNodeOptions(const Config& config, RandomSource& random) {
  NodeOptions options;
  options.random = &random;
  options.version = kVersion;
  options.require_mutual_auth = config.Flag(Setting::kRequireMutualAuth);
  options.max_sessions = static_cast<std::size_t>(config.Number(Setting::kMaxSessions));
  options.invite_ttl = InviteTtl(config);
  options.advertise_host = config.Text(Setting::kAdvertiseAddr);
  options.pair_request_timeout = PairRequestTimeout(config);
  return options;
}

NodeOptions MakeRelayOptions(const Config& config, RandomSource& random) {
  NodeOptions options = MakeNodeOptions(config, random);
  options.listen =
      ListenAddress{config.Text(Setting::kListenAddr), static_cast<std::uint16_t>(config.Number(Setting::kListenPort))};
  options.control_socket = true;
  options.lan = MakeLanOptions(config);
  options.tailnet = MakeTailnetOptions(config);
  return options;
}

}  // namespace cctl::cli
