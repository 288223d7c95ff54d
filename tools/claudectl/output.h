// SPDX-License-Identifier: MIT
//
// Where a command's words go. Results to standard output, as text or, with `--json`, as JSON objects of one line each;
// progress, notes and warnings to standard error, where with `--verbose` each is a line of a log. Colour only where a
// terminal shows it and nobody has said no.

#ifndef CCTL_TOOLS_CLAUDECTL_OUTPUT_H_
#define CCTL_TOOLS_CLAUDECTL_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"

namespace cctl::cli {

// How a terminal shows a word; elsewhere it is plain.
enum class Color { kPlain, kGood, kFaint, kBad };

// What the command line says of the output.
struct OutputOptions {
  bool json = false;
  bool color = true;   // false: --no-color
  bool quiet = false;  // neither progress nor notes
  LogLevel log = LogLevel::kNone;
};

class Printer {
 public:
  // NO_COLOR and whether there is a terminal are looked up here.
  explicit Printer(const OutputOptions& options);

  [[nodiscard]] bool json() const { return options_.json; }
  [[nodiscard]] bool quiet() const { return options_.quiet; }
  // What is to be logged; a node that runs here is given it.
  [[nodiscard]] LogLevel log_level() const { return options_.log; }
  // Whether standard output shows colours.
  [[nodiscard]] bool color() const { return color_out_; }

  // Prints a result as one line of JSON, at once: a reader of a stream waits for each.
  void Object(const nlohmann::json& object);
  // Prints a line of a result. With --json nothing: the object says it all.
  void Line(std::string_view text);

  // A line of a stream of events, at once; of the log, where there is one, since that has the time.
  void EventLine(std::string_view text);

  // What is going on. With --json nothing.
  void Progress(std::string_view text);
  // What a person should know although the command did what it was asked to.
  void Note(std::string_view text);
  void Warn(std::string_view text);
  // What the command does and why, where `level` is wanted.
  void Log(LogLevel level, std::string_view text);

  // Says why the command failed; returns its exit status.
  int Fail(const Failure& failure);
  // The same for one that has done something nevertheless: with --json that is the object, and the error is in it.
  int Fail(const Failure& failure, nlohmann::json done);

  // Why standard output could not be written, the first time: an errno; 0: it could.
  [[nodiscard]] int write_error() const { return write_error_; }
  // The exit status of a command that is done: `status`, unless its output could not be written.
  int Finish(int status = 0);

  // The word in a colour for standard output.
  [[nodiscard]] std::string Paint(Color color, std::string_view word) const;

 private:
  // Standard output; the first error is kept.
  void Put(std::string_view text);
  void Flush();
  void Say(Color color, std::string_view label, std::string_view text);

  OutputOptions options_;
  bool color_out_;
  bool color_err_;
  int write_error_ = 0;  // errno
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_OUTPUT_H_
