// SPDX-License-Identifier: MIT
//
// What must hold of the tables whatever else they say. That the machines do what the tables say is in their own tests.

#include "cctl/proto/handshake_states.h"

#include <gtest/gtest.h>

namespace cctl {
namespace {

template <typename State, typename Input, int kStates, int kInputs, typename Check>
void ForEach(Check check) {
  for (int s = 0; s < kStates; ++s) {
    for (int i = 0; i < kInputs; ++i) check(static_cast<State>(s), static_cast<Input>(i));
  }
}

template <typename Check>
void ForEachListener(Check check) {
  ForEach<ListenerState, ListenerInput, kListenerStateCount, kListenerInputCount>(check);
}

template <typename Check>
void ForEachConnector(Check check) {
  ForEach<ConnectorState, ConnectorInput, kConnectorStateCount, kConnectorInputCount>(check);
}

TEST(HandshakeStates, CountsAreThoseOfTheEnumerations) {
  EXPECT_EQ(static_cast<int>(ListenerState::kFailed) + 1, kListenerStateCount);
  EXPECT_EQ(static_cast<int>(ListenerInput::kClosed) + 1, kListenerInputCount);
  EXPECT_EQ(static_cast<int>(ConnectorState::kFailed) + 1, kConnectorStateCount);
  EXPECT_EQ(static_cast<int>(ConnectorInput::kClosed) + 1, kConnectorInputCount);
}

TEST(HandshakeStates, EndIsForGood) {
  ForEachListener([](ListenerState state, ListenerInput input) {
    const bool ended = state == ListenerState::kAuthenticated || state == ListenerState::kFailed;
    EXPECT_TRUE(!ended || NextState(state, input) == state);
  });
  ForEachConnector([](ConnectorState state, ConnectorInput input) {
    const bool ended = state == ConnectorState::kAuthenticated || state == ConnectorState::kFailed;
    EXPECT_TRUE(!ended || NextState(state, input) == state);
  });
}

TEST(HandshakeStates, OnlyARightProofByAKeyThatCountsAuthenticates) {
  ForEachListener([](ListenerState state, ListenerInput input) {
    if (state == ListenerState::kAuthenticated || NextState(state, input) != ListenerState::kAuthenticated) return;
    const bool known = state == ListenerState::kAwaitingKeys && input == ListenerInput::kKnownKey;
    const bool stored = state == ListenerState::kAwaitingStorage && input == ListenerInput::kStored;
    const bool vouched = state == ListenerState::kAwaitingVoucher && input == ListenerInput::kVouched;
    EXPECT_TRUE(known || stored || vouched) << static_cast<int>(state) << " " << static_cast<int>(input);
  });
  ForEachListener([](ListenerState state, ListenerInput input) {
    if (state == ListenerState::kAwaitingVoucher || NextState(state, input) != ListenerState::kAwaitingVoucher) return;
    EXPECT_TRUE(state == ListenerState::kAwaitingKeys && input == ListenerInput::kOpenKey);
  });
  ForEachListener([](ListenerState state, ListenerInput input) {
    if (state == ListenerState::kAwaitingStorage || NextState(state, input) != ListenerState::kAwaitingStorage) return;
    EXPECT_TRUE(state == ListenerState::kAwaitingKeys && input == ListenerInput::kNewKey);
  });
  ForEachConnector([](ConnectorState state, ConnectorInput input) {
    if (state == ConnectorState::kAuthenticated || NextState(state, input) != ConnectorState::kAuthenticated) return;
    const bool known = state == ConnectorState::kAwaitingAck && input == ConnectorInput::kAck;
    const bool stored = state == ConnectorState::kAwaitingStorage && input == ConnectorInput::kStored;
    EXPECT_TRUE(known || stored) << static_cast<int>(state) << " " << static_cast<int>(input);
  });
}

TEST(HandshakeStates, TimeAndTheEndOfTheStreamEndWhatHasNotEnded) {
  ForEachListener([](ListenerState state, ListenerInput input) {
    if (input != ListenerInput::kTimeout && input != ListenerInput::kClosed) return;
    if (state == ListenerState::kAuthenticated) return;
    EXPECT_EQ(NextState(state, input), ListenerState::kFailed);
  });
  ForEachConnector([](ConnectorState state, ConnectorInput input) {
    if (input != ConnectorInput::kTimeout && input != ConnectorInput::kClosed) return;
    if (state == ConnectorState::kAuthenticated) return;
    EXPECT_EQ(NextState(state, input), ConnectorState::kFailed);
  });
}

TEST(HandshakeStates, AnswersNobodyAskedForChangeNothing) {
  using L = ListenerState;
  for (const L state : {L::kAwaitingHandshake, L::kAwaitingKeys}) {
    EXPECT_EQ(NextState(state, ListenerInput::kStored), state);
  }
  for (const L state : {L::kAwaitingHandshake, L::kAwaitingStorage}) {
    EXPECT_EQ(NextState(state, ListenerInput::kKnownKey), state);
  }
  using C = ConnectorState;
  for (const C state : {C::kAwaitingChallenge, C::kAwaitingAck, C::kAwaitingStorage}) {
    EXPECT_EQ(NextState(state, ConnectorInput::kKey), state);
  }
  for (const C state : {C::kAwaitingChallenge, C::kAwaitingKey, C::kAwaitingAck}) {
    EXPECT_EQ(NextState(state, ConnectorInput::kStored), state);
  }
}

}  // namespace
}  // namespace cctl
