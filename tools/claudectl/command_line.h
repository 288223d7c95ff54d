// SPDX-License-Identifier: MIT
//
// From the words of the command line to the command that they name. Words about the output, such as `--json`, are
// understood anywhere, also on a line that is otherwise wrong.

#ifndef CCTL_TOOLS_CLAUDECTL_COMMAND_LINE_H_
#define CCTL_TOOLS_CLAUDECTL_COMMAND_LINE_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/node/outcome.h"
#include "tools/claudectl/command.h"
#include "tools/claudectl/command_table.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

// Takes the words about the output out of `words`, up to a `--`.
OutputOptions TakeOutputOptions(std::vector<std::string>& words);

// What the rest of the line asks for: a command with its options filled in, the version, or help.
struct Request {
  std::unique_ptr<Command> command;  // null: one of the others
  bool version = false;
  std::string help;
};

// `words` are those after the program's name, without those about the output. Fails with kUsage.
Outcome<Request> ParseRequest(const std::vector<std::string>& words, std::span<const CommandRow> commands);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_COMMAND_LINE_H_
