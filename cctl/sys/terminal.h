// SPDX-License-Identifier: MIT
//
// Whether a person sits at the other end of a standard stream, how much fits on the screen, and keys as they are typed.

#ifndef CCTL_SYS_TERMINAL_H_
#define CCTL_SYS_TERMINAL_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
// It has to come before these.
#include <io.h>
#else
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#endif

#include <optional>
#include <utility>

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

#ifdef _WIN32

// In this version there are no single keys on Windows.
class KeyInput {
 public:
  static std::optional<KeyInput> Begin(bool = false) { return std::nullopt; }
  static bool IsOurs() { return false; }
  [[nodiscard]] std::optional<char> Take() const { return std::nullopt; }
};

#else

// While one lives, standard input gives each key at once and does not show it. Ctrl-C still is a signal, and Ctrl-Z
// unless it `stays`. Restores what was before, where the terminal is still this program's.
class KeyInput {
 public:
  // None where standard input is no terminal, or another program's at the moment (a shell's background job that touched
  // it would be stopped). `stays`: for a program that has drawn on all of the terminal, and cannot leave it halfway.
  static std::optional<KeyInput> Begin(bool stays = false) {
    KeyInput input;
    if (!IsOurs() || ::tcgetattr(STDIN_FILENO, &input.former_) != 0) return std::nullopt;
    termios keys = input.former_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys.c_cc[VMIN] = 0;  // reading never waits
    keys.c_cc[VTIME] = 0;
    if (stays) keys.c_cc[VSUSP] = _POSIX_VDISABLE;
    if (::tcsetattr(STDIN_FILENO, TCSANOW, &keys) != 0) return std::nullopt;
    input.active_ = true;
    return input;
  }

  KeyInput(KeyInput&& other) noexcept : former_(other.former_), active_(std::exchange(other.active_, false)) {}
  KeyInput& operator=(KeyInput&&) = delete;
  ~KeyInput() {
    if (!active_ || !IsOurs()) return;
    // Should it become another's at this moment: better written to than to be stopped for it, with all that is held.
    sigset_t stop;
    sigset_t former;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    const bool blocked = ::pthread_sigmask(SIG_BLOCK, &stop, &former) == 0;
    (void)::tcsetattr(STDIN_FILENO, TCSANOW, &former_);
    if (blocked) ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
  }

  // Whether the terminal is there, and this program in front of it. Otherwise do not wait for it: one that was closed
  // is readable for good.
  static bool IsOurs() { return ::tcgetpgrp(STDIN_FILENO) == ::getpgrp(); }

  // A key that was typed; nothing while there is none.
  [[nodiscard]] std::optional<char> Take() const {  // NOLINT(readability-convert-member-functions-to-static)
    char key = 0;
    if (!IsOurs()) return std::nullopt;
    return ::read(STDIN_FILENO, &key, 1) == 1 ? std::optional<char>(key) : std::nullopt;
  }

 private:
  KeyInput() = default;

  termios former_ = {};
  bool active_ = false;
};

#endif  // _WIN32

}  // namespace cctl

#endif  // CCTL_SYS_TERMINAL_H_
