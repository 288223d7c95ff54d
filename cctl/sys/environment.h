// SPDX-License-Identifier: MIT
//
// The environment's variables, read here and nowhere else, as UTF-8 on Windows. Not to be called while another thread
// changes them; nothing in this library does.

#ifndef CCTL_SYS_ENVIRONMENT_H_
#define CCTL_SYS_ENVIRONMENT_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
#include "cctl/sys/windows_text.h"
#endif

#include <cstdlib>
#include <cwchar>
#include <optional>
#include <string>
#include <vector>

#ifndef _WIN32
extern "C" char** environ;  // NOLINT(readability-redundant-declaration): not every libc declares it
#endif

namespace cctl {

// A variable's value; one that is empty counts as not set.
inline std::optional<std::string> GetEnvironment(const std::string& name) {
#ifdef _WIN32
  const wchar_t* const value = _wgetenv(detail::Wide(name).c_str());
  if (value == nullptr || *value == L'\0') return std::nullopt;
  return detail::Narrow(value);
#else
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
#endif
}

// All of them, as NAME=value.
inline std::vector<std::string> ListEnvironment() {
  std::vector<std::string> entries;
#ifdef _WIN32
  wchar_t* const block = GetEnvironmentStringsW();
  if (block == nullptr) return entries;
  for (const wchar_t* at = block; *at != L'\0'; at += std::wcslen(at) + 1) {
    entries.push_back(detail::Narrow(at));
  }
  FreeEnvironmentStringsW(block);
#else
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) entries.emplace_back(*entry);
#endif
  return entries;
}

}  // namespace cctl

#endif  // CCTL_SYS_ENVIRONMENT_H_
