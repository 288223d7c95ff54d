// SPDX-License-Identifier: MIT
//
// Changes this process's environment, on any system.

#ifndef CCTL_TESTS_SYS_SET_ENVIRONMENT_H_
#define CCTL_TESTS_SYS_SET_ENVIRONMENT_H_

#include <stdlib.h>

#include <string>

namespace cctl::testing {

// Windows has no variable that is empty: there, setting it so takes it away.
inline void SetVariable(const std::string& name, const std::string& value) {
#ifdef _WIN32
  _putenv_s(name.c_str(), value.c_str());
#else
  setenv(name.c_str(), value.c_str(), 1);
#endif
}

inline void UnsetVariable(const std::string& name) {
#ifdef _WIN32
  _putenv_s(name.c_str(), "");
#else
  unsetenv(name.c_str());
#endif
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SYS_SET_ENVIRONMENT_H_
