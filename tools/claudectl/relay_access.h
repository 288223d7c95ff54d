// SPDX-License-Identifier: MIT
//
// Where a command gets its answer: from the running relay by its control socket, or, where none runs, from the state
// folder, which it then holds the lock of. So there is one writer at any time.

#ifndef CCTL_TOOLS_CLAUDECTL_RELAY_ACCESS_H_
#define CCTL_TOOLS_CLAUDECTL_RELAY_ACCESS_H_

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "cctl/base/random_source.h"
#include "cctl/base/time.h"
#include "cctl/node/control_client.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_folder.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

// How long a relay on this machine may take for an answer that needs no network.
inline constexpr Duration kLocalAnswer = Seconds(10);

// Calls a method of the running relay, and says so where the answer takes long.
Outcome<nlohmann::json> CallRelay(ControlClient& relay, const Printer& out, std::string_view method,
                                  const nlohmann::json& params, Duration timeout = kLocalAnswer);

class RelayAccess {
 public:
  // Opens $CLAUDECTL_HOME, else ~/.claudectl, as CLAUDECTL_IDENTITY where that is set. `out` is told what is done, and
  // outlives it; null: nobody is. Fails with kUsage, kIo, ....
  static Outcome<std::unique_ptr<RelayAccess>> Open(Printer* out);

  // A connection to the running relay, for commands that have no business without one. Fails with kNoRelay, too.
  static Outcome<ControlClient> ConnectToRelay(Printer& out);

  ~RelayAccess();
  RelayAccess(const RelayAccess&) = delete;
  RelayAccess& operator=(const RelayAccess&) = delete;

  [[nodiscard]] StateFolder& folder() { return folder_; }
  [[nodiscard]] RandomSource& random() { return *random_; }

  // A connection to the running relay; no value where none runs.
  Outcome<std::optional<ControlClient>> FindRelay();

  // cli.md `status`, of the running relay; an empty object where none runs.
  Outcome<nlohmann::json> Status();

  // A connection to the running relay, or else the lock, held until this object's end. Another command that holds the
  // lock for a moment is waited for; one that holds it longer is kBusy. With `must_own`, a running relay is an error,
  // kAlreadyRunning.
  Outcome<std::optional<ControlClient>> FindRelayOrLock(bool must_own = false);

  // cli.md `peers`; `live` where a running relay says which of them are connected.
  struct PeersAnswer {
    nlohmann::json answer;
    bool live = false;
  };
  Outcome<PeersAnswer> Peers();

  // Asks the running relay for `method`, else does `here` under the lock. Ctrl-C waits for the end of `here`.
  Outcome<nlohmann::json> Ask(std::string_view method, const nlohmann::json& params,
                              const std::function<Outcome<nlohmann::json>()>& here);

 private:
  RelayAccess(std::unique_ptr<RandomSource> random, StateFolder folder, Printer* out);

  Outcome<nlohmann::json> Call(ControlClient& relay, std::string_view method, const nlohmann::json& params);
  void Log(LogLevel level, std::string_view text) {
    if (out_ != nullptr) out_->Log(level, text);
  }

  std::unique_ptr<RandomSource> random_;
  StateFolder folder_;
  Printer* const out_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_RELAY_ACCESS_H_
