// SPDX-License-Identifier: MIT
//
// What `join`, `connect` and `pair-with` share: they dial a peer, by the running relay or, where none runs, by a Node
// of their own.

#ifndef CCTL_TOOLS_CLAUDECTL_DIAL_H_
#define CCTL_TOOLS_CLAUDECTL_DIAL_H_

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cctl/base/time.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node_options.h"
#include "tools/claudectl/options.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

struct DialFlags {
  std::optional<Duration> timeout;
  bool stay = false;
  bool allow_unproven = false;
  std::string timeout_help;  // kept: help texts are not copied

  // `fallback`: the timeout where none is given, as in "30s".
  void Declare(Options& options, const char* fallback = "30s");
};

struct Dial {
  std::string_view method;  // of the control socket
  nlohmann::json params;    // without `timeout_ms` and `allow_unproven`
  std::variant<InviteLink, ConnectTarget, PairTarget> target;
  std::function<void(const nlohmann::json& answer, Printer& out)> print;  // the text of a success
  Duration timeout = Seconds(30);                                         // where none is given
  bool looks_around = false;                                              // it needs the LAN, and the tailnet
  bool in_tailnet = false;                                                // it may need the tailnet alone
  std::string_view event = {};                                            // that is told while it waits, by:
  std::function<void(const nlohmann::json& event, Printer& out)> tell = {};
};

// The text of an answer that says that the two were paired before; false: it says something else.
bool PrintAlreadyPaired(const nlohmann::json& answer, Printer& out);

// Dials and prints the answer; with --stay and no running relay, keeps the session until it is stopped.
int RunDial(const Dial& dial, const DialFlags& flags, Printer& out);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_DIAL_H_
