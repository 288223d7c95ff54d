// SPDX-License-Identifier: MIT

#include "cctl/tailnet/tailnet_condition.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cctl/tailnet/tailnet_status.h"

namespace cctl {
namespace {

using Condition = TailnetCondition;

TEST(TailnetCondition, IsRunningOnlyWithADeviceOfItsOwn) {
  EXPECT_EQ(ConditionOf(TailnetState::kRunning, true), Condition::kRunning);
  EXPECT_EQ(ConditionOf(TailnetState::kRunning, false), Condition::kUserspace);
  for (const bool tun : {true, false}) {
    EXPECT_EQ(ConditionOf(TailnetState::kStopped, tun), Condition::kStopped);
    EXPECT_EQ(ConditionOf(TailnetState::kNeedsLogin, tun), Condition::kNeedsLogin);
    EXPECT_EQ(ConditionOf(TailnetState::kNeedsApproval, tun), Condition::kNeedsApproval);
    EXPECT_EQ(ConditionOf(TailnetState::kInUseOtherUser, tun), Condition::kInUse);
    EXPECT_EQ(ConditionOf(TailnetState::kStarting, tun), Condition::kStarting);
    EXPECT_EQ(ConditionOf(TailnetState::kNoState, tun), Condition::kStarting);
  }
}

TEST(TailnetCondition, EachHasAWordAndASentenceOfItsOwn) {
  std::set<std::string> words;
  std::set<std::string> sentences;
  constexpr int kCount = static_cast<int>(Condition::kNoAnswer) + 1;
  for (int i = 0; i < kCount; ++i) {
    words.emplace(TailnetConditionName(static_cast<Condition>(i)));
    sentences.emplace(TailnetConditionSentence(static_cast<Condition>(i)));
  }
  EXPECT_EQ(words.size(), std::size_t{kCount});
  EXPECT_EQ(sentences.size(), std::size_t{kCount});
  EXPECT_FALSE(sentences.contains(""));
}

}  // namespace
}  // namespace cctl
