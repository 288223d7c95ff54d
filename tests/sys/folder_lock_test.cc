// SPDX-License-Identifier: MIT

#include "cctl/sys/folder_lock.h"

#include <gtest/gtest.h>

#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/sys/atomic_file.h"
#include "cctl/sys/file.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

TEST(FolderLock, IsHeldByOneAtATimeAndLeavesNothingBehind) {
  const testing::ScratchFolder folder;
  {
    const auto lock = FolderLock::Acquire(folder.path(), Duration{});
    ASSERT_TRUE(lock);
    EXPECT_EQ(FolderLock::Acquire(folder.path(), Milliseconds(20)).error(), (Error{Errc::kBusy, 0, 0, "lock"}));
  }
  EXPECT_TRUE(FolderLock::Acquire(folder.path(), Duration{}));
#ifdef _WIN32
  EXPECT_EQ(ListFolder(folder.path()).value(), std::vector<std::string>{".lock"});
#else
  EXPECT_TRUE(ListFolder(folder.path())->empty());
#endif
}

#ifndef _WIN32  // Wine makes no symbolic links
TEST(FolderLock, IsOfAFolderOnly) {
  const testing::ScratchFolder folder;
  EXPECT_EQ(FolderLock::Acquire(folder.path() + "/none", Duration{}).error().code, Errc::kNotFound);
  ASSERT_TRUE(AtomicWriteFile(folder.path() + "/file", AsBytes("x")));
  EXPECT_EQ(FolderLock::Acquire(folder.path() + "/file", Duration{}).error().code, Errc::kIo);
  ASSERT_EQ(symlink(folder.path().c_str(), (folder.path() + "/link").c_str()), 0);
  EXPECT_EQ(FolderLock::Acquire(folder.path() + "/link", Duration{}).error().code, Errc::kIo);
}
#endif

// Reading, adding and replacing is one step to the others, and a holder that is killed holds nothing.
#ifndef _WIN32  // it forks
TEST(FolderLock, LosesNothingAmongManyProcesses) {
  constexpr int kProcesses = 20;
  const testing::ScratchFolder folder;
  const std::string path = folder.path() + "/count";
  ASSERT_TRUE(AtomicWriteFile(path, AsBytes("")));
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const auto lock = FolderLock::Acquire(folder.path(), Seconds(60));
      if (i % 4 == 0) _exit(lock ? 0 : 1);  // without a word
      auto text = ReadFile(path, 1024);
      const bool done = lock && text && AtomicWriteFile(path, AsBytes(*text + "x"));
      _exit(done ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(ReadFile(path, 1024)->size(), std::size_t{kProcesses * 3 / 4});
}
#endif

}  // namespace
}  // namespace cctl
