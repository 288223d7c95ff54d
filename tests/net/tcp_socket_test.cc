// SPDX-License-Identifier: MIT

#include "cctl/net/tcp_socket.h"

#include <gtest/gtest.h>

#ifndef _WIN32
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/net/loopback.h"

namespace cctl {
namespace {

using testing::ConnectedPair;
using testing::kAnyLoopbackPort;
using testing::Pair;
using testing::ReadToEnd;
using testing::WaitFor;

// The system's numbers.
#ifdef _WIN32
constexpr std::uint32_t kRefused = WSAECONNREFUSED;
constexpr std::uint32_t kInUse = WSAEADDRINUSE;
constexpr std::uint32_t kNotOurs = WSAEADDRNOTAVAIL;
#else
constexpr std::uint32_t kRefused = ECONNREFUSED;
constexpr std::uint32_t kInUse = EADDRINUSE;
constexpr std::uint32_t kNotOurs = EADDRNOTAVAIL;
#endif

TEST(TcpSocket, CarriesBytesBothWaysAndKnowsBothAddresses) {
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  EXPECT_NE(listener.local().port, 0);
  Pair pair = ConnectedPair(listener);
  EXPECT_EQ(PeerEndpoint(pair.one.native()).value(), listener.local());
  EXPECT_EQ(LocalEndpoint(pair.one.native()).value(), pair.other_saw);

  ASSERT_EQ(pair.one.Write(AsBytes("there")).size, 5u);
  pair.one.ShutdownWrite();
  IoResult last;
  EXPECT_EQ(ReadToEnd(pair.other, &last), "there");
  EXPECT_EQ(last.status, IoStatus::kClosed);
  // Half of it is closed, the other half works.
  ASSERT_EQ(pair.other.Write(AsBytes("and back")).size, 8u);
  pair.other.Close();
  EXPECT_EQ(ReadToEnd(pair.one, &last), "and back");
  EXPECT_EQ(last.status, IoStatus::kClosed);
}

TEST(TcpSocket, WorksOverIpV6) {
  const auto listener = TcpListener::Listen({IpAddress::Parse("::1").value(), 0});
  if (!listener) GTEST_SKIP() << "no IPv6 here: error " << listener.error().value;
  Pair pair = ConnectedPair(*listener);
  EXPECT_TRUE(pair.other_saw.ip.IsLoopback());
  EXPECT_TRUE(pair.other_saw.ip.IsV6());
}

TEST(TcpSocket, IpV6ListenerTakesNoIpV4) {
  const auto listener = TcpListener::Listen({IpAddress::Parse("::").value(), 0});
  if (!listener) GTEST_SKIP() << "no IPv6 here: error " << listener.error().value;
  const auto socket = ConnectTcp({IpAddress::V4(127, 0, 0, 1), listener->local().port});
  if (socket) {
    ASSERT_NE(WaitFor(socket->native(), POLLOUT), 0);
    EXPECT_EQ(socket->FinishConnect().error.value, kRefused);
  } else {
    EXPECT_EQ(socket.error().value, kRefused);
  }
}

TEST(TcpSocket, NothingToReadOrAcceptWouldBlock) {
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  EXPECT_EQ(listener.Accept().status, AcceptStatus::kWouldBlock);
  Pair pair = ConnectedPair(listener);
  std::uint8_t byte = 0;
  EXPECT_EQ(pair.one.Read({&byte, 1}).status, IoStatus::kWouldBlock);
  const IoResult nothing = pair.one.Read({});
  EXPECT_EQ(nothing.status, IoStatus::kOk);
  EXPECT_EQ(nothing.size, 0u);
}

TEST(TcpSocket, WritingToSomeoneWhoDoesNotReadWouldBlockInTheEnd) {
  Pair pair = ConnectedPair();
  const std::vector<std::uint8_t> bytes(1 << 20, 'x');
  std::size_t written = 0;
  IoResult result;
  while ((result = pair.one.Write(bytes)).status == IoStatus::kOk && written < 1u << 30) written += result.size;
  EXPECT_EQ(result.status, IoStatus::kWouldBlock);
  pair.one.ShutdownWrite();
  IoResult last;
  EXPECT_EQ(ReadToEnd(pair.other, &last).size(), written);
}

TEST(TcpSocket, WritingToSomeoneWhoIsGoneIsClosedAndNoSignal) {
  Pair pair = ConnectedPair();
  pair.other.Close();
  // The first one is answered by a reset, and the next one finds it.
  IoResult result;
  for (int i = 0; i < 1'000 && result.status == IoStatus::kOk; ++i) {
    result = pair.one.Write(AsBytes("x"));
    WaitFor(pair.one.native(), POLLIN);
  }
  EXPECT_EQ(result.status, IoStatus::kClosed);
}

TEST(TcpSocket, ResetIsClosedWithItsError) {
  Pair pair = ConnectedPair();
  const linger abort = {1, 0};
  ASSERT_EQ(setsockopt(pair.other.native(), SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&abort), sizeof abort),
            0);
  pair.other.Close();
  IoResult last;
  EXPECT_EQ(ReadToEnd(pair.one, &last), "");
  EXPECT_EQ(last.status, IoStatus::kClosed);
#ifndef _WIN32  // Wine tells no error
  EXPECT_EQ(last.error, ECONNRESET);
#endif
}

TEST(TcpSocket, ConnectingWhereNobodyListensIsUnreachable) {
  Endpoint free_port;
  {
    const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
    free_port = listener.local();
  }
  const auto socket = ConnectTcp(free_port);
  Error error = socket.error();
  if (socket) {
    ASSERT_NE(WaitFor(socket->native(), POLLOUT), 0);
    const ConnectResult result = socket->FinishConnect();
    ASSERT_EQ(result.status, ConnectStatus::kFailed);
    error = result.error;
  }
  EXPECT_EQ(error, (Error{Errc::kUnreachable, 0, kRefused, "connect"}));
}

TEST(TcpSocket, SecondListenerIsTold) {
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  const auto second = TcpListener::Listen(listener.local());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), (Error{Errc::kAlreadyRunning, 0, kInUse, "listen"}));
}

