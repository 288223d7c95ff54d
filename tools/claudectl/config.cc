// SPDX-License-Identifier: MIT

#include "tools/claudectl/config.h"

#include "cctl/base/host_name.h"
#include "cctl/base/profile.h"

namespace cctl::cli {

const std::array<SettingRow, kSettingCount>& SettingRows() {
  using List = std::vector<std::string>;
  using Number = std::int64_t;
  using Text = std::string;
  static const std::array<SettingRow, kSettingCount> rows = {{
      {"enabled", true},
      {"listen_addr", Text("0.0.0.0"), 0, 0, TextRule::kNumericHost},
      {"listen_port", Number{kClaudectlProfile.tcp_port}, 0, 65'535},  // 0: a free one
      {"advertise_addr", Text(), 0, 0, TextRule::kHostOrNothing},
      {"require_mutual_auth", true},
      {"max_sessions", Number{1024}, 1, 1'000'000},
      {"invite_ttl_hours", Number{24}, 1, 30 * 24, TextRule::kAny, ProjectRule::kOnlyLower},
      {"pair_request_timeout", Number{120}, 1, 3600},
      {"lan_discovery", true, 0, 0, TextRule::kAny, ProjectRule::kOnlyFalse},
      {"lan_announce_interval", Number{10}, 1, 3600, TextRule::kAny, ProjectRule::kTaken},
      {"lan_broadcast_port", Number{kClaudectlProfile.udp_port}, 1, 65'535, TextRule::kAny, ProjectRule::kTaken},
      {"auto_approve_lan", false},
      {"interfaces", List()},
      {"exclude_interfaces", List{"docker*", "veth*", "br-*", "cni*", "virbr*"}, 0, 0, TextRule::kAny,
       ProjectRule::kAdded},
      {"tailscale", false, 0, 0, TextRule::kAny, ProjectRule::kOnlyAsUserSays},
      {"tailscale_tag", Text("tag:claudectl")},
      {"tailscale_probe_interval", Number{60}, 1, 86'400, TextRule::kAny, ProjectRule::kTaken},
      {"tailscale_cli", Text("tailscale")},
  }};
  return rows;
}

Config::Config() {
  for (std::size_t i = 0; i < kSettingCount; ++i) entries_[i] = {SettingRows()[i].fallback, "default"};
}

std::string CheckSetting(const SettingRow& row, const SettingValue& value) {
  if (value.index() != row.fallback.index()) {
    constexpr std::string_view kTypes[] = {"true or false", "a whole number", "a text", "a list of texts"};
    return std::string("expected ").append(kTypes[row.fallback.index()]);
  }
  if (const auto* number = std::get_if<std::int64_t>(&value); number && (*number < row.least || *number > row.most)) {
    return "expected a whole number from " + std::to_string(row.least) + " to " + std::to_string(row.most);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    const auto host = Host::Parse(*text);
    if (row.text_rule == TextRule::kNumericHost && !(host && host->is_numeric())) return "expected an IP address";
    if (row.text_rule == TextRule::kHostOrNothing && !host && !text->empty()) {
      return "expected an IP address or a host name";
    }
  }
  return {};
}

}  // namespace cctl::cli
