// SPDX-License-Identifier: MIT

#include "cctl/net/udp_socket.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/net/loopback.h"

namespace cctl {
namespace {

using testing::kAnyLoopbackPort;
using testing::WaitFor;

std::string ReceiveText(const UdpSocket& socket, Endpoint* from = nullptr) {
  EXPECT_NE(WaitFor(socket.native(), POLLIN), 0);
  std::array<std::uint8_t, 64> bytes;
  const ReceivedDatagram received = socket.Receive(bytes);
  EXPECT_EQ(received.status, IoStatus::kOk);
  if (from != nullptr) *from = received.from;
  return std::string(AsText(ByteView(bytes).first(received.size)));
}

TEST(UdpSocket, CarriesDatagramsAndTellsWhereTheyCameFrom) {
  const UdpSocket one = UdpSocket::Bind(kAnyLoopbackPort, PortUse::kAlone).value();
  const UdpSocket other = UdpSocket::Bind(kAnyLoopbackPort, PortUse::kAlone).value();
  ASSERT_TRUE(one.Send(AsBytes("one"), other.local()));
  ASSERT_TRUE(one.Send(AsBytes(""), other.local()));
  Endpoint from;
  EXPECT_EQ(ReceiveText(other, &from), "one");
  EXPECT_EQ(from, one.local());
  EXPECT_EQ(ReceiveText(other), "");
  std::array<std::uint8_t, 8> none;
  EXPECT_EQ(other.Receive(none).status, IoStatus::kWouldBlock);
}

TEST(UdpSocket, GivesOfALongDatagramWhatThereIsRoomFor) {
  const UdpSocket one = UdpSocket::Bind(kAnyLoopbackPort, PortUse::kAlone).value();
  const UdpSocket other = UdpSocket::Bind(kAnyLoopbackPort, PortUse::kAlone).value();
  ASSERT_TRUE(one.Send(AsBytes(std::string(100, 'x')), other.local()));
  ASSERT_TRUE(one.Send(AsBytes("next"), other.local()));
  EXPECT_EQ(ReceiveText(other), std::string(64, 'x'));
  EXPECT_EQ(ReceiveText(other), "next");
}

TEST(UdpSocket, SharesAPortWithThoseWhoShareIt) {
  const UdpSocket first = UdpSocket::Bind({IpAddress(), 0}, PortUse::kShared).value();
  const Endpoint same{IpAddress(), first.local().port};
  const auto second = UdpSocket::Bind(same, PortUse::kShared);
  ASSERT_TRUE(second);
  const auto third = UdpSocket::Bind(same, PortUse::kAlone);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Errc::kAlreadyRunning);

  // A broadcast reaches each of them.
  const UdpSocket sender = UdpSocket::Bind({IpAddress(), 0}, PortUse::kAlone).value();
  ASSERT_TRUE(sender.Send(AsBytes("all"), {IpAddress::V4(127, 255, 255, 255), first.local().port}));
  EXPECT_EQ(ReceiveText(first), "all");
  EXPECT_EQ(ReceiveText(*second), "all");
}

TEST(UdpSocket, LeavesByTheInterfaceThatIsNamed) {
  if (!UdpSocket::CanChooseInterface()) GTEST_SKIP() << "not on this system";
  const UdpSocket other = UdpSocket::Bind({IpAddress(), 0}, PortUse::kShared).value();
  const UdpSocket one = UdpSocket::Bind({IpAddress(), 0}, PortUse::kAlone).value();
  const Endpoint to{IpAddress::V4(127, 255, 255, 255), other.local().port};
  ASSERT_TRUE(one.SendBy({1, IpAddress::V4(127, 0, 0, 1)}, AsBytes("by lo"), to));
  Endpoint from;
  EXPECT_EQ(ReceiveText(other, &from), "by lo");
  EXPECT_EQ(from, (Endpoint{IpAddress::V4(127, 0, 0, 1), one.local().port}));
  // An interface that is none.
  EXPECT_FALSE(one.SendBy({99, IpAddress::V4(127, 0, 0, 1)}, AsBytes("x"), to));
}

#ifndef _WIN32  // Wine binds it
TEST(UdpSocket, RefusesAnAddressOfAnotherMachine) {
  const auto socket = UdpSocket::Bind({IpAddress::V4(192, 0, 2, 1), 0}, PortUse::kAlone);
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::kUnreachable);
  EXPECT_STREQ(socket.error().part, "udp");
}
#endif

// An ICMP error about one peer is no end of the socket.
TEST(UdpSocket, GoesOnAfterSomebodyWasNotThere) {
  const UdpSocket one = UdpSocket::Bind(kAnyLoopbackPort, PortUse::kAlone).value();
  const UdpSocket other = UdpSocket::Bind(kAnyLoopbackPort, PortUse::kAlone).value();
  (void)one.Send(AsBytes("x"), {IpAddress::V4(127, 0, 0, 1), 1});
  ASSERT_TRUE(other.Send(AsBytes("hello"), one.local()));
  EXPECT_EQ(ReceiveText(one), "hello");
}

}  // namespace
}  // namespace cctl
