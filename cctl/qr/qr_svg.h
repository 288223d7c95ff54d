// SPDX-License-Identifier: MIT
//
// Draws a QR code as SVG (W3C, Scalable Vector Graphics 1.1): one path on a background, in units of a module and of no
// size of its own, so that it fills what it is put into. No allocation but the sink's.
//
//   std::string svg;
//   cctl::AppendQrSvg(code, {.title = "Invite to pair with laptop-a3f2"}, svg);

#ifndef CCTL_QR_QR_SVG_H_
#define CCTL_QR_QR_SVG_H_

#include <cstdint>
#include <string_view>

#include "cctl/base/base64.h"
#include "cctl/base/decimal.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/utf8.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_quiet_zone.h"

namespace cctl {

struct QrSvgOptions {
  int quiet_zone = kQrQuietZone;
  bool invert = false;                 // exchanges dark and light
  std::string_view title = "QR code";  // what a screen reader says: any bytes, made printable and cut at 64 characters
};

namespace detail {

// U+FFFE and U+FFFF are the printable ones that XML does not allow (W3C, XML 1.0, 2.2).
template <typename Sink>
constexpr void AppendXmlText(std::string_view text, Sink& out) {
  const PrintableText printable = Printable(text);  // is UTF-8, whatever the text was
  for (std::string_view rest = printable.view(); !rest.empty();) {
    const Utf8Character c = DecodeUtf8(rest);
    const bool allowed = c.code_point != 0xfffe && c.code_point != 0xffff;
    out.append(c.code_point == '&'   ? std::string_view("&amp;")
               : c.code_point == '<' ? std::string_view("&lt;")
               : c.code_point == '>' ? std::string_view("&gt;")
               : allowed             ? rest.substr(0, c.size)
                                     : std::string_view("?"));
    rest.remove_prefix(c.size);
  }
}

}  // namespace detail

// Appends the document to anything with append(std::string_view).
template <typename Sink>
constexpr void AppendQrSvg(const QrCode& code, const QrSvgOptions& options, Sink& out) {
  const auto put = [&out](std::string_view text) { out.append(text); };
  const auto number = [&out](int value) { AppendDecimal(static_cast<std::uint64_t>(value), out); };
  const int margin = ClampQrQuietZone(options.quiet_zone);
  const int side = code.size() + 2 * margin;
  const std::string_view white = options.invert ? "#000" : "#fff", black = options.invert ? "#fff" : "#000";

  put(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )");
  number(side);
  put(" ");
  number(side);
  put(R"(" role="img" shape-rendering="crispEdges"><title>)");
  detail::AppendXmlText(options.title, out);
  put(R"(</title><rect width="100%" height="100%" fill=")");
  put(white);
  put(R"("/><path fill=")");
  put(black);
  put(R"(" d=")");
  // A rectangle for each dark run of a row.
  for (int row = 0; row < code.size(); ++row) {
    for (int start = 0, end = 0; start < code.size(); start = end) {
      while (end < code.size() && code.IsDark(end, row) == code.IsDark(start, row)) ++end;
      if (!code.IsDark(start, row)) continue;
      put("M");
      number(start + margin);
      put(" ");
      number(row + margin);
      put("h");
      number(end - start);
      put("v1H");
      number(start + margin);
      put("z");
    }
  }
  put("\"/></svg>\n");
}

// The same as a data URL (RFC 2397), for an <img> or a JSON member.
template <typename Sink>
constexpr void AppendQrSvgDataUrl(const QrCode& code, const QrSvgOptions& options, Sink& out) {
  out.append(std::string_view("data:image/svg+xml;base64,"));
  Base64Writer<Sink> base64(out);
  AppendQrSvg(code, options, base64);
  base64.Finish();
}

}  // namespace cctl

#endif  // CCTL_QR_QR_SVG_H_
