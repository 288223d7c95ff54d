// SPDX-License-Identifier: MIT

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/base/rfc3339.h"
#include "cctl/net/ip_address.h"
#include "cctl/node/node.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/process.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/error_text.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/relay_loop.h"

namespace cctl::cli {
namespace {

// The relay in the foreground.
class ServeCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Number("--port", "PORT", 0, 65'535, port_,
                   "Listen there; 0: a free one (default: relay.listen_port, 9847)");
    options.Text("--bind", "ADDRESS", bind_, "Listen on this address only (default: relay.listen_addr, 0.0.0.0)");
  }

  int Run(Printer& out) override {
    auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    if (bind_) {
      if (const auto ip = IpAddress::Parse(*bind_); !ip) {
        return out.Fail({Errc::kUsage, "--bind: " + ErrorSentence(ip.error()), "claudectl relay serve --help"});
      }
      config->Set(Setting::kListenAddr, *bind_, "--bind");
    }
    if (port_) config->Set(Setting::kListenPort, std::int64_t{*port_}, "--port");
    auto access = RelayAccess::Open();
    if (!access) return out.Fail(access.error());
    if (const auto own = (*access)->FindRelayOrLock(/*must_own=*/true); !own) return out.Fail(own.error());
    NodeOptions options = MakeNodeOptions(*config, (*access)->random());
    options.listen = ListenAddress{config->Text(Setting::kListenAddr),
                                   static_cast<std::uint16_t>(config->Number(Setting::kListenPort))};
    options.control_socket = true;
    auto signals = StopSignals::Catch();
    if (!signals) return out.Fail(signals.error());
    auto node = Node::Start(std::move(options), (*access)->folder());
    if (!node) return out.Fail(node.error());
    SayReady(**node, *config, out);
    return RunUntilStopped(**node, *signals, out);
  }

 private:
  static void SayReady(const Node& node, const Config& config, Printer& out) {
    const std::string identity(node.identity().view());
    out.Line("Relay " + identity + " listens on " + node.listen_addr() + ".");
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
};

}  // namespace

std::unique_ptr<Command> MakeServeCommand() { return std::make_unique<ServeCommand>(); }

}  // namespace cctl::cli
