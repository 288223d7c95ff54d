// SPDX-License-Identifier: MIT

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "cctl/base/time.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

constexpr Duration kReadyTimeout = Seconds(30);
constexpr Duration kLongestWait = Hours(1);
constexpr std::chrono::milliseconds kReadyRetry(20);

// What the running relay says about itself.
class StatusCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Flag("--wait", wait_, "Wait until a relay is ready");
    options.Time("--timeout", kLongestWait, timeout_, "With --wait: give up after this long (default 30s)");
  }

  int Run(Printer& out) override {
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const Instant deadline = SteadyNow() + timeout_.value_or(kReadyTimeout);
    bool said = false;
    while (true) {
      auto relay = (*access)->FindRelay();
      if (!relay) return out.Fail(relay.error());
      if (relay->has_value()) {
        const auto answer = CallRelay(**relay, out, "status", nlohmann::json::object());
        if (answer) return Print(*answer, out);
        // It may have ended between the two.
        if (!wait_ || answer.error().code != Errc::kNoRelay) return out.Fail(answer.error());
      }
      if (!wait_) return out.Fail(NoRelay());
      if (SteadyNow() >= deadline) return out.Fail({Errc::kTimeout, "no relay was ready in time", NoRelay().hint});
      if (!said) out.Progress("Waiting for a relay...");
      said = true;
      std::this_thread::sleep_for(kReadyRetry);
    }
  }

 private:
  static int Print(const nlohmann::json& answer, Printer& out) {
    if (out.json()) {
      out.Object(answer);
      return out.Finish();
    }
    const std::string addr = TextOf(answer, "listen_addr");
    out.Line("Relay " + TextOf(answer, "identity") + " (process " + std::to_string(NumberOf(answer, "pid")) +
             ", version " + TextOf(answer, "version") + ")");
    out.Line("  listening on  " + (addr == "-" ? "nothing" : addr));
    const auto lan = answer.find("lan");
    const bool on = lan != answer.end() && FlagOf(*lan, "enabled");
    out.Line("  on the LAN    " + (on ? std::to_string(NumberOf(*lan, "nearby")) + " nearby" : std::string("off")));
    if (const auto tailnet = answer.find("tailscale"); tailnet != answer.end() && tailnet->is_object()) {
      out.Line("  tailscale     " + std::to_string(NumberOf(*tailnet, "connected")) + " of " +
               std::to_string(NumberOf(*tailnet, "candidates")) + " connected (" + TextOf(*tailnet, "state") + ")");
    }
    out.Line("  sessions      " + std::to_string(NumberOf(answer, "sessions")));
    out.Line("  pair requests " + std::to_string(NumberOf(answer, "pending_requests")));
    out.Line("  invites       " + std::to_string(NumberOf(answer, "invites")));
    out.Line("  started at    " + TextOf(answer, "started_at"));
    return out.Finish();
  }

  bool wait_ = false;
  std::optional<Duration> timeout_;
};

}  // namespace

std::unique_ptr<Command> MakeStatusCommand() { return std::make_unique<StatusCommand>(); }

}  // namespace cctl::cli
