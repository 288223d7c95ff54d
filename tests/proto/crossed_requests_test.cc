// SPDX-License-Identifier: MIT

#include "cctl/proto/crossed_requests.h"

#include <gtest/gtest.h>

#include "cctl/identity/identity.h"

namespace cctl {
namespace {

// What becomes of two relays that follow it is shown by tests/simulation and tests/node/node_crossed_requests_test.cc.
TEST(CrossedRequests, LeaveTheKeyOfTheLesserIdentityOnBothSides) {
  const Identity lesser = Identity::Parse("desktop-b7c1").value(), greater = Identity::Parse("laptop-a3f2").value();
  EXPECT_FALSE(MayReplaceOwnProposal(lesser, greater));
  EXPECT_TRUE(MayReplaceOwnProposal(greater, lesser));
}

}  // namespace
}  // namespace cctl
