// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_svg.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/base64.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"

namespace cctl {
namespace {

QrCode CodeOfVersion(int version) {
  return *QrCode::Encode("cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678",
                         {.level = QrLevel::kL, .raise_level = false, .min_version = version});
}

std::string Drawn(const QrCode& code, const QrSvgOptions& options) {
  std::string svg;
  AppendQrSvg(code, options, svg);
  return svg;
}

// What is between `before` and the next `after`; `before` has to be there exactly once.
std::string_view Between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t at = text.find(before);
  EXPECT_NE(at, std::string_view::npos) << before;
  EXPECT_EQ(text.find(before, at + 1), std::string_view::npos) << before;
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  return text.substr(0, text.find(after));
}

std::string_view Title(std::string_view svg) { return Between(svg, "<title>", "</title>"); }

// The squares that a path of M, h, H, v, V and z fills (SVG 1.1, 8.3), [row][column], by the even-odd rule: a square is
// inside if the upright edges to its left are odd in number.
std::vector<std::vector<bool>> Filled(const std::string& path, int side) {
  const auto n = static_cast<std::size_t>(side);
  std::vector<std::vector<bool>> crossed(n, std::vector<bool>(n + 1));
  int x = 0, y = 0, start_x = 0, start_y = 0;
  const auto go = [&](int to_x, int to_y) {
    const bool inside = to_x >= 0 && to_x <= side && to_y >= 0 && to_y <= side;
    EXPECT_TRUE(inside && (to_x == x || to_y == y)) << "to " << to_x << " " << to_y;
    if (!inside) return;
    for (int row = std::min(y, to_y); row < std::max(y, to_y); ++row) {
      const auto edge = crossed[static_cast<std::size_t>(row)].begin() + x;
      *edge = !*edge;
    }
    x = to_x;
    y = to_y;
  };
  for (const char* p = path.c_str(); *p != '\0';) {
    const char command = *p++;
    const auto number = [&p] {
      char* end = nullptr;
      const long value = std::strtol(p, &end, 10);
      EXPECT_NE(p, end) << "no number";
      p = end;
      return static_cast<int>(value);
    };
    switch (command) {
      case 'M':
        start_x = x = number();
        start_y = y = number();
        break;
      case 'h':
        go(x + number(), y);
        break;
      case 'H':
        go(number(), y);
        break;
      case 'v':
        go(x, y + number());
        break;
      case 'V':
        go(x, number());
        break;
      case 'z':
        go(start_x, start_y);
        break;
      default:
        ADD_FAILURE() << "command " << command;
        return {};
    }
  }
  for (auto& row : crossed) {
    for (std::size_t column = 1; column < row.size(); ++column) row[column] = row[column] != row[column - 1];
  }
  return crossed;
}

void ExpectEveryModule(const QrCode& code, const QrSvgOptions& options) {
  SCOPED_TRACE(::testing::Message() << "version " << code.version() << " quiet zone " << options.quiet_zone);
  const std::string svg = Drawn(code, options);
  const int side = code.size() + 2 * options.quiet_zone;
  EXPECT_EQ(Between(svg, "viewBox=\"", "\""), "0 0 " + std::to_string(side) + " " + std::to_string(side));
  const auto filled = Filled(std::string(Between(svg, " d=\"", "\"")), side);
  ASSERT_EQ(filled.size(), static_cast<std::size_t>(side));
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      ASSERT_EQ(filled[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)],
                code.IsDark(column - options.quiet_zone, row - options.quiet_zone))
          << column << ", " << row;
    }
  }
}

TEST(QrSvg, EveryModuleIsFilled) {
  for (const int version : {4, 7, 22, 40}) {
    for (const int quiet_zone : {0, 1, 4, 100}) ExpectEveryModule(CodeOfVersion(version), {.quiet_zone = quiet_zone});
  }
}

TEST(QrSvg, IsOnePathOnABackgroundWithoutASizeOfItsOwn) {
  const std::string svg = Drawn(CodeOfVersion(4), {});
  EXPECT_TRUE(svg.starts_with(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 41 41" role="img" shape-rendering="crispEdges">)"
      R"(<title>QR code</title><rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="M4 4h7)"))
      << svg.substr(0, 250);
  EXPECT_TRUE(svg.ends_with("z\"/></svg>\n"));
  EXPECT_LT(svg.size(), 5000u);
}

TEST(QrSvg, InvertingExchangesTheColours) {
  const std::string plain = Drawn(CodeOfVersion(4), {}), inverted = Drawn(CodeOfVersion(4), {.invert = true});
  EXPECT_EQ(Between(inverted, "<rect width=\"100%\" height=\"100%\" fill=\"", "\""), "#000");
  EXPECT_EQ(Between(inverted, "<path fill=\"", "\""), "#fff");
  EXPECT_EQ(Between(inverted, " d=\"", "\""), Between(plain, " d=\"", "\""));
}

TEST(QrSvg, TheTitleCannotLeaveItsElement) {
  const auto title = [](std::string_view text) { return std::string(Title(Drawn(CodeOfVersion(4), {.title = text}))); };
  EXPECT_EQ(title("</title><script>alert(1)</script>"), "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
  EXPECT_EQ(title("]]>"), "]]&gt;");
  EXPECT_EQ(title("&amp;"), "&amp;amp;");
  EXPECT_EQ(title("\"quoted\" 'text'"), "\"quoted\" 'text'");
  EXPECT_EQ(title("Gr\xc3\xbc\xc3\x9f"), "Gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(title(""), "");
}

TEST(QrSvg, TheTitleIsMadePrintable) {
  const auto title = [](std::string_view text) { return std::string(Title(Drawn(CodeOfVersion(4), {.title = text}))); };
  EXPECT_EQ(title(std::string_view("a\0\x1b[31m\r\n\x7f", 10)), "a??[31m???");
  EXPECT_EQ(title("\xff\xc3"), "??");
  EXPECT_EQ(title("\xe2\x80\xae"), "?");
  EXPECT_EQ(title("\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf"), "\xef\xbf\xbd??");  // XML has no U+FFFE and U+FFFF
  EXPECT_EQ(title(std::string(65, '&')).size(), 64 * std::string_view("&amp;").size());
}

TEST(QrSvg, TheQuietZoneIsClamped) {
  const QrCode code = CodeOfVersion(4);
  EXPECT_EQ(Drawn(code, {.quiet_zone = -2147483647 - 1}), Drawn(code, {.quiet_zone = 0}));
  EXPECT_EQ(Drawn(code, {.quiet_zone = 2147483647}), Drawn(code, {.quiet_zone = 100}));
}

TEST(QrSvg, TheDataUrlHoldsTheDocument) {
  std::string url = "before ";
  AppendQrSvgDataUrl(CodeOfVersion(4), {.title = "<"}, url);
  std::string expected = "before data:image/svg+xml;base64,";
  Base64Writer base64(expected);
  base64.append(Drawn(CodeOfVersion(4), {.title = "<"}));
  base64.Finish();
  EXPECT_EQ(url, expected);
}

}  // namespace
}  // namespace cctl
