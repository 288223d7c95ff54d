// SPDX-License-Identifier: MIT

#include "cctl/node/out_buffer.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstddef>
#include <string>
#include <thread>
#include <utility>

#include "cctl/net/stream_socket.h"
#include "tests/net/loopback.h"

namespace cctl {
namespace {

using testing::ConnectedPair;
using testing::Pair;
using testing::ReadToEnd;
using testing::WaitFor;

// A pair whose near end takes little, so that bytes have to wait.
Pair NarrowPair() {
  Pair pair = ConnectedPair();
  const int size = 4096;
  EXPECT_EQ(setsockopt(pair.one.native(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
  return pair;
}

std::string Pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 31 + i / 251) % 26);
  return text;
}

TEST(OutBuffer, HoldsNothingWhereTheSocketTakesAll) {
  const Pair pair = ConnectedPair();
  OutBuffer buffer;
  EXPECT_EQ(buffer.Send(pair.one, "hello\n"), IoStatus::kOk);
  EXPECT_EQ(buffer.size(), 0u);
  pair.one.ShutdownWrite();
  IoResult last;
  EXPECT_EQ(ReadToEnd(pair.other, &last), "hello\n");
}

TEST(OutBuffer, KeepsWhatDoesNotFitAndSendsItInOrder) {
  Pair pair = NarrowPair();
  const std::string text = Pattern(1'000'000);
  OutBuffer buffer;
  // Pieces of growing size, so that the buffer grows while it is half full.
  std::size_t sent = 0;
  for (std::size_t piece = 1; sent < text.size(); piece = piece * 2 + 1) {
    const std::string_view next = std::string_view(text).substr(sent, piece);
    ASSERT_EQ(buffer.Send(pair.one, next), IoStatus::kOk);
    sent += next.size();
  }
  ASSERT_GT(buffer.size(), 0u);
  std::string received;
  IoResult last;
  std::thread reader([&] { received = ReadToEnd(pair.other, &last); });
  while (buffer.size() > 0 && WaitFor(pair.one.native(), POLLOUT) == POLLOUT) (void)buffer.Flush(pair.one);
  EXPECT_EQ(buffer.size(), 0u);
  pair.one.ShutdownWrite();
  reader.join();
  EXPECT_EQ(last.status, IoStatus::kClosed);
  EXPECT_EQ(received.size(), text.size());
  EXPECT_TRUE(received == text);
}

TEST(OutBuffer, SaysThatTheSocketTookNothing) {
  Pair pair = NarrowPair();
  OutBuffer buffer;
  EXPECT_EQ(buffer.Flush(pair.one), IoStatus::kOk);  // nothing waits
  const std::string much(100'000, 'x');
  IoStatus flushed = IoStatus::kOk;
  // Nobody reads: sooner or later the kernel's own buffers are full, and stay so.
  for (int i = 0; i < 1'000 && flushed == IoStatus::kOk; ++i) {
    ASSERT_EQ(buffer.Send(pair.one, much), IoStatus::kOk);
    flushed = buffer.Flush(pair.one);
  }
  EXPECT_EQ(flushed, IoStatus::kWouldBlock);
  EXPECT_GT(buffer.size(), 0u);
}

TEST(OutBuffer, FindsThatTheConnectionIsOver) {
  Pair pair = NarrowPair();
  OutBuffer buffer;
  while (buffer.size() == 0) ASSERT_EQ(buffer.Send(pair.one, std::string(100'000, 'x')), IoStatus::kOk);
  pair.other.Close();  // with unread input: a reset
  ASSERT_NE(WaitFor(pair.one.native(), POLLIN), 0);
  EXPECT_EQ(buffer.Flush(pair.one), IoStatus::kClosed);
}

TEST(OutBuffer, MovesWithWhatItHolds) {
  Pair pair = NarrowPair();
  const std::string text = Pattern(500'000);
  OutBuffer first;
  std::size_t sent = 0;
  for (; first.size() == 0; ++sent) ASSERT_EQ(first.Send(pair.one, text), IoStatus::kOk);
  const std::size_t held = first.size();
  OutBuffer second = std::move(first);
  EXPECT_EQ(second.size(), held);
  EXPECT_EQ(first.size(), 0u);  // NOLINT(bugprone-use-after-move): so that it is not sent twice

  std::string received;
  IoResult last;
  std::thread reader([&] { received = ReadToEnd(pair.other, &last); });
  while (second.size() > 0 && WaitFor(pair.one.native(), POLLOUT) == POLLOUT) (void)second.Flush(pair.one);
  pair.one.ShutdownWrite();
  reader.join();
  std::string expected;
  for (; sent > 0; --sent) expected += text;
  EXPECT_TRUE(received == expected) << received.size() << " of " << expected.size();
}

}  // namespace
}  // namespace cctl
