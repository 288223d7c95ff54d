// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/view.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/claudectl/text_width.h"
#include "tools/claudectl/words.h"

namespace cctl::cli::tui {
namespace {

constexpr int kWidestBox = 72;  // lines that are longer are hard to read

// A line of a box: its columns, and what stands at its right end.
struct BoxLine {
  std::vector<std::string> cells;
  std::string tail = {};
  Look look = Look::kPlain;
  Look tail_look = Look::kPlain;
};

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all.append(text);
  return all;
}

int Width(std::string_view text) { return static_cast<int>(TextWidth(text)); }

// The widths of the columns, each as wide as its widest cell.
std::vector<int> ColumnWidths(const std::vector<BoxLine>& lines) {
  std::vector<int> widths;
  for (const BoxLine& line : lines) {
    if (line.cells.size() < 2) continue;  // a heading
    widths.resize(std::max(widths.size(), line.cells.size()));
    for (std::size_t i = 0; i < line.cells.size(); ++i) widths[i] = std::max(widths[i], Width(line.cells[i]));
  }
  return widths;
}

// Draws a box with a title in the middle of the rows [1, last), with as many of the lines around `shown` as there is
// room for.
void DrawBox(const std::string& title, const std::vector<BoxLine>& lines, std::size_t shown, Screen& screen) {
  const Size size = screen.size();
  const int width = std::min(size.columns - 2, kWidestBox);
  const int room = size.rows - 2 - 2;  // without title and status line, and the box's edges
  const int height = std::min(static_cast<int>(lines.size()), room);
  const int left = (size.columns - width) / 2;
  const int right = left + width - 1;
  const int top = 1 + (room - height) / 2;
  int first = std::max(0, static_cast<int>(shown) - height + 1);
  first = std::min(first, static_cast<int>(lines.size()) - height);
  for (int row = top; row < top + height + 2; ++row) screen.Clear(row, 0, size.columns);
  int column = screen.Put(top, left, "┌─ ", Look::kPlain);
  column = screen.Put(top, column, title, Look::kTitle, right - 1);
  column = screen.Put(top, column, " ", Look::kPlain, right);
  screen.Put(top, column, Repeated("─", right - column) + "┐");
  const std::vector<int> widths = ColumnWidths(lines);
  for (int i = 0; i < height; ++i) {
    const BoxLine& line = lines[static_cast<std::size_t>(first + i)];
    const int row = top + 1 + i;
    screen.Put(row, left, "│");
    screen.Clear(row, left + 1, right, line.look);
    const int tail = right - 1 - Width(line.tail);
    column = left + 2;
    for (std::size_t c = 0; c < line.cells.size(); ++c) {
      const int end = screen.Put(row, column, line.cells[c], line.look, line.tail.empty() ? right : tail);
      column = line.cells.size() < 2 ? end : column + widths[c] + 2;
    }
    if (!line.tail.empty()) screen.Put(row, tail, line.tail, line.tail_look, right);
    screen.Put(row, right, "│");
  }
  screen.Put(top + 1 + height, left, "└" + Repeated("─", width - 2) + "┘");
}

// What is worth knowing of somebody beside its name.
std::string Marks(const State& state, const std::string& identity, bool in_tailnet) {
  std::string marks;
  if (state.team.contains(identity)) marks.append("team");
  if (in_tailnet) marks.append(marks.empty() ? "tailnet" : ", tailnet");
  return marks;
}

void DrawPeers(const State& state, Screen& screen) {
  std::vector<BoxLine> lines;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < state.nearby.size(); ++i) {
    const NearbyRow& row = state.nearby[i];
    const bool chosen = i == state.selected;
    if (chosen) shown = lines.size();
    const bool asked = row.identity == state.waiting_for;
    const Look look = chosen ? Look::kSelected : Look::kPlain;
    lines.push_back({{"● " + row.identity, row.addr, "v" + row.version, Marks(state, row.identity, false)},
                     asked ? "[asked]" : "[Pair]",
                     look,
                     look});
  }
  if (state.nearby.empty()) lines.push_back({{state.lan ? "Nobody else is nearby." : "Discovery on the LAN is off."}});
  if (!state.requests.empty()) {
    lines.push_back({{""}});
    lines.push_back({{"Want to pair with this machine:"}});
    for (std::size_t i = 0; i < state.requests.size(); ++i) {
      const RequestRow& row = state.requests[i];
      const Look look = i == 0 ? Look::kAlert : Look::kPlain;
      lines.push_back({{"? " + row.identity, row.addr, row.check}, i == 0 ? "[y/n]" : "", look, look});
    }
  }
  if (!state.paired.empty()) {
    lines.push_back({{""}});
    lines.push_back({{"Already paired:"}});
    for (const PairedRow& row : state.paired) {
      const bool connected = row.state == "connected";
      lines.push_back(
          {{(connected ? "✓ " : "○ ") + row.identity, row.addr, row.state, Marks(state, row.identity, row.in_tailnet)},
           "",
           connected ? Look::kGood : Look::kFaint});
    }
  }
  DrawBox("Nearby Peers", lines, shown, screen);
}

