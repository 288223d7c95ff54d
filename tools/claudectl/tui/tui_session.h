// SPDX-License-Identifier: MIT
//
// A terminal that is drawn on and gives keys, and a relay that is asked and tells: between them, the state, until the
// user leaves or one of the two is gone.

#ifndef CCTL_TOOLS_CLAUDECTL_TUI_TUI_SESSION_H_
#define CCTL_TOOLS_CLAUDECTL_TUI_TUI_SESSION_H_

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "cctl/base/time.h"
#include "cctl/node/control_client.h"
#include "cctl/node/outcome.h"
#include "tools/claudectl/config.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/tui/keys.h"
#include "tools/claudectl/tui/renderer.h"
#include "tools/claudectl/tui/screen.h"
#include "tools/claudectl/tui/state.h"

namespace cctl::cli::tui {

class TuiSession {
 public:
  struct Options {
    Colors colors = Colors::kNone;
    bool bell = true;
  };

  // `socket_path`: of the running relay's control socket. Failures: no_relay, io.
  static Outcome<TuiSession> Begin(const std::string& socket_path, const Config& config, const Options& options);

  // Until it is over: Done when the user left; interrupted (a signal), no_relay (the relay has ended).
  Outcome<Done> Run(StopSignals& signals);

 private:
  TuiSession(ControlClient calls, ControlClient events, ControlClient pairing, const Config& config,
             const Options& options)
      : calls_(std::move(calls)),
        events_(std::move(events)),
        pairing_(std::move(pairing)),
        config_(config),
        options_(options) {}

  Outcome<Done> Refresh();
  Outcome<Done> TakeEvents();
  Outcome<Done> TakePairing();
  void TakeKeys();
  Outcome<Done> Do(const Action& action);
  Outcome<Done> Invite();
  void Show();

  ControlClient calls_;    // answered at once
  ControlClient events_;   // subscribed
  ControlClient pairing_;  // a pair request of ours, which may take minutes
  const Config& config_;
  Options options_;
  State state_;
  KeyDecoder keys_;
  std::optional<Screen> shown_;
  // The request that the screen asks about, and since when. Another that has waited behind it has not been seen.
  struct Question {
    std::string id;
    Instant since;
  };
  std::optional<Question> question_;
  std::set<std::string> waiting_;  // the requests that the bell has rung for
  bool stale_ = true;              // what is known of the relay
  bool bell_ = false;              // to be rung
  bool left_ = false;
};

}  // namespace cctl::cli::tui

#endif  // CCTL_TOOLS_CLAUDECTL_TUI_TUI_SESSION_H_
