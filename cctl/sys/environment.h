// SPDX-License-Identifier: MIT
//
// The environment's variables, read here and nowhere else. Not to be called while another thread changes them; nothing
// in this library does.

#ifndef CCTL_SYS_ENVIRONMENT_H_
#define CCTL_SYS_ENVIRONMENT_H_

#include <cstdlib>
#include <optional>
#include <string>

namespace cctl {

// A variable's value; one that is empty counts as not set.
inline std::optional<std::string> GetEnvironment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

}  // namespace cctl

#endif  // CCTL_SYS_ENVIRONMENT_H_
