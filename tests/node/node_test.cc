// SPDX-License-Identifier: MIT
//
// Pairing between running nodes over the loopback interface: by a link, and by hand.

#include "cctl/node/node.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_link.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/tcp_socket.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "cctl/node/state_operations.h"
#include "cctl/store/meta_file.h"
#include "cctl/sys/clock.h"
#include "tests/node/node_host.h"

namespace cctl {
namespace {

using testing::Drive;
using testing::DriveFor;
using testing::DriveToAnswer;
using testing::JoinByLink;
using testing::NodeHost;

class NodeTest : public ::testing::Test {
 protected:
  NodeTest() {
    listener_.Start();
    joiner_.Start();
  }

  // Whether both hold the same key for each other, and a session.
  ::testing::AssertionResult Paired(NodeHost& one, NodeHost& other) {
    const auto key = one.KeyOf(other.identity);
    const auto same = other.KeyOf(one.identity);
    if (!key || !same || !(*key == *same)) return ::testing::AssertionFailure() << "different keys";
    if (one.StateOf(other.identity) != "connected" || other.StateOf(one.identity) != "connected") {
      return ::testing::AssertionFailure() << "no session";
    }
    return ::testing::AssertionSuccess();
  }

  static ConnectTarget At(NodeHost& host, std::optional<Identity> peer = std::nullopt) {
    return {*Host::Parse("127.0.0.1"), host.node().port(), peer};
  }

  NodeHost listener_{"alpha-cda2"};
  NodeHost joiner_{"beta-18c1"};
};

TEST_F(NodeTest, JoinPairsBothSidesAndEndsInALiveSession) {
  const InviteLink link = listener_.Invite();
  const std::string invite = listener_.PathOf("relay/invites/" + listener_.last_invite + ".json");
  ASSERT_TRUE(std::filesystem::exists(invite));
  const RequestId join = joiner_.node().Join(link, {});
  const auto answer = DriveToAnswer({&listener_, &joiner_}, joiner_, join);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, (nlohmann::json{{"identity", "beta-18c1"},
                                     {"peer", "alpha-cda2"},
                                     {"status", "paired"},
                                     {"proved", true},
                                     {"addr", listener_.address()}}));
  ASSERT_TRUE(Drive({&listener_, &joiner_}, [&] { return !std::filesystem::exists(invite); }))
      << "used up, and the joiner has shown that it has the new key";
  EXPECT_TRUE(Paired(listener_, joiner_));
  EXPECT_FALSE(*listener_.KeyOf(joiner_.identity) == DerivePsk(link.code)) << "the link lives on in a chat history";
  EXPECT_EQ(listener_.node().session_count(), 1u);
  EXPECT_EQ(joiner_.node().session_count(), 1u);

