// SPDX-License-Identifier: MIT

#include "cctl/sys/file.h"

#include <gtest/gtest.h>

#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "cctl/sys/clock.h"
#include "tests/support/file_time.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

class File : public ::testing::Test {
 protected:
  std::string Make(const std::string& name, const std::string& content) {
    std::ofstream(scratch_.Below(name), std::ios::binary) << content;
    return scratch_.Below(name);
  }
  unsigned ModeOf(const std::string& path) {
    const auto status = std::filesystem::symlink_status(path);
    EXPECT_TRUE(std::filesystem::exists(status));
    return static_cast<unsigned>(status.permissions()) & 07777u;
  }

  testing::ScratchFolder scratch_;
};

TEST_F(File, IsReadWhole) {
  const std::string content("\0one\nline\r\n\xff", 12);
  EXPECT_EQ(ReadFile(Make("file", content), 12).value(), content);
  EXPECT_EQ(ReadFile(Make("empty", ""), 12).value(), "");
  EXPECT_EQ(ReadFile(Make("empty", ""), 0).value(), "");
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(ReadFile(Make("large", large), 1 << 22).value(), large);
}

TEST_F(File, OverTheLimitIsNotRead) {
  EXPECT_EQ(ReadFile(Make("file", "12345"), 4).error(), (Error{Errc::kTooLong, 0, 4, "read"}));
  EXPECT_TRUE(ReadFile(Make("file", "1234"), 4));
}

#ifdef __linux__
TEST_F(File, OfUnknownSizeIsReadUpToTheLimit) {
  const auto status = ReadFile("/proc/self/status", 1 << 20);  // says that its size is 0
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("Name:"), std::string::npos);
  EXPECT_EQ(ReadFile("/proc/self/status", 16).error(), (Error{Errc::kTooLong, 0, 16, "read"}));
}
#endif

TEST_F(File, MissingIsToldApart) {
  EXPECT_EQ(ReadFile(scratch_.Below("none"), 9).error(), (Error{Errc::kNotFound, 0, ENOENT, "open"}));
  // A file where a folder should be does not count as nothing there.
#ifndef _WIN32  // where that is missing, too
  EXPECT_EQ(ReadFile(Make("file", "x") + "/none", 9).error(), (Error{Errc::kIo, 0, ENOTDIR, "open"}));
#endif
}

