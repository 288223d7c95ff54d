// SPDX-License-Identifier: MIT
//
// The question about a pair request on the terminal that runs `serve`: one at a time, answered by a single key. Keys
// that were typed before it has stood for half a second are thrown away: they were meant for something else. A question
// whose request is gone goes, too.

#ifndef CCTL_TOOLS_CLAUDECTL_PAIR_PROMPT_H_
#define CCTL_TOOLS_CLAUDECTL_PAIR_PROMPT_H_

#include <deque>
#include <optional>
#include <utility>

#include "cctl/base/time.h"
#include "cctl/node/node.h"
#include "cctl/sys/terminal.h"

namespace cctl::cli {

class PairPrompt {
 public:
  // None where nobody can be asked: standard input or standard error is no terminal.
  static std::optional<PairPrompt> Begin();

  // To wait for: a key may have been typed. -1: there is nobody to type one now.
  [[nodiscard]] int descriptor() const { return KeyInput::IsOurs() ? static_cast<int>(StandardStream::kInput) : -1; }
  // How long the loop may wait at most.
  [[nodiscard]] Duration NextTurn(Instant now, Duration most) const;

  // Takes the question from the screen, before something else is printed.
  void Hide();
  // Notes requests that come, and those that are decided or withdrawn.
  void HandleEvent(const NodeEvent& event);
  // Reads the keys, does what they say, and asks what is to be asked next.
  void Continue(Instant now, Node& node);

 private:
  explicit PairPrompt(KeyInput keys) : keys_(std::move(keys)) {}

  void Ask(Instant now);

  KeyInput keys_;
  std::deque<PairRequested> waiting_;  // the first is the one that is asked about
  std::optional<Instant> asked_at_;    // of the first
  bool shown_ = false;                 // the question stands on the screen
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_PAIR_PROMPT_H_
