// SPDX-License-Identifier: MIT

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "cctl/base/duration_text.h"
#include "cctl/base/rfc3339.h"
#include "cctl/net/ip_address.h"
#include "cctl/node/lan.h"
#include "cctl/node/node.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/process.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/error_text.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/key_prompt.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/relay_loop.h"
#include "tools/claudectl/team_peers.h"
#include "tools/claudectl/words.h"

namespace cctl::cli {
namespace {

// The relay in the foreground.
class ServeCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Number("--port", "PORT", 0, 65'535, port_,
                   "Listen there; 0: a free one (default: relay.listen_port, 9847)");
    options.Flag("--auto-approve", auto_approve_, "Let neighbours pair without a question (relay.auto_approve_lan)");
    options.Flag("--no-lan", no_lan_, "Neither announce nor hear anybody on the LAN (relay.lan_discovery = false)");
    options.Text("--bind", "ADDRESS", bind_, "Listen on this address only (default: relay.listen_addr, 0.0.0.0)");
  }

  int Run(Printer& out) override {
    if (bind_) {
      if (const auto ip = IpAddress::Parse(*bind_); !ip) {
        return out.Fail({Errc::kUsage, "--bind: " + ErrorSentence(ip.error()), "claudectl relay serve --help"});
      }
    }
    auto config = ReadSettings(out);
    if (!config) return out.Fail(config.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    if (const auto own = (*access)->FindRelayOrLock(/*must_own=*/true); !own) return out.Fail(own.error());
    auto signals = StopSignals::Catch();
    if (!signals) return out.Fail(signals.error());
    NodeOptions options = MakeRelayOptions(*config, (*access)->random());
    options.log = out.log_level();
    auto node = Node::Start(std::move(options), (*access)->folder());
    if (!node) return out.Fail(node.error());
    SayReady(**node, *config, out);
    std::optional<KeyPrompt> prompt = out.json() ? std::nullopt : KeyPrompt::Begin();
    std::optional<TeamPeers> team = TeamPeers::Begin(SteadyNow(), out);
    // Another command has it done, too, after it has changed the peers; then nobody asked to hear of it.
    const auto reload = [this, &node, &config, &out](bool asked) {
      auto read = ReadSettings(out);
      if (!read) return out.Warn(read.error().message + "; the settings stay as they were");
      config = std::move(read);
      (*node)->SetLan(MakeLanOptions(*config), PairRequestTimeout(*config));
      (*node)->SetTailnet(MakeTailnetOptions(*config));
      if (asked) out.Progress("Settings read again. " + LanLine(**node, *config));
    };
    return RunUntilStopped(**node, *signals, out, {reload, prompt ? &*prompt : nullptr, team ? &*team : nullptr});
  }

 private:
  // The configuration, with what the command line says above it.
  Outcome<Config> ReadSettings(Printer& out) const {
    auto config = ReadConfig(out);
    if (!config) return config;
    if (bind_) config->Set(Setting::kListenAddr, *bind_, "--bind");
    if (port_) config->Set(Setting::kListenPort, std::int64_t{*port_}, "--port");
    if (auto_approve_) config->Set(Setting::kAutoApproveLan, true, "--auto-approve");
    if (no_lan_) config->Set(Setting::kLanDiscovery, false, "--no-lan");
    return config;
  }

  static std::string LanLine(const Node& node, const Config& config) {
    const Lan* const lan = node.lan();
    if (lan == nullptr) {
      const bool wanted = config.Flag(Setting::kLanDiscovery);
      return wanted ? "LAN: off" : "LAN: off (" + config.origin(Setting::kLanDiscovery) + ")";
    }
    const std::string where = Joined(lan->LinkNames());
    std::string line = "LAN: announcing on " + (where.empty() ? std::string("this machine only") : where) + " every ";
    FormatDuration(Seconds(config.Number(Setting::kLanAnnounceInterval)), line);
    line.append(" (UDP ").append(std::to_string(config.Number(Setting::kLanBroadcastPort))).append(")");
    if (config.Flag(Setting::kAutoApproveLan)) line.append("; neighbours pair without a question");
    return line;
  }

  static std::string TailnetLine(const Config& config) {
    const bool set = config.origin(Setting::kTailscaleTag) != "default";
    std::string line = "Tailscale: connecting to the machines ";
    line.append(set ? "with " : "that are yours, or carry ").append(config.Text(Setting::kTailscaleTag));
    line.append(", every ");
    FormatDuration(Seconds(config.Number(Setting::kTailscaleProbeInterval)), line);
    return line;
  }

  static void SayReady(const Node& node, const Config& config, Printer& out) {
    const std::string identity(node.identity().view());
    out.Line("Relay " + identity + " listens on " + node.listen_addr() + ".");
    out.Line(LanLine(node, config));
    if (config.Flag(Setting::kTailscale)) out.Line(TailnetLine(config));
    out.Line("Pair another machine: claudectl relay invite");
    std::fflush(stdout);
    if (!config.Flag(Setting::kEnabled)) out.Note("relay.enabled is false: only `serve` starts a relay");
    if (!out.json()) return;
    out.Object({{"event", "ready"},
                {"at", std::string(FormatRfc3339(WallNow()).view())},
                {"identity", identity},
                {"addr", node.listen_addr()},
                {"port", node.port()},
                {"pid", ProcessId()}});
  }

  std::optional<std::uint32_t> port_;
  std::optional<std::string> bind_;
  bool auto_approve_ = false;
  bool no_lan_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeServeCommand() { return std::make_unique<ServeCommand>(); }

}  // namespace cctl::cli
