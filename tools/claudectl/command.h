// SPDX-License-Identifier: MIT
//
// One command of `claudectl relay`: what it understands and what it does.

#ifndef CCTL_TOOLS_CLAUDECTL_COMMAND_H_
#define CCTL_TOOLS_CLAUDECTL_COMMAND_H_

#include "tools/claudectl/options.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

class Command {
 public:
  virtual ~Command() = default;

  virtual void Declare(Options& options) = 0;
  // Whether it is of use where the configuration is wrong; any other command is not begun then.
  [[nodiscard]] virtual bool WorksWithoutConfig() const { return false; }
  // Returns the exit status, Printer::Finish() or Printer::Fail().
  virtual int Run(Printer& out) = 0;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_COMMAND_H_
