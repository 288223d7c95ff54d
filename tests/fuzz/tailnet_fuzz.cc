// SPDX-License-Identifier: MIT
//
// Any text as the output of `tailscale status --json` and of `tailscale whois --json`. What comes out is bounded, and a
// node that would be a candidate has all that a candidate needs.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"
#include "cctl/tailnet/tailnet_status_reader.h"
#include "cctl/tailnet/tailnet_whois.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckNode(const cctl::TailnetNode& node) {
  Require(node.addresses.size() <= cctl::kMaxTailnetAddresses && node.tags.size() <= cctl::kMaxTailnetTags);
  if (node.id) Require(cctl::StableId::Parse(node.id->view()).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cctl::AsText({data, size});
  if (const auto status = cctl::ParseTailnetStatus(text)) {
    CheckNode(status->self);
    Require(status->peers.size() <= cctl::kMaxTailnetPeers);
    for (const cctl::TailnetNode& node : status->peers) {
      CheckNode(node);
      if (cctl::JudgeTailnetNode(status->self, node) != cctl::TailnetVerdict::kCandidate) continue;
      Require(node.id && !node.addresses.empty() && node.online && node.in_network_map && !node.shared_in);
    }
  }
  if (const auto whois = cctl::ParseTailnetWhois(text)) {
    Require(!whois->addresses.empty() && whois->addresses.size() <= cctl::kMaxTailnetAddresses);
    for (const std::string& address : whois->addresses) Require(address.find('/') == std::string::npos);
  }
  return 0;
}
