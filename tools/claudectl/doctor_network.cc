// SPDX-License-Identifier: MIT

#include "tools/claudectl/doctor_network.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "cctl/base/bytes.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/base/version.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/interfaces.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/lan_links.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/net/tcp_socket.h"
#include "cctl/net/udp_socket.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/lan.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/environment.h"
#include "cctl/sys/file.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/version_text.h"
#include "cctl/wire/wire_limits.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/firewall_rules.h"
#include "tools/claudectl/lan_turn.h"
#include "tools/claudectl/port_holder.h"
#include "tools/claudectl/words.h"

namespace cctl::cli {
namespace {

// Our own broadcasts come back within a millisecond, or not at all.
constexpr Duration kEchoTime = Milliseconds(300);

std::uint16_t PortOf(const Config& config, Setting setting) {
  return static_cast<std::uint16_t>(config.Number(setting));
}

// Whether a program is in the PATH, or where administrators' programs are.
bool IsInstalled(std::string_view program) {
  std::string path = GetEnvironment("PATH").value_or(std::string());
  path.append(":/usr/sbin:/sbin");
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    if (end > at && GetFileStatus(path.substr(at, end - at).append("/").append(program), Links::kFollow)) return true;
    at = end + 1;
  }
  return false;
}

std::string OpenFirewall(const Config& config) {
  return FirewallRule(PortOf(config, Setting::kListenPort), PortOf(config, Setting::kLanBroadcastPort), IsInstalled);
}

Check CheckInterfaces(std::span<const InterfaceAddress> links, const Config& config) {
  std::vector<std::string> names;
  for (const InterfaceAddress& link : links) {
    names.push_back(link.name + " (" + std::string(link.address.Format().view()) + ", broadcast " +
                    std::string(link.broadcast->Format().view()) + ")");
  }
  if (!names.empty()) return {"interfaces", CheckStatus::kPass, "announcing on " + Joined(names)};
  const bool chosen = !config.List(Setting::kInterfaces).empty();
  return {"interfaces", CheckStatus::kWarn,
          chosen ? "relay.interfaces names no network that is up and broadcasts, so nobody is found"
                 : "no network is up that broadcasts, so nobody is found",
          chosen ? "claudectl relay config" : "ip -brief address"};
}

// Sends a query to every network, and listens for it.
Check CheckBroadcast(std::span<const InterfaceAddress> links, const Config& config, const Identity& self) {
  const std::uint16_t port = PortOf(config, Setting::kLanBroadcastPort);
  const auto shared = UdpSocket::Bind({IpAddress(), port}, PortUse::kShared);
  const auto own = UdpSocket::Bind({IpAddress(), 0}, PortUse::kAlone);
  auto poller = Poller::Create();
  if (!shared && shared.error().code == Errc::kAlreadyRunning) {
    return {"broadcast", CheckStatus::kWarn,
            "UDP port " + std::to_string(port) + " is held by " + PortHolder(PortKind::kUdp, port) +
                ", which does not share it: others are heard only when they are asked",
            "claudectl relay config | grep lan_broadcast_port"};
  }
  if (!shared || !own || !poller || !poller->Add(shared->native(), Interest::kRead, 0)) {
    return {"broadcast", CheckStatus::kFail, "no UDP socket can be had"};
  }
  InlineString<kMaxIdentitySize + 40> query;
  AppendLanQuery(query, LanQuery{self});
  std::map<IpAddress, std::string> silent;  // by our address there
  std::vector<std::string> failing;
  for (const BroadcastTarget& target : BroadcastTargets(links, IpAddress())) {
    if (target.index == 0) continue;
    silent.emplace(target.source, target.name);
    const auto sent = UdpSocket::CanChooseInterface()
                          ? own->SendBy({target.index, target.source}, AsBytes(query.view()), {target.to, port})
                          : own->Send(AsBytes(query.view()), {target.to, port});
    if (!sent && (failing.empty() || failing.back() != target.name)) failing.push_back(target.name);
  }
  const Instant end = SteadyNow() + kEchoTime;
  std::array<std::uint8_t, kMaxDatagram> bytes;
  while (!silent.empty() && SteadyNow() < end) {
    std::array<Ready, 1> ready;
    (void)poller->Wait(end - SteadyNow(), ready);
    for (auto received = shared->Receive(bytes); received.status != IoStatus::kWouldBlock;
         received = shared->Receive(bytes)) {
      const bool ours = received.status == IoStatus::kOk && received.from.port == own->local().port;
      if (ours) silent.erase(received.from.ip);
    }
  }
  if (!failing.empty()) {
    return {"broadcast", CheckStatus::kFail, "nothing can be sent on " + Joined(failing), OpenFirewall(config)};
  }
  if (silent.empty()) return {"broadcast", CheckStatus::kPass, "this machine hears its own broadcasts"};
  std::vector<std::string> names;
  for (const auto& [address, name] : silent) names.push_back(name);
  return {"broadcast", CheckStatus::kWarn,
          "this machine does not hear its own broadcasts on " + Joined(names) + ": a firewall keeps UDP port " +
              std::to_string(port) + " closed",
          OpenFirewall(config)};
}

// Asks who is there, as `discover` does.
Check CheckDuplicates(const Config& config, const Identity& self, RandomSource& random) {
  auto poller = Poller::Create();
  const Instant start = SteadyNow();
  auto lan = poller ? Lan::Create({.self = self, .version = *ParseVersion(kVersion), .options = MakeLanOptions(config)},
                                  random, *poller, kLanTokens, start)
                    : Result<std::unique_ptr<Lan>>(Error{Errc::kIo, 0, 0, "poller"});
  if (!lan) return {"duplicates", CheckStatus::kFail, "no UDP socket can be had"};
  const Instant end = start + kSearchTime;
  std::optional<std::string> twin;
  while (SteadyNow() < end) {
    TakeLanTurn(**lan, *poller, end);
    while (const auto event = (*lan)->PollEvent()) {
      const auto* nearby = std::get_if<NearbyPeers::Event>(&*event);
      const auto* same = nearby != nullptr ? std::get_if<NearbyPeers::DuplicateIdentity>(nearby) : nullptr;
      if (same != nullptr) twin = std::string(ToIpAddress(same->address).Format().view());
    }
  }
  const std::string name(self.view());
  if (twin) {
    return {"duplicates", CheckStatus::kFail, "another machine, at " + *twin + ", also calls itself " + name,
            "claudectl relay identity --regenerate"};
  }
  const std::size_t found = (*lan)->nearby().List().size();
  return {"duplicates", CheckStatus::kPass,
          "nobody else here calls itself " + name + " (" + std::to_string(found) + " nearby)"};
}

}  // namespace

