// SPDX-License-Identifier: MIT
//
// How a command says which options and arguments it understands. What is not given leaves its variable as it is;
// an option given twice counts as given last, unless it is a list.

#ifndef CCTL_TOOLS_CLAUDECTL_OPTIONS_H_
#define CCTL_TOOLS_CLAUDECTL_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cctl/base/time.h"

namespace cctl::cli {

class Options {
 public:
  virtual ~Options() = default;

  // An option without a value.
  virtual void Flag(const char* name, bool& value, const char* help) = 0;
  // An option with a value; `placeholder` stands for it in the help.
  virtual void Text(const char* name, const char* placeholder, std::optional<std::string>& value, const char* help) = 0;
  // The same, for one that may be given several times: each value is added.
  virtual void TextList(const char* name, const char* placeholder, std::vector<std::string>& values,
                        const char* help) = 0;
  // A whole number from `least` to `most`.
  virtual void Number(const char* name, const char* placeholder, std::uint32_t least, std::uint32_t most,
                      std::optional<std::uint32_t>& value, const char* help) = 0;
  // `300ms`, `90s`, `15m`, `24h`, `7d`; more than nothing and not more than `most`.
  virtual void Time(const char* name, Duration most, std::optional<Duration>& value, const char* help) = 0;
  // An argument without a name, in the order of the calls.
  virtual void Argument(const char* placeholder, std::string& value, const char* help) = 0;
  virtual void OptionalArgument(const char* placeholder, std::optional<std::string>& value, const char* help) = 0;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_OPTIONS_H_