#ifndef _WIN32  // a named pipe lies in a folder
TEST_F(File, WhatIsNoFileIsRefusedAtOnce) {
  EXPECT_EQ(ReadFile(scratch_.path(), 9).error(), (Error{Errc::kInvalid, 0, 0, "open"}));
  const std::string pipe = scratch_.Below("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(pipe, 9).error(), (Error{Errc::kInvalid, 0, 0, "open"}));  // and nobody writes to it
  EXPECT_EQ(ReadFile("/dev/zero", 9).error(), (Error{Errc::kInvalid, 0, 0, "open"}));
}
#endif

#ifndef _WIN32  // Wine makes no symbolic links
TEST_F(File, SymbolicLinkIsFollowedOnlyIfAsked) {
  const std::string link = scratch_.Below("link");
  std::filesystem::create_symlink(Make("file", "content"), link);
  EXPECT_EQ(ReadFile(link, 9).error(), (Error{Errc::kIo, 0, ELOOP, "open"}));
  EXPECT_EQ(ReadFile(link, 9, Links::kFollow).value(), "content");
  EXPECT_EQ(GetFileStatus(link).value().kind, FileKind::kSymbolicLink);
  EXPECT_EQ(GetFileStatus(link, Links::kFollow).value().kind, FileKind::kRegular);
}
#endif

#ifndef _WIN32  // owners and permissions
TEST_F(File, StatusTellsWhatItIs) {
  const UnixTime before = WallNow();
  const std::string file = Make("file", "12345");
  ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  const FileStatus status = GetFileStatus(file).value();
  EXPECT_EQ(status.kind, FileKind::kRegular);
  EXPECT_EQ(status.size, 5u);
  EXPECT_EQ(status.mode, 0640u);
  EXPECT_TRUE(status.owned);
  EXPECT_GE(status.modified, before - Seconds(1));  // file systems stamp by the last tick
  EXPECT_LE(status.modified, WallNow());
  EXPECT_EQ(GetFileStatus(scratch_.path()).value().kind, FileKind::kFolder);
  EXPECT_EQ(GetFileStatus("/dev/null").value().kind, FileKind::kOther);
  EXPECT_EQ(GetFileStatus(scratch_.Below("none")).error(), (Error{Errc::kNotFound, 0, ENOENT, "status"}));
}
#endif

#ifndef _WIN32  // owners and permissions
TEST_F(File, OwnerIsTheUser) {
  EXPECT_TRUE(IsOwnedByUser(scratch_.path()).value());
  // As another user: what is ours is then not its own.
  if (geteuid() != 0) {
    EXPECT_FALSE(IsOwnedByUser("/").value());
    return;
  }
  const std::string folder = scratch_.path();
  ASSERT_EQ(chmod(folder.c_str(), 0755), 0);
  const int status = testing::InChild([&] {
    if (seteuid(12'345) != 0) return testing::kCannotRunHere;
    const auto owned = IsOwnedByUser(folder);
    return owned && !*owned ? 0 : 1;
  });
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == testing::kCannotRunHere) GTEST_SKIP() << "cannot become another user here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
#endif

TEST_F(File, TimeOfChangeIsToldToTheMillisecond) {
  const std::string path = Make("file", "x");
  constexpr UnixTime kDate{1'795'422'026'237};
  testing::SetTimeOfChange(path, kDate);
  EXPECT_EQ(GetFileStatus(path).value().modified, kDate);
}

TEST_F(File, IsRemovedOnce) {
  const std::string file = Make("file", "x");
  EXPECT_TRUE(RemoveFile(file));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(RemoveFile(file).error(), (Error{Errc::kNotFound, 0, ENOENT, "remove"}));
}

TEST_F(File, FolderIsListedInOrder) {
  Make("b", "");
  Make("a", "");
  Make(".hidden", "");
  EXPECT_EQ(ListFolder(scratch_.path()).value(), (std::vector<std::string>{".hidden", "a", "b"}));
  EXPECT_EQ(ListFolder(scratch_.Below("none")).error(), (Error{Errc::kNotFound, 0, ENOENT, "folder"}));
#ifdef _WIN32  // Wine has another reason
  EXPECT_EQ(ListFolder(scratch_.Below("a")).error().code, Errc::kIo);
#else
  EXPECT_EQ(ListFolder(scratch_.Below("a")).error(), (Error{Errc::kIo, 0, ENOTDIR, "folder"}));
#endif
}

#ifndef _WIN32  // owners and permissions
TEST_F(File, FoldersAreMadeForTheUserOnly) {
  const mode_t former = umask(0);
  EXPECT_TRUE(MakeFolder(scratch_.Below("one/two/three")));
  umask(former);
  for (const char* const name : {"one", "one/two", "one/two/three"}) EXPECT_EQ(ModeOf(scratch_.Below(name)), 0700u);
  EXPECT_TRUE(MakeFolder(scratch_.Below("one/two/three")));
  EXPECT_TRUE(MakeFolder(scratch_.Below("one/two/three/")));
  EXPECT_TRUE(MakeFolder(scratch_.Below("four/")));
  Make("file", "");
  EXPECT_EQ(MakeFolder(scratch_.Below("file")).error(), (Error{Errc::kIo, 0, ENOTDIR, "folder"}));
  EXPECT_EQ(MakeFolder(scratch_.Below("file/below")).error(), (Error{Errc::kIo, 0, ENOTDIR, "folder"}));
}
#endif

#ifndef _WIN32  // owners and permissions
TEST_F(File, WidePermissionsAreNarrowed) {
  const std::string file = Make("file", "x");
  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  EXPECT_TRUE(NarrowPermissions(file).value());
  EXPECT_EQ(ModeOf(file), 0600u);
  EXPECT_FALSE(NarrowPermissions(file).value());
  ASSERT_EQ(chmod(scratch_.path().c_str(), 0755), 0);
  EXPECT_TRUE(NarrowPermissions(scratch_.path()).value());
  EXPECT_EQ(ModeOf(scratch_.path()), 0700u);
  std::filesystem::create_symlink(file, scratch_.Below("link"));
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  EXPECT_FALSE(NarrowPermissions(scratch_.Below("link")));
  EXPECT_EQ(ModeOf(file), 0666u);
}
#endif

TEST(FolderOf, IsWhatComesBeforeTheLastSlash) {
  EXPECT_EQ(detail::FolderOf("/a/b"), "/a");
  EXPECT_EQ(detail::FolderOf("/a"), "/");
  EXPECT_EQ(detail::FolderOf("a"), ".");
  EXPECT_EQ(detail::FolderOf("a/b"), "a");
  EXPECT_EQ(detail::FolderOf("./a"), ".");
}

}  // namespace
}  // namespace cctl
