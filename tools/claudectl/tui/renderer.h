// SPDX-License-Identifier: MIT
//
// What has to be written to a terminal so that it shows one screen in place of another: the cells that differ, and no
// others, so that a slow line is not a slow screen (ECMA-48).

#ifndef CCTL_TOOLS_CLAUDECTL_TUI_RENDERER_H_
#define CCTL_TOOLS_CLAUDECTL_TUI_RENDERER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/claudectl/tui/screen.h"

namespace cctl::cli::tui {

enum class Colors : std::uint8_t { kNone, k16, k256 };

// By TERM and COLORTERM, and whether colour is wanted at all.
Colors ColorsOf(std::string_view term, std::string_view colorterm, bool wanted);

// `from`: null or of another size: nothing is known of what the terminal shows, so all is written.
std::string Render(const Screen* from, const Screen& to, Colors colors);

// Before the first screen, and after the last: another buffer, without a cursor.
inline constexpr std::string_view kEnterScreen = "\x1b[?1049h\x1b[?25l\x1b[2J";
inline constexpr std::string_view kLeaveScreen = "\x1b[0m\x1b[?25h\x1b[?1049l";

}  // namespace cctl::cli::tui

#endif  // CCTL_TOOLS_CLAUDECTL_TUI_RENDERER_H_
