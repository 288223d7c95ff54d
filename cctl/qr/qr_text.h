// SPDX-License-Identifier: MIT
//
// Draws a QR code as lines of text (ISO/IEC 18004:2015, 5.3.8: with a quiet zone of four light modules around it). No
// allocation but the sink's. Without colours ink is dark, as on paper: right on a light screen, and to be inverted for
// a dark one. With colours the drawing says itself what is dark and what is light.
//
//   std::string drawing;
//   cctl::AppendQrText(code, {.style = cctl::QrTextStyle::kHalf, .colors = true}, drawing);

#ifndef CCTL_QR_QR_TEXT_H_
#define CCTL_QR_QR_TEXT_H_

#include <cstdint>
#include <string_view>

#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_quiet_zone.h"

namespace cctl {

enum class QrTextStyle : std::uint8_t {
  kHalf,   // two modules, one above the other, in a character: U+2580, U+2584, U+2588 and spaces
  kFull,   // a module is two of U+2588 or two spaces
  kAscii,  // a module is ## or two spaces
};

struct QrTextOptions {
  QrTextStyle style = QrTextStyle::kHalf;
  int quiet_zone = kQrQuietZone;
  bool invert = false;  // exchanges dark and light
  bool colors = false;  // black on white by SGR escape sequences (ECMA-48, 8.3.117) of the 256-colour palette
};

// Columns of a terminal that the drawing takes.
constexpr int QrTextColumns(const QrCode& code, const QrTextOptions& options) {
  const int modules = code.size() + 2 * ClampQrQuietZone(options.quiet_zone);
  return options.style == QrTextStyle::kHalf ? modules : 2 * modules;
}

// Its lines.
constexpr int QrTextLines(const QrCode& code, const QrTextOptions& options) {
  const int modules = code.size() + 2 * ClampQrQuietZone(options.quiet_zone);
  return options.style == QrTextStyle::kHalf ? (modules + 1) / 2 : modules;
}

// Appends the lines, each ending in '\n', to anything with append(std::string_view).
template <typename Sink>
constexpr void AppendQrText(const QrCode& code, const QrTextOptions& options, Sink& out) {
  const int margin = ClampQrQuietZone(options.quiet_zone);
  const int modules = code.size() + 2 * margin;
  const auto put = [&out](std::string_view text) { out.append(text); };
  const auto ink = [&](int column, int row) { return code.IsDark(column - margin, row - margin) != options.invert; };
  // Entries 16 and 231 are black and white in every theme; 0 and 7 are what the user has made of them.
  constexpr std::string_view kBlackOnWhite = "\x1b[38;5;16;48;5;231m", kReset = "\x1b[0m";
  constexpr std::string_view kHalves[] = {" ", "\u2580", "\u2584", "\u2588"};  // none, upper, lower, both

  const int rows_in_line = options.style == QrTextStyle::kHalf ? 2 : 1;
  for (int row = 0; row < modules; row += rows_in_line) {
    if (options.colors) put(kBlackOnWhite);
    for (int column = 0; column < modules; ++column) {
      const bool upper = ink(column, row);
      if (options.style == QrTextStyle::kHalf) {
        const bool lower = row + 1 < modules ? ink(column, row + 1) : options.invert;  // below the last row: margin
        put(kHalves[(upper ? 1 : 0) + (lower ? 2 : 0)]);
      } else {
        put(!upper ? "  " : options.style == QrTextStyle::kFull ? "\u2588\u2588" : "##");
      }
    }
    if (options.colors) put(kReset);
    put("\n");
  }
}

}  // namespace cctl

#endif  // CCTL_QR_QR_TEXT_H_
