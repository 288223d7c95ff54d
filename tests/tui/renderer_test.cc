// SPDX-License-Identifier: MIT
//
// What is written is read by a terminal of the test's own, which knows what the renderer uses of ECMA-48.

#include "tools/claudectl/tui/renderer.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/utf8.h"
#include "tools/claudectl/text_width.h"
#include "tools/claudectl/tui/screen.h"

namespace cctl::cli::tui {
namespace {

class Terminal {
 public:
  explicit Terminal(Size size) : size_(size), glyphs_(static_cast<std::size_t>(size.rows * size.columns), " ") {}

  void Write(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
      if (bytes[i] == '\x1b') {
        ASSERT_EQ(bytes[i + 1], '[');
        const std::size_t end = bytes.find_first_of("HJm", i);
        ASSERT_NE(end, std::string_view::npos);
        const std::string parameters(bytes.substr(i + 2, end - i - 2));
        if (bytes[end] == 'J') glyphs_.assign(glyphs_.size(), " ");
        if (bytes[end] == 'H') {
          row_ = std::atoi(parameters.c_str()) - 1;
          column_ = std::atoi(parameters.c_str() + parameters.find(';') + 1) - 1;
        }
        i = end + 1;
        continue;
      }
      const Utf8Character c = DecodeUtf8(bytes.substr(i));
      ASSERT_GT(c.size, 0u);
      Take(std::string(bytes.substr(i, c.size)), static_cast<int>(CharacterWidth(c.code_point)));
      i += c.size;
    }
  }

  [[nodiscard]] std::string Text() const {
    std::string text;
    for (int row = 0; row < size_.rows; ++row) {
      std::string line;
      for (int column = 0; column < size_.columns; ++column) line += glyphs_[Index(row, column)];
      line.resize(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

 private:
  [[nodiscard]] std::size_t Index(int row, int column) const {
    return static_cast<std::size_t>(row * size_.columns + column);
  }
  void Take(const std::string& glyph, int width) {
    if (width == 0) {
      glyphs_[Index(row_, last_)] += glyph;
      return;
    }
    ASSERT_LE(column_ + width, size_.columns);
    ASSERT_LT(row_, size_.rows);
    glyphs_[Index(row_, column_)] = glyph;
    if (width == 2) glyphs_[Index(row_, column_ + 1)].clear();
    last_ = column_;
    column_ += width;
  }

  Size size_;
  std::vector<std::string> glyphs_;
  int row_ = 0;
  int column_ = 0;
  int last_ = 0;
};

constexpr Size kSize = {5, 20};

TEST(Renderer, WritesAWholeScreenAtFirst) {
  Screen screen(kSize);
  screen.Put(0, 0, "first");
  screen.Put(4, 15, "right");
  screen.Put(2, 3, "\u65e5\u672c e\u0301");
  Terminal terminal(kSize);
  terminal.Write(Render(nullptr, screen, Colors::kNone));
  EXPECT_EQ(terminal.Text(), screen.Text());
}

TEST(Renderer, WritesNothingWhereNothingHasChanged) {
  Screen screen(kSize);
  screen.Put(1, 1, "same");
  EXPECT_EQ(Render(&screen, screen, Colors::k256), "");
}

TEST(Renderer, WritesTheCellsThatDifferAndNoOthers) {
  Screen before(kSize);
  before.Put(0, 0, "a line that stays");
  before.Put(3, 0, "count: 1");
  Screen after = before;
  after.Put(3, 7, "2");
  EXPECT_EQ(Render(&before, after, Colors::kNone), "\x1b[4;8H\x1b[0m2");
}

TEST(Renderer, AnotherSizeIsDrawnAnew) {
  const Screen before(kSize);
  Screen after({6, 20});
  after.Put(5, 0, "new");
  EXPECT_TRUE(Render(&before, after, Colors::kNone).starts_with("\x1b[0m\x1b[2J"));
}

TEST(Renderer, RandomChangesArriveAsTheyAre) {
  std::mt19937 random(7);
  const auto pick = [&random](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const char* const words[] = {"x", "longer", "\u65e5\u672c\u8a9e", "e\u0301", "", "\u25cf on", "            "};
  Terminal terminal(kSize);
  Screen shown(kSize);
  terminal.Write(Render(nullptr, shown, Colors::k16));
  for (int round = 0; round < 2'000; ++round) {
    Screen next(kSize);
    for (int i = 0; i < 4; ++i) {
      next.Put(pick(kSize.rows), pick(kSize.columns), words[pick(7)], static_cast<Look>(pick(6)));
    }
    terminal.Write(Render(&shown, next, Colors::k16));
    ASSERT_EQ(terminal.Text(), next.Text()) << round;
    shown = next;
  }
}

TEST(Renderer, ColoursAreThoseOfTheTerminal) {
  Screen screen(kSize);
  screen.Put(0, 0, "good", Look::kGood);
  EXPECT_EQ(Render(nullptr, screen, Colors::kNone).find("\x1b[0;3"), std::string::npos);
  EXPECT_NE(Render(nullptr, screen, Colors::k16).find("\x1b[0;32m"), std::string::npos);
  EXPECT_NE(Render(nullptr, screen, Colors::k256).find("\x1b[0;38;5;35m"), std::string::npos);
  EXPECT_EQ(ColorsOf("xterm-256color", "", true), Colors::k256);
  EXPECT_EQ(ColorsOf("xterm", "truecolor", true), Colors::k256);
  EXPECT_EQ(ColorsOf("xterm", "", true), Colors::k16);
  EXPECT_EQ(ColorsOf("dumb", "", true), Colors::kNone);
  EXPECT_EQ(ColorsOf("", "", true), Colors::kNone);
  EXPECT_EQ(ColorsOf("xterm-256color", "", false), Colors::kNone);
}

}  // namespace
}  // namespace cctl::cli::tui
