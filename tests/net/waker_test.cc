// SPDX-License-Identifier: MIT

#include "cctl/net/waker.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include "cctl/net/poller.h"

namespace cctl {
namespace {

constexpr Duration kNow = {};

TEST(Waker, WakesAPollerFromAnotherThread) {
  const Waker waker = Waker::Create().value();
  Poller poller = Poller::Create().value();
  ASSERT_TRUE(poller.Add(waker.native(), Interest::kRead, 1));
  std::thread other([&] { waker.Wake(); });
  std::array<Ready, 2> ready;
  EXPECT_EQ(poller.Wait(std::nullopt, ready).value(), 1u);
  other.join();
  waker.Drain();
  EXPECT_EQ(poller.Wait(kNow, ready).value(), 0u);
}

TEST(Waker, ManyWakesAreOneAndNeverBlock) {
  const Waker waker = Waker::Create().value();
  Poller poller = Poller::Create().value();
  ASSERT_TRUE(poller.Add(waker.native(), Interest::kRead, 1));
  for (int i = 0; i < 200'000; ++i) waker.Wake();  // more than a pipe holds
  std::array<Ready, 2> ready;
  EXPECT_EQ(poller.Wait(kNow, ready).value(), 1u);
  waker.Drain();
  EXPECT_EQ(poller.Wait(kNow, ready).value(), 0u);
  waker.Wake();
  EXPECT_EQ(poller.Wait(kNow, ready).value(), 1u);
}

TEST(Waker, LeavesErrnoAlone) {
  const Waker waker = Waker::Create().value();
  for (int i = 0; i < 100'000; ++i) waker.Wake();
  errno = ENOENT;
  waker.Wake();  // fails: the pipe is full
  EXPECT_EQ(errno, ENOENT);
}

const Waker* g_waker = nullptr;

#ifndef _WIN32  // a signal is raised
TEST(Waker, WakesFromASignalHandler) {
  const Waker waker = Waker::Create().value();
  Poller poller = Poller::Create().value();
  ASSERT_TRUE(poller.Add(waker.native(), Interest::kRead, 1));
  g_waker = &waker;
  struct sigaction action = {};
  struct sigaction former = {};
  action.sa_handler = [](int) { g_waker->Wake(); };
  ASSERT_EQ(sigaction(SIGUSR1, &action, &former), 0);
  ASSERT_EQ(raise(SIGUSR1), 0);
  std::array<Ready, 2> ready;
  EXPECT_EQ(poller.Wait(kNow, ready).value(), 1u);
  ASSERT_EQ(sigaction(SIGUSR1, &former, nullptr), 0);
}
#endif

}  // namespace
}  // namespace cctl
