// SPDX-License-Identifier: MIT
//
// Reads what `tailscale whois --json ADDRESS:PORT` prints (tailcfg.Node): whose address it is. This is what Tailscale
// vouches for; it is asked after a right proof, and before the proof counts (docs/protocol.md, section 6).

#ifndef CCTL_TAILNET_TAILNET_WHOIS_H_
#define CCTL_TAILNET_TAILNET_WHOIS_H_

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_node.h"

namespace cctl {

struct TailnetWhois {
  StableId id;
  std::vector<std::string> addresses;  // single ones, without the prefix length
};

namespace detail {

// "100.101.0.12" of "100.101.0.12/32", "fd7a::1" of "fd7a::1/128"; empty for a network.
inline std::string_view SingleAddress(std::string_view prefix) {
  const std::size_t slash = prefix.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view address = prefix.substr(0, slash);
  const bool v6 = address.find(':') != std::string_view::npos;
  return prefix.substr(slash + 1) == (v6 ? "128" : "32") ? address : std::string_view();
}

}  // namespace detail

// An answer that is not understood in full names nobody. Errors, part "whois": kInvalid (no such object), kMissing (no
// stable ID, or no single address), kTooLong (value: 1 MiB).
inline Result<TailnetWhois> ParseTailnetWhois(std::string_view text) {
  constexpr std::size_t kMost = std::size_t{1} << 20;  // one node; a document of 2,000 has as much
  if (text.size() > kMost) return Error{Errc::kTooLong, 0, kMost, "whois"};
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto node = document.is_object() ? document.find("Node") : document.end();
  if (!document.is_object() || node == document.end() || !node->is_object()) {
    return Error{Errc::kInvalid, 0, 0, "whois"};
  }
  const auto id_text = node->find("StableID");
  const auto addresses = node->find("Addresses");
  const bool has_id = id_text != node->end() && id_text->is_string();
  const auto id = has_id ? StableId::Parse(id_text->get_ref<const std::string&>()) : Result<StableId>(Error{});
  if (!id) return Error{Errc::kMissing, 0, 0, "whois"};
  TailnetWhois whois{*id, {}};
  if (addresses != node->end() && addresses->is_array()) {
    for (const nlohmann::json& one : *addresses) {
      if (!one.is_string() || whois.addresses.size() >= kMaxTailnetAddresses) continue;
      const std::string_view address = detail::SingleAddress(one.get_ref<const std::string&>());
      if (!address.empty()) whois.addresses.emplace_back(address);
    }
  }
  if (whois.addresses.empty()) return Error{Errc::kMissing, 0, 0, "whois"};
  return whois;
}

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_WHOIS_H_
