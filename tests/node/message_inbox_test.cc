// SPDX-License-Identifier: MIT

#include "cctl/node/message_inbox.h"

#include <gtest/gtest.h>

#include <string>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/node_events.h"
#include "cctl/proto/session_limits.h"

namespace cctl {
namespace {

MessageReceived Message(const char* peer, int number, std::size_t size = 2) {
  return {*Identity::Parse(peer), "msg_" + std::to_string(number), "task_status", std::string(size, ' ')};
}

TEST(MessageInbox, PassesEverythingOnWhileSomebodyIsSubscribed) {
  MessageInbox inbox;
  for (std::size_t i = 0; i < 2 * kMaxQueuedMessages; ++i) EXPECT_TRUE(inbox.Offer(Message("a", 1), UnixTime{1}));
  EXPECT_TRUE(inbox.TakeAll().empty());
}

TEST(MessageInbox, KeepsSixtyFourOfEachPeerInTheirOrder) {
  MessageInbox inbox;
  inbox.set_keeping(true);
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(inbox.Offer(Message("a", i), UnixTime{i}));
  EXPECT_FALSE(inbox.Offer(Message("a", 64), UnixTime{64}));
  EXPECT_TRUE(inbox.Offer(Message("b", 100), UnixTime{100}));  // another peer's room is its own
  const auto all = inbox.TakeAll();
  ASSERT_EQ(all.size(), 65u);
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(all[static_cast<std::size_t>(i)].first.id, "msg_" + std::to_string(i));
    EXPECT_EQ(all[static_cast<std::size_t>(i)].second, UnixTime{i});
  }
  EXPECT_EQ(all[64].first.id, "msg_100");
  EXPECT_TRUE(inbox.TakeAll().empty());
  EXPECT_TRUE(inbox.Offer(Message("a", 65), UnixTime{65}));  // there is room again
}

TEST(MessageInbox, KeepsAMebibyteOfAPeerAtMost) {
  MessageInbox inbox;
  inbox.set_keeping(true);
  EXPECT_TRUE(inbox.Offer(Message("a", 1, MessageInbox::kMaxBytes - 10), UnixTime{}));
  EXPECT_FALSE(inbox.Offer(Message("a", 2, 11), UnixTime{}));
  EXPECT_TRUE(inbox.Offer(Message("a", 3, 10), UnixTime{}));
  EXPECT_FALSE(inbox.Offer(Message("a", 4, 1), UnixTime{}));
}

TEST(MessageInbox, ForgetsTheMessagesOfAForgottenPeer) {
  MessageInbox inbox;
  inbox.set_keeping(true);
  EXPECT_TRUE(inbox.Offer(Message("a", 1), UnixTime{}));
  EXPECT_TRUE(inbox.Offer(Message("b", 2), UnixTime{}));
  inbox.Forget(*Identity::Parse("a"));
  const auto all = inbox.TakeAll();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].first.id, "msg_2");
}

}  // namespace
}  // namespace cctl
