// SPDX-License-Identifier: MIT
//
// Any bytes as a text, under options taken from the first four. What is encoded says the text again to the naive
// reader, in the fewest bits, in the smallest version; what is not is too long or no UTF-8. All drawings are made.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_png.h"
#include "cctl/qr/qr_svg.h"
#include "cctl/qr/qr_text.h"
#include "tests/support/naive_qr.h"
#include "tests/support/naive_qr_reader.h"
#include "tests/support/naive_qr_segments.h"
#include "tests/support/qr_modules.h"

namespace {

using cctl::testing::NaiveMode;

void Check(bool holds) {
  if (!holds) std::abort();
}

int LeastBits(std::string_view text, int version, const cctl::QrOptions& options) {
  return cctl::testing::NaiveLeastBits(text, version) + (options.utf8_eci ? 12 : 0);
}

bool Fits(std::string_view text, int version, const cctl::QrOptions& options) {
  return LeastBits(text, version, options) <=
         8 * cctl::testing::NaiveDataCodewords(version, static_cast<int>(options.level));
}

void CheckSymbol(std::string_view text, const cctl::QrCode& code, const cctl::QrOptions& options) {
  Check(code.version() >= options.min_version && code.version() <= options.max_version);
  Check(code.level() == options.level || (options.raise_level && code.level() > options.level));
  Check(options.mask == cctl::kAutomaticQrMask || code.mask() == options.mask);
  Check(code.version() == options.min_version || !Fits(text, code.version() - 1, options));
  const auto read = cctl::testing::NaiveRead(cctl::testing::ModulesOf(code));
  Check(read.has_value() && read->text() == text && read->mask == code.mask());
  Check(cctl::testing::NaiveBitCount(read->segments, code.version()) == LeastBits(text, code.version(), options));
  Check(options.utf8_eci == (!read->segments.empty() && read->segments[0].mode == NaiveMode::kUtf8Eci));
}

void CheckDrawings(const cctl::QrCode& code, std::string_view title, std::uint8_t choice) {
  const int quiet_zone = choice % 7;
  for (const auto style : {cctl::QrTextStyle::kHalf, cctl::QrTextStyle::kFull, cctl::QrTextStyle::kAscii}) {
    const cctl::QrTextOptions options{
        .style = style, .quiet_zone = quiet_zone, .invert = choice % 2 == 0, .colors = choice % 3 == 0};
    std::string text;
    cctl::AppendQrText(code, options, text);
    int lines = 0;
    for (const char c : text) lines += c == '\n';
    Check(lines == cctl::QrTextLines(code, options) && text.back() == '\n');
  }
  std::string svg, png;
  cctl::AppendQrSvg(code, {.quiet_zone = quiet_zone, .title = title}, svg);
  for (const char c : svg) Check(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
  const int scale = choice % 5;
  const auto drawn = cctl::AppendQrPng(code, {.quiet_zone = quiet_zone, .scale = scale}, png);
  Check(drawn.has_value() == (scale > 0) && png.empty() == (scale == 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 4), size - 4);
  cctl::QrOptions options;
  options.level = static_cast<cctl::QrLevel>(data[0] % 4);
  options.raise_level = (data[0] & 4) != 0;
  options.utf8_eci = (data[0] & 8) != 0;
  options.mask = data[1] % 9 - 1;
  options.min_version = 1 + data[2] % 40;
  options.max_version = options.min_version + data[3] % (41 - options.min_version);

  const auto code = cctl::QrCode::Encode(text, options);
  if (code) {
    CheckSymbol(text, *code, options);
    CheckDrawings(*code, text, data[1]);
  } else if (code.error().code == cctl::Errc::kTooLong) {
    Check(!Fits(text, options.max_version, options));
  } else {
    Check(code.error().code == cctl::Errc::kInvalid && options.utf8_eci && code.error().offset < text.size());
  }
  return 0;
}
