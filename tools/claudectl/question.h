// SPDX-License-Identifier: MIT
//
// Questions to the person at the terminal: asked on standard error, answered by a line on standard input. Nobody is
// asked unless both are terminals and nothing was said against it.

#ifndef CCTL_TOOLS_CLAUDECTL_QUESTION_H_
#define CCTL_TOOLS_CLAUDECTL_QUESTION_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "cctl/node/outcome.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

class Questioner {
 public:
  // Returns when a line can be read; fails when something else ends the command.
  using Wait = std::function<Outcome<Done>()>;

  // `wanted`: false where the command was told not to ask.
  Questioner(const Printer& out, bool wanted);

  [[nodiscard]] bool can_ask() const { return can_ask_; }
  // What goes on while nobody has answered yet; without it, nothing does.
  void set_wait(Wait wait) { wait_ = std::move(wait); }

  // "y" or "yes" in either case; anything else, and the end of the input, is no.
  Outcome<bool> AskYesNo(const std::string& question);
  // The line without blanks around it; empty: no answer.
  Outcome<std::string> AskLine(const std::string& question);

 private:
  bool can_ask_;
  Wait wait_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_QUESTION_H_
