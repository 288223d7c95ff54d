// SPDX-License-Identifier: MIT
//
// What a run of `tailscale status --json` says, also where it says nothing (docs/protocol.md, section 6).

#ifndef CCTL_NODE_TAILNET_ANSWER_H_
#define CCTL_NODE_TAILNET_ANSWER_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/result.h"
#include "cctl/node/watched_process.h"
#include "cctl/tailnet/tailnet_condition.h"
#include "cctl/tailnet/tailnet_status.h"
#include "cctl/tailnet/tailnet_status_reader.h"

namespace cctl {

// What is known of the tailnet.
struct TailnetAnswer {
  TailnetCondition condition = TailnetCondition::kStarting;
  std::optional<TailnetStatus> status = {};  // kRunning
  std::string detail = {};                   // what the program said on standard error, its first line, printable

  [[nodiscard]] bool usable() const { return condition == TailnetCondition::kRunning; }
  // Whether it is known that there is no tailnet, rather than nothing being known.
  [[nodiscard]] bool certain() const { return condition != TailnetCondition::kNoAnswer; }
};

// How a program that could not be started stands.
inline TailnetAnswer NoTailnetProgram(const Error& error) {
  const bool missing = error.code == Errc::kNotFound || error.code == Errc::kUnsupported;
  return {missing ? TailnetCondition::kNotInstalled : TailnetCondition::kNoAnswer};
}

// What `tailscale status --json` has said. It ends with 1 and prints nothing where it finds no daemon; the two streams
// are never mixed, since it warns on the second.
inline TailnetAnswer ReadTailnetAnswer(const SubprocessResult& result) {
  const std::string_view error = std::string_view(result.error_output).substr(0, result.error_output.find('\n'));
  TailnetAnswer answer{TailnetCondition::kNoAnswer, std::nullopt, std::string(Printable(error).view())};
  if (result.end != SubprocessEnd::kExited) return answer;
  auto status = result.output.empty() ? Result<TailnetStatus>(Error{}) : ParseTailnetStatus(result.output);
  if (!status) {
    if (result.status != 0 && result.output.empty()) answer.condition = TailnetCondition::kDaemonDown;
    return answer;
  }
  answer.condition = ConditionOf(status->state, status->tun);
  // After `tailscale down` the peers of before are still listed, as online; in userspace mode they are no use.
  if (answer.usable()) answer.status = *std::move(status);
  return answer;
}

}  // namespace cctl

#endif  // CCTL_NODE_TAILNET_ANSWER_H_
