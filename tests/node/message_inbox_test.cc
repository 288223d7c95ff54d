// SPDX-License-Identifier: MIT

#include "cctl/node/message_inbox.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/node_events.h"
#include "cctl/proto/session_limits.h"

namespace cctl {
namespace {

MessageReceived Message(const char* peer, int number, std::size_t size = 2) {
  return {*Identity::Parse(peer), "msg_" + std::to_string(number), "task_status", std::string(size, ' ')};
}

std::vector<std::pair<MessageReceived, UnixTime>> TakeAll(MessageInbox& inbox) {
  std::vector<std::pair<MessageReceived, UnixTime>> all;
  while (!inbox.empty()) all.push_back(inbox.Take());
  return all;
}

TEST(MessageInbox, PassesEverythingOnWhileSomebodyIsSubscribed) {
  MessageInbox inbox;
  for (std::size_t i = 0; i < 2 * kMaxQueuedMessages; ++i) EXPECT_TRUE(inbox.Offer(Message("a", 1), UnixTime{1}));
  EXPECT_TRUE(TakeAll(inbox).empty());
}

TEST(MessageInbox, KeepsSixtyFourOfEachPeerInTheirOrder) {
  MessageInbox inbox;
  inbox.set_keeping(true);
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(inbox.Offer(Message("a", i), UnixTime{i}));
  EXPECT_FALSE(inbox.Offer(Message("a", 64), UnixTime{64}));
  EXPECT_TRUE(inbox.Offer(Message("b", 100), UnixTime{100}));  // another peer's room is its own
  const auto all = TakeAll(inbox);
  ASSERT_EQ(all.size(), 65u);
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(all[static_cast<std::size_t>(i)].first.id, "msg_" + std::to_string(i));
    EXPECT_EQ(all[static_cast<std::size_t>(i)].second, UnixTime{i});
  }
  EXPECT_EQ(all[64].first.id, "msg_100");
  EXPECT_TRUE(TakeAll(inbox).empty());
  EXPECT_TRUE(inbox.Offer(Message("a", 65), UnixTime{65}));  // there is room again
}

TEST(MessageInbox, KeepsAMebibyteOfAPeerAtMost) {
  MessageInbox inbox;
  inbox.set_keeping(true);
  EXPECT_TRUE(inbox.Offer(Message("a", 1, MessageInbox::kMaxBytes - 10), UnixTime{}));
  EXPECT_FALSE(inbox.Offer(Message("a", 2, 11), UnixTime{}));
  EXPECT_TRUE(inbox.Offer(Message("a", 3, 10), UnixTime{}));
  EXPECT_FALSE(inbox.Offer(Message("a", 4, 1), UnixTime{}));
  EXPECT_EQ(inbox.Take().first.id, "msg_1");
  EXPECT_TRUE(inbox.Offer(Message("a", 5, MessageInbox::kMaxBytes - 10), UnixTime{})) << "what is taken makes room";
  EXPECT_FALSE(inbox.Offer(Message("a", 6, 1), UnixTime{}));
}

// A subscriber may leave between a message's acknowledgement and its delivery.
TEST(MessageInbox, KeepsWhatIsBroughtBack) {
  MessageInbox inbox;
  EXPECT_TRUE(inbox.Offer(Message("a", 1), UnixTime{1}));
  EXPECT_TRUE(inbox.empty());
  EXPECT_TRUE(inbox.Keep(Message("a", 1), UnixTime{1}));
  EXPECT_EQ(inbox.Take().first.id, "msg_1");
  EXPECT_TRUE(inbox.empty());
}

TEST(MessageInbox, ForgetsTheMessagesOfAForgottenPeer) {
  MessageInbox inbox;
  inbox.set_keeping(true);
  EXPECT_TRUE(inbox.Offer(Message("a", 1), UnixTime{}));
  EXPECT_TRUE(inbox.Offer(Message("b", 2), UnixTime{}));
  inbox.Forget(*Identity::Parse("a"));
  const auto all = TakeAll(inbox);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].first.id, "msg_2");
}

}  // namespace
}  // namespace cctl
