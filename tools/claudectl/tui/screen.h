// SPDX-License-Identifier: MIT
//
// A terminal's screen as cells, and what may be drawn on it. Text from others is made printable by whoever draws it; a
// wide character takes two cells, one that combines joins the last, and what does not fit is cut.

#ifndef CCTL_TOOLS_CLAUDECTL_TUI_SCREEN_H_
#define CCTL_TOOLS_CLAUDECTL_TUI_SCREEN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cctl::cli::tui {

struct Size {
  int rows = 0;
  int columns = 0;

  friend bool operator==(const Size&, const Size&) = default;
};

// What a text is; how that looks is the terminal's business.
enum class Look : std::uint8_t {
  kPlain,
  kTitle,
  kGood,
  kFaint,
  kAlert,
  kSelected,
  kInk,  // of a QR code: dark on light, whatever the terminal's own colours are
};

struct Cell {
  std::string glyph = " ";  // a character with what combines with it; empty: the second half of a wide one
  Look look = Look::kPlain;

  friend bool operator==(const Cell&, const Cell&) = default;
};

class Screen {
 public:
  explicit Screen(Size size) : size_(size), cells_(static_cast<std::size_t>(size.rows * size.columns)) {}

  [[nodiscard]] Size size() const { return size_; }
  // Row and column from 0, within size().
  [[nodiscard]] const Cell& At(int row, int column) const {
    return cells_[static_cast<std::size_t>(row * size_.columns + column)];
  }

  // Draws from there on, up to column `end` (exclusive; -1: the screen's). Returns the column behind what was drawn.
  int Put(int row, int column, std::string_view text, Look look = Look::kPlain, int end = -1);
  // Draws blanks over columns [from, to) of a row.
  void Clear(int row, int from, int to, Look look = Look::kPlain);

  // The rows without blanks at their ends, each with a newline: for tests, and for a picture.
  [[nodiscard]] std::string Text() const;

 private:
  void Free(int row, int from, int to);
  Cell& At(int row, int column) { return cells_[static_cast<std::size_t>(row * size_.columns + column)]; }

  Size size_;
  std::vector<Cell> cells_;
};

}  // namespace cctl::cli::tui

#endif  // CCTL_TOOLS_CLAUDECTL_TUI_SCREEN_H_
