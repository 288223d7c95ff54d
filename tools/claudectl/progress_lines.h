// SPDX-License-Identifier: MIT
//
// One line of progress for each of several things that go on at once. On a terminal that has room for all of them each
// line is drawn anew in its place; elsewhere every change is a line of its own.

#ifndef CCTL_TOOLS_CLAUDECTL_PROGRESS_LINES_H_
#define CCTL_TOOLS_CLAUDECTL_PROGRESS_LINES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/claudectl/output.h"

namespace cctl::cli {

class ProgressLines {
 public:
  // `names`: what each line begins with.
  ProgressLines(Printer& out, std::vector<std::string> names);

  // Whether lines are drawn in place: then the screen shows at the end what has become of each.
  [[nodiscard]] bool drawn() const { return drawn_; }

  // `text`: printable. `plain`: the same for a line of its own, which says whose it is where that is needed.
  void Set(std::size_t index, std::string_view text, std::string_view plain);

  // What is printed next stands below; lines that are set later are begun anew below that.
  void Leave() { shown_ = false; }

 private:
  void Draw(std::size_t index);

  Printer& out_;
  std::vector<std::string> names_;
  std::vector<std::string> texts_;
  std::size_t width_ = 0;  // of the names
  bool drawn_ = false;
  bool shown_ = false;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_PROGRESS_LINES_H_
