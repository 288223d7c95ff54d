// SPDX-License-Identifier: MIT

#include "cctl/base/x86_features.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace cctl::detail {
namespace {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(CCTL_PLAIN_INSTRUCTIONS)

// What the system says of the first processor; nothing where it is not Linux.
std::set<std::string> ProcessorFlags() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    std::set<std::string> flags;
    for (std::string word; words >> word;) flags.insert(word);
    return flags;
  }
  return {};
}

TEST(X86Features, AreThoseThatTheCompilersLibraryDetects) {
  EXPECT_EQ(DetectAvx2(), __builtin_cpu_supports("avx2") != 0);
}

TEST(X86Features, AreThoseThatTheSystemNames) {
  const std::set<std::string> flags = ProcessorFlags();
  if (flags.empty()) GTEST_SKIP() << "no flags in /proc/cpuinfo";
  EXPECT_EQ(DetectAvx2(), flags.contains("avx2"));
  EXPECT_EQ(DetectShaInstructions(), flags.contains("sha_ni") && flags.contains("ssse3") && flags.contains("sse4_1"));
}

TEST(X86Features, KeptAnswersAreThoseOfTheProcessor) {
  for (int times = 0; times < 3; ++times) {
    EXPECT_EQ(HasAvx2(), DetectAvx2());
    EXPECT_EQ(HasShaInstructions(), DetectShaInstructions());
  }
}

int asked_for_yes = 0, asked_for_no = 0;
bool SayYes() { return ++asked_for_yes > 0; }
bool SayNo() { return ++asked_for_no < 0; }

TEST(X86Features, TheProcessorIsAskedOnce) {
  for (int times = 0; times < 3; ++times) {
    EXPECT_TRUE(AskProcessorOnce<SayYes>());
    EXPECT_FALSE(AskProcessorOnce<SayNo>());
  }
  EXPECT_EQ(asked_for_yes, 1);
  EXPECT_EQ(asked_for_no, 1);
}

bool SayYesToo() { return true; }

TEST(X86Features, AnyNumberOfThreadsGetsTheSameAnswer) {
  std::vector<int> answers(8, -1);
  std::vector<std::thread> threads;
  for (int& answer : answers) threads.emplace_back([&answer] { answer = AskProcessorOnce<SayYesToo>() ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers, std::vector<int>(8, 1));
}

#else

TEST(X86Features, AreNoneOnOtherProcessors) {
  static_assert(!HasAvx2() && !HasShaInstructions());
  EXPECT_FALSE(HasAvx2());
  EXPECT_FALSE(HasShaInstructions());
}

#endif

}  // namespace
}  // namespace cctl::detail