  const auto used = listener_.All<InviteUsed>();
  ASSERT_EQ(used.size(), 1u);
  EXPECT_EQ(used[0].invite, listener_.last_invite);
  EXPECT_EQ(used[0].peer, joiner_.identity);
  EXPECT_EQ(used[0].uses_left, 0u);
  const auto accepted = listener_.All<PeerConnected>();
  ASSERT_EQ(accepted.size(), 1u);
  EXPECT_EQ(accepted[0].peer, joiner_.identity);
  EXPECT_FALSE(accepted[0].outbound);
  EXPECT_TRUE(accepted[0].proved);
  const auto dialled = joiner_.All<PeerConnected>();
  ASSERT_EQ(dialled.size(), 1u);
  EXPECT_TRUE(dialled[0].outbound);
  EXPECT_EQ(dialled[0].addr, listener_.address());
  EXPECT_TRUE(listener_.All<WarningRaised>().empty());
  EXPECT_TRUE(joiner_.All<WarningRaised>().empty());
}

TEST_F(NodeTest, JoinNotesOnBothSidesHowAndWhereThePeerWasPaired) {
  JoinByLink(listener_, joiner_);
  DriveFor({&listener_, &joiner_}, Milliseconds(5));  // metas are written when there is nothing else to do
  const auto of_joiner = listener_.folder().LoadMeta(joiner_.identity);
  const auto of_listener = joiner_.folder().LoadMeta(listener_.identity);
  ASSERT_TRUE(of_joiner && of_listener);
  EXPECT_EQ(of_joiner->addr.view(), joiner_.address()) << "where it says that it listens, not where it came from";
  EXPECT_EQ(of_listener->addr.view(), listener_.address());
  EXPECT_EQ(of_joiner->via, PairedVia::kInvite);
  EXPECT_EQ(of_listener->via, PairedVia::kInvite);
  EXPECT_EQ(of_joiner->proved, true);
  EXPECT_EQ(of_listener->proved, true);
}

TEST_F(NodeTest, LinkOpensNothingForTheNextOne) {
  const InviteLink link = listener_.Invite();
  ASSERT_TRUE(DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Join(link, {})));
  NodeHost third("gamma-0001");
  third.Start();
  const auto before = third.Content();
  const auto answer = DriveToAnswer({&listener_, &joiner_, &third}, third, third.node().Join(link, {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kAuthFailed);
  EXPECT_EQ(third.Content(), before);
  EXPECT_EQ(listener_.StateOf(third.identity), "");
}

TEST_F(NodeTest, RevokedLinkOpensNothing) {
  const InviteLink link = listener_.Invite();
  ASSERT_TRUE(RevokeInvite(listener_.folder(), listener_.last_invite));
  const auto answer = DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Join(link, {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kAuthFailed);
}

TEST_F(NodeTest, OwnLinkIsInvalid) {
  InviteLink link = listener_.Invite();
  const auto before = listener_.Content();
  for (const std::string_view name : {"alpha-cda2", "ALPHA-cda2"}) {
    link.identity = *Identity::Parse(name);
    const auto answer = DriveToAnswer({&listener_}, listener_, listener_.node().Join(link, {}));
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(answer.error().code, Errc::kInvalid) << name;
  }
  EXPECT_EQ(listener_.node().session_count(), 0u);
  EXPECT_EQ(listener_.Content(), before);
}

// Somebody may make a link that claims to be of a peer of ours, to have us come to an address of his.
TEST_F(NodeTest, AlreadyPairedIsAnsweredWithoutDiallingTheLinksAddress) {
  JoinByLink(listener_, joiner_);
  const auto elsewhere = TcpListener::Listen({IpAddress::V4(127, 0, 0, 1), 0});
  ASSERT_TRUE(elsewhere);
  InviteLink link = listener_.Invite();
  link.port = elsewhere->local().port;
  const auto key = *joiner_.KeyOf(listener_.identity);
  for (const std::string_view name : {"alpha-cda2", "Alpha-CDA2"}) {
    link.identity = *Identity::Parse(name);
    const auto answer = DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Join(link, {}));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ((*answer)["status"], "already_paired");
    EXPECT_EQ((*answer)["peer"], "alpha-cda2");
    EXPECT_EQ((*answer)["reachable"], true);
  }
  // Nobody there any more: now the known address is asked, and still not the link's.
  listener_.Stop();
  ASSERT_TRUE(Drive({&joiner_}, [&] { return joiner_.node().session_count() == 0; }));
  const auto answer = DriveToAnswer({&joiner_}, joiner_, joiner_.node().Join(link, {}));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"], "already_paired");
  EXPECT_EQ((*answer)["reachable"], false);
  EXPECT_EQ(elsewhere->Accept().status, AcceptStatus::kWouldBlock) << "somebody has dialled the link's address";
  EXPECT_TRUE(*joiner_.KeyOf(listener_.identity) == key);
}

TEST_F(NodeTest, JoinerThatLostItsFolderMayNotTakeItsNameAgainByAnotherLink) {
  JoinByLink(listener_, joiner_);
  NodeHost fresh("beta-18c1");
  fresh.Start();
  const auto before = *listener_.KeyOf(joiner_.identity);
  const auto answer = DriveToAnswer({&listener_, &joiner_, &fresh}, fresh, fresh.node().Join(listener_.Invite(), {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kAuthFailed);
  EXPECT_TRUE(*listener_.KeyOf(joiner_.identity) == before);
}

TEST_F(NodeTest, WaitingCodePairsWhenTheOneWhoAcceptedItConnects) {
  const auto made = CreatePairCode(listener_.folder(), listener_.random, WallNow(), Hours(24));
  ASSERT_TRUE(made);
  const std::string code = (*made)["pair_code"];
  ASSERT_TRUE(AcceptCode(joiner_.folder(), WallNow(), code, "alpha-cda2"));
  joiner_.node().Reload();
  const auto answer =
      DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Connect(At(listener_, listener_.identity), {}));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["status"], "connected");
  EXPECT_EQ((*answer)["proved"], true);
  ASSERT_TRUE(Drive({&listener_, &joiner_}, [&] { return listener_.node().session_count() == 1; }));
  EXPECT_TRUE(Paired(listener_, joiner_));
  EXPECT_TRUE(*listener_.KeyOf(joiner_.identity) == DerivePsk(*PairCode::Parse(code)));
  EXPECT_FALSE(std::filesystem::exists(listener_.PathOf("relay/peers/_pending.key"))) << "a code is for one";
}

TEST_F(NodeTest, WaitingCodePairsWhenTheOneWhoMadeItConnects) {
  const auto made = CreatePairCode(joiner_.folder(), joiner_.random, WallNow(), Hours(24));
  ASSERT_TRUE(made);
  const std::string code = (*made)["pair_code"];
  ASSERT_TRUE(AcceptCode(listener_.folder(), WallNow(), code, "beta-18c1"));
  // Whoever makes the code need not know who accepts it.
  const auto answer = DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Connect(At(listener_), {}));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["peer"], "alpha-cda2");
  ASSERT_TRUE(Drive({&listener_, &joiner_}, [&] { return listener_.node().session_count() == 1; }));
  EXPECT_TRUE(Paired(listener_, joiner_));
  EXPECT_TRUE(*joiner_.KeyOf(listener_.identity) == DerivePsk(*PairCode::Parse(code)));
  EXPECT_FALSE(std::filesystem::exists(joiner_.PathOf("relay/peers/_pending.key")));
}

