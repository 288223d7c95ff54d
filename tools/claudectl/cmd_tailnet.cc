// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "cctl/node/tailnet_answer.h"
#include "cctl/node/tailnet_options.h"
#include "cctl/node/tailnet_pins.h"
#include "cctl/node/tailnet_report.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/tailscale_status.h"
#include "tools/claudectl/text_table.h"

namespace cctl::cli {
namespace {

// What is said of a machine's standing, in a table.
std::string StandingText(const Printer& out, const std::string& status) {
  if (status == "connected") return out.Paint(Color::kGood, "● connected");
  const std::string words = status == "self_untagged" ? "would refuse this machine"
                            : status == "no_relay"    ? "no relay there"
                            : status == "paired"      ? "paired"
                                                      : status;
  return out.Paint(Color::kFaint, "○ " + words);
}

// Who is in the tailnet, who of them may be a peer, and why each other one may not; by the relay, which knows whom it
// is connected to, or by the tailscale program.
class TailnetCommand : public Command {
 public:
  void Declare(Options&) override {}

  int Run(Printer& out) override {
    auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    auto report = OfRelay(**access, out);
    if (!report) return out.Fail(report.error());
    const bool by_relay = !report->is_null();
    if (!by_relay) {
      report = Here(**access, MakeTailnetOptions(*config), out);
      if (!report) return out.Fail(report.error());
    }
    if (out.json()) {
      out.Object(*report);
      return out.Finish();
    }
    Print(*report, out);
    if (!config->Flag(Setting::kTailscale)) {
      out.Note(
          "relay.tailscale is off, so no relay connects to them: in ~/.claudectl.toml, under [relay], tailscale = "
          "true");
    } else if (!by_relay) {
      out.Note("no relay that connects to them is running here: claudectl relay serve");
    }
    return out.Finish();
  }

 private:
  // Null: no relay runs, or Tailscale is off in it.
  static Outcome<nlohmann::json> OfRelay(RelayAccess& access, const Printer& out) {
    auto relay = access.FindRelay();
    if (!relay) return relay.error();
    if (!relay->has_value()) return nlohmann::json();
    auto answer = CallRelay(**relay, out, "tailnet", nlohmann::json::object());
    if (answer && TextOf(*answer, "state") == "off") return nlohmann::json();
    return answer;
  }

  static Outcome<nlohmann::json> Here(RelayAccess& access, const TailnetOptions& options, const Printer& out) {
    const auto answer = ReadTailscaleStatus(options.program, out);
    if (!answer) return answer.error();
    TailnetPins pins;
    (void)pins.Load(access.folder());  // one that cannot be read says nothing of who the machine is
    return TailnetToJson(answer->condition, answer->detail, answer->status ? &*answer->status : nullptr, options.Tag(),
                         nullptr, pins);
  }

  static void Print(const nlohmann::json& report, Printer& out) {
    std::string line = RawTextOf(report, "message");
    const auto self = report.find("self");
    if (self != report.end() && self->is_object()) {
      line.append("; this machine is ").append(TextOf(*self, "name"));
      line.append(FlagOf(*self, "tagged") ? ", with " : ", without ").append(TextOf(report, "tag"));
    }
    out.Line(line + ".");
    if (const std::string detail = TextOf(report, "detail"); detail != "-") out.Line("It says: " + detail);
    bool untagged = false;
    TextTable candidates;
    for (const auto& node : ListOf(report, "candidates")) {
      const std::string status = TextOf(node, "status");
      untagged = untagged || status == "self_untagged";
      candidates.Add({TextOf(node, "name"), TextOf(node, "addr"), TextOf(node, "identity"), StandingText(out, status)});
    }
    if (!candidates.empty()) out.Line("CANDIDATES:");
    candidates.Print(out);
    TextTable left_out;
    for (const auto& node : ListOf(report, "left_out")) {
      left_out.Add({TextOf(node, "name"), TextOf(node, "addr"), TextOf(node, "reason")});
    }
    if (!left_out.empty()) out.Line("LEFT OUT:");
    left_out.Print(out);
    if (untagged) {
      out.Note("this machine does not carry " + TextOf(report, "tag") +
               ", so those that do will not connect to it: an administrator of the tailnet gives it the tag");
    }
  }
};

}  // namespace

std::unique_ptr<Command> MakeTailnetCommand() { return std::make_unique<TailnetCommand>(); }

}  // namespace cctl::cli
