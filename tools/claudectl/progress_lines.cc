// SPDX-License-Identifier: MIT

#include "tools/claudectl/progress_lines.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cctl/base/utf8.h"
#include "cctl/sys/terminal.h"

namespace cctl::cli {
namespace {

// As many characters of a text as fit.
std::string Cut(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (; columns > 0 && end < text.size(); --columns)
    end += std::max<std::size_t>(DecodeUtf8(text.substr(end)).size, 1);
  return std::string(text.substr(0, end));
}

}  // namespace

ProgressLines::ProgressLines(Printer& out, std::vector<std::string> names)
    : out_(out), names_(std::move(names)), texts_(names_.size()) {
  for (const std::string& name : names_) width_ = std::max(width_, name.size());
  const auto size = GetTerminalSize(StandardStream::kError);
  const char* const terminal = std::getenv("TERM");
  const bool moves = terminal != nullptr && std::string_view(terminal) != "dumb";
  // With one line left for what follows. One that wraps would be drawn over.
  drawn_ = !out.json() && size && moves && names_.size() > 1 && names_.size() < static_cast<std::size_t>(size->rows);
}

void ProgressLines::Set(std::size_t index, std::string_view text, std::string_view plain) {
  if (texts_[index] == text) return;
  texts_[index] = text;
  if (!drawn_) return out_.Progress(plain);
  Draw(index);
}

void ProgressLines::Draw(std::size_t index) {
  std::fflush(stdout);
  const auto size = GetTerminalSize(StandardStream::kError);
  const std::size_t columns = size ? static_cast<std::size_t>(size->columns) : 80;
  std::string drawing;
  const auto append_line = [&](std::size_t i) {
    std::string line = "  " + names_[i];
    line.resize(2 + width_ + 2, ' ');
    drawing.append("\r\x1b[2K").append(Cut(line + texts_[i], columns - 1));
  };
  if (shown_) {
    const std::string lines = std::to_string(names_.size() - index);
    drawing.append("\x1b[").append(lines).append("A");
    append_line(index);
    drawing.append("\r\x1b[").append(lines).append("B");
  } else {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      append_line(i);
      drawing.append("\r\n");
    }
    shown_ = true;
  }
  std::fwrite(drawing.data(), 1, drawing.size(), stderr);
}

}  // namespace cctl::cli
