// SPDX-License-Identifier: MIT

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/duration_text.h"
#include "cctl/base/version.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/node/lan.h"
#include "cctl/node/lan_reports.h"
#include "cctl/node/nearby_events.h"
#include "cctl/sys/clock.h"
#include "cctl/wire/version_text.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/event_line.h"
#include "tools/claudectl/exit_status.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/lan_turn.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/text_table.h"

namespace cctl::cli {
namespace {

constexpr Duration kLongestSearch = Minutes(10);

// Looks around from a port of its own, whether a relay runs here or not.
class DiscoverCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Time("--timeout", kLongestSearch, timeout_, "Wait this long for answers (default 1s)");
    options.Flag("--watch", watch_, "Go on, and tell who comes and goes, until Ctrl-C");
  }

  int Run(Printer& out) override {
    const Instant start = SteadyNow();
    auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    auto self = (*access)->folder().identity();
    if (!self) return out.Fail(ToFailure(self.error()));
    const auto paired = (*access)->folder().ListPeers();
    if (!paired) return out.Fail(ToFailure(paired.error()));
    Lan::Config lan_config{.self = *self, .version = *ParseVersion(kVersion), .options = MakeLanOptions(*config)};
    if (!lan_config.options.enabled) {
      return out.Fail({Errc::kUnsupported, "discovery on the LAN is off: relay.lan_discovery is false (" +
                                               config->origin(Setting::kLanDiscovery) + ")"});
    }
    lan_config.hear = watch_;
    auto signals = StopSignals::Catch();
    if (!signals) return out.Fail(signals.error());
    auto poller = Poller::Create();
    if (!poller || !poller->Add(signals->descriptor(), Interest::kRead, kSignalToken)) {
      return out.Fail({Errc::kIo, "no descriptor is left"});
    }
    auto lan = Lan::Create(lan_config, (*access)->random(), *poller, kLanTokens, start);
    if (!lan) return out.Fail({Errc::kIo, "no UDP socket can be had"});
    (*lan)->nearby().SetPaired(*paired);
    if (watch_) out.Progress("Watching the LAN; Ctrl-C ends it.");
    const Duration time = timeout_.value_or(kSearchTime);
    if (!watch_ && time > kSearchTime) {
      std::string text = "Looking around on the LAN for ";
      FormatDuration(time, text);
      out.Progress(text + "...");
    }
    const Instant deadline = start + time;
    while (watch_ || SteadyNow() < deadline) {
      TakeLanTurn(**lan, *poller, watch_ ? std::nullopt : std::optional<Instant>(deadline));
      TellEvents(**lan, *self, out);
      if (const auto signal = signals->Take()) {
        if (watch_ && signal != Signal::kInterrupt) return out.Finish();
        return watch_ ? out.Finish(kExitInterrupted) : out.Fail({Errc::kInterrupted, "interrupted"});
      }
      if (std::ferror(stdout) != 0) return out.Finish();
    }
    return Print((*lan)->nearby().List(), start, out);
  }

 private:
  // Warnings always; comings and goings with --watch.
  void TellEvents(Lan& lan, const Identity& self, Printer& out) const {
    while (const auto event = lan.PollEvent()) {
      if (const auto* warning = std::get_if<Lan::Warning>(&*event)) out.Warn(warning->message);
      const auto* nearby = std::get_if<NearbyPeers::Event>(&*event);
      const auto told = nearby != nullptr ? ToNodeEvent(*nearby, self) : std::nullopt;
      if (!told) continue;
      if (const auto* warning = std::get_if<WarningRaised>(&*told)) {
        out.Warn(warning->message);
      } else if (watch_) {
        PrintEvent(NodeEventToJson(*told, WallNow()), out);
      }
    }
  }

  static int Print(const std::vector<NearbyPeer>& found, Instant start, Printer& out) {
    nlohmann::json peers = nlohmann::json::array();
    for (const NearbyPeer& peer : found) {
      peers.push_back(NearbyPeerToJson(peer));
      peers.back()["rtt_ms"] = (peer.first_heard - start).ms;
    }
    if (out.json()) {
      out.Object({{"peers", std::move(peers)}, {"elapsed_ms", (SteadyNow() - start).ms}});
      return out.Finish();
    }
    if (peers.empty()) {
      out.Line("Found no claudectl instances on LAN.");
      out.Note("is a relay running there? on the other machine: claudectl relay serve");
      return out.Finish();
    }
    const bool one = peers.size() == 1;
    out.Line("Found " + std::to_string(peers.size()) + " claudectl " + (one ? "instance" : "instances") + " on LAN:");
    TextTable table;
    for (const auto& peer : peers) {
      table.Add({TextOf(peer, "identity"), TextOf(peer, "addr"),
                 "v" + TextOf(peer, "version") + (FlagOf(peer, "paired") ? "  paired" : "")});
    }
    table.Print(out);
    return out.Finish();
  }

  std::optional<Duration> timeout_;
  bool watch_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeDiscoverCommand() { return std::make_unique<DiscoverCommand>(); }

}  // namespace cctl::cli