TEST_F(NodeTest, WrongCodePairsNobodyAndStaysWaiting) {
  ASSERT_TRUE(CreatePairCode(listener_.folder(), listener_.random, WallNow(), Hours(24)));
  ASSERT_TRUE(AcceptCode(joiner_.folder(), WallNow(), "0123-4567-89ab-cdef", "alpha-cda2"));
  const auto before = listener_.Content();
  const auto answer =
      DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Connect(At(listener_, listener_.identity), {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kAuthFailed);
  EXPECT_EQ(listener_.Content(), before);
}

TEST_F(NodeTest, ConnectWithoutAKeyIsNotFound) {
  const auto before = joiner_.Content();
  const auto answer = DriveToAnswer({&listener_, &joiner_}, joiner_, joiner_.node().Connect(At(listener_), {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kNotFound);
  EXPECT_EQ(joiner_.Content(), before);
}

TEST_F(NodeTest, ConnectToAnotherThanTheNamedOneIsAMismatch) {
  JoinByLink(listener_, joiner_);
  NodeHost third("gamma-0001");
  third.Start();
  third.Put(listener_.identity, *joiner_.KeyOf(listener_.identity));
  const auto answer =
      DriveToAnswer({&joiner_, &third}, third, third.node().Connect(At(joiner_, listener_.identity), {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kIdentityMismatch);
}

TEST_F(NodeTest, SeveralJoinByOneLinkWithKeysOfTheirOwn) {
  const InviteLink link = listener_.Invite({.uses = 3});
  NodeHost third("gamma-0001");
  NodeHost fourth("delta-0002");
  third.Start();
  fourth.Start();
  // At the same time, so that their handshakes stand in the listener side by side.
  const RequestId joins[] = {joiner_.node().Join(link, {}), third.node().Join(link, {}), fourth.node().Join(link, {})};
  NodeHost* const hosts[] = {&joiner_, &third, &fourth};
  for (int i = 0; i < 3; ++i) {
    const auto answer = DriveToAnswer({&listener_, &joiner_, &third, &fourth}, *hosts[i], joins[i]);
    ASSERT_TRUE(answer) << i << answer.error().message;
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Paired(listener_, *hosts[i]));
    const Psk key = *hosts[i]->KeyOf(listener_.identity);
    EXPECT_FALSE(key == DerivePsk(link.code));
    EXPECT_FALSE(key == *hosts[(i + 1) % 3]->KeyOf(listener_.identity));
  }
  EXPECT_EQ(listener_.node().session_count(), 3u);
}

}  // namespace
}  // namespace cctl
