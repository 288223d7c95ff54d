// SPDX-License-Identifier: MIT
//
// What `tailscale status --json` says: which state the daemon is in, who this machine is in the tailnet, and who else
// there is. tailnet_status_reader.h reads it. Names in it come from other nodes.

#ifndef CCTL_TAILNET_TAILNET_STATUS_H_
#define CCTL_TAILNET_TAILNET_STATUS_H_

#include <cstdint>
#include <vector>

#include "cctl/tailnet/tailnet_node.h"

namespace cctl {

// BackendState. Only in kRunning is anything else in the document true: after `tailscale down` the peers of before are
// still listed, and online.
enum class TailnetState : std::uint8_t {
  kNoState,  // the daemon has just started, or says something new
  kInUseOtherUser,
  kNeedsLogin,
  kNeedsApproval,
  kStopped,
  kStarting,
  kRunning,
};

struct TailnetStatus {
  TailnetState state = TailnetState::kNoState;
  bool tun = true;  // false: userspace networking, which hides who connects
  TailnetNode self;
  std::vector<TailnetNode> peers;  // in the document's order
  bool truncated = false;          // there were more
};

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_STATUS_H_
