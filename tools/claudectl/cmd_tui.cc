// SPDX-License-Identifier: MIT

#ifndef _WIN32
#include <signal.h>
#include <unistd.h>
#endif

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/sys/environment.h"
#include "cctl/sys/terminal.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/exit_status.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/tui/own_relay.h"
#include "tools/claudectl/tui/renderer.h"
#include "tools/claudectl/tui/tui_session.h"

namespace cctl::cli {
namespace {

#ifndef _WIN32

// While one lives the terminal shows a screen of ours and gives each key; then it is as it was.
class TerminalScreen {
 public:
  explicit TerminalScreen(KeyInput keys) : keys_(std::move(keys)) {
    // So that a new size ends a wait.
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigaction(SIGWINCH, &action, &former_);
    Write(tui::kEnterScreen);
  }
  ~TerminalScreen() {
    Write(tui::kLeaveScreen);
    sigaction(SIGWINCH, &former_, nullptr);
  }
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

 private:
  static void Write(std::string_view bytes) { (void)!write(STDOUT_FILENO, bytes.data(), bytes.size()); }

  KeyInput keys_;
  struct sigaction former_ = {};
};

#endif

// The screen: who is nearby, who is paired, who wants to be.
class TuiCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Flag("--no-bell", no_bell_, "Do not ring the terminal's bell when somebody wants to pair");
  }

#ifdef _WIN32
  int Run(Printer& out) override {
    return out.Fail({Errc::kUnsupported, "tui is not there on Windows in this version", "claudectl relay watch"});
  }
#else
  int Run(Printer& out) override {
    if (out.json() || !IsTerminal(StandardStream::kInput) || !IsTerminal(StandardStream::kOutput)) {
      return out.Fail(
          {Errc::kUsage, "tui needs a terminal; for programs there is `watch --json`", "claudectl relay watch --json"});
    }
    auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    auto relay = (*access)->FindRelay();
    if (!relay) return out.Fail(relay.error());
    auto signals = StopSignals::Catch();
    if (!signals) return out.Fail(signals.error());
    std::unique_ptr<tui::OwnRelay> own;
    if (!relay->has_value()) {
      if (!config->Flag(Setting::kEnabled)) {
        Failure failure = NoRelay();
        failure.message += ", and relay.enabled is false, so none is started";
        return out.Fail(failure);
      }
      auto started = tui::OwnRelay::Start(*config);
      if (!started) return out.Fail(started.error());
      own = *std::move(started);
    }
    relay->reset();
    const auto done = RunScreen((*access)->folder().control_socket_path(), *config, *signals, out);
    if (done) return out.Finish();
    if (done.error().code == Errc::kInterrupted) return kExitInterrupted;
    return out.Fail(done.error());
  }

 private:
  Outcome<Done> RunScreen(const std::string& socket_path, const Config& config, StopSignals& signals,
                          const Printer& out) const {
    const tui::Colors colors = tui::ColorsOf(GetEnvironment("TERM").value_or(std::string()),
                                             GetEnvironment("COLORTERM").value_or(std::string()), out.color());
    auto session = tui::TuiSession::Begin(socket_path, config, {colors, !no_bell_});
    if (!session) return session.error();
    auto keys = KeyInput::Begin(/*stays=*/true);
    if (!keys) return Failure{Errc::kIo, "the terminal is another program's"};
    const TerminalScreen screen(*std::move(keys));
    return session->Run(signals);
  }
#endif

  bool no_bell_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeTuiCommand() { return std::make_unique<TuiCommand>(); }

}  // namespace cctl::cli
