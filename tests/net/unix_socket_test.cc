// SPDX-License-Identifier: MIT

#include "cctl/net/unix_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/net/loopback.h"

namespace cctl {
namespace {

using testing::ReadToEnd;
using testing::WaitFor;

class UnixSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    char made[] = "/tmp/cctl-test-XXXXXX";
    ASSERT_NE(mkdtemp(made), nullptr);
    root_ = made;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  // The path of a socket, `size` bytes long, in folders that exist.
  std::string PathOf(std::size_t size) {
    const std::string name = "/control.sock";
    std::string folder = root_;
    while (folder.size() + name.size() < size) {
      const std::size_t left = size - folder.size() - name.size();
      folder += "/" + std::string(left > 52 ? 50 : left - 1, 'd');
    }
    std::filesystem::create_directories(folder);
    return folder + name;
  }

  static void ExpectTalk(const UnixListener& listener, const std::string& path, LongPathRoute route) {
    const auto client = ConnectUnix(path, route);
    ASSERT_TRUE(client) << client.error().value;
    ASSERT_NE(WaitFor(listener.native(), POLLIN), 0);
    AcceptedUnix server = listener.Accept();
    ASSERT_EQ(server.status, AcceptStatus::kAccepted);
    ASSERT_EQ(server.socket.Write(AsBytes("hello")).size, 5u);
    server.socket.Close();
    IoResult last;
    EXPECT_EQ(ReadToEnd(*client, &last), "hello");
    EXPECT_EQ(last.status, IoStatus::kClosed);
  }

