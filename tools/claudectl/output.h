// SPDX-License-Identifier: MIT
//
// Where a command's words go. Results to standard output, as text or, with `--json`, as JSON objects of one line each;
// progress, notes and warnings to standard error. Colour only where a terminal shows it and nobody has said no.

#ifndef CCTL_TOOLS_CLAUDECTL_OUTPUT_H_
#define CCTL_TOOLS_CLAUDECTL_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "cctl/node/outcome.h"

namespace cctl::cli {

// How a terminal shows a word; elsewhere it is plain.
enum class Color { kPlain, kGood, kFaint, kBad };

class Printer {
 public:
  // `color_wanted` is false for --no-color; NO_COLOR and whether there is a terminal are looked up here.
  Printer(bool json, bool color_wanted);

  [[nodiscard]] bool json() const { return json_; }
  // Whether standard output shows colours.
  [[nodiscard]] bool color() const { return color_out_; }

  // Prints a result as one line of JSON, at once: a reader of a stream waits for each.
  void Object(const nlohmann::json& object);
  // Prints a line of a result. With --json nothing: the object says it all.
  void Line(std::string_view text);

  // What is going on. With --json nothing.
  void Progress(std::string_view text);
  // What a person should know although the command did what it was asked to.
  void Note(std::string_view text);
  void Warn(std::string_view text);

  // Says why the command failed; returns its exit status.
  int Fail(const Failure& failure);
  // The same for one that has done something nevertheless: with --json that is the object, and the error is in it.
  int Fail(const Failure& failure, nlohmann::json done);

  // The exit status of a command that is done: `status`, unless its output could not be written.
  int Finish(int status = 0);

  // The word in a colour for standard output.
  [[nodiscard]] std::string Paint(Color color, std::string_view word) const;

 private:
  void Say(Color color, std::string_view label, std::string_view text);

  bool json_;
  bool color_out_;
  bool color_err_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_OUTPUT_H_
