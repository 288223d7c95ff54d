// SPDX-License-Identifier: MIT

#include "tools/claudectl/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "cctl/base/printable_text.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/exit_status.h"
#include "tools/claudectl/log_label.h"

namespace cctl::cli {
namespace {

bool ShowsColor(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) != "dumb" && isatty(descriptor) == 1;
}

std::string Painted(bool painted, Color color, std::string_view word) {
  if (!painted || color == Color::kPlain) return std::string(word);
  const char* start = color == Color::kGood ? "\x1b[32m" : color == Color::kBad ? "\x1b[31m" : "\x1b[2m";
  return std::string(start).append(word).append("\x1b[0m");
}

// Text from outside is made printable where it enters a message; this is for what was overlooked, such as a folder's
// name: nothing that we say moves a cursor.
std::string Shown(std::string_view text) {
  std::string shown;
  for (std::size_t start = 0;; ++start) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    AppendPrintable(text.substr(start, end - start), shown);
    if (end == text.size()) return shown;
    shown.push_back('\n');
    start = end;
  }
}

void PutError(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

}  // namespace

Printer::Printer(const OutputOptions& options)
    : options_(options),
      color_out_(options.color && ShowsColor(STDOUT_FILENO)),
      color_err_(options.color && ShowsColor(STDERR_FILENO)) {}

void Printer::Put(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && write_error_ == 0) write_error_ = errno;
}

void Printer::Flush() {
  errno = 0;
  if (std::fflush(stdout) != 0 && write_error_ == 0) write_error_ = errno;
}

void Printer::Object(const nlohmann::json& object) {
  // What is no UTF-8 is replaced: a reader gets JSON, whatever a file or a peer has said.
  Put(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).append("\n"));
  Flush();
}

void Printer::Line(std::string_view text) {
  if (json()) return;
  Put(std::string(text).append("\n"));
}

void Printer::EventLine(std::string_view text) {
  if (json()) return;
  if (log_level() != LogLevel::kNone) return Log(LogLevel::kInfo, text);
  Line(text);
  Flush();
}

void Printer::Progress(std::string_view text) {
  if (json() || quiet()) return;
  if (log_level() != LogLevel::kNone) return Log(LogLevel::kInfo, text);
  Flush();
  PutError(Shown(text).append("\n"));
}

void Printer::Note(std::string_view text) {
  if (quiet()) return;
  if (log_level() != LogLevel::kNone) return Log(LogLevel::kInfo, text);
  Say(Color::kFaint, "note:", text);
}

void Printer::Warn(std::string_view text) {
  if (log_level() != LogLevel::kNone) return Say(Color::kBad, LogLabel("warn", WallNow()), text);
  Say(Color::kBad, "warning:", text);
}

void Printer::Log(LogLevel level, std::string_view text) {
  if (level > log_level()) return;
  Say(Color::kFaint, LogLabel(level == LogLevel::kDebug ? "debug" : "info", WallNow()), text);
}

void Printer::Say(Color color, std::string_view label, std::string_view text) {
  Flush();
  PutError(Painted(color_err_, color, label).append(" ").append(Shown(text)).append("\n"));
}

int Printer::Fail(const Failure& failure) { return Fail(failure, nlohmann::json::object()); }

int Printer::Fail(const Failure& failure, nlohmann::json done) {
  if (json()) {
    nlohmann::json error = {{"code", ErrorCode(failure.code)}, {"message", failure.message}, {"hint", nullptr}};
    if (!failure.hint.empty()) error["hint"] = failure.hint;
    done["error"] = std::move(error);
    Object(done);
  } else {
    Say(Color::kBad, "error:", failure.message);
    if (!failure.hint.empty()) Say(Color::kFaint, "hint:", failure.hint);
  }
  return ExitStatus(failure.code);
}

int Printer::Finish(int status) {
  Flush();
  if (write_error_ == 0 && std::ferror(stdout) == 0) return status;
  // Whoever reads no more has what it wanted, as `head` has.
  if (write_error_ != EPIPE) {
    const char* reason = write_error_ != 0 ? std::strerror(write_error_) : "write error";
    Say(Color::kBad, "error:", std::string("standard output: ").append(reason));
  }
  return status != 0 ? status : ExitStatus(Errc::kIo);
}

std::string Printer::Paint(Color color, std::string_view word) const { return Painted(color_out_, color, word); }

}  // namespace cctl::cli