TEST(TcpSocket, PortIsFreeAgainAtOnceAfterASession) {
  Endpoint at;
  {
    const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
    at = listener.local();
    Pair pair = ConnectedPair(listener);
    pair.other.Close();  // the listener's side ends first and is left in TIME_WAIT
    IoResult last;
    ReadToEnd(pair.one, &last);
  }
  EXPECT_TRUE(TcpListener::Listen(at));
}

TEST(TcpSocket, ForeignAddressCannotBeListenedAt) {
  const auto listener = TcpListener::Listen({IpAddress::V4(192, 0, 2, 1), 0});
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error(), (Error{Errc::kUnreachable, 0, kNotOurs, "listen"}));
}

#ifndef _WIN32  // what it asks for has no answer there
TEST(TcpSocket, IsPromptNonBlockingAndNotInherited) {
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  const Pair pair = ConnectedPair(listener);
  for (const NativeSocket socket : {listener.native(), pair.one.native(), pair.other.native()}) {
    EXPECT_NE(fcntl(socket, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(fcntl(socket, F_GETFL) & O_NONBLOCK, 0);
  }
  for (const NativeSocket socket : {pair.one.native(), pair.other.native()}) {
    int on = 0;
    socklen_t size = sizeof on;
    ASSERT_EQ(getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    EXPECT_NE(on, 0);
  }
}
#endif

TEST(TcpSocket, MovedFromSocketClosesNothing) {
  Pair pair = ConnectedPair();
  StreamSocket moved = std::move(pair.one);
  pair.one = StreamSocket();
  EXPECT_EQ(moved.FinishConnect().status, ConnectStatus::kConnected);
}

// In a child, because nothing else works while there are no descriptors. Its exit status tells how far it came.
#ifndef _WIN32  // it forks
TEST(TcpSocket, RunningOutOfDescriptorsIsToldApartAndLosesNothing) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto listener = TcpListener::Listen(kAnyLoopbackPort);
    if (!listener) _exit(1);
    const auto socket = ConnectTcp(listener->local());
    if (!socket || WaitFor(listener->native(), POLLIN) == 0) _exit(2);
    const rlimit none = {static_cast<rlim_t>(socket->native()) + 1, static_cast<rlim_t>(socket->native()) + 1};
    rlimit former;
    if (getrlimit(RLIMIT_NOFILE, &former) != 0) _exit(3);
    const rlimit lowered = {none.rlim_cur, former.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &lowered) != 0) _exit(3);
    std::vector<Socket> fill;  // descriptors below the limit that are still free
    for (int fd; (fd = dup(0)) >= 0;) fill.emplace_back(fd);
    const AcceptedTcp refused = listener->Accept();
    if (refused.status != AcceptStatus::kOutOfDescriptors || refused.error != EMFILE) _exit(4);
    const auto another = ConnectTcp(listener->local());
    if (another || another.error().code != Errc::kBusy) _exit(5);
    if (setrlimit(RLIMIT_NOFILE, &former) != 0) _exit(6);
    if (listener->Accept().status != AcceptStatus::kAccepted) _exit(7);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
#endif

}  // namespace
}  // namespace cctl
