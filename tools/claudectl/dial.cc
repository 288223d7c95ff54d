// SPDX-License-Identifier: MIT

#include "tools/claudectl/dial.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "cctl/node/node.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/relay_loop.h"

namespace cctl::cli {
namespace {

constexpr Duration kLongestDial = Hours(1);
constexpr Duration kRelayAnswer = Seconds(5);  // what a relay may take beyond the dial's own limit

void PrintAnswer(const Dial& dial, const nlohmann::json& answer, Printer& out) {
  if (out.json()) return out.Object(answer);
  dial.print(answer, out);
}

RequestId Start(Node& node, const InviteLink& link, const DialOptions& options) { return node.Join(link, options); }
RequestId Start(Node& node, const ConnectTarget& target, const DialOptions& options) {
  return node.Connect(target, options);
}
RequestId Start(Node& node, const PairTarget& target, const DialOptions& options) {
  return node.PairWith(target, options);
}

// Dials from this process, under the lock.
int DialHere(const Dial& dial, const DialOptions& options, bool stay, RelayAccess& access, const Config& config,
             Printer& out) {
  NodeOptions node_options = MakeNodeOptions(config, access.random());
  node_options.log = out.log_level();
  node_options.control_socket = stay;  // then other commands find a relay here
  node_options.dial_known_peers = stay;
  if (dial.looks_around) node_options.lan = MakeLanOptions(config);
  if (dial.looks_around || dial.in_tailnet) {
    node_options.tailnet = MakeTailnetOptions(config);
    node_options.tailnet.probes = stay;
  }
  auto signals = StopSignals::Catch();
  if (!signals) return out.Fail(signals.error());
  auto node = Node::Start(std::move(node_options), access.folder());
  if (!node) return out.Fail(node.error());
  const auto start = [&node, &options](const auto& target) { return Start(**node, target, options); };
  const RequestId id = std::visit(start, dial.target);
  const auto answer = RunUntilFinished(**node, id, *signals, out, [&dial, &out](const nlohmann::json& event) {
    if (dial.tell && TextOf(event, "event") == dial.event) dial.tell(event, out);
  });
  if (answer) PrintAnswer(dial, *answer, out);
  if (answer && !stay && !out.json() && TextOf(*answer, "status") != "already_paired") {
    out.Note("no relay runs here, so the connection is closed again; to be connected: claudectl relay serve");
  }
  if (answer && stay) return RunUntilStopped(**node, *signals, out);
  Close(**node, *signals, out);
  return answer ? out.Finish() : out.Fail(answer.error());
}

}  // namespace

void DialFlags::Declare(Options& options, const char* fallback) {
  timeout_help = std::string("Give up after this long (default ").append(fallback).append(")");
  options.Time("--timeout", kLongestDial, timeout, timeout_help.c_str());
  options.Flag("--stay", stay, "Keep the connection here, where no relay runs, until Ctrl-C");
  options.Flag("--allow-unproven", allow_unproven, "Accept a listener that cannot prove the key (released claudectl)");
}

bool PrintAlreadyPaired(const nlohmann::json& answer, Printer& out) {
  if (TextOf(answer, "status") != "already_paired") return false;
  const std::string peer = TextOf(answer, "peer");
  out.Line("Already paired with " + peer + (FlagOf(answer, "reachable") ? "." : ", which does not answer now."));
  out.Note("to pair anew, here and there: claudectl relay forget " + peer);
  return true;
}

int RunDial(const Dial& dial, const DialFlags& flags, Printer& out) {
  auto config = ReadConfig(out);
  if (!config) return out.Fail(config.error());
  const Duration timeout = flags.timeout.value_or(dial.timeout);
  const DialOptions options{timeout, flags.allow_unproven || !config->Flag(Setting::kRequireMutualAuth)};
  auto access = RelayAccess::Open(&out);
  if (!access) return out.Fail(access.error());
  auto relay = (*access)->FindRelayOrLock();
  if (!relay) return out.Fail(relay.error());
  if (!relay->has_value()) return DialHere(dial, options, flags.stay, **access, *config, out);
  nlohmann::json params = dial.params;
  params["timeout_ms"] = timeout.ms;
  params["allow_unproven"] = options.allow_unproven;
  if (dial.tell) {
    const nlohmann::json wanted = {{"events", {dial.event}}};
    if (const auto subscribed = CallRelay(**relay, out, "subscribe", wanted); !subscribed) {
      return out.Fail(subscribed.error());
    }
  }
  const auto on_event = [&dial, &out](const nlohmann::json& event) {
    if (dial.tell) dial.tell(event, out);
  };
  const auto answer = (**relay).Call(dial.method, params, timeout + kRelayAnswer, on_event);
  if (!answer) return out.Fail(answer.error());
  PrintAnswer(dial, *answer, out);
  if (flags.stay && !out.json()) out.Note("the running relay keeps the connection");
  return out.Finish();
}

}  // namespace cctl::cli
