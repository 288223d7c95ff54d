// SPDX-License-Identifier: MIT
//
// How a command shows a QR code: drawn on standard output, and written as SVG or PNG. Options and limits are the same
// for every command that does.

#ifndef CCTL_TOOLS_CLAUDECTL_QR_OUTPUT_H_
#define CCTL_TOOLS_CLAUDECTL_QR_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/node/outcome.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_text.h"
#include "tools/claudectl/options.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

class QrOutput {
 public:
  // `command` is what hints name, such as `invite`.
  explicit QrOutput(const char* command) : command_(command) {}

  void Declare(Options& options);

  // Reads what was given; the others want it done.
  Outcome<Done> Check();

  // Whether there is a file to write.
  [[nodiscard]] bool HasFiles() const { return svg_file_ || png_file_; }

  // Whether the whole code is seen at once on the terminal that standard output is; false where it is none.
  [[nodiscard]] bool FitsTerminal(const QrCode& code) const;
  // Fails where the terminal is narrower than the code, so that lines would be broken. A drawing that goes elsewhere
  // is as wide as it is.
  Outcome<Done> CheckWidth(const QrCode& code) const;

  // Draws it. In a terminal's colours dark is black on white; elsewhere, and without colours, ink is dark.
  void Draw(const QrCode& code, Printer& out) const;
  // The SVG as a data URL, for JSON.
  [[nodiscard]] std::string SvgUrl(const QrCode& code, std::string_view title) const;
  // Writes the files, for the user alone to read: a link is a secret. Says on standard error where they are.
  Outcome<Done> WriteFiles(const QrCode& code, std::string_view title, Printer& out) const;

 private:
  [[nodiscard]] QrTextOptions TextOptions(bool colors) const;

  const char* command_;
  QrTextStyle style_ = QrTextStyle::kHalf;
  std::optional<std::string> style_name_;
  std::optional<std::uint32_t> quiet_zone_;
  std::optional<std::uint32_t> scale_;
  bool invert_ = false;
  std::optional<std::string> svg_file_;
  std::optional<std::string> png_file_;
};

// The failure of a text that is too long, with what fits at each level.
Failure QrTextTooLong(std::string_view text, int max_version);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_QR_OUTPUT_H_
