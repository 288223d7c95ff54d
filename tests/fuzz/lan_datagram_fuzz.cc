// SPDX-License-Identifier: MIT
//
// Any bytes as one datagram. What is accepted is JSON by another reader's judgement, too, with the same values, keeps
// the limits, and says the same after it has been written again. And as a program of datagrams, addresses and pauses
// for the cache of who is near, which stays within its bounds whatever comes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/wire_limits.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

std::string Write(const cctl::LanDatagram& datagram) {
  std::string text;
  if (const auto* announcement = std::get_if<cctl::Announcement>(&datagram)) {
    cctl::AppendAnnouncement(text, *announcement);
  } else if (const auto* query = std::get_if<cctl::LanQuery>(&datagram)) {
    cctl::AppendLanQuery(text, *query);
  } else {
    cctl::AppendGoodbye(text, std::get<cctl::Goodbye>(datagram));
  }
  return text;
}

void CheckDatagram(std::string_view bytes) {
  const auto datagram = cctl::ParseLanDatagram(bytes);
  if (!datagram) return;
  Check(bytes.size() <= cctl::kMaxDatagram);
  const bool released = bytes.starts_with(cctl::kReleasedFormPrefix);
  const auto json = nlohmann::json::parse(bytes.substr(released ? 4 : 0), nullptr, /*allow_exceptions=*/false);
  Check(json.is_object() && json["identity"].is_string());
  if (const auto* announcement = std::get_if<cctl::Announcement>(&*datagram)) {
    Check(json["identity"] == announcement->identity.view() && json["port"] == announcement->port);
    Check(announcement->port != 0 && json["version"] == announcement->version.view());
    Check(json.value("paired_count", 0u) == announcement->paired_count);
    Check(json.contains("instance") == announcement->instance.has_value());
  }
  const std::string once = Write(*datagram);
  const auto again = cctl::ParseLanDatagram(once);
  Check(again.has_value() && Write(*again) == once);
}

void RunProgram(std::string_view in) {
  const auto self = *cctl::Identity::Parse("self");
  cctl::NearbyPeers nearby({.self = self,
                            .instance = cctl::InstanceId{1},
                            .hash_key = {1, 2},
                            .max_known = 4,
                            .max_probation = 6,
                            .max_probation_per_source = 3},
                           cctl::Instant{});
  const std::vector<cctl::Identity> paired = {*cctl::Identity::Parse("peer")};
  cctl::Instant now{};
  while (in.size() >= 3) {
    const auto head = static_cast<unsigned char>(in[0]);
    now = now + cctl::Milliseconds(64 * static_cast<unsigned char>(in[1]));
    const std::size_t size = std::min<std::size_t>(static_cast<unsigned char>(in[2]), in.size() - 3);
    const auto datagram = cctl::ParseLanDatagram(in.substr(3, size));
    in.remove_prefix(3 + size);
    cctl::AddressKey from{};
    from[15] = head & 7;
    if ((head & 8) != 0) nearby.SetPaired((head & 16) != 0 ? paired : std::vector<cctl::Identity>{});
    if ((head & 32) != 0) nearby.HandleTimeout(now);
    if (datagram) {
      if (const auto* announcement = std::get_if<cctl::Announcement>(&*datagram)) {
        const auto heard = nearby.HandleAnnouncement(now, from, *announcement);
        const bool kept =
            heard.verdict == cctl::NearbyPeers::Verdict::kKnown || heard.verdict == cctl::NearbyPeers::Verdict::kNew;
        Check(!kept || !nearby.Find(announcement->identity).empty());
        if ((head & 64) != 0)
          nearby.HandleProbed(now, announcement->identity, announcement->instance, (head & 128) != 0);
      } else if (const auto* goodbye = std::get_if<cctl::Goodbye>(&*datagram)) {
        nearby.HandleGoodbye(from, *goodbye);
      }
    }
    while ((head & 128) != 0 && nearby.PollEvent()) {
    }
    Check(nearby.size() <= 10 && nearby.probation() <= 6);
    for (const cctl::NearbyPeer& peer : nearby.List()) {
      Check(!peer.addresses.empty() && peer.addresses.size() <= 4 && !cctl::SameName(peer.identity, self));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckDatagram(bytes);
  RunProgram(bytes);
  return 0;
}
