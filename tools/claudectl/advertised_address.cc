// SPDX-License-Identifier: MIT

#include "tools/claudectl/advertised_address.h"

#include <string_view>

#include "cctl/base/host_port.h"
#include "cctl/base/profile.h"
#include "cctl/net/interfaces.h"
#include "cctl/net/ip_address.h"
#include "tools/claudectl/answer.h"

namespace cctl::cli {
namespace {

// The address in `text` if others can be told to dial it: not 0.0.0.0 or ::, which mean every address of a machine.
std::optional<std::string> SpecificAddress(std::string_view text) {
  const auto ip = IpAddress::Parse(text);
  if (!ip || ip->IsUnspecified()) return std::nullopt;
  return std::string(ip->Format().view());
}

}  // namespace

std::optional<std::string> AdvertisedHost(const Config& config, const nlohmann::json& status) {
  if (const std::string& told = config.Text(Setting::kAdvertiseAddr); !told.empty()) return told;
  const auto listening = ParseHostPort(RawTextOf(status, "listen_addr"), kClaudectlProfile.tcp_port);
  const std::string_view listens =
      listening ? listening->host.view() : std::string_view(config.Text(Setting::kListenAddr));
  if (const auto bound = SpecificAddress(listens)) return bound;
  if (const auto ip = DefaultRouteAddress()) return std::string(ip->Format().view());
  return std::nullopt;
}

std::uint16_t AdvertisedPort(const Config& config, const nlohmann::json& status) {
  const std::int64_t relay_port = NumberOf(status, "port");
  return static_cast<std::uint16_t>(relay_port != 0 ? relay_port : config.Number(Setting::kListenPort));
}

}  // namespace cctl::cli
