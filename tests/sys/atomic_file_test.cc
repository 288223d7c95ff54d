// SPDX-License-Identifier: MIT

#include "cctl/sys/atomic_file.h"

#include <gtest/gtest.h>
#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

#ifndef _WIN32
using testing::InChild;
using testing::kCannotRunHere;
#endif
using testing::ScratchFolder;

constexpr std::size_t kLimit = 1 << 24;

[[maybe_unused]] unsigned ModeOf(const std::string& path) { return GetFileStatus(path).value().mode; }

TEST(AtomicFile, IsMadeAndReplaced) {
  const ScratchFolder scratch;
  const std::string path = scratch.Below("file");
  ASSERT_TRUE(AtomicWriteFile(path, AsBytes("old")));
  EXPECT_EQ(ReadFile(path, kLimit).value(), "old");
  const std::string large(5'000'000, 'n');
  ASSERT_TRUE(AtomicWriteFile(path, AsBytes(large)));
  EXPECT_EQ(ReadFile(path, kLimit).value(), large);
  ASSERT_TRUE(AtomicWriteFile(path, {}));
  EXPECT_EQ(ReadFile(path, kLimit).value(), "");
  EXPECT_EQ(ListFolder(scratch.path()).value(), std::vector<std::string>{"file"});
}

#ifndef _WIN32  // permissions are the folder's there
TEST(AtomicFile, IsForThisUserOnlyWhateverWasThere) {
  const ScratchFolder scratch;
  const std::string path = scratch.Below("file");
  const mode_t former = umask(0);
  std::ofstream(path) << "wide";
  EXPECT_EQ(ModeOf(path), 0666u);
  EXPECT_TRUE(AtomicWriteFile(path, AsBytes("secret")));
  EXPECT_EQ(ModeOf(path), 0600u);
  EXPECT_TRUE(AtomicWriteFile(path, AsBytes("shared"), 0644));
  EXPECT_EQ(ModeOf(path), 0644u);
  umask(former);
}
#endif

#ifndef _WIN32  // permissions are the folder's there
TEST(AtomicFile, IsNeverWideWhileItIsWritten) {
  const ScratchFolder scratch;
  const mode_t former = umask(0);
  int seen = 0;
  EXPECT_TRUE(AtomicWriteFile(scratch.Below("file"), AsBytes("secret"), 0600, [&](WriteStep) {
    const auto names = ListFolder(scratch.path()).value();
    ASSERT_EQ(names.size(), 1u);
    EXPECT_EQ(ModeOf(scratch.Below(names[0])), 0600u);
    ++seen;
  }));
  EXPECT_EQ(seen, 5);
  umask(former);
}
#endif

TEST(AtomicFile, RelativePathWorks) {
  const ScratchFolder scratch;
  const std::string former = std::filesystem::current_path().string();
  std::filesystem::current_path(scratch.path());
  EXPECT_TRUE(AtomicWriteFile("file", AsBytes("one")));
  EXPECT_TRUE(AtomicWriteFile("./file", AsBytes("two")));
  std::filesystem::current_path(former);
  EXPECT_EQ(ReadFile(scratch.Below("file"), kLimit).value(), "two");
}

TEST(AtomicFile, TemporaryNameIsBesideTheFile) {
  EXPECT_TRUE(detail::TemporaryNameFor("/a/b").starts_with("/a/.b."));
  EXPECT_TRUE(detail::TemporaryNameFor("/b").starts_with("/.b."));
  EXPECT_TRUE(detail::TemporaryNameFor("b").starts_with(".b."));
  EXPECT_TRUE(detail::TemporaryNameFor("./b").starts_with("./.b."));
  EXPECT_NE(detail::TemporaryNameFor("b"), detail::TemporaryNameFor("b"));
}

#ifndef _WIN32  // Wine makes no symbolic links
TEST(AtomicFile, SymbolicLinkInItsPlaceIsReplacedAndNotFollowed) {
  const ScratchFolder scratch;
  std::ofstream(scratch.Below("target")) << "untouched";
  std::filesystem::create_symlink(scratch.Below("target"), scratch.Below("file"));
  ASSERT_TRUE(AtomicWriteFile(scratch.Below("file"), AsBytes("new")));
  EXPECT_EQ(ReadFile(scratch.Below("target"), kLimit).value(), "untouched");
  EXPECT_EQ(ReadFile(scratch.Below("file"), kLimit).value(), "new");
}
#endif

TEST(AtomicFile, MissingFolderIsAnError) {
  const ScratchFolder scratch;
  EXPECT_EQ(AtomicWriteFile(scratch.Below("none/file"), {}).error(), (Error{Errc::kNotFound, 0, ENOENT, "create"}));
}

TEST(AtomicFile, FolderInItsPlaceStaysAndNoTemporaryFileIsLeft) {
  const ScratchFolder scratch;
  std::filesystem::create_directory(scratch.Below("file"));
#ifdef _WIN32
  constexpr std::uint32_t kWhy = EACCES;
#else
  constexpr std::uint32_t kWhy = EISDIR;
#endif
  EXPECT_EQ(AtomicWriteFile(scratch.Below("file"), {}).error(), (Error{Errc::kIo, 0, kWhy, "rename"}));
  EXPECT_EQ(ListFolder(scratch.path()).value(), std::vector<std::string>{"file"});
}

