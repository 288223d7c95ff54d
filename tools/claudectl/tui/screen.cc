// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/screen.h"

#include <algorithm>
#include <cstddef>

#include "cctl/base/utf8.h"
#include "tools/claudectl/text_width.h"

namespace cctl::cli::tui {

int Screen::Put(int row, int column, std::string_view text, Look look, int end) {
  if (row < 0 || row >= size_.rows) return column;
  end = end < 0 ? size_.columns : std::min(end, size_.columns);
  int last = -1;  // where the last character stands, for what combines with it
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Character c = DecodeUtf8(text.substr(i));
    const std::size_t size = c.size == 0 ? 1 : c.size;
    const std::string_view glyph = c.size == 0 ? std::string_view("?") : text.substr(i, size);
    i += size;
    const int width = c.size == 0 ? 1 : static_cast<int>(CharacterWidth(c.code_point));
    if (width == 0) {
      if (last >= 0) At(row, last).glyph.append(glyph);
      continue;
    }
    if (column + width > end) return column;
    Free(row, column, column + width);
    At(row, column) = {std::string(glyph), look};
    if (width == 2) At(row, column + 1) = {std::string(), look};
    last = column;
    column += width;
  }
  return column;
}

// Before the cells [from, to) are drawn over: of a wide character that is cut by it the other half goes, too.
void Screen::Free(int row, int from, int to) {
  if (from > 0 && At(row, from).glyph.empty()) At(row, from - 1).glyph = " ";
  if (to < size_.columns && At(row, to).glyph.empty()) At(row, to).glyph = " ";
}

void Screen::Clear(int row, int from, int to, Look look) {
  from = std::max(from, 0);
  to = std::min(to, size_.columns);
  if (from < to) Free(row, from, to);
  for (int column = from; column < to; ++column) At(row, column) = {" ", look};
}

std::string Screen::Text() const {
  std::string text;
  for (int row = 0; row < size_.rows; ++row) {
    std::string line;
    for (int column = 0; column < size_.columns; ++column) line.append(At(row, column).glyph);
    line.resize(line.find_last_not_of(' ') + 1);
    text.append(line).append("\n");
  }
  return text;
}

}  // namespace cctl::cli::tui