  std::string root_;
};

class UnixSocketByEitherRoute : public UnixSocket, public ::testing::WithParamInterface<LongPathRoute> {};

#ifdef __linux__
INSTANTIATE_TEST_SUITE_P(Folder, UnixSocketByEitherRoute, ::testing::Values(LongPathRoute::kFolderDescriptor));
#endif
INSTANTIATE_TEST_SUITE_P(Link, UnixSocketByEitherRoute, ::testing::Values(LongPathRoute::kSymbolicLink));

TEST_P(UnixSocketByEitherRoute, IsReachedAtPathsOfAnyLength) {
  for (const std::size_t size : {std::size_t{60}, sizeof(sockaddr_un::sun_path) - 1, sizeof(sockaddr_un::sun_path),
                                 sizeof(sockaddr_un::sun_path) + 1, std::size_t{200}, std::size_t{1'000}}) {
    const std::string path = PathOf(size);
    ASSERT_EQ(path.size(), size);
    const auto listener = UnixListener::Listen(path, UnixListener::kBacklog, GetParam());
    ASSERT_TRUE(listener) << size << ": " << listener.error().value;
    ExpectTalk(*listener, path, GetParam());
    ASSERT_TRUE(RemoveUnixSocket(path));
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

TEST_P(UnixSocketByEitherRoute, IsForThisUserOnly) {
  const mode_t former = umask(0);
  for (const std::size_t size : {60, 200}) {
    const std::string path = PathOf(size);
    const auto listener = UnixListener::Listen(path, UnixListener::kBacklog, GetParam());
    ASSERT_TRUE(listener);
    struct stat status;
    ASSERT_EQ(lstat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode, S_IFSOCK | 0600u);
  }
  umask(former);
}

TEST_P(UnixSocketByEitherRoute, RelativePathIsTakenFromTheWorkingFolder) {
  const std::string path = PathOf(300);
  const std::string former = std::filesystem::current_path();
  std::filesystem::current_path(root_);
  const std::string relative = path.substr(root_.size() + 1);
  const auto listener = UnixListener::Listen(relative, UnixListener::kBacklog, GetParam());
  EXPECT_TRUE(listener);
  if (listener) ExpectTalk(*listener, relative, GetParam());
  EXPECT_EQ(std::filesystem::current_path(), root_);
  std::filesystem::current_path(former);
}

TEST_P(UnixSocketByEitherRoute, LeavesNothingOpenAndNothingBehind) {
  const auto open_descriptors = [] {
    const auto folder = std::filesystem::directory_iterator("/dev/fd");
    return std::distance(begin(folder), end(folder));
  };
  const std::string path = PathOf(200);
  const auto before = open_descriptors();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(UnixListener::Listen(path, UnixListener::kBacklog, GetParam()));
    EXPECT_FALSE(ConnectUnix(path, GetParam()));
    ASSERT_TRUE(RemoveUnixSocket(path));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(UnixSocketByEitherRoute, LeftoverIsToldApartFromNothing) {
  const std::string path = PathOf(200);
  EXPECT_EQ(ConnectUnix(path, GetParam()).error(), (Error{Errc::kNotFound, 0, ENOENT, "connect"}));
  { EXPECT_TRUE(UnixListener::Listen(path, UnixListener::kBacklog, GetParam())); }
  EXPECT_EQ(ConnectUnix(path, GetParam()).error(), (Error{Errc::kUnreachable, 0, ECONNREFUSED, "connect"}));
  EXPECT_EQ(UnixListener::Listen(path, UnixListener::kBacklog, GetParam()).error(),
            (Error{Errc::kAlreadyRunning, 0, EADDRINUSE, "listen"}));
  ASSERT_TRUE(RemoveUnixSocket(path));
  EXPECT_TRUE(UnixListener::Listen(path, UnixListener::kBacklog, GetParam()));
}

TEST_P(UnixSocketByEitherRoute, FullQueueIsBusy) {
  const std::string path = PathOf(60);
  const auto listener = UnixListener::Listen(path, 1, GetParam());
  ASSERT_TRUE(listener);
  std::vector<StreamSocket> queued;
  Error error;
  for (int i = 0; i < 100 && error.value == 0; ++i) {
    auto client = ConnectUnix(path, GetParam());
    if (client) {
      queued.push_back(*std::move(client));
    } else {
      error = client.error();
    }
  }
  EXPECT_EQ(error, (Error{Errc::kBusy, 0, EAGAIN, "connect"}));
}

TEST_P(UnixSocketByEitherRoute, MissingFolderIsAnError) {
  EXPECT_EQ(UnixListener::Listen(root_ + "/" + std::string(150, 'd') + "/s", 1, GetParam()).error().value,
            static_cast<std::uint32_t>(ENOENT));
  EXPECT_EQ(ConnectUnix(root_ + "/" + std::string(150, 'd') + "/s", GetParam()).error().code, Errc::kNotFound);
}

TEST_P(UnixSocketByEitherRoute, NameThatCannotFitIsAnError) {
  const auto listener = UnixListener::Listen(root_ + "/" + std::string(150, 's'), 1, GetParam());
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error(), (Error{Errc::kIo, 0, ENAMETOOLONG, "listen"}));
}

TEST_F(UnixSocket, RemovesSocketsOnly) {
  const std::string file = root_ + "/file";
  ASSERT_GE(close(open(file.c_str(), O_CREAT | O_WRONLY, 0600)), 0);
  EXPECT_EQ(RemoveUnixSocket(file).error().code, Errc::kInvalid);
  EXPECT_TRUE(std::filesystem::exists(file));
  const std::string path = PathOf(60);
  const auto listener = UnixListener::Listen(path);
  ASSERT_TRUE(listener);
  std::filesystem::create_symlink(path, root_ + "/link");
  EXPECT_EQ(RemoveUnixSocket(root_ + "/link").error().code, Errc::kInvalid);
  EXPECT_TRUE(RemoveUnixSocket(root_ + "/nothing"));
}

TEST_F(UnixSocket, PathsThatAreNoneAreRefused) {
  EXPECT_EQ(ConnectUnix("").error().code, Errc::kInvalid);
  EXPECT_EQ(UnixListener::Listen(std::string_view("\0abstract", 9)).error().code, Errc::kInvalid);
}

// What a test folder's path is under Bazel.
TEST_F(UnixSocket, WorksInTheTestFolder) {
  const std::string folder = ::testing::TempDir() + "/" + std::string(60, 't');
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/control.sock";
  ASSERT_TRUE(RemoveUnixSocket(path));
  const auto listener = UnixListener::Listen(path);
  ASSERT_TRUE(listener);
  ExpectTalk(*listener, path, kLongPathRoute);
  EXPECT_TRUE(RemoveUnixSocket(path));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cctl
