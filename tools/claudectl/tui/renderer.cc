// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/renderer.h"

#include <optional>

namespace cctl::cli::tui {
namespace {

// Select Graphic Rendition, ECMA-48 8.3.117. Without colours what matters is told apart by weight and reversal.
std::string_view RenditionOf(Look look, Colors colors) {
  switch (look) {
    case Look::kPlain:
      return "\x1b[0m";
    case Look::kTitle:
      return "\x1b[0;1m";
    case Look::kGood:
      return colors == Colors::kNone ? "\x1b[0m" : colors == Colors::k16 ? "\x1b[0;32m" : "\x1b[0;38;5;35m";
    case Look::kFaint:
      return colors == Colors::kNone ? "\x1b[0m" : colors == Colors::k16 ? "\x1b[0;90m" : "\x1b[0;38;5;244m";
    case Look::kAlert:
      return colors == Colors::kNone ? "\x1b[0;1m" : colors == Colors::k16 ? "\x1b[0;1;33m" : "\x1b[0;1;38;5;214m";
    case Look::kSelected:
      return "\x1b[0;7m";
    case Look::kInk:
      return colors == Colors::kNone ? "\x1b[0m" : colors == Colors::k16 ? "\x1b[0;30;47m" : "\x1b[0;38;5;16;48;5;231m";
  }
  return "\x1b[0m";
}

}  // namespace

Colors ColorsOf(std::string_view term, std::string_view colorterm, bool wanted) {
  if (!wanted || term.empty() || term == "dumb" || term == "vt100") return Colors::kNone;
  if (!colorterm.empty() || term.find("256") != std::string_view::npos) return Colors::k256;
  return Colors::k16;
}

std::string Render(const Screen* from, const Screen& to, Colors colors) {
  std::string out;
  const Size size = to.size();
  const bool all = from == nullptr || from->size() != size;
  if (all) out.append("\x1b[0m\x1b[2J");
  std::optional<Look> look;
  int row_now = -1;  // where the terminal's cursor is; -1: not known
  int column_now = -1;
  for (int row = 0; row < size.rows; ++row) {
    for (int column = 0; column < size.columns; ++column) {
      const Cell& cell = to.At(row, column);
      const bool same = all ? cell == Cell{} : cell == from->At(row, column);
      if (same || cell.glyph.empty()) continue;  // a second half comes with its first
      if (row != row_now || column != column_now) {
        out.append("\x1b[").append(std::to_string(row + 1)).append(";").append(std::to_string(column + 1)).append("H");
      }
      if (look != cell.look) out.append(RenditionOf(cell.look, colors));
      look = cell.look;
      out.append(cell.glyph);
      const bool wide = column + 1 < size.columns && to.At(row, column + 1).glyph.empty();
      row_now = row;
      column_now = column + (wide ? 2 : 1);
      // Behind the last column terminals differ in where the cursor is.
      if (column_now >= size.columns) row_now = -1;
    }
  }
  if (look && *look != Look::kPlain) out.append("\x1b[0m");
  return out;
}

}  // namespace cctl::cli::tui
