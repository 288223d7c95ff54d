// SPDX-License-Identifier: MIT

#include "cctl/sys/file_lock.h"

#include <gtest/gtest.h>

#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>

#include "cctl/sys/file.h"
#include "cctl/sys/process.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

TEST(FileLock, IsHeldOnceAndSaysByWhom) {
  const testing::ScratchFolder scratch;
  const std::string path = scratch.Below("lock");
  {
    const auto lock = FileLock::TryLock(path);
    ASSERT_TRUE(lock);
    EXPECT_EQ(ReadFile(path, 64).value(), std::to_string(getpid()) + "\n");
    EXPECT_EQ(GetFileStatus(path).value().mode, 0600u);
    EXPECT_EQ(FileLock::TryLock(path).error(), (Error{Errc::kAlreadyRunning, 0, ProcessId(), "lock"}));
  }
  EXPECT_EQ(ReadFile(path, 64).value(), "");
  EXPECT_TRUE(FileLock::TryLock(path));
}

TEST(FileLock, IsMovedAndGivenUpOnce) {
  const testing::ScratchFolder scratch;
  std::optional<FileLock> first = FileLock::TryLock(scratch.Below("lock")).value();
  std::optional<FileLock> second = std::move(first);
  first.reset();
  EXPECT_FALSE(FileLock::TryLock(scratch.Below("lock")));
  second.reset();
  EXPECT_TRUE(FileLock::TryLock(scratch.Below("lock")));
}

#ifndef _WIN32  // a fork is killed
TEST(FileLock, IsFreeAgainWhenItsHolderIsKilled) {
  const testing::ScratchFolder scratch;
  const std::string path = scratch.Below("lock");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = FileLock::TryLock(path);
    const char byte = lock ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  EXPECT_EQ(FileLock::TryLock(path).error(),
            (Error{Errc::kAlreadyRunning, 0, static_cast<std::uint32_t>(child), "lock"}));
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(FileLock::TryLock(path));
  close(ready[0]);
  close(ready[1]);
}
#endif

TEST(FileLock, ContentIsWhatTheNextOneMayRead) {
  const testing::ScratchFolder scratch;
  const std::string path = scratch.Below("lock");
  const auto lock = FileLock::TryLock(path);
  ASSERT_TRUE(lock);
  std::filesystem::resize_file(path, 0);  // a holder that has not written yet
  EXPECT_EQ(FileLock::TryLock(path).error(), (Error{Errc::kAlreadyRunning, 0, 0, "lock"}));
}

#ifndef _WIN32  // Wine makes no symbolic links
TEST(FileLock, SymbolicLinkAndMissingFolderAreErrors) {
  const testing::ScratchFolder scratch;
  std::filesystem::create_symlink(scratch.Below("elsewhere"), scratch.Below("lock"));
  EXPECT_EQ(FileLock::TryLock(scratch.Below("lock")).error(), (Error{Errc::kIo, 0, ELOOP, "lock"}));
  EXPECT_EQ(FileLock::TryLock(scratch.Below("none/lock")).error(), (Error{Errc::kNotFound, 0, ENOENT, "lock"}));
}
#endif

}  // namespace
}  // namespace cctl
