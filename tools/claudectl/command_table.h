// SPDX-License-Identifier: MIT
//
// Every command of `claudectl relay`, one row each, in the order of the help.

#ifndef CCTL_TOOLS_CLAUDECTL_COMMAND_TABLE_H_
#define CCTL_TOOLS_CLAUDECTL_COMMAND_TABLE_H_

#include <memory>
#include <span>

#include "tools/claudectl/command.h"

namespace cctl::cli {

struct CommandRow {
  const char* name;
  const char* summary;  // one line
  const char* example;  // as a person would type it after `claudectl relay `
  std::unique_ptr<Command> (*make)();
};

std::span<const CommandRow> CommandTable();

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_COMMAND_TABLE_H_
