// SPDX-License-Identifier: MIT
//
// What the tests of sockets share: waiting for one socket, and connected pairs on the loopback interface.

#ifndef CCTL_TESTS_NET_LOOPBACK_H_
#define CCTL_TESTS_NET_LOOPBACK_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/tcp_socket.h"

namespace cctl::testing {

// Long enough for a loaded machine; a test that works never gets near it.
inline constexpr int kPatienceMs = 20'000;

inline const Endpoint kAnyLoopbackPort = {IpAddress::V4(127, 0, 0, 1), 0};

// What poll() says of one socket when one of `events` is there; 0 when patience is over.
inline short WaitFor(NativeSocket socket, short events) {
  detail::PollEntry entry = {};
  entry.fd = socket;
  entry.events = events;
  return detail::PollSockets(&entry, 1, kPatienceMs) == 1 ? entry.revents : short{0};
}

struct Pair {
  StreamSocket one;
  StreamSocket other;
  Endpoint other_saw;  // the first end's address, as the listener was told
};

inline Pair ConnectedPair(const TcpListener& listener) {
  Pair pair;
  auto socket = ConnectTcp(listener.local());
  EXPECT_TRUE(socket);
  if (!socket) return pair;
  pair.one = *std::move(socket);
  EXPECT_NE(WaitFor(listener.native(), POLLIN), 0);
  AcceptedTcp accepted = listener.Accept();
  EXPECT_EQ(accepted.status, AcceptStatus::kAccepted);
  pair.other = std::move(accepted.socket);
  pair.other_saw = accepted.peer;
  EXPECT_NE(WaitFor(pair.one.native(), POLLOUT), 0);
  EXPECT_EQ(pair.one.FinishConnect().status, ConnectStatus::kConnected);
  return pair;
}

inline Pair ConnectedPair() { return ConnectedPair(TcpListener::Listen(kAnyLoopbackPort).value()); }

// Everything until the other side's end or an error, which `last` tells.
inline std::string ReadToEnd(const StreamSocket& socket, IoResult* last) {
  std::string out;
  for (;;) {
    std::uint8_t buffer[4096];
    *last = socket.Read(buffer);
    if (last->status == IoStatus::kOk) {
      out.append(reinterpret_cast<const char*>(buffer), last->size);
    } else if (last->status != IoStatus::kWouldBlock || WaitFor(socket.native(), POLLIN) == 0) {
      return out;
    }
  }
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_NET_LOOPBACK_H_
