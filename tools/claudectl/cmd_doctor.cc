// SPDX-License-Identifier: MIT

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cctl/node/tailnet_map.h"
#include "cctl/sys/clock.h"
#include "cctl/tailnet/tailnet_condition.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_layers.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/doctor_check.h"
#include "tools/claudectl/doctor_network.h"
#include "tools/claudectl/doctor_state.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/tailscale_status.h"
#include "tools/claudectl/words.h"

namespace cctl::cli {
namespace {

Check CheckTailscale(const TailnetOptions& options, const TailnetAnswer& answer) {
  std::string message(TailnetConditionSentence(answer.condition));
  if (!answer.detail.empty()) message.append(" (").append(answer.detail).append(")");
  if (!answer.usable()) return {"tailscale", CheckStatus::kWarn, message, "claudectl relay tailnet"};
  const auto refusing =
      std::count_if(answer.status->peers.begin(), answer.status->peers.end(), [&](const TailnetNode& node) {
        return JudgeTailnetNode(answer.status->self, node, options.Tag()) == TailnetVerdict::kSelfUntagged;
      });
  if (refusing == 0) return {"tailscale", CheckStatus::kPass, message};
  return {"tailscale", CheckStatus::kWarn,
          "this machine does not carry " + options.tag + ", so the " + std::to_string(refusing) +
              " of its tailnet that do will not connect to it",
          "sudo tailscale up --advertise-tags=" + options.tag};
}

// Looks at everything that a relay needs, and says of each what mends it.
class DoctorCommand : public Command {
 public:
  void Declare(Options&) override {}

  [[nodiscard]] bool WorksWithoutConfig() const override { return true; }

  int Run(Printer& out) override {
    const auto loaded = LoadConfig();
    const Config config = loaded ? loaded->config : Config();
    if (!loaded) {
      Add({"configuration", CheckStatus::kFail, loaded.error().message, {}});
    } else if (loaded->warnings.empty()) {
      Add({"configuration", CheckStatus::kPass, "the settings can be read"});
    } else {
      for (const std::string& warning : loaded->warnings) Add({"configuration", CheckStatus::kWarn, warning, {}});
    }
    auto access = RelayAccess::Open(&out);
    if (access) {
      if (const auto done = CheckMachine(**access, config, out); !done) return out.Fail(done.error());
    } else {
      Add({"state_folder", CheckStatus::kFail, access.error().message, access.error().hint});
    }
    return Print(out);
  }

 private:
  void Add(Check check) { checks_.push_back(std::move(check)); }
  void Add(std::vector<Check> checks) {
    checks_.insert(checks_.end(), std::move_iterator(checks.begin()), std::move_iterator(checks.end()));
  }

  // Fails when it is interrupted.
  Outcome<Done> CheckMachine(RelayAccess& access, const Config& config, Printer& out) {
    Add(CheckIdentity(access.folder()));
    Add(CheckPermissions(access.folder()));
    Add(CheckFiles(access.folder()));
    Add(CheckClock(WallNow()));
    const auto status = access.Status();
    const std::string relay_addr = status ? RawTextOf(*status, "listen_addr") : std::string();
    if (!status) {
      Add({"relay", CheckStatus::kFail, status.error().message, status.error().hint});
    } else if (relay_addr.empty()) {
      Add({"relay", CheckStatus::kWarn, "no relay is running, so nobody can connect to this machine",
           "claudectl relay serve"});
    } else {
      Add({"relay", CheckStatus::kPass, "a relay runs (process " + std::to_string(NumberOf(*status, "pid")) + ")"});
    }
    Add(CheckListenPort(config, relay_addr));
    if (const auto self = access.folder().identity()) {
      if (config.Flag(Setting::kLanDiscovery)) out.Progress("Looking around on the LAN...");
      Add(CheckLan(config, *self, access.random()));
    }
    const TailnetOptions tailnet = MakeTailnetOptions(config);
    if (!tailnet.enabled) {
      Add({"tailscale", CheckStatus::kPass, "Tailscale is not used (" + config.origin(Setting::kTailscale) + ")"});
      return Done{};
    }
    const auto answer = ReadTailscaleStatus(tailnet.program, out);
    if (!answer) return answer.error();
    Add(CheckTailscale(tailnet, *answer));
    return Done{};
  }

  int Print(Printer& out) const {
    nlohmann::json list = nlohmann::json::array();
    std::size_t failed = 0;
    for (const Check& check : checks_) {
      if (check.status == CheckStatus::kFail) ++failed;
      list.push_back({{"id", check.id},
                      {"status", CheckStatusName(check.status)},
                      {"message", check.message},
                      {"fix", check.fix.empty() ? nlohmann::json(nullptr) : nlohmann::json(check.fix)}});
      const Color color = check.status == CheckStatus::kPass   ? Color::kGood
                          : check.status == CheckStatus::kWarn ? Color::kPlain
                                                               : Color::kBad;
      out.Line(out.Paint(color, CheckStatusName(check.status)) + "  " + check.id + ": " + check.message);
      if (check.status != CheckStatus::kPass && !check.fix.empty()) out.Line("      to mend it: " + check.fix);
    }
    nlohmann::json answer = {{"checks", std::move(list)}};
    if (failed > 0) {
      const std::string what = Counted(failed, "check") + " failed";
      return out.Fail({Errc::kCheckFailed, what}, std::move(answer));
    }
    if (out.json()) out.Object(answer);
    return out.Finish();
  }

  std::vector<Check> checks_;
};

}  // namespace

std::unique_ptr<Command> MakeDoctorCommand() { return std::make_unique<DoctorCommand>(); }

}  // namespace cctl::cli
