// SPDX-License-Identifier: MIT

#include "tools/claudectl/qr_output.h"

#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "cctl/base/bytes.h"
#include "cctl/base/printable_text.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_mode.h"
#include "cctl/qr/qr_png.h"
#include "cctl/qr/qr_quiet_zone.h"
#include "cctl/qr/qr_svg.h"
#include "cctl/sys/atomic_file.h"
#include "cctl/sys/file.h"
#include "cctl/sys/terminal.h"
#include "tools/claudectl/interrupt.h"

namespace cctl::cli {
namespace {

Failure CannotWrite(const std::string& path, std::string_view why) {
  return {Errc::kIo, "cannot write " + path + ": " + std::string(why)};
}

Outcome<Done> WritePrivateFile(const std::string& path, const std::string& content) {
  // A link is followed, and only what is a file is replaced: /dev/stdout is neither.
  std::error_code error;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  const std::string where = error ? path : target.string();
  if (const auto status = GetFileStatus(where, Links::kFollow); status && status->kind != FileKind::kRegular) {
    return CannotWrite(path, "it is no regular file");
  }
  const InterruptHold hold;
  if (const auto written = AtomicWriteFile(where, AsBytes(content)); !written) {
    return CannotWrite(path, std::strerror(static_cast<int>(written.error().value)));
  }
  return Done{};
}

}  // namespace

void QrOutput::Declare(Options& options) {
  options.Text("--qr-svg", "FILE", svg_file_, "Write the QR code as SVG");
  options.Text("--qr-png", "FILE", png_file_, "Write the QR code as PNG");
  options.Text("--style", "STYLE", style_name_, "How it is drawn as text: half (default), full or ascii");
  options.Number("--quiet-zone", "N", 0, kMaxQrQuietZone, quiet_zone_,
                 "The light margin in modules (default 4; 2 is enough for most readers)");
  options.Number("--scale", "N", 1, kMaxQrPngScale, scale_, "Pixels of a module in the PNG (default 8)");
  options.Flag("--invert", invert_, "Exchange dark and light");
}

Outcome<Done> QrOutput::Check() {
  if (!style_name_ || *style_name_ == "half") {
    style_ = QrTextStyle::kHalf;
  } else if (*style_name_ == "full") {
    style_ = QrTextStyle::kFull;
  } else if (*style_name_ == "ascii") {
    style_ = QrTextStyle::kAscii;
  } else {
    return Failure{Errc::kUsage,
                   "--style takes half, full or ascii, not '" + std::string(Printable(*style_name_).view()) + "'",
                   "claudectl relay " + std::string(command_) + " --help"};
  }
  return Done{};
}

QrTextOptions QrOutput::TextOptions(bool colors) const {
  return {.style = style_,
          .quiet_zone = static_cast<int>(quiet_zone_.value_or(kQrQuietZone)),
          .invert = invert_,
          .colors = colors};
}

bool QrOutput::FitsTerminal(const QrCode& code) const {
  const auto terminal = GetTerminalSize();
  // The last line is the prompt's.
  return terminal && QrTextColumns(code, TextOptions(true)) <= terminal->columns &&
         QrTextLines(code, TextOptions(true)) < terminal->rows;
}

Outcome<Done> QrOutput::CheckWidth(const QrCode& code) const {
  const auto terminal = GetTerminalSize();
  const int columns = QrTextColumns(code, TextOptions(true));
  if (!terminal || columns <= terminal->columns) return Done{};
  return Failure{Errc::kUsage,
                 "the QR code is " + std::to_string(columns) + " columns wide, and the terminal " +
                     std::to_string(terminal->columns) + ": make it wider, or write the code to a file",
                 "claudectl relay " + std::string(command_) + " --qr-svg <file>"};
}

void QrOutput::Draw(const QrCode& code, Printer& out) const {
  const bool terminal = IsTerminal(StandardStream::kOutput);
  std::string drawing;
  AppendQrText(code, TextOptions(terminal && out.color()), drawing);
  drawing.pop_back();  // Line() ends it
  out.Line(drawing);
  if (terminal && !out.color() && !invert_) {
    out.Note("without colours a dark terminal shows the QR code inverted; if yours is: --invert");
  }
}

std::string QrOutput::SvgUrl(const QrCode& code, std::string_view title) const {
  std::string url;
  AppendQrSvgDataUrl(code, {.quiet_zone = TextOptions(false).quiet_zone, .invert = invert_, .title = title}, url);
  return url;
}

Outcome<Done> QrOutput::WriteFiles(const QrCode& code, std::string_view title, Printer& out) const {
  const int quiet_zone = TextOptions(false).quiet_zone;
  if (svg_file_) {
    std::string svg;
    AppendQrSvg(code, {.quiet_zone = quiet_zone, .invert = invert_, .title = title}, svg);
    if (const auto written = WritePrivateFile(*svg_file_, svg); !written) return written.error();
    out.Progress("Wrote " + *svg_file_);
  }
  if (png_file_) {
    std::string png;
    const int scale = static_cast<int>(scale_.value_or(QrPngOptions{}.scale));
    const auto drawn = AppendQrPng(code, {.quiet_zone = quiet_zone, .scale = scale, .invert = invert_}, png);
    if (!drawn) return Failure{drawn.error().code, "cannot draw the PNG"};
    if (const auto written = WritePrivateFile(*png_file_, png); !written) return written.error();
    out.Progress("Wrote " + *png_file_);
  }
  return Done{};
}

Failure QrTextTooLong(std::string_view text, int max_version) {
  const QrMode mode = DensestQrMode(text);
  const auto fits = [&](QrLevel level) {
    return std::to_string(QrCapacity(max_version, level, mode)) + " at level " + QrLevelLetter(level);
  };
  const char* const unit = mode == QrMode::kNumeric        ? " digits"
                           : mode == QrMode::kAlphanumeric ? " alphanumeric characters"
                                                           : " bytes";
  return {Errc::kTooLong, "the text of " + std::to_string(text.size()) + unit + " is too long: version " +
                              std::to_string(max_version) + " holds " + fits(QrLevel::kL) + ", " + fits(QrLevel::kM) +
                              ", " + fits(QrLevel::kQ) + ", " + fits(QrLevel::kH)};
}

}  // namespace cctl::cli
