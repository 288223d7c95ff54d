// SPDX-License-Identifier: MIT
//
// The screen that a state looks like: a pure function.

#ifndef CCTL_TOOLS_CLAUDECTL_TUI_VIEW_H_
#define CCTL_TOOLS_CLAUDECTL_TUI_VIEW_H_

#include "tools/claudectl/tui/screen.h"
#include "tools/claudectl/tui/state.h"

namespace cctl::cli::tui {

// Below this there is a line that says so.
inline constexpr Size kLeastSize = {10, 40};
inline bool Fits(Size size) { return size.rows >= kLeastSize.rows && size.columns >= kLeastSize.columns; }

Screen Draw(const State& state, Size size);

}  // namespace cctl::cli::tui

#endif  // CCTL_TOOLS_CLAUDECTL_TUI_VIEW_H_
