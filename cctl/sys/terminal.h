// SPDX-License-Identifier: MIT
//
// Whether a person sits at the other end of a standard stream, and how much fits on the screen.

#ifndef CCTL_SYS_TERMINAL_H_
#define CCTL_SYS_TERMINAL_H_

#ifdef _WIN32
#include <windows.h>
// windows.h has to come before these.
#include <io.h>
#else
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#endif

#include <optional>

namespace cctl {

enum class StandardStream : int { kInput = 0, kOutput = 1, kError = 2 };  // their descriptors everywhere

struct TerminalSize {
  int columns = 0;  // both at least 1
  int rows = 0;
};

inline bool IsTerminal(StandardStream stream) {
#ifdef _WIN32
  return _isatty(static_cast<int>(stream)) != 0;
#else
  return ::isatty(static_cast<int>(stream)) != 0;
#endif
}

// None where the stream is no terminal, or one that does not know (a serial line).
inline std::optional<TerminalSize> GetTerminalSize(StandardStream stream = StandardStream::kOutput) {
#ifdef _WIN32
  CONSOLE_SCREEN_BUFFER_INFO info;
  const auto console = reinterpret_cast<HANDLE>(_get_osfhandle(static_cast<int>(stream)));
  if (!GetConsoleScreenBufferInfo(console, &info)) return std::nullopt;
  return TerminalSize{info.srWindow.Right - info.srWindow.Left + 1, info.srWindow.Bottom - info.srWindow.Top + 1};
#else
  winsize size = {};
  if (::ioctl(static_cast<int>(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return TerminalSize{size.ws_col, size.ws_row};
#endif
}

}  // namespace cctl

#endif  // CCTL_SYS_TERMINAL_H_
