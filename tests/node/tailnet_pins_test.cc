// SPDX-License-Identifier: MIT

#include "cctl/node/tailnet_pins.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/node/dial.h"
#include "cctl/node/handshake_answers.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_operations.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/tailnet/stable_id.h"
#include "tests/node/state_host.h"

namespace cctl {
namespace {

using testing::Named;
using testing::StateHost;
using testing::TestKey;

StableId Id(std::string_view text) { return *StableId::Parse(text); }

class TailnetPinsTest : public ::testing::Test {
 protected:
  TailnetPins& pins() { return host_.context().pins; }
  void PinBob() { ASSERT_TRUE(pins().Add(host_.folder(), Id("nBOB"), Named("bob-1"), StateHost::kToday)); }

  StateHost host_;
};

TEST_F(TailnetPinsTest, TieANodeAndAnIdentityToEachOther) {
  EXPECT_EQ(pins().Judge(Id("nBOB"), Named("bob-1")), PinVerdict::kNew);
  PinBob();
  EXPECT_EQ(pins().Judge(Id("nBOB"), Named("bob-1")), PinVerdict::kPinned);
  EXPECT_EQ(pins().Judge(Id("nBOB"), Named("bob-2")), PinVerdict::kOtherName);
  EXPECT_EQ(pins().Judge(Id("nBOB"), Named("BOB-1")), PinVerdict::kOtherName);
  EXPECT_EQ(pins().Judge(Id("nEVE"), Named("bob-1")), PinVerdict::kOtherNode);
  EXPECT_EQ(pins().Judge(Id("nEVE"), Named("Bob-1")), PinVerdict::kOtherNode);
  EXPECT_EQ(pins().Judge(Id("nEVE"), Named("eve-1")), PinVerdict::kNew);
}

TEST_F(TailnetPinsTest, AreReadAgain) {
  PinBob();
  TailnetPins again;
  EXPECT_TRUE(again.Load(host_.folder()).empty());
  EXPECT_EQ(again.FindIdentity(Id("nBOB")), Named("bob-1"));
  EXPECT_EQ(again.FindNode(Named("bob-1")), Id("nBOB"));
  EXPECT_FALSE(again.FindNode(Named("bob-2")));
}

TEST_F(TailnetPinsTest, OneThatCannotBeReadLetsItsNodeInByNoName) {
  host_.WriteFile("relay/tailnet/nBOB.json", "{");
  host_.WriteFile("relay/tailnet/README", "not ours");
  const auto faults = pins().Load(host_.folder());
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].path, host_.PathOf("relay/tailnet/nBOB.json"));
  EXPECT_EQ(pins().Judge(Id("nBOB"), Named("bob-1")), PinVerdict::kUnreadable);
  EXPECT_FALSE(pins().FindIdentity(Id("nBOB")));
}

TEST_F(TailnetPinsTest, OneThatCannotBeWrittenIsNone) {
  host_.PutFileInPlaceOfFolder("relay/tailnet");
  EXPECT_FALSE(pins().Add(host_.folder(), Id("nBOB"), Named("bob-1"), StateHost::kToday));
  EXPECT_EQ(pins().Judge(Id("nBOB"), Named("bob-1")), PinVerdict::kNew);
}

// A link, a code or a request would make somebody else of that name.
TEST_F(TailnetPinsTest, KeepTheIdentityFromLinksAndCodes) {
  host_.PutInvite("5b0c9a12", TestKey(1));
  host_.PutPending(TestKey(2), StateHost::kToday);
  EXPECT_EQ(AnswerKeysWanted(host_.context(), Named("bob-1")).size(), 2u);
  PinBob();
  EXPECT_TRUE(AnswerKeysWanted(host_.context(), Named("bob-1")).empty());
  EXPECT_TRUE(AnswerKeysWanted(host_.context(), Named("BOB-1")).empty());
  EXPECT_EQ(AnswerKeysWanted(host_.context(), Named("eve-1")).size(), 2u);
  Dial dial{.purpose = DialPurpose::kConnect, .address = "192.168.1.7:9847"};
  EXPECT_FALSE(AnswerKeyWanted(host_.context(), dial, Named("bob-1")));
  EXPECT_TRUE(AnswerKeyWanted(host_.context(), dial, Named("eve-1")));
}

TEST_F(TailnetPinsTest, DoNotHoldUpAKeyThatIsStored) {
  host_.PutPeer("bob-1", TestKey(3));
  PinBob();
  const auto keys = AnswerKeysWanted(host_.context(), Named("bob-1"));
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].source, KeyCandidate::Source::kStored);
}

TEST_F(TailnetPinsTest, DialOfANodeSendsNoCodeAndNoGuess) {
  host_.PutPending(TestKey(2), StateHost::kToday);
  host_.PutPeer("desk-1", TestKey(3));
  Dial dial{.purpose = DialPurpose::kTailnet, .address = "100.101.0.12:9847"};
  EXPECT_FALSE(AnswerKeyWanted(host_.context(), dial, std::nullopt)) << "whoever says no name gets nothing";
  EXPECT_FALSE(AnswerKeyWanted(host_.context(), dial, Named("bob-1")));
  const auto key = AnswerKeyWanted(host_.context(), dial, Named("desk-1"));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->source, KeyCandidate::Source::kStored);
}

TEST_F(TailnetPinsTest, ForgetTakesThemAwayAndAcceptDoesNot) {
  PinBob();
  const auto accepted = AcceptCode(host_.folder(), StateHost::kToday, "0123-4567-89ab-cdef", "bob-1");
  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().code, Errc::kDenied);
  const auto named = FindNamedPeer(host_.folder(), "BOB-1");
  ASSERT_TRUE(named);
  EXPECT_EQ(*named, Named("bob-1"));
  EXPECT_TRUE(ForgetPeer(host_.folder(), StateHost::kToday, "bob-1"));
  EXPECT_FALSE(host_.Exists("relay/tailnet/nBOB.json"));
  EXPECT_FALSE(ForgetPeer(host_.folder(), StateHost::kToday, "bob-1"));
  EXPECT_TRUE(AcceptCode(host_.folder(), StateHost::kToday, "0123-4567-89ab-cdef", "bob-1"));
}

}  // namespace
}  // namespace cctl
