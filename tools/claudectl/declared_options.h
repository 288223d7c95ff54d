// SPDX-License-Identifier: MIT
//
// What a command has declared that it understands, as a list: for who reads the line, writes the help, or completes a
// word.

#ifndef CCTL_TOOLS_CLAUDECTL_DECLARED_OPTIONS_H_
#define CCTL_TOOLS_CLAUDECTL_DECLARED_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/node/node_options.h"
#include "tools/claudectl/options.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

// One option or argument as a command has declared it. `take` is given the value and returns what is wrong with it.
struct Declared {
  std::string name;         // "--ttl", or the argument's placeholder
  std::string placeholder;  // of an option's value; empty for a flag
  std::string help;
  bool required = false;
  std::function<std::string(const std::string&)> take;
};

// What every command understands besides, anywhere on the line.
struct GlobalOption {
  const char* short_name;  // empty: it has none
  const char* name;
  const char* help;
  void (*apply)(OutputOptions&);  // null: it is no word about the output, but asks for something else
};
inline constexpr GlobalOption kGlobalOptions[] = {
    {"", "--json", "Print one JSON object on standard output", [](OutputOptions& output) { output.json = true; }},
    {"-q", "--quiet", "Say nothing but warnings and errors besides the result",
     [](OutputOptions& output) {
       output.quiet = true;
       output.log = LogLevel::kNone;
     }},
    {"-v", "--verbose", "Log what is done, with the time, on standard error; twice: each connection, too",
     [](OutputOptions& output) {
       output.quiet = false;
       output.log = output.log == LogLevel::kNone ? LogLevel::kInfo : LogLevel::kDebug;
     }},
    {"", "--no-color", "Do not colour, also on a terminal", [](OutputOptions& output) { output.color = false; }},
    {"-h", "--help", "Show help", nullptr},
};

// Applies a word that is one of them; false: it is none. "-vv" is `-v` twice.
bool ApplyGlobalOption(std::string_view word, OutputOptions& output);

class DeclaredOptions : public Options {
 public:
  void Flag(const char* name, bool& value, const char* help) override;
  void Text(const char* name, const char* placeholder, std::optional<std::string>& value, const char* help) override;
  void TextList(const char* name, const char* placeholder, std::vector<std::string>& values, const char* help) override;
  void Number(const char* name, const char* placeholder, std::uint32_t least, std::uint32_t most,
              std::optional<std::uint32_t>& value, const char* help) override;
  void Time(const char* name, Duration most, std::optional<Duration>& value, const char* help) override;
  void Argument(const char* placeholder, std::string& value, const char* help) override;
  void OptionalArgument(const char* placeholder, std::optional<std::string>& value, const char* help) override;

  std::vector<Declared> options;
  std::vector<Declared> arguments;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_DECLARED_OPTIONS_H_
