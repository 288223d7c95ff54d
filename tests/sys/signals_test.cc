// SPDX-License-Identifier: MIT

#include "cctl/sys/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "cctl/net/poller.h"
#include "cctl/net/waker.h"

namespace cctl {
namespace {

using Handler = void (*)(int);

Handler HandlerOf(int number) {
  struct sigaction action = {};
  EXPECT_EQ(sigaction(number, nullptr, &action), 0);
  return action.sa_handler;
}

void SetHandler(int number, Handler handler) {
  struct sigaction action = {};
  action.sa_handler = handler;
  ASSERT_EQ(sigaction(number, &action, nullptr), 0);
}

// Bazel, nohup and shells hand signals on as ignored; each test says itself what it starts from.
class SignalsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) SetHandler(number, SIG_DFL);
  }

  Waker waker_ = Waker::Create().value();
};

TEST_F(SignalsTest, EachIsTakenOnce) {
  auto signals = Signals::Catch(waker_);
  ASSERT_TRUE(signals);
  EXPECT_EQ(signals->Take(), std::nullopt);
  ASSERT_EQ(raise(SIGHUP), 0);
  ASSERT_EQ(raise(SIGTERM), 0);
  ASSERT_EQ(raise(SIGINT), 0);
  ASSERT_EQ(raise(SIGINT), 0);
  EXPECT_EQ(signals->Take(), Signal::kInterrupt);
  EXPECT_EQ(signals->Take(), Signal::kTerminate);
  EXPECT_EQ(signals->Take(), Signal::kHangUp);
  EXPECT_EQ(signals->Take(), std::nullopt);
}

TEST_F(SignalsTest, WakesALoopThatWaits) {
  auto signals = Signals::Catch(waker_);
  ASSERT_TRUE(signals);
  Poller poller = Poller::Create().value();
  ASSERT_TRUE(poller.Add(waker_.native(), Interest::kRead, 1));
  std::thread other([] { ASSERT_EQ(kill(getpid(), SIGTERM), 0); });
  std::array<Ready, 2> ready;
  std::size_t count = 0;
  while (count == 0) count = poller.Wait(std::nullopt, ready).value();  // 0: the signal came to this thread
  other.join();
  waker_.Drain();
  EXPECT_EQ(signals->Take(), Signal::kTerminate);
}

TEST_F(SignalsTest, EndRestoresWhatWasBefore) {
  const Handler former = [](int) {};
  SetHandler(SIGTERM, former);
  {
    const auto signals = Signals::Catch(waker_);
    ASSERT_TRUE(signals);
    EXPECT_NE(HandlerOf(SIGTERM), former);
    EXPECT_EQ(HandlerOf(SIGPIPE), SIG_IGN);
  }
  EXPECT_EQ(HandlerOf(SIGTERM), former);
  EXPECT_EQ(HandlerOf(SIGINT), SIG_DFL);
  EXPECT_EQ(HandlerOf(SIGHUP), SIG_DFL);
  EXPECT_EQ(HandlerOf(SIGPIPE), SIG_DFL);
}

TEST_F(SignalsTest, IgnoredOneStaysIgnored) {
  SetHandler(SIGHUP, SIG_IGN);  // as nohup does
  auto signals = Signals::Catch(waker_);
  ASSERT_TRUE(signals);
  ASSERT_EQ(raise(SIGHUP), 0);
  EXPECT_EQ(signals->Take(), std::nullopt);
}

TEST_F(SignalsTest, SecondCatcherIsRefusedAndTheFirstGoesOn) {
  auto signals = Signals::Catch(waker_);
  ASSERT_TRUE(signals);
  {
    const Waker other = Waker::Create().value();
    EXPECT_EQ(Signals::Catch(other).error(), (Error{Errc::kInternal, 0, 0, "signals"}));
  }
  Poller poller = Poller::Create().value();
  ASSERT_TRUE(poller.Add(waker_.native(), Interest::kRead, 1));
  ASSERT_EQ(raise(SIGINT), 0);
  std::array<Ready, 2> ready;
  EXPECT_EQ(poller.Wait(Duration{}, ready).value(), 1u) << "the first one's waker, not that of the second";
  EXPECT_EQ(signals->Take(), Signal::kInterrupt);
}

TEST_F(SignalsTest, NextCatcherSeesNothingOfTheLast) {
  {
    const auto signals = Signals::Catch(waker_);
    ASSERT_TRUE(signals);
    ASSERT_EQ(raise(SIGINT), 0);
  }
  auto signals = Signals::Catch(waker_);
  ASSERT_TRUE(signals);
  EXPECT_EQ(signals->Take(), std::nullopt);
}

TEST_F(SignalsTest, BrokenPipeIsNoEnd) {
  const auto signals = Signals::Catch(waker_);
  ASSERT_TRUE(signals);
  EXPECT_EQ(raise(SIGPIPE), 0);  // would have ended this process
}

}  // namespace
}  // namespace cctl
