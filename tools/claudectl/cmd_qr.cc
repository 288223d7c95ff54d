// SPDX-License-Identifier: MIT

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/base/printable_text.h"
#include "cctl/base/secret.h"
#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/qr_output.h"

namespace cctl::cli {
namespace {

// All of standard input, without the line's end that a program like echo has put behind it. Reads a little more than
// fits into a QR code and no further.
Outcome<std::string> ReadText() {
  constexpr std::size_t kLimit = 16 * 1024;
  std::string text(kLimit, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stdin));
  if (std::ferror(stdin) != 0) return Failure{Errc::kIo, "cannot read the text from standard input"};
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

class QrCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Argument("text", text_, "What the QR code says; - reads it from standard input");
    options.Text("--level", "LEVEL", level_,
                 "At least how much damage it stands: L (7 %), M (15 %, default), Q, H (30 %)");
    options.Number("--symbol-version", "N", kMinQrVersion, kMaxQrVersion, version_,
                   "The version, 1 to 40 (default: the smallest that holds the text)");
    options.Number("--mask", "N", 0, 7, mask_, "The mask (default: the best)");
    output_.Declare(options);
  }

  [[nodiscard]] bool WorksWithoutConfig() const override { return true; }

  int Run(Printer& out) override {
    if (const auto checked = output_.Check(); !checked) return out.Fail(checked.error());
    const auto options = FromOptions();
    if (!options) return out.Fail(options.error());
    auto text = text_ == "-" ? ReadText() : Outcome<std::string>(text_);
    if (!text) return out.Fail(text.error());
    const ScopedWipe wipe(*text);
    const auto code = QrCode::Encode(*text, *options);
    if (!code) return out.Fail(QrTextTooLong(*text, options->max_version));

    constexpr const char* kTitle = "QR code";
    const bool draws = !out.json() && !output_.HasFiles();
    if (draws) {
      if (const auto fits = output_.CheckWidth(*code); !fits) return out.Fail(fits.error());
      output_.Draw(*code, out);
    }
    if (const auto written = output_.WriteFiles(*code, kTitle, out); !written) return out.Fail(written.error());
    if (out.json()) {
      out.Object({{"version", code->version()},
                  {"level", std::string(1, QrLevelLetter(code->level()))},
                  {"mask", code->mask()},
                  {"size", code->size()},
                  {"qr_svg", output_.SvgUrl(*code, kTitle)}});
    }
    return out.Finish();
  }

 private:
  Outcome<QrOptions> FromOptions() const {
    QrOptions options;
    if (level_) {
      if (level_->size() != 1 || std::string_view("LMQHlmqh").find(level_->front()) == std::string_view::npos) {
        return Failure{Errc::kUsage, "--level takes L, M, Q or H, not '" + std::string(Printable(*level_).view()) + "'",
                       "claudectl relay qr --help"};
      }
      options.level = static_cast<QrLevel>(std::string_view("LMQHlmqh").find(level_->front()) % kQrLevelCount);
    }
    if (version_) options.min_version = options.max_version = static_cast<int>(*version_);
    if (mask_) options.mask = static_cast<int>(*mask_);
    return options;
  }

  std::string text_;
  std::optional<std::string> level_;
  std::optional<std::uint32_t> version_;
  std::optional<std::uint32_t> mask_;
  QrOutput output_{"qr"};
};

}  // namespace

std::unique_ptr<Command> MakeQrCommand() { return std::make_unique<QrCommand>(); }

}  // namespace cctl::cli