void DrawHelp(Screen& screen) {
  static const std::vector<BoxLine> kLines = {
      {{"P", "who is nearby, who is paired, who wants to be"}},
      {{"j k ↓ ↑", "choose"}},
      {{"Enter", "ask the chosen one to pair"}},
      {{"y n", "let the first that asks pair, or not"}},
      {{"i", "make an invite link, and show its QR code"}},
      {{"Esc", "back"}},
      {{"q", "leave"}},
  };
  DrawBox("Keys", kLines, 0, screen);
}

// The command in as many rows as it takes, and below it the code, if there is room for all of it: cut, it is none.
void DrawInvite(const State& state, Screen& screen) {
  const Size size = screen.size();
  screen.Put(1, 0, "On the other machine, or by its camera (once; Esc hides it):", Look::kFaint);
  int row = 2;
  for (std::string_view rest = state.invite; !rest.empty() && row < size.rows - 1; ++row) {
    const auto cut = std::min(rest.size(), static_cast<std::size_t>(size.columns));
    screen.Put(row, 0, rest.substr(0, cut));
    rest.remove_prefix(cut);
  }
  int widest = 0;
  for (const std::string& line : state.qr_code) widest = std::max(widest, Width(line));
  if (static_cast<int>(state.qr_code.size()) > size.rows - 1 - row || widest > size.columns) {
    screen.Put(size.rows - 2, 0, "The window is too small for the QR code.", Look::kFaint);
    return;
  }
  for (const std::string& line : state.qr_code) screen.Put(row++, 0, line, Look::kInk);
}

void DrawEvents(const State& state, Screen& screen) {
  const int room = screen.size().rows - 2;
  const int count = std::min(room, static_cast<int>(state.log.size()));
  for (int i = 0; i < count; ++i) {
    screen.Put(1 + i, 0, state.log[state.log.size() - static_cast<std::size_t>(count - i)]);
  }
  if (state.log.empty()) screen.Put(1, 0, "Nothing has happened yet. P: who is nearby   ?: keys", Look::kFaint);
}

// As long as there is room for: whoever answers has to see who asks, and that it is a question.
std::string Question(const RequestRow& request, int columns) {
  const std::string who = request.identity + " (" + request.addr + "), check " + request.check;
  for (const std::string& form : {"Pair request from " + who + " - approve? (y/n)", who + " - approve? (y/n)",
                                  request.identity + ", check " + request.check + "? (y/n)"}) {
    if (Width(form) <= columns) return form;
  }
  return "(y/n)? " + request.identity;
}

void DrawStatus(const State& state, Screen& screen) {
  const int row = screen.size().rows - 1;
  if (!state.requests.empty()) {
    screen.Put(row, 0, Question(state.requests.front(), screen.size().columns), Look::kAlert);
    return;
  }
  if (!state.notice.empty()) {
    screen.Put(row, 0, state.notice, Look::kAlert);
    return;
  }
  const std::string nearby = state.lan ? "LAN: " + Counted(state.heard, "peer") + " nearby" : std::string("LAN: off");
  std::string line = nearby + "   " + Counted(state.sessions, "session");
  if (!state.waiting_for.empty()) {
    line.assign("Waiting for ").append(state.waiting_for);
    if (!state.waiting_check.empty()) line.append(", which sees check ").append(state.waiting_check);
  }
  screen.Put(row, 0, line);
  const std::string keys = "P peers  i invite  ? keys  q quit";
  const int from = screen.size().columns - Width(keys);
  if (from > Width(line) + 1) screen.Put(row, from, keys, Look::kFaint);
}

}  // namespace

Screen Draw(const State& state, Size size) {
  Screen screen(size);
  if (!Fits(size)) {
    screen.Put(0, 0, "40 by 10 at least, please");
    return screen;
  }
  std::string title = "claudectl relay  " + state.identity;
  title.append(state.listen_addr.empty() ? std::string(", not listening") : " on " + state.listen_addr);
  screen.Put(0, 0, title, Look::kTitle);
  if (state.page == Page::kInvite) {
    DrawInvite(state, screen);
  } else {
    DrawEvents(state, screen);
  }
  if (state.page == Page::kPeers) DrawPeers(state, screen);
  if (state.page == Page::kHelp) DrawHelp(screen);
  DrawStatus(state, screen);
  return screen;
}

}  // namespace cctl::cli::tui
