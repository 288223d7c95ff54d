// SPDX-License-Identifier: MIT
//
// A relay that runs in a thread of this program, for as long as this object lives, and is spoken to by its control
// socket like any other.

#ifndef CCTL_TOOLS_CLAUDECTL_TUI_OWN_RELAY_H_
#define CCTL_TOOLS_CLAUDECTL_TUI_OWN_RELAY_H_

#include <memory>

#include "cctl/node/outcome.h"
#include "tools/claudectl/config.h"

namespace cctl::cli::tui {

class OwnRelay {
 public:
  // When this returns the control socket is there. Failures: those of `serve`.
  static Outcome<std::unique_ptr<OwnRelay>> Start(const Config& config);

  virtual ~OwnRelay() = default;  // closes the sessions first
};

}  // namespace cctl::cli::tui

#endif  // CCTL_TOOLS_CLAUDECTL_TUI_OWN_RELAY_H_
