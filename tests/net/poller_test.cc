// SPDX-License-Identifier: MIT

#include "cctl/net/poller.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "cctl/net/readiness.h"
#include "cctl/net/waker.h"
#include "tests/net/loopback.h"

namespace cctl {
namespace {

using testing::ConnectedPair;
using testing::kAnyLoopbackPort;
using testing::Pair;

constexpr Duration kPatience = Milliseconds(testing::kPatienceMs);
constexpr Duration kNow = {};

template <typename P>
class PollerTest : public ::testing::Test {
 protected:
  // What one wait reports, by token.
  std::map<std::uint64_t, Ready> Wait(std::optional<Duration> timeout) {
    std::array<Ready, 16> ready;
    const auto count = poller.Wait(timeout, ready);
    EXPECT_TRUE(count);
    std::map<std::uint64_t, Ready> out;
    for (std::size_t i = 0; i < *count; ++i) out[ready[i].token] = ready[i];
    EXPECT_EQ(out.size(), *count) << "one token was reported twice";
    return out;
  }

  P poller = P::Create().value();
};

#ifdef __linux__
using Pollers = ::testing::Types<EpollPoller, PollPoller>;
#else
using Pollers = ::testing::Types<PollPoller>;
#endif
TYPED_TEST_SUITE(PollerTest, Pollers);

TYPED_TEST(PollerTest, ReportsWhatIsAskedForAndNothingElse) {
  Pair pair = ConnectedPair();
  ASSERT_TRUE(this->poller.Add(pair.one.native(), Interest::kRead, 1));
  ASSERT_TRUE(this->poller.Add(pair.other.native(), Interest::kWrite, 2));
  auto ready = this->Wait(kPatience);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_TRUE(ready[2].writable);
  EXPECT_FALSE(ready[2].readable);
  EXPECT_FALSE(ready[2].failed);

  ASSERT_EQ(pair.other.Write(AsBytes("x")).size, 1u);
  ASSERT_TRUE(this->poller.Modify(pair.other.native(), Interest::kNone, 2));
  ready = this->Wait(kPatience);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_TRUE(ready[1].readable);
  EXPECT_FALSE(ready[1].writable);
}

TYPED_TEST(PollerTest, ReportsAgainWhatWasNotDealtWith) {
  Pair pair = ConnectedPair();
  ASSERT_TRUE(this->poller.Add(pair.one.native(), Interest::kRead, 7));
  ASSERT_EQ(pair.other.Write(AsBytes("xy")).size, 2u);
  EXPECT_EQ(this->Wait(kPatience).count(7), 1u);
  EXPECT_EQ(this->Wait(kNow).count(7), 1u);
  std::uint8_t bytes[8];
  ASSERT_EQ(pair.one.Read(bytes).size, 2u);
  EXPECT_TRUE(this->Wait(kNow).empty());
}

TYPED_TEST(PollerTest, ModifyChangesTheToken) {
  Pair pair = ConnectedPair();
  ASSERT_TRUE(this->poller.Add(pair.one.native(), Interest::kWrite, 1));
  ASSERT_TRUE(this->poller.Modify(pair.one.native(), Interest::kReadWrite, 0xffff'ffff'ffff'fff0u));
  const auto ready = this->Wait(kPatience);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready.begin()->first, 0xffff'ffff'ffff'fff0u);
}

TYPED_TEST(PollerTest, RemovedSocketIsSilent) {
  std::vector<Pair> pairs;
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  for (std::uint64_t i = 0; i < 5; ++i) {
    pairs.push_back(ConnectedPair(listener));
    ASSERT_TRUE(this->poller.Add(pairs[i].one.native(), Interest::kWrite, i));
  }
  ASSERT_TRUE(this->poller.Remove(pairs[0].one.native()));
  ASSERT_TRUE(this->poller.Remove(pairs[3].one.native()));
  auto ready = this->Wait(kPatience);
  EXPECT_EQ(ready.size(), 3u);
  EXPECT_EQ(ready.count(0) + ready.count(3), 0u);
  ASSERT_TRUE(this->poller.Add(pairs[3].one.native(), Interest::kWrite, 33));
  EXPECT_EQ(this->Wait(kNow).count(33), 1u);
}

TYPED_TEST(PollerTest, EndOfTheOtherSidesHalfIsReadableAndNoFailure) {
  Pair pair = ConnectedPair();
  ASSERT_TRUE(this->poller.Add(pair.one.native(), Interest::kRead, 1));
  pair.other.ShutdownWrite();
  auto ready = this->Wait(kPatience);
  EXPECT_TRUE(ready[1].readable);
  EXPECT_FALSE(ready[1].failed);
}

TYPED_TEST(PollerTest, FailureIsToldWhateverTheInterest) {
  Pair pair = ConnectedPair();
  ASSERT_TRUE(this->poller.Add(pair.one.native(), Interest::kNone, 1));
  EXPECT_TRUE(this->Wait(kNow).empty());
  const linger abort = {1, 0};
  ASSERT_EQ(setsockopt(pair.other.native(), SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&abort), sizeof abort),
            0);
  pair.other.Close();
  EXPECT_TRUE(this->Wait(kPatience)[1].failed);
}

TYPED_TEST(PollerTest, RefusedConnectionIsReported) {
  Endpoint free_port;
  {
    const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
    free_port = listener.local();
  }
  const auto socket = ConnectTcp(free_port);
  if (!socket) GTEST_SKIP() << "this system refuses at once";
  ASSERT_TRUE(this->poller.Add(socket->native(), Interest::kWrite, 1));
  auto ready = this->Wait(kPatience);
  EXPECT_TRUE(ready[1].writable || ready[1].failed);
  EXPECT_EQ(socket->FinishConnect().status, ConnectStatus::kFailed);
}

TYPED_TEST(PollerTest, EverybodyGetsATurnWhereLittleFits) {
  std::vector<Pair> pairs;
  const TcpListener listener = TcpListener::Listen(kAnyLoopbackPort).value();
  for (std::uint64_t i = 0; i < 10; ++i) {
    pairs.push_back(ConnectedPair(listener));
    ASSERT_TRUE(this->poller.Add(pairs[i].one.native(), Interest::kWrite, i));
  }
  std::map<std::uint64_t, int> turns;
  for (int round = 0; round < 10; ++round) {
    std::array<Ready, 3> ready;
    ASSERT_EQ(this->poller.Wait(kPatience, ready).value(), 3u);
    for (const Ready& one : ready) ++turns[one.token];
  }
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_EQ(turns[i], 3) << i;
}

TYPED_TEST(PollerTest, MisuseIsAnError) {
  Pair pair = ConnectedPair();
  EXPECT_FALSE(this->poller.Modify(pair.one.native(), Interest::kRead, 1));
  EXPECT_FALSE(this->poller.Remove(pair.one.native()));
  ASSERT_TRUE(this->poller.Add(pair.one.native(), Interest::kRead, 1));
  EXPECT_FALSE(this->poller.Add(pair.one.native(), Interest::kRead, 2));
  EXPECT_FALSE(this->poller.Add(kInvalidSocket, Interest::kRead, 3));
}

TYPED_TEST(PollerTest, TimeoutOfNothingReturnsAtOnce) {
  EXPECT_TRUE(this->Wait(kNow).empty());
  EXPECT_TRUE(this->Wait(Milliseconds(-5)).empty());
  EXPECT_TRUE(this->Wait(Milliseconds(1)).empty());
}

TYPED_TEST(PollerTest, MovedPollerKeepsItsSockets) {
  Pair pair = ConnectedPair();
  ASSERT_TRUE(this->poller.Add(pair.one.native(), Interest::kWrite, 9));
  TypeParam moved = std::move(this->poller);
  std::array<Ready, 4> ready;
  ASSERT_EQ(moved.Wait(kPatience, ready).value(), 1u);
  EXPECT_EQ(ready[0].token, 9u);
}

TEST(PollTimeout, FitsTheSystemCall) {
  EXPECT_EQ(detail::PollTimeout(std::nullopt), -1);
  EXPECT_EQ(detail::PollTimeout(Milliseconds(-1)), 0);
  EXPECT_EQ(detail::PollTimeout(Milliseconds(1'500)), 1'500);
  EXPECT_EQ(detail::PollTimeout(Days(30)), INT_MAX);
}

}  // namespace
}  // namespace cctl
