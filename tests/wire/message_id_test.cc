// SPDX-License-Identifier: MIT

#include "cctl/wire/message_id.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

#include "cctl/base/time.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {
namespace {

TEST(MessageIds, NameTimeCounterAndProcess) {
  const std::uint8_t tag[] = {0xa1, 0xb2, 0xc3, 0x04};
  MessageIds ids(tag);
  EXPECT_EQ(ids.Next(UnixTime{1795422026237}).view(), "msg_1795422026237_0_a1b2c304");
  EXPECT_EQ(ids.Next(UnixTime{1795422026237}).view(), "msg_1795422026237_1_a1b2c304");
  EXPECT_EQ(ids.Next(UnixTime{5}).view(), "msg_5_2_a1b2c304");
}

TEST(MessageIds, FitWhateverTheClockSays) {
  const std::uint8_t tag[4] = {};
  MessageIds ids(tag);
  EXPECT_EQ(ids.Next(UnixTime{INT64_MIN}).view(), "msg_0_0_00000000");
  EXPECT_EQ(ids.Next(UnixTime{INT64_MAX}).view(), "msg_9223372036854775807_1_00000000");
  EXPECT_LE(MessageId::kCapacity, kMaxMessageId);
}

TEST(MessageIds, NeverRepeat) {
  const std::uint8_t one[] = {0, 0, 0, 1};
  const std::uint8_t two[] = {0, 0, 0, 2};
  MessageIds ours(one), others(two);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.emplace(ours.Next(UnixTime{7}).view()).second);
    EXPECT_TRUE(seen.emplace(others.Next(UnixTime{7}).view()).second);
  }
}

}  // namespace
}  // namespace cctl
