// SPDX-License-Identifier: MIT
//
// Reaches several peers at once, by the running relay or by a Node in this process: the same for whoever asks.

#ifndef CCTL_TOOLS_CLAUDECTL_PEER_REACHER_H_
#define CCTL_TOOLS_CLAUDECTL_PEER_REACHER_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/identity/identity.h"
#include "cctl/node/control_client.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/output.h"

namespace cctl {
class Node;
}  // namespace cctl

namespace cctl::cli {

class PeerReacher {
 public:
  // What has happened to one of them: an event (peer_tried, pair_request_sent), or what became of it.
  struct Update {
    Identity peer;
    nlohmann::json event;  // null: it is over
    std::optional<Outcome<nlohmann::json>> outcome = {};
  };

  virtual ~PeerReacher() = default;
  // At most one at a time for each peer.
  virtual Outcome<Done> Start(const ReachTarget& target, const DialOptions& options) = 0;
  // Waits for the next. Fails where nothing more will come: the relay ended, or a signal did.
  virtual Outcome<Update> Next() = 0;
  // Goes on until a line can be read from standard input.
  virtual Outcome<Done> WaitForInput() = 0;
};

std::unique_ptr<PeerReacher> MakeReacher(Node& node, StopSignals& signals, Printer& out);
// Fails where the relay has ended.
Outcome<std::unique_ptr<PeerReacher>> MakeReacher(ControlClient& relay);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_PEER_REACHER_H_
