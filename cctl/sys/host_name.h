// SPDX-License-Identifier: MIT
//
// This machine's name as its owner gave it, for a first identity. Text from outside: whoever uses it cleans it.

#ifndef CCTL_SYS_HOST_NAME_H_
#define CCTL_SYS_HOST_NAME_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
#else
#include <unistd.h>
#endif

#include <string>
#include <string_view>

namespace cctl {

// The name up to its first dot; empty where the system has none.
inline std::string ShortHostName() {
  char name[256] = {};
#ifdef _WIN32
  DWORD size = sizeof name;
  if (!GetComputerNameExA(ComputerNameDnsHostname, name, &size)) return {};
#else
  if (::gethostname(name, sizeof name - 1) != 0) return {};  // the last byte stays zero, whatever was cut
#endif
  const std::string_view whole(name);
  return std::string(whole.substr(0, whole.find('.')));
}

}  // namespace cctl

#endif  // CCTL_SYS_HOST_NAME_H_
