// SPDX-License-Identifier: MIT
//
// Between UTF-8, which all texts of this library are, and the UTF-16 that Windows' functions take; nothing elsewhere.
// What is no UTF-8, or no UTF-16, becomes U+FFFD.

#ifndef CCTL_SYS_WINDOWS_TEXT_H_
#define CCTL_SYS_WINDOWS_TEXT_H_

#ifdef _WIN32

#include <cstddef>
#include <string>
#include <string_view>

#include "cctl/base/windows_api.h"

namespace cctl::detail {

inline std::wstring Wide(std::string_view text) {
  if (text.empty()) return {};  // which the function calls an error
  const int size = MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), nullptr, 0);
  std::wstring out(static_cast<std::size_t>(size), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), out.data(), size);
  return out;
}

inline std::string Narrow(std::wstring_view text) {
  if (text.empty()) return {};
  const int units = static_cast<int>(text.size());
  const int size = WideCharToMultiByte(CP_UTF8, 0, text.data(), units, nullptr, 0, nullptr, nullptr);
  std::string out(static_cast<std::size_t>(size), '\0');
  WideCharToMultiByte(CP_UTF8, 0, text.data(), units, out.data(), size, nullptr, nullptr);
  return out;
}

}  // namespace cctl::detail

#endif  // _WIN32

#endif  // CCTL_SYS_WINDOWS_TEXT_H_
