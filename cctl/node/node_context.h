// SPDX-License-Identifier: MIT
//
// What the parts of a Node share: its options, identity and clocks, the state folder, and the queue of events for its
// owner.

#ifndef CCTL_NODE_NODE_CONTEXT_H_
#define CCTL_NODE_NODE_CONTEXT_H_

#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/key_lookup.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_error.h"
#include "cctl/node/state_folder.h"
#include "cctl/node/tailnet_pins.h"
#include "cctl/proto/open_challenges.h"
#include "cctl/sys/clock.h"
#include "cctl/wire/message_id.h"

namespace cctl {

// An error in a log: "protocol (line)".
inline std::string ErrorWords(const Error& error) {
  std::string words(ErrcName(error.code));
  return words.append(" (").append(error.part).append(")");
}

struct NodeContext {
  NodeContext(NodeOptions node_options, StateFolder& state_folder, const Identity& identity,
              std::span<const std::uint8_t, MessageIds::kTagSize> tag)
      : options(std::move(node_options)), folder(state_folder), self(identity), ids(tag) {}

  [[nodiscard]] Instant Now() const { return SteadyNow(); }
  [[nodiscard]] UnixTime Wall() const { return options.wall_clock != nullptr ? options.wall_clock() : WallNow(); }

  void Warn(Errc code, std::string message) { events.push_back(WarningRaised{code, std::move(message)}); }

  // About a file, once for each: every handshake would find it again.
  void Warn(const StateError& error) {
    if (std::find(reported.begin(), reported.end(), error.path) != reported.end()) return;
    reported.push_back(error.path);
    Failure failure = ToFailure(error);
    Warn(failure.code, std::move(failure.message));
  }

  [[nodiscard]] bool Logs(LogLevel level) const { return level <= options.log; }

  // A line of the log, of its parts; made only where somebody wants it.
  template <typename... Parts>
  void Log(LogLevel level, const Parts&... parts) {
    if (!Logs(level)) return;
    std::string text;
    (text.append(parts), ...);
    events.push_back(LogLine{level, std::move(text)});
  }

  [[nodiscard]] std::string Command(std::string_view words) const { return CommandHint(options.profile, words); }

  NodeOptions options;
  StateFolder& folder;
  Identity self;
  MessageIds ids;
  OpenChallenges open_challenges;
  ExpiredInvites expired_invites;
  TailnetPins pins;
  std::deque<NodeEvent> events;
  std::vector<std::string> reported;  // paths
  std::uint16_t listen_port = 0;      // 0: nobody can connect to us
};

}  // namespace cctl

#endif  // CCTL_NODE_NODE_CONTEXT_H_
