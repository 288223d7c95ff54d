// SPDX-License-Identifier: MIT
//
// What `join` and `connect` share: they dial a peer, by the running relay or, where none runs, by a Node of their own.

#ifndef CCTL_TOOLS_CLAUDECTL_DIAL_H_
#define CCTL_TOOLS_CLAUDECTL_DIAL_H_

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "cctl/base/time.h"
#include "cctl/node/node.h"
#include "tools/claudectl/options.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

struct DialFlags {
  std::optional<Duration> timeout;
  bool stay = false;
  bool allow_unproven = false;

  void Declare(Options& options);
};

struct Dial {
  std::string_view method;  // of the control socket
  nlohmann::json params;    // without `timeout_ms` and `allow_unproven`
  std::function<RequestId(Node&, const DialOptions&)> start;
  std::function<void(const nlohmann::json& answer, Printer& out)> print;  // the text of a success
};

// Dials and prints the answer; with --stay and no running relay, keeps the session until it is stopped.
int RunDial(const Dial& dial, const DialFlags& flags, Printer& out);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_DIAL_H_