Check CheckListenPort(const Config& config, const std::string& relay_addr) {
  if (!relay_addr.empty()) return {"listen_port", CheckStatus::kPass, "the relay that runs listens on " + relay_addr};
  const std::uint16_t port = PortOf(config, Setting::kListenPort);
  const auto ip = IpAddress::Parse(config.Text(Setting::kListenAddr));
  if (!ip)
    return {"listen_port", CheckStatus::kFail, "relay.listen_addr is no numeric address", "claudectl relay config"};
  const Endpoint at{*ip, port};
  const auto listener = TcpListener::Listen(at);
  const std::string where(at.Format().view());
  if (listener) return {"listen_port", CheckStatus::kPass, where + " is free"};
  switch (listener.error().code) {
    case Errc::kAlreadyRunning:
      return {"listen_port", CheckStatus::kFail,
              "TCP port " + std::to_string(port) + " is held by " + PortHolder(PortKind::kTcp, port),
              "claudectl relay serve --port 0"};
    case Errc::kUnreachable:
      return {"listen_port", CheckStatus::kFail, where + " is no address of this machine", "claudectl relay config"};
    default:
      return {"listen_port", CheckStatus::kFail, "the system does not let a relay listen on " + where,
              "claudectl relay serve --port 0"};
  }
}

std::vector<Check> CheckLan(const Config& config, const Identity& self, RandomSource& random) {
  if (!config.Flag(Setting::kLanDiscovery)) {
    return {{"interfaces", CheckStatus::kPass,
             "discovery on the LAN is off (" + config.origin(Setting::kLanDiscovery) + ")"}};
  }
  const auto interfaces = ListInterfaces();
  if (!interfaces) return {{"interfaces", CheckStatus::kFail, "the system does not list its network interfaces"}};
  const InterfaceFilter filter{config.List(Setting::kInterfaces), config.List(Setting::kExcludeInterfaces)};
  const auto bound = IpAddress::Parse(config.Text(Setting::kListenAddr));
  const std::vector<InterfaceAddress> links = SelectLanLinks(*interfaces, filter, bound.value_or(IpAddress()));
  return {CheckInterfaces(links, config), CheckBroadcast(links, config, self), CheckDuplicates(config, self, random)};
}

}  // namespace cctl::cli
