// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that has to do with who is near: discovery begun and ended, what it hears
// told to the owner, and paired peers dialled where they are heard.

#ifndef CCTL_NODE_ENGINE_LAN_H_
#define CCTL_NODE_ENGINE_LAN_H_

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/dial.h"
#include "cctl/node/engine.h"
#include "cctl/node/lan.h"
#include "cctl/node/lan_options.h"
#include "cctl/node/nearby_events.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/wire/version_text.h"

namespace cctl {

// How long a probe of a newcomer may take: it is in the same room.
inline constexpr Duration kProbeLimit = Seconds(2);

inline void Engine::SetLan(LanOptions options) {
  const Instant now = context_.Now();
  const LanOptions former = std::exchange(context_.options.lan, std::move(options));
  if (lan_ != nullptr) {
    LanOptions in_place = former;  // what can be changed without another socket
    in_place.announce_interval = context_.options.lan.announce_interval;
    in_place.auto_approve = context_.options.lan.auto_approve;
    if (in_place == context_.options.lan) return lan_->set_interval(now, in_place.announce_interval);
  }
  lan_.reset();
  StartLan(now);
}

inline void Engine::StartLan(Instant now) {
  const LanOptions& options = context_.options.lan;
  const auto version = ParseVersion(context_.options.version);
  if (!options.enabled || !version || stopping_) return;
  const Lan::Config config{.self = context_.self,
                           .version = *version,
                           .bound = listener_ ? listener_->local().ip : IpAddress(),
                           .listen_port = context_.listen_port,
                           .options = options};
  if (config.bound.IsV6()) {
    return context_.Warn(Errc::kUnsupported, "discovery on the LAN is off: it needs IPv4, and this relay listens on " +
                                                 std::string(config.bound.Format().view()));
  }
  auto lan = Lan::Create(config, *context_.options.random, poller_, kLanTokens, now);
  if (!lan) return context_.Warn(Errc::kIo, "discovery on the LAN is off: no UDP socket can be had");
  lan_ = *std::move(lan);
  told_revision_ = UINT64_MAX;
  lan_->HandleTimeouts(now);
  HandleLan(now);
}

// Tells and does what was heard.
inline void Engine::HandleLan(Instant now) {
  if (lan_ == nullptr) return;
  if (told_revision_ != book_.revision()) {
    told_revision_ = book_.revision();
    const std::vector<Identity> paired = book_.Paired();
    lan_->nearby().SetPaired(paired);
    lan_->set_paired_count(static_cast<std::uint32_t>(paired.size()));
  }
  while (const auto event = lan_->PollEvent()) {
    if (const auto* nearby = std::get_if<NearbyPeers::Event>(&*event)) {
      HandleNearby(now, *nearby);
    } else if (const auto* warning = std::get_if<Lan::Warning>(&*event)) {
      context_.Warn(warning->code, warning->message);
    } else if (const auto* heard = std::get_if<Lan::PairedHeard>(&*event)) {
      if (!context_.options.dial_known_peers) continue;
      book_.peers().HandleAnnounced(book_.ToSchedule(now), heard->identity, heard->address.Format().view(),
                                    heard->new_instance);
    }
  }
  LogLinks();
  HandlePeers(now);
}

inline void Engine::LogLinks() {
  if (!context_.Logs(LogLevel::kInfo)) return;
  std::vector<std::string> links = lan_->LinkNames();
  if (told_links_ == links) return;
  std::string names;
  for (const std::string& link : links) names.append(names.empty() ? "" : ", ").append(link);
  told_links_ = std::move(links);
  context_.Log(LogLevel::kInfo, "announcing on ", names.empty() ? "this machine only" : names);
}

inline void Engine::HandleNearby(Instant now, const NearbyPeers::Event& event) {
  if (auto told = ToNodeEvent(event, context_.self, context_.options.profile))
    context_.events.push_back(*std::move(told));
  if (const auto* wanted = std::get_if<NearbyPeers::ProbeWanted>(&event)) Probe(now, *wanted);
}

inline void Engine::Probe(Instant now, const NearbyPeers::ProbeWanted& wanted) {
  const Endpoint at = ToEndpoint(wanted.address);
  Dial dial{.purpose = DialPurpose::kProbe, .expected = wanted.identity, .address = std::string(at.Format().view())};
  dial.instance = wanted.instance;
  dial.deadline = now + kProbeLimit;
  StartDial(now, std::move(dial), {at});
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_LAN_H_
