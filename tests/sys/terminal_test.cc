// SPDX-License-Identifier: MIT

#include "cctl/sys/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

// In a child whose standard output is `fd`.
template <typename Body>
int WithOutput(int fd, Body body) {
  const int status = testing::InChild([&] { return dup2(fd, 1) == 1 ? body() : 99; });
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Terminal, GivesNoKeysWhereNobodyTypes) {
  const int status = testing::InChild([] {
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) != 0) return 99;
    return KeyInput::IsOurs() || KeyInput::Begin() ? 1 : 0;
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Terminal, KnowsItsSize) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "no pseudo-terminals here";
  ASSERT_EQ(grantpt(terminal), 0);
  ASSERT_EQ(unlockpt(terminal), 0);
  const int line = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  ASSERT_GE(line, 0);
  EXPECT_EQ(WithOutput(line,
                       [] {
                         if (!IsTerminal(StandardStream::kOutput)) return 1;
                         return GetTerminalSize() ? 2 : 0;  // 0 by 0 at first: it does not know
                       }),
            0);
  winsize size = {};
  size.ws_col = 132;
  size.ws_row = 43;
  ASSERT_EQ(ioctl(terminal, TIOCSWINSZ, &size), 0);
  EXPECT_EQ(WithOutput(line,
                       [] {
                         const auto found = GetTerminalSize();
                         return found && found->columns == 132 && found->rows == 43 ? 0 : 3;
                       }),
            0);
  close(line);
  close(terminal);
}

// A shell has put the program into the background meanwhile: writing the terminal's modes would stop it.
TEST(Terminal, KeysOfABackgroundProgramAreLeftWithoutAStop) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "no pseudo-terminals here";
  ASSERT_EQ(grantpt(terminal), 0);
  ASSERT_EQ(unlockpt(terminal), 0);
  const std::string name = ptsname(terminal);
  const pid_t shell = fork();
  ASSERT_GE(shell, 0);
  if (shell == 0) {
    setsid();
    const int line = open(name.c_str(), O_RDWR);  // the terminal of this session
    if (line < 0 || dup2(line, 0) != 0) _exit(10);
    const pid_t program = fork();
    if (program == 0) {
      setpgid(0, 0);
      signal(SIGTTOU, SIG_IGN);  // to come to the front, and to leave it
      tcsetpgrp(0, getpid());
      {
        const auto keys = KeyInput::Begin();
        if (!keys) _exit(11);
        tcsetpgrp(0, getppid());
        signal(SIGTTOU, SIG_DFL);
      }
      _exit(0);
    }
    int status = 0;
    if (waitpid(program, &status, WUNTRACED) != program) _exit(12);
    if (WIFSTOPPED(status)) kill(program, SIGKILL);
    _exit(WIFSTOPPED(status) ? 13 : WEXITSTATUS(status));
  }
  int status = 0;
  ASSERT_EQ(waitpid(shell, &status, 0), shell);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  close(terminal);
}

TEST(Terminal, PipeIsNone) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(WithOutput(ends[1], [] { return IsTerminal(StandardStream::kOutput) || GetTerminalSize() ? 1 : 0; }), 0);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace cctl
