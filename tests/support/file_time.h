// SPDX-License-Identifier: MIT
//
// Says when a file last changed, to the millisecond, on any system: mingw-w64's <filesystem> sets whole seconds.

#ifndef CCTL_TESTS_SUPPORT_FILE_TIME_H_
#define CCTL_TESTS_SUPPORT_FILE_TIME_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "cctl/base/time.h"

#ifdef _WIN32
#include "cctl/base/windows_api.h"
#include "cctl/sys/windows_text.h"
#endif

namespace cctl::testing {

inline void SetTimeOfChange(const std::string& path, UnixTime date) {
#ifdef _WIN32
  const auto ticks = static_cast<std::uint64_t>((date.ms + 11'644'473'600'000) * 10'000);
  const FILETIME time = {static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> 32)};
  const HANDLE file =
      CreateFileW(cctl::detail::Wide(path).c_str(), FILE_WRITE_ATTRIBUTES, 0, nullptr, OPEN_EXISTING, 0, nullptr);
  EXPECT_TRUE(SetFileTime(file, nullptr, nullptr, &time));
  CloseHandle(file);
#else
  using FileClock = std::filesystem::file_time_type::clock;
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(date.ms)};
  std::filesystem::last_write_time(path, FileClock::from_sys(time));
#endif
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_FILE_TIME_H_
