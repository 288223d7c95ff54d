// SPDX-License-Identifier: MIT
//
// Questions on the terminal that runs `serve`: one at a time, answered by a single key, while the relay goes on. Keys
// that were typed before a question has stood for half a second are thrown away: they were meant for something else. Of
// what waits, others' pair requests come before offers of our own: somebody sits there and looks at a screen.

#ifndef CCTL_TOOLS_CLAUDECTL_KEY_PROMPT_H_
#define CCTL_TOOLS_CLAUDECTL_KEY_PROMPT_H_

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "cctl/base/time.h"
#include "cctl/net/socket_api.h"
#include "cctl/node/node_events.h"
#include "cctl/sys/terminal.h"
#include "tools/claudectl/standard_input.h"

namespace cctl {
class Node;
}  // namespace cctl

namespace cctl::cli {

class KeyPrompt {
 public:
  struct Question {
    std::string id;                    // to withdraw it
    std::string text;                  // printable, without "(y/n)"
    std::function<void(bool)> answer;  // called once, unless it is withdrawn
    bool urgent = false;
  };

  // None where nobody can be asked: standard input or standard error is no terminal.
  static std::optional<KeyPrompt> Begin();

  // To wait for: a key may have been typed. kInvalidSocket: there is nobody to type one now.
  [[nodiscard]] static NativeSocket descriptor() { return KeyInput::IsOurs() ? kStandardInput : kInvalidSocket; }
  // How long the loop may wait at most.
  [[nodiscard]] Duration NextTurn(Instant now, Duration most) const;

  void Ask(Question question);
  // Asks about pair requests that come, and withdraws those that are decided or gone.
  void HandleEvent(const NodeEvent& event, Node& node);

  // Takes the question from the screen, before something else is printed.
  void Hide();
  // Reads the keys, does what they say, and shows what is to be asked next.
  void Continue(Instant now);

 private:
  explicit KeyPrompt(KeyInput keys) : keys_(std::move(keys)) {}

  void Withdraw(const std::string& id);
  void Show(Instant now);
  void TakeBack();  // the first question is asked no more, or not yet

  KeyInput keys_;
  std::deque<Question> waiting_;     // the first is the one that is asked
  std::optional<Instant> asked_at_;  // of the first
  bool shown_ = false;               // it stands on the screen
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_KEY_PROMPT_H_
