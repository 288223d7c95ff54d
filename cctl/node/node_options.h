// SPDX-License-Identifier: MIT
//
// What a Node is started with. Every default is the product's; tests shorten times and hand in a clock of their own.

#ifndef CCTL_NODE_NODE_OPTIONS_H_
#define CCTL_NODE_NODE_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "cctl/base/profile.h"
#include "cctl/base/random_source.h"
#include "cctl/base/time.h"
#include "cctl/node/lan_options.h"
#include "cctl/node/tailnet_options.h"
#include "cctl/proto/lan_limits.h"

namespace cctl {

// Where to listen: a numeric address of this machine and a port, 0 for a free one.
struct ListenAddress {
  std::string host = "0.0.0.0";
  std::uint16_t port = kClaudectlProfile.tcp_port;
};

// A date from outside the machine's monotonic clock. Tests hand in one that jumps.
using WallClock = UnixTime (*)();

// How much a node tells of its work as LogLine events, besides what happens (all other events).
enum class LogLevel : std::uint8_t {
  kNone,   // nothing: no text is made
  kInfo,   // what has changed: a peer that cannot be reached, networks that come and go
  kDebug,  // and each connection, dial and call of the control socket
};

struct NodeOptions {
  Profile profile = kClaudectlProfile;
  RandomSource* random = nullptr;       // must be set, and outlive the node
  std::optional<ListenAddress> listen;  // absent: a client for one command, which nobody can connect to
  std::string version = "0";            // 1-32 printable ASCII characters without a space
  bool require_mutual_auth = true;      // false: peers that prove nothing are accepted without --allow-unproven
  std::size_t max_sessions = 1024;
  bool control_socket = false;                          // serve relay/control.sock; needs the lock (StateFolder::Lock)
  bool dial_known_peers = true;                         // at start and after a loss; a client for one command does not
  LanOptions lan = {};                                  // discovery; a client for one command only looks around
  TailnetOptions tailnet = {};                          // Tailscale; a client for one command does not probe
  Duration pair_request_timeout = kPairRequestTimeout;  // how long a pair request waits for a decision
  Duration invite_ttl = Hours(24);  // `invite` without --ttl, and how long `_pending.key` may be used
  std::string advertise_host = {};  // what `invite` over the control socket says without --host; empty: must be given
  WallClock wall_clock = nullptr;   // null: the system's
  LogLevel log = LogLevel::kNone;
  Duration reconnect_scale = {1000};  // what "one second" of the reconnect schedule lasts: tests have no 5 s to wait
};

// Those of a program that can be found and paired with under a name of its own: it listens on every address, announces
// itself, and dials whom it knows. `random` outlives the node.
inline NodeOptions NodeOptionsFor(const Profile& profile, RandomSource& random) {
  NodeOptions options;
  options.profile = profile;
  options.random = &random;
  options.listen = ListenAddress{.port = profile.tcp_port};
  options.lan.enabled = true;
  options.lan.port = profile.udp_port;
  return options;
}

inline constexpr Duration kDialTimeout = Seconds(30);

// How one dial (connect, join) is made.
struct DialOptions {
  // For all of it: names, addresses one after another, handshake. None: kDialTimeout, or, where a person may have to
  // agree to it (PairWith, and Reach where it may ask), kPairRequestTimeout.
  std::optional<Duration> timeout = {};
  bool allow_unproven = false;  // accept a listener that proves nothing (the released claudectl)
};

}  // namespace cctl

#endif  // CCTL_NODE_NODE_OPTIONS_H_
