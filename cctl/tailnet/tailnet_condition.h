// SPDX-License-Identifier: MIT
//
// How Tailscale stands on this machine, as users and scripts are told: the daemon's own state, or why nothing is known
// of it (docs/protocol.md, section 6). Only in kRunning is there a tailnet.

#ifndef CCTL_TAILNET_TAILNET_CONDITION_H_
#define CCTL_TAILNET_TAILNET_CONDITION_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/tailnet/tailnet_status.h"

namespace cctl {

enum class TailnetCondition : std::uint8_t {
  kRunning,
  kStarting,
  kStopped,
  kNeedsLogin,
  kNeedsApproval,
  kInUse,         // by another user of this machine
  kUserspace,     // it runs, and hides who connects (TUN: false)
  kNotInstalled,  // there is no such program
  kDaemonDown,    // the program finds no daemon
  kNoAnswer,      // the program takes too long, or prints what is no status
};

inline constexpr TailnetCondition ConditionOf(TailnetState state, bool tun) {
  switch (state) {
    case TailnetState::kRunning:
      return tun ? TailnetCondition::kRunning : TailnetCondition::kUserspace;
    case TailnetState::kStopped:
      return TailnetCondition::kStopped;
    case TailnetState::kNeedsLogin:
      return TailnetCondition::kNeedsLogin;
    case TailnetState::kNeedsApproval:
      return TailnetCondition::kNeedsApproval;
    case TailnetState::kInUseOtherUser:
      return TailnetCondition::kInUse;
    case TailnetState::kStarting:
    case TailnetState::kNoState:
      break;
  }
  return TailnetCondition::kStarting;
}

// A stable word for scripts.
inline constexpr std::string_view TailnetConditionName(TailnetCondition condition) {
  constexpr std::string_view kNames[] = {"running", "starting",  "stopped",       "needs_login", "needs_approval",
                                         "in_use",  "userspace", "not_installed", "daemon_down", "no_answer"};
  return kNames[static_cast<std::size_t>(condition)];
}

// What it means, and what to do about it.
inline constexpr std::string_view TailnetConditionSentence(TailnetCondition condition) {
  switch (condition) {
    case TailnetCondition::kRunning:
      return "Tailscale is running";
    case TailnetCondition::kStarting:
      return "Tailscale is starting";
    case TailnetCondition::kStopped:
      return "Tailscale is stopped; start it: tailscale up";
    case TailnetCondition::kNeedsLogin:
      return "nobody is logged in to Tailscale; log in: tailscale up";
    case TailnetCondition::kNeedsApproval:
      return "an administrator of the tailnet has to approve this machine";
    case TailnetCondition::kInUse:
      return "Tailscale is in use by another user of this machine";
    case TailnetCondition::kUserspace:
      return "Tailscale runs in userspace networking mode, which hides who connects; it has to run with a TUN device";
    case TailnetCondition::kNotInstalled:
      return "there is no tailscale program; install it, or name it in relay.tailscale_cli";
    case TailnetCondition::kDaemonDown:
      return "the Tailscale daemon is not running; start it: sudo systemctl start tailscaled";
    case TailnetCondition::kNoAnswer:
      return "the tailscale program gives no answer that can be read";
  }
  return "";
}

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_CONDITION_H_
