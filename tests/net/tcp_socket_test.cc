// SPDX-License-Identifier: MIT

#include "cctl/net/tcp_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
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

TEST(TcpSocket, CarriesBytesBothWaysAndKnowsBothAddresses) {
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  EXPECT_NE(listener.local().port, 0);
  Pair pair = ConnectedPair(listener);
  EXPECT_EQ(PeerEndpoint(pair.near.native()).value(), listener.local());
  EXPECT_EQ(LocalEndpoint(pair.near.native()).value(), pair.far_saw);

  ASSERT_EQ(pair.near.Write(AsBytes("there")).size, 5u);
  pair.near.ShutdownWrite();
  IoResult last;
  EXPECT_EQ(ReadToEnd(pair.far, &last), "there");
  EXPECT_EQ(last.status, IoStatus::kClosed);
  // Half of it is closed, the other half works.
  ASSERT_EQ(pair.far.Write(AsBytes("and back")).size, 8u);
  pair.far.Close();
  EXPECT_EQ(ReadToEnd(pair.near, &last), "and back");
  EXPECT_EQ(last.status, IoStatus::kClosed);
}

TEST(TcpSocket, WorksOverIpV6) {
  const auto listener = TcpListener::Listen({IpAddress::Parse("::1").value(), 0});
  if (!listener) GTEST_SKIP() << "no IPv6 here: error " << listener.error().value;
  Pair pair = ConnectedPair(*listener);
  EXPECT_TRUE(pair.far_saw.ip.IsLoopback());
  EXPECT_TRUE(pair.far_saw.ip.IsV6());
}

TEST(TcpSocket, IpV6ListenerTakesNoIpV4) {
  const auto listener = TcpListener::Listen({IpAddress::Parse("::").value(), 0});
  if (!listener) GTEST_SKIP() << "no IPv6 here: error " << listener.error().value;
  const auto socket = ConnectTcp({IpAddress::V4(127, 0, 0, 1), listener->local().port});
  if (socket) {
    ASSERT_NE(WaitFor(socket->native(), POLLOUT), 0);
    EXPECT_EQ(socket->FinishConnect().error.value, static_cast<std::uint32_t>(ECONNREFUSED));
  } else {
    EXPECT_EQ(socket.error().value, static_cast<std::uint32_t>(ECONNREFUSED));
  }
}

TEST(TcpSocket, NothingToReadOrAcceptWouldBlock) {
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  EXPECT_EQ(listener.Accept().status, AcceptStatus::kWouldBlock);
  Pair pair = ConnectedPair(listener);
  std::uint8_t byte = 0;
  EXPECT_EQ(pair.near.Read({&byte, 1}).status, IoStatus::kWouldBlock);
  const IoResult nothing = pair.near.Read({});
  EXPECT_EQ(nothing.status, IoStatus::kOk);
  EXPECT_EQ(nothing.size, 0u);
}

TEST(TcpSocket, WritingToSomeoneWhoDoesNotReadWouldBlockInTheEnd) {
  Pair pair = ConnectedPair();
  const std::vector<std::uint8_t> bytes(1 << 20, 'x');
  std::size_t written = 0;
  IoResult result;
  while ((result = pair.near.Write(bytes)).status == IoStatus::kOk && written < 1u << 30) written += result.size;
  EXPECT_EQ(result.status, IoStatus::kWouldBlock);
  pair.near.ShutdownWrite();
  IoResult last;
  EXPECT_EQ(ReadToEnd(pair.far, &last).size(), written);
}

TEST(TcpSocket, WritingToSomeoneWhoIsGoneIsClosedAndNoSignal) {
  Pair pair = ConnectedPair();
  pair.far.Close();
  // The first one is answered by a reset, and the next one finds it.
  IoResult result;
  for (int i = 0; i < 1'000 && result.status == IoStatus::kOk; ++i) {
    result = pair.near.Write(AsBytes("x"));
    WaitFor(pair.near.native(), POLLIN);
  }
  EXPECT_EQ(result.status, IoStatus::kClosed);
}

TEST(TcpSocket, ResetIsClosedWithItsError) {
  Pair pair = ConnectedPair();
  const linger abort = {1, 0};
  ASSERT_EQ(setsockopt(pair.far.native(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort), 0);
  pair.far.Close();
  IoResult last;
  EXPECT_EQ(ReadToEnd(pair.near, &last), "");
  EXPECT_EQ(last.status, IoStatus::kClosed);
  EXPECT_EQ(last.error, ECONNRESET);
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
  EXPECT_EQ(error, (Error{Errc::kUnreachable, 0, ECONNREFUSED, "connect"}));
}

TEST(TcpSocket, SecondListenerIsTold) {
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  const auto second = TcpListener::Listen(listener.local());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), (Error{Errc::kAlreadyRunning, 0, EADDRINUSE, "listen"}));
}

TEST(TcpSocket, PortIsFreeAgainAtOnceAfterASession) {
  Endpoint at;
  {
    const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
    at = listener.local();
    Pair pair = ConnectedPair(listener);
    pair.far.Close();  // the listener's side ends first and is left in TIME_WAIT
    IoResult last;
    ReadToEnd(pair.near, &last);
  }
  EXPECT_TRUE(TcpListener::Listen(at));
}

TEST(TcpSocket, ForeignAddressCannotBeListenedAt) {
  const auto listener = TcpListener::Listen({IpAddress::V4(192, 0, 2, 1), 0});
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error(), (Error{Errc::kUnreachable, 0, EADDRNOTAVAIL, "listen"}));
}

TEST(TcpSocket, IsPromptNonBlockingAndNotInherited) {
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  const Pair pair = ConnectedPair(listener);
  for (const NativeSocket socket : {listener.native(), pair.near.native(), pair.far.native()}) {
    EXPECT_NE(fcntl(socket, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(fcntl(socket, F_GETFL) & O_NONBLOCK, 0);
  }
  for (const NativeSocket socket : {pair.near.native(), pair.far.native()}) {
    int on = 0;
    socklen_t size = sizeof on;
    ASSERT_EQ(getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    EXPECT_NE(on, 0);
  }
}

TEST(TcpSocket, MovedFromSocketClosesNothing) {
  Pair pair = ConnectedPair();
  StreamSocket moved = std::move(pair.near);
  pair.near = StreamSocket();
  EXPECT_EQ(moved.FinishConnect().status, ConnectStatus::kConnected);
}

// In a child, because nothing else works while there are no descriptors. Its exit status tells how far it came.
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

}  // namespace
}  // namespace cctl
