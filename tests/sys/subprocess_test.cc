// SPDX-License-Identifier: MIT

#include "cctl/sys/subprocess.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/file_api.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

// Runs it on a loop to its end.
SubprocessResult RunToEnd(Subprocess& process) {
  while (!process.done()) {
    const auto descriptors = process.descriptors();
    pollfd entries[] = {{descriptors[0], POLLIN, 0}, {descriptors[1], POLLIN, 0}};
    const Duration wait = *process.NextTimeout() - SteadyNow();
    const int ready = poll(entries, 2, static_cast<int>(std::max<std::int64_t>(wait.ms, 0)));
    if (ready > 0) {
      process.HandleReady(SteadyNow());
    } else {
      process.HandleTimeout(SteadyNow());
    }
  }
  return process.result();
}

SubprocessResult RunProgram(const std::vector<std::string>& arguments, const SubprocessLimits& limits = {}) {
  auto process = Subprocess::Start(arguments, limits, SteadyNow());
  EXPECT_TRUE(process);
  return process ? RunToEnd(*process) : SubprocessResult();
}

SubprocessResult RunScript(const std::string& script, const SubprocessLimits& limits = {}) {
  return RunProgram({"sh", "-c", script}, limits);
}

TEST(Subprocess, KeepsTheStreamsApart) {
  const SubprocessResult result = RunScript("echo out; echo warning >&2; echo more");
  EXPECT_EQ(result.end, SubprocessEnd::kExited);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, "out\nmore\n");
  EXPECT_EQ(result.error_output, "warning\n");
}

TEST(Subprocess, TellsHowItEnded) {
  EXPECT_EQ(RunScript("exit 3").status, 3);
  const SubprocessResult killed = RunScript("kill -TERM $$");
  EXPECT_EQ(killed.end, SubprocessEnd::kSignaled);
  EXPECT_EQ(killed.status, SIGTERM);
}

TEST(Subprocess, ArgumentsAreNotForAShell) {
  EXPECT_EQ(RunProgram({"printf", "%s|%s", "$HOME; exit 3", "`id` * \n"}).output, "$HOME; exit 3|`id` * \n");
}

TEST(Subprocess, GetsNoInputAndNoDescriptorOfOurs) {
  const testing::ScratchFolder folder;
  EXPECT_EQ(RunProgram({"cat"}).output, "");
  const Descriptor ours(open(folder.path().c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(ours);
  // Moved up, where the program that looks has none of its own.
  const Descriptor high(fcntl(ours.get(), F_DUPFD_CLOEXEC, 200));
  EXPECT_EQ(RunScript("test ! -e /proc/self/fd/" + std::to_string(high.get())).status, 0);
}

TEST(Subprocess, IgnoresNoSignalThatWeIgnore) {
  const auto former = signal(SIGPIPE, SIG_IGN);
  const SubprocessResult result = RunProgram({"grep", "SigIgn", "/proc/self/status"});
  signal(SIGPIPE, former);
  ASSERT_TRUE(result.output.starts_with("SigIgn:\t")) << result.output;
  const auto ignored = std::strtoull(result.output.c_str() + 8, nullptr, 16);
  EXPECT_EQ(ignored >> (SIGPIPE - 1) & 1, 0u) << result.output;
}

TEST(Subprocess, SaysWhichProgramIsNotThere) {
  const auto missing = Subprocess::Start({"/nowhere/tailscale"}, {}, SteadyNow());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  EXPECT_EQ(missing.error().value, std::uint32_t{ENOENT});
  EXPECT_EQ(Subprocess::Start({"no-such-program-of-ours"}, {}, SteadyNow()).error().code, Errc::kNotFound);
  const auto folder = Subprocess::Start({"/"}, {}, SteadyNow());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::kIo);
}

TEST(Subprocess, IsKilledWithItsChildrenWhenTheTimeIsOver) {
  auto process =
      Subprocess::Start({"sh", "-c", "sleep 1000 & echo $!; wait"}, {.time = Milliseconds(300)}, SteadyNow());
  ASSERT_TRUE(process);
  const SubprocessResult result = RunToEnd(*process);
  EXPECT_EQ(result.end, SubprocessEnd::kTimedOut);
  const pid_t child = std::atoi(result.output.c_str());
  ASSERT_GT(child, 0);
  // Whoever reaps orphans here takes its time; one that waits for that (Z) has been killed, too.
  const auto is_alive = [child] {
    const std::string stat = testing::ContentOf("/proc/" + std::to_string(child) + "/stat");
    return !stat.empty() && stat.find(") Z") == std::string::npos;
  };
  const Instant end = SteadyNow() + Seconds(10);
  while (is_alive() && SteadyNow() < end) poll(nullptr, 0, 5);
  EXPECT_FALSE(is_alive());
}

// It has ended itself, but what it has started holds its streams open.
TEST(Subprocess, AGrandchildDoesNotKeepItAlive) {
  const SubprocessResult result = RunScript("sleep 1000 & exit 0", {.time = Milliseconds(200)});
  EXPECT_EQ(result.end, SubprocessEnd::kTimedOut);
}

TEST(Subprocess, MayCloseItsStreamsAndGoOn) {
  const SubprocessResult result = RunScript("exec >&- 2>&-; sleep 0.1; exit 7");
  EXPECT_EQ(result.end, SubprocessEnd::kExited);
  EXPECT_EQ(result.status, 7);
}

TEST(Subprocess, IsKilledWhenItPrintsTooMuch) {
  const SubprocessResult result = RunScript("yes", {.output = 100'000});
  EXPECT_EQ(result.end, SubprocessEnd::kTooLong);
  EXPECT_EQ(result.output.size(), 100'000u);
  const SubprocessResult exact = RunScript("printf 12345", {.output = 5});
  EXPECT_EQ(exact.end, SubprocessEnd::kExited);
  EXPECT_EQ(exact.output, "12345");
}

TEST(Subprocess, ComplaintsAreCutAndDoNotBlockIt) {
  const SubprocessResult result = RunScript("yes complaint | head -c 1000000 >&2; echo done", {.error_output = 1000});
  EXPECT_EQ(result.end, SubprocessEnd::kExited);
  EXPECT_EQ(result.output, "done\n");
  EXPECT_EQ(result.error_output.size(), 1000u);
}

TEST(Subprocess, EndsWithItsOwner) {
  pid_t child = 0;
  {
    auto process = Subprocess::Start({"sh", "-c", "echo $$; exec sleep 1000"}, {}, SteadyNow());
    ASSERT_TRUE(process);
    while (process->result().output.empty()) {
      pollfd entry = {process->descriptors()[0], POLLIN, 0};
      ASSERT_EQ(poll(&entry, 1, 10'000), 1);
      process->HandleReady(SteadyNow());
    }
    child = std::atoi(process->result().output.c_str());
    Subprocess moved = *std::move(process);
    EXPECT_FALSE(moved.done());
  }
  EXPECT_EQ(kill(child, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace cctl
