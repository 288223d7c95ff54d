// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_text.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/inline_string.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"

namespace cctl {
namespace {

constexpr std::string_view kColours = "\x1b[38;5;16;48;5;231m", kReset = "\x1b[0m";
constexpr QrTextStyle kStyles[] = {QrTextStyle::kHalf, QrTextStyle::kFull, QrTextStyle::kAscii};

QrCode CodeOfVersion(int version) {
  return *QrCode::Encode("A", {.level = QrLevel::kL, .raise_level = false, .min_version = version});
}

const QrCode kSmall = *QrCode::Encode("A", {.mask = 0});  // 1-H

std::string Drawn(const QrCode& code, const QrTextOptions& options) {
  std::string text;
  AppendQrText(code, options, text);
  return text;
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  EXPECT_TRUE(text.ends_with('\n'));
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

// The rows of ink that a line of cells without colours shows, the upper one first; empty if it has another character.
std::vector<std::vector<bool>> Ink(std::string_view line, QrTextStyle style) {
  std::vector<std::vector<bool>> rows(style == QrTextStyle::kHalf ? 2 : 1);
  const auto take = [&line](std::string_view cell) {
    if (!line.starts_with(cell)) return false;
    line.remove_prefix(cell.size());
    return true;
  };
  while (!line.empty()) {
    if (style == QrTextStyle::kHalf) {
      const bool both = take("\u2588"), upper = !both && take("\u2580"), lower = !both && !upper && take("\u2584");
      if (!both && !upper && !lower && !take(" ")) return {};
      rows[0].push_back(both || upper);
      rows[1].push_back(both || lower);
    } else {
      const bool ink = take(style == QrTextStyle::kFull ? "\u2588\u2588" : "##");
      if (!ink && !take("  ")) return {};
      rows[0].push_back(ink);
    }
  }
  return rows;
}

void ExpectEveryModule(const QrCode& code, const QrTextOptions& options) {
  SCOPED_TRACE(::testing::Message() << "version " << code.version() << " style " << static_cast<int>(options.style)
                                    << " quiet zone " << options.quiet_zone << " invert " << options.invert
                                    << " colours " << options.colors);
  const int modules = code.size() + 2 * options.quiet_zone;
  const int columns_per_module = options.style == QrTextStyle::kHalf ? 1 : 2;
  EXPECT_EQ(QrTextColumns(code, options), columns_per_module * modules);

  const std::vector<std::string> lines = Lines(Drawn(code, options));
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(QrTextLines(code, options)));
  int row = -options.quiet_zone;
  for (std::string_view line : lines) {
    if (options.colors) {
      ASSERT_TRUE(line.starts_with(kColours) && line.ends_with(kReset));
      line = line.substr(kColours.size(), line.size() - kColours.size() - kReset.size());
    }
    const auto ink_rows = Ink(line, options.style);
    ASSERT_FALSE(ink_rows.empty()) << line;
    for (const std::vector<bool>& ink : ink_rows) {
      ASSERT_EQ(ink.size(), static_cast<std::size_t>(modules));
      for (int i = 0; i < modules; ++i) {
        ASSERT_EQ(ink[static_cast<std::size_t>(i)], code.IsDark(i - options.quiet_zone, row) != options.invert)
            << i << ", " << row;
      }
      ++row;
    }
  }
  EXPECT_GE(row, modules - options.quiet_zone);
}

TEST(QrText, EveryModuleIsShown) {
  for (const int version : {1, 4, 7, 40}) {
    const QrCode code = CodeOfVersion(version);
    for (const QrTextStyle style : kStyles) {
      for (const int quiet_zone : {0, 1, 4, 100}) {
        for (const bool invert : {false, true}) {
          for (const bool colors : {false, true}) {
            ExpectEveryModule(code, {style, quiet_zone, invert, colors});
          }
        }
      }
    }
  }
}

TEST(QrText, InHalfBlocks) {
  EXPECT_EQ(Drawn(kSmall, {.style = QrTextStyle::kHalf, .quiet_zone = 0}),
            "█▀▀▀▀▀█ ▀▄ █  █▀▀▀▀▀█\n"
            "█ ███ █ ▄▀▀▄  █ ███ █\n"
            "█ ▀▀▀ █  █▀▄▀ █ ▀▀▀ █\n"
            "▀▀▀▀▀▀▀ ▀▄▀▄▀ ▀▀▀▀▀▀▀\n"
            "▄▄▀ ▀█▀▄▀▄▀▄ ▀▄  ▀▄▄▀\n"
            "█▄ █ ▄▀ ▀▄      ▀ ▄▄▀\n"
            "   ▀▀ ▀ ▄█  ▀▀▄▄▀▄▀▀▀\n"
            "█▀▀▀▀▀█ ▄ ▄█ ▄▄█▄█▀▄ \n"
            "█ ███ █ ▀██  ▀▄▀ ▀█▄▀\n"
            "█ ▀▀▀ █ ▀▄███▄▀ ▀ ▄▄█\n"
            "▀▀▀▀▀▀▀  ▀  ▀ ▀ ▀ ▀ ▀\n");
}

TEST(QrText, InAsciiAndFullBlocks) {
  const std::string ascii = Drawn(kSmall, {.style = QrTextStyle::kAscii, .quiet_zone = 0});
  EXPECT_EQ(ascii,
            "##############  ##    ##    ##############\n"
            "##          ##    ##  ##    ##          ##\n"
            "##  ######  ##    ####      ##  ######  ##\n"
            "##  ######  ##  ##    ##    ##  ######  ##\n"
            "##  ######  ##    ####  ##  ##  ######  ##\n"
            "##          ##    ##  ##    ##          ##\n"
            "##############  ##  ##  ##  ##############\n"
            "                  ##  ##                  \n"
            "    ##  ######  ##  ##    ##      ##    ##\n"
            "####      ##  ##  ##  ##    ##      ####  \n"
            "##    ##    ##  ##              ##      ##\n"
            "####  ##  ##      ##                ####  \n"
            "      ####  ##    ##    ####    ##  ######\n"
            "                ####        ####  ##      \n"
            "##############        ##      ##  ####    \n"
            "##          ##  ##  ####  ##########  ##  \n"
            "##  ######  ##  ######    ##  ##  ####  ##\n"
            "##  ######  ##    ####      ##      ####  \n"
            "##  ######  ##  ##  ######  ##  ##      ##\n"
            "##          ##    ##########        ######\n"
            "##############    ##    ##  ##  ##  ##  ##\n");
  std::string full;
  for (const char c : ascii) full += c == '#' ? "\u2588" : std::string(1, c);
  EXPECT_EQ(Drawn(kSmall, {.style = QrTextStyle::kFull, .quiet_zone = 0}), full);
}

TEST(QrText, WithColoursEachLineIsTheSameCellsBetweenTheColoursAndTheReset) {
  for (const QrTextStyle style : kStyles) {
    const std::vector<std::string> plain = Lines(Drawn(kSmall, {.style = style}));
    const std::vector<std::string> colored = Lines(Drawn(kSmall, {.style = style, .colors = true}));
    ASSERT_EQ(plain.size(), colored.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      EXPECT_EQ(colored[i], std::string(kColours) + plain[i] + std::string(kReset));
    }
  }
}

TEST(QrText, BelowAnOddLastRowIsMargin) {
  const auto last = [](bool invert) {
    return Lines(Drawn(kSmall, {.style = QrTextStyle::kHalf, .quiet_zone = 4, .invert = invert})).back();
  };
  std::string ink;
  for (int i = 0; i < kSmall.size() + 8; ++i) ink += "\u2588";
  EXPECT_EQ(QrTextLines(kSmall, {}), 15);  // 29 rows
  EXPECT_EQ(last(false), std::string(static_cast<std::size_t>(kSmall.size() + 8), ' '));
  EXPECT_EQ(last(true), ink);
}

TEST(QrText, TheQuietZoneIsClamped) {
  for (const QrTextStyle style : kStyles) {
    const QrTextOptions least{style, -2147483647 - 1}, none{style, 0}, most{style, 2147483647}, hundred{style, 100};
    EXPECT_EQ(Drawn(kSmall, least), Drawn(kSmall, none));
    EXPECT_EQ(Drawn(kSmall, most), Drawn(kSmall, hundred));
    EXPECT_EQ(QrTextColumns(kSmall, most), QrTextColumns(kSmall, hundred));
    EXPECT_EQ(QrTextLines(kSmall, least), QrTextLines(kSmall, none));
  }
}

TEST(QrText, WorksInAConstantExpression) {
  constexpr auto kDrawing = [] {
    InlineString<1000> out;
    AppendQrText(*QrCode::Encode("A", {.mask = 0}), {.style = QrTextStyle::kAscii, .quiet_zone = 0}, out);
    return out;
  }();
  EXPECT_EQ(kDrawing.view(), Drawn(kSmall, {.style = QrTextStyle::kAscii, .quiet_zone = 0}));
}

}  // namespace
}  // namespace cctl
