// SPDX-License-Identifier: MIT

#include "cctl/sys/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

TEST(Terminal, PipeIsNone) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(WithOutput(ends[1], [] { return IsTerminal(StandardStream::kOutput) || GetTerminalSize() ? 1 : 0; }), 0);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace cctl
