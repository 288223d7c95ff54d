// SPDX-License-Identifier: MIT

#include "tools/claudectl/relay_loop.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "cctl/node/node.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/terminal.h"
#include "tools/claudectl/event_line.h"
#include "tools/claudectl/exit_status.h"
#include "tools/claudectl/slow_notice.h"

namespace cctl::cli {
namespace {

// Nothing depends on how often the loop turns without a reason; the node has its own time limits.
constexpr Duration kIdleTurn = Minutes(1);

void Print(const NodeEvent& event, Printer& out) {
  if (const auto* line = std::get_if<LogLine>(&event)) return out.Log(line->level, line->text);
  const bool logs = !out.json() && out.log_level() != LogLevel::kNone;
  if (const auto* warning = std::get_if<WarningRaised>(&event); warning != nullptr && logs) {
    return out.Warn(warning->message);
  }
  const nlohmann::json object = NodeEventToJson(event, WallNow());
  if (!object.is_null()) PrintEvent(object, out);
}

}  // namespace

Outcome<nlohmann::json> RunUntilFinished(Node& node, RequestId id, StopSignals& signals, Printer& out,
                                         const std::function<void(const nlohmann::json&)>& on_event) {
  while (true) {
    node.RunOnce(kIdleTurn, {signals.descriptor()});
    while (auto event = node.PollEvent()) {
      if (auto* finished = std::get_if<RequestFinished>(&*event); finished != nullptr && finished->id == id) {
        return std::move(finished->outcome);
      }
      if (const auto* warning = std::get_if<WarningRaised>(&*event)) {
        out.Warn(warning->message);
      } else if (const auto* line = std::get_if<LogLine>(&*event)) {
        out.Log(line->level, line->text);
      } else if (const nlohmann::json object = NodeEventToJson(*event, WallNow()); !object.is_null()) {
        on_event(object);
      }
    }
    if (signals.Take()) return Failure{Errc::kInterrupted, "interrupted"};
  }
}

int RunUntilStopped(Node& node, StopSignals& signals, Printer& out, const ServeHooks& hooks) {
  const bool had_terminal = IsTerminal(StandardStream::kInput);
  KeyPrompt* const prompt = hooks.prompt;
  bool told = false;
  while (true) {
    Duration turn = kIdleTurn;
    if (prompt != nullptr) turn = prompt->NextTurn(SteadyNow(), turn);
    if (hooks.team != nullptr) turn = hooks.team->NextTurn(SteadyNow(), turn);
    node.RunOnce(turn, {signals.descriptor(), prompt == nullptr ? kInvalidSocket : prompt->descriptor()});
    bool stop = false;
    bool reload = false;
    while (const auto event = node.PollEvent()) {
      stop = stop || std::holds_alternative<ShutdownRequested>(*event);
      reload = reload || std::holds_alternative<ReloadRequested>(*event);
      if (prompt != nullptr) prompt->Hide();
      Print(*event, out);
      if (prompt != nullptr) prompt->HandleEvent(*event, node);
      if (hooks.team != nullptr) hooks.team->HandleEvent(*event, out);
    }
    if (hooks.team != nullptr) hooks.team->Continue(SteadyNow(), node, prompt, out);
    if (prompt != nullptr) prompt->Continue(SteadyNow());
    const std::optional<Signal> signal = signals.Take();
    // A terminal that was closed sends SIGHUP, too, and means the end of what ran in it.
    const bool hung_up = had_terminal && !IsTerminal(StandardStream::kInput);
    const bool asked = signal && *signal == Signal::kHangUp && hooks.reload && !hung_up;
    const bool ended = signal && !asked;
    if ((reload || asked) && hooks.reload) hooks.reload(asked);
    // A reader of our output that went away is a reason to stop, too (SIGPIPE is ignored); a full disk is none.
    const bool unread = out.write_error() == EPIPE;
    if (!unread && out.write_error() != 0 && !std::exchange(told, true)) {
      out.Warn(std::string("standard output: ").append(std::strerror(out.write_error())));
    }
    if (!ended && !stop && !unread) continue;
    if (prompt != nullptr) prompt->Hide();
    if (unread) out.Warn("what reads the relay's output has ended, so the relay ends");
    Close(node, signals, out);
    return out.Finish(ended && *signal == Signal::kInterrupt ? kExitInterrupted : kExitDone);
  }
}

void Close(Node& node, StopSignals& signals, const Printer& out) {
  const SlowNotice notice(&out, "Closing the sessions...");
  node.Shutdown();
  while (!node.done()) {
    node.RunOnce(Seconds(1), {signals.descriptor()});
    if (signals.Take()) return;
  }
}

}  // namespace cctl::cli
