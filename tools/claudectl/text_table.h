// SPDX-License-Identifier: MIT
//
// Columns of text, as wide as their widest cell: what `peers` and `invites` print.

#ifndef CCTL_TOOLS_CLAUDECTL_TEXT_TABLE_H_
#define CCTL_TOOLS_CLAUDECTL_TEXT_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/claudectl/output.h"
#include "tools/claudectl/text_width.h"

namespace cctl::cli {

class TextTable {
 public:
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  [[nodiscard]] bool empty() const { return rows_.empty(); }

  // Prints each row indented by two, cells two apart. The last cell is not padded, so it may hold colours; the others
  // may not.
  void Print(Printer& out) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], TextWidth(row[i]));
    }
    for (const auto& row : rows_) {
      std::string line = "  ";
      for (std::size_t i = 0; i < row.size(); ++i) {
        line.append(row[i]);
        if (i + 1 < row.size()) line.append(widths[i] - TextWidth(row[i]) + 2, ' ');
      }
      out.Line(line);
    }
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_TEXT_TABLE_H_