// The process dies as kill -9 does it, behind each step in turn.
#ifndef _WIN32  // a fork is killed
TEST(AtomicFile, CrashLeavesTheOldContentOrTheNew) {
  const std::string old_content(100'000, 'o');
  const std::string new_content(200'000, 'n');
  for (const WriteStep fatal :
       {WriteStep::kCreated, WriteStep::kWritten, WriteStep::kSynced, WriteStep::kRenamed, WriteStep::kFolderSynced}) {
    const ScratchFolder scratch;
    const std::string path = scratch.Below("file");
    ASSERT_TRUE(AtomicWriteFile(path, AsBytes(old_content)));
    const int status = InChild([&] {
      (void)AtomicWriteFile(path, AsBytes(new_content), 0600, [fatal](WriteStep step) {
        if (step == fatal) raise(SIGKILL);
      });
      return 1;
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    const bool renamed = fatal >= WriteStep::kRenamed;
    EXPECT_EQ(ReadFile(path, kLimit).value(), renamed ? new_content : old_content) << static_cast<int>(fatal);
    // What is left over goes, and nothing else does.
    EXPECT_EQ(RemoveTemporaryFiles(scratch.path()).value(), renamed ? 0u : 1u);
    EXPECT_EQ(ListFolder(scratch.path()).value(), std::vector<std::string>{"file"});
  }
}
#endif

#ifndef _WIN32  // a fork is killed
TEST(AtomicFile, CrashWhileThereWasNothingLeavesNothing) {
  const ScratchFolder scratch;
  const int status = InChild([&] {
    (void)AtomicWriteFile(scratch.Below("file"), AsBytes("new"), 0600, [](WriteStep step) {
      if (step == WriteStep::kSynced) raise(SIGKILL);
    });
    return 1;
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(ReadFile(scratch.Below("file"), kLimit).error().code, Errc::kNotFound);
}
#endif

TEST(AtomicFile, OnlyTemporaryFilesAreClearedAway) {
  const ScratchFolder scratch;
  for (const char* const name : {".file.1-0.tmp~", "file.tmp~", ".file", "file.key"}) {
    std::ofstream(scratch.Below(name)) << "x";
  }
  EXPECT_EQ(RemoveTemporaryFiles(scratch.path()).value(), 1u);
  EXPECT_EQ(ListFolder(scratch.path()).value(), (std::vector<std::string>{".file", "file.key", "file.tmp~"}));
}

#ifdef __linux__

bool WriteText(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// A user namespace in which this process is root, with mounts of its own.
bool EnterNamespaces() {
  const std::string user = "0 " + std::to_string(geteuid()) + " 1";
  const std::string group = "0 " + std::to_string(getegid()) + " 1";
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && WriteText("/proc/self/setgroups", "deny") &&
         WriteText("/proc/self/uid_map", user) && WriteText("/proc/self/gid_map", group);
}

// Runs `body` in a child that has a file system of 64 KiB mounted on the folder.
template <typename Body>
int OnASmallDisk(const std::string& folder, Body body) {
  const int status = InChild([&] {
    if (!EnterNamespaces()) return kCannotRunHere;
    if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=64k") != 0) return kCannotRunHere;
    return body();
  });
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(AtomicFile, FullDiskChangesNothing) {
  const ScratchFolder scratch;
  const std::string path = scratch.Below("file");
  const int status = OnASmallDisk(scratch.path(), [&] {
    if (!AtomicWriteFile(path, AsBytes("old"))) return 1;
    const Result<void> written = AtomicWriteFile(path, AsBytes(std::string(1'000'000, 'n')));
    if (written || written.error() != Error{Errc::kIo, 0, ENOSPC, "write"}) return 2;
    const auto content = ReadFile(path, kLimit);
    if (!content || *content != "old") return 3;
    const auto names = ListFolder(scratch.path());
    if (!names || names->size() != 1) return 4;
    return AtomicWriteFile(path, AsBytes("new")) ? 0 : 5;  // and there is room again
  });
  if (status == kCannotRunHere) GTEST_SKIP() << "no user namespaces, or no mounting in them, here";
  EXPECT_EQ(status, 0);
}

TEST(AtomicFile, ReadOnlyFolderChangesNothing) {
  const ScratchFolder scratch;
  const std::string path = scratch.Below("file");
  const int status = OnASmallDisk(scratch.path(), [&] {
    if (!AtomicWriteFile(path, AsBytes("old"))) return 1;
    if (mount(nullptr, scratch.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return kCannotRunHere;
    const Result<void> written = AtomicWriteFile(path, AsBytes("new"));
    if (written || written.error() != Error{Errc::kIo, 0, EROFS, "create"}) return 2;
    const auto content = ReadFile(path, kLimit);
    return content && *content == "old" ? 0 : 3;
  });
  if (status == kCannotRunHere) GTEST_SKIP() << "no user namespaces, or no mounting in them, here";
  EXPECT_EQ(status, 0);
}

#endif  // __linux__

}  // namespace
}  // namespace cctl
