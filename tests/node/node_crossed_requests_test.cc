// SPDX-License-Identifier: MIT
//
// Two nodes of which more than one request to pair is approved: both have asked, or one has asked twice. Each request
// brings a key of its own, and one of them has to be left, the same on both sides. Found by tests/simulation.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "tests/node/node_host.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveToAnswer;
using testing::NodeHost;

class NodeCrossedRequestsTest : public ::testing::Test {
 protected:
  NodeCrossedRequestsTest() {
    for (NodeHost* const host : {&laptop_, &desktop_}) {
      host->options.lan.enabled = true;
      host->options.lan.interfaces = {"lo"};
      host->Start();
    }
  }

  static RequestId Ask(NodeHost& from, NodeHost& to) {
    PairTarget target{to.identity, Endpoint::Parse(to.address()).value()};
    return from.node().PairWith(target, {.timeout = Seconds(20)});
  }

  // Drives until a host's user has been asked that often.
  [[nodiscard]] bool IsAsked(NodeHost& host, std::size_t count) {
    return Drive({&laptop_, &desktop_}, [&] { return host.All<PairRequested>().size() >= count; });
  }

  void ExpectAnswer(NodeHost& host, RequestId asked) {
    const auto answer = DriveToAnswer({&laptop_, &desktop_}, host, asked);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ((*answer)["status"], "paired");
  }

  // One key, proved on both sides, and one session.
  void ExpectPaired() {
    const auto stands = [](NodeHost& host, NodeHost& peer) {
      const auto meta = host.folder().LoadMeta(peer.identity);
      return meta && meta->proved == true && host.node().session_count() == 1 &&
             host.StateOf(peer.identity) == "connected";
    };
    EXPECT_TRUE(Drive({&laptop_, &desktop_}, [&] { return stands(laptop_, desktop_) && stands(desktop_, laptop_); }));
    ASSERT_TRUE(desktop_.KeyOf(laptop_.identity));
    EXPECT_EQ(laptop_.KeyOf(desktop_.identity), desktop_.KeyOf(laptop_.identity));
  }

  NodeHost laptop_{"laptop-a3f2"};
  NodeHost desktop_{"desktop-b7c1"};
};

TEST_F(NodeCrossedRequestsTest, BothAskAndBothAgreeAtOnce) {
  const RequestId ours = Ask(desktop_, laptop_), theirs = Ask(laptop_, desktop_);
  ASSERT_TRUE(IsAsked(laptop_, 1));
  ASSERT_TRUE(IsAsked(desktop_, 1));
  ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
  ASSERT_TRUE(desktop_.node().Approve("laptop-a3f2"));
  ExpectAnswer(desktop_, ours);
  ExpectAnswer(laptop_, theirs);
  ExpectPaired();
}

TEST_F(NodeCrossedRequestsTest, BothAskAndOneAgreesLater) {
  const RequestId ours = Ask(desktop_, laptop_), theirs = Ask(laptop_, desktop_);
  ASSERT_TRUE(IsAsked(laptop_, 1));
  ASSERT_TRUE(IsAsked(desktop_, 1));
  ASSERT_TRUE(laptop_.node().Approve("desktop-b7c1"));
  ExpectAnswer(desktop_, ours);
  (void)desktop_.node().Approve("laptop-a3f2");  // may have been decided by the pairing
  (void)theirs;
  ExpectPaired();
}

TEST_F(NodeCrossedRequestsTest, OneAsksTwiceAndBothAreApproved) {
  const RequestId first = Ask(desktop_, laptop_), second = Ask(desktop_, laptop_);
  ASSERT_TRUE(IsAsked(laptop_, 2));
  const auto requests = laptop_.All<PairRequested>();
  ASSERT_TRUE(laptop_.node().Approve(requests[0].id));
  ASSERT_TRUE(laptop_.node().Approve(requests[1].id));
  ExpectAnswer(desktop_, first);
  ExpectAnswer(desktop_, second);
  ExpectPaired();
}

}  // namespace
}  // namespace cctl
