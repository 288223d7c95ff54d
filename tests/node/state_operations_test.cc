// SPDX-License-Identifier: MIT

#include "cctl/node/state_operations.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/outcome.h"
#include "cctl/store/meta_file.h"
#include "tests/node/state_host.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using nlohmann::json;
using testing::Named;
using testing::NoRandom;
using testing::StateHost;
using testing::TestKey;

constexpr UnixTime kToday = StateHost::kToday;  // 2026-11-23T08:20:26.237Z
constexpr std::string_view kCode = "a3f2-9b1c-d4e5-f678";
const Psk kKeyOfCode = DerivePsk(*PairCode::Parse(kCode));

// The bytes that it is given, one after the other.
class ScriptedRandom final : public RandomSource {
 public:
  explicit ScriptedRandom(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  Result<void> Fill(ByteSpan out) override {
    for (std::uint8_t& byte : out) {
      if (next_ == bytes_.size()) return Error{Errc::kIo, 0, 0, "random"};
      byte = bytes_[next_++];
    }
    return {};
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t next_ = 0;
};

class StateOperations : public ::testing::Test {
 protected:
  Outcome<json> Create(CreateInviteOptions options = {}, UnixTime now = kToday) {
    if (options.host.empty()) options.host = "192.168.1.50";
    return CreateInvite(host_.folder(), host_.random(), now, options);
  }
  std::size_t InviteCount() { return host_.folder().ListInvites()->invites.size(); }
  static void ExpectFailure(const Outcome<json>& outcome, Errc code, std::string_view said = {}) {
    ASSERT_FALSE(outcome) << outcome->dump();
    EXPECT_EQ(outcome.error().code, code) << outcome.error().message;
    EXPECT_NE(outcome.error().message.find(said), std::string::npos) << outcome.error().message;
  }

  StateHost host_;  // laptop-a3f2
};

TEST_F(StateOperations, CreateInviteAnswersWhatTheStoredInviteIs) {
  const auto made = Create({.host = "192.168.1.50", .port = 4711, .relay_running = true});
  ASSERT_TRUE(made);
  const auto list = host_.folder().ListInvites();
  ASSERT_EQ(list->invites.size(), 1u);
  const Invite& invite = list->invites[0];
  const auto link = ParseInviteLink((*made)["invite_link"].get<std::string>());
  ASSERT_TRUE(link);
  EXPECT_EQ(link->identity, Named("laptop-a3f2"));
  EXPECT_TRUE(DerivePsk(link->code) == invite.psk);
  const auto code = PairCode::Parse((*made)["pair_code"].get<std::string>());
  ASSERT_TRUE(code);
  EXPECT_TRUE(DerivePsk(*code) == invite.psk);
  json expected = {{"identity", "laptop-a3f2"},
                   {"invite_link", (*made)["invite_link"]},
                   {"pair_code", (*made)["pair_code"]},
                   {"addr", "192.168.1.50:4711"},
                   {"host", "192.168.1.50"},
                   {"port", 4711},
                   {"id", invite.id.view()},
                   {"ttl_seconds", 86'400},
                   {"uses", 1},
                   {"created_at", "2026-11-23T08:20:26Z"},
                   {"expires_at", "2026-11-24T08:20:26Z"},
                   {"relay_running", true}};
  EXPECT_EQ(*made, expected);
  EXPECT_EQ(invite.created_at, kToday);
  EXPECT_EQ(invite.ttl, Hours(24));
  EXPECT_EQ(invite.uses_left, 1u);
  EXPECT_EQ(invite.host.view(), "192.168.1.50");
  EXPECT_EQ(invite.port, 4711);
}

TEST_F(StateOperations, CreateInvitePutsAnIpv6AddressIntoBrackets) {
  const auto made = Create({.host = "fe80::1"});
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)["addr"], "[fe80::1]:9847");
  EXPECT_EQ((*made)["host"], "fe80::1");
}

TEST_F(StateOperations, CreateInviteHoldsItsLimitsAndChangesNothingBeyondThem) {
  const std::string label_64 = std::string(62, 'x') + "\xc3\xa4";
  for (const CreateInviteOptions& allowed :
       {CreateInviteOptions{.ttl = Seconds(1)}, CreateInviteOptions{.ttl = Days(30)},
        CreateInviteOptions{.label = label_64}, CreateInviteOptions{.uses = kUnlimitedUses, .for_identity = "ci-1"}}) {
    EXPECT_TRUE(Create(allowed));
  }
  EXPECT_EQ(InviteCount(), 4u);
  const struct {
    CreateInviteOptions options;
    std::string_view said;
  } refused[] = {{{.ttl = Milliseconds(999)}, "ttl"},
                 {{.ttl = Seconds(0)}, "ttl"},
                 {{.ttl = Milliseconds(1001)}, "ttl"},
                 {{.ttl = Days(30) + Seconds(1)}, "ttl"},
                 {{.uses = 0}, "uses"},
                 {{.uses = kUnlimitedUses}, "uses"},
                 {{.label = std::string(65, 'x')}, "label"},
                 {{.label = std::string(63, 'x') + "\xc3\xa4"}, "label"},
                 {{.label = "\xff"}, "label"},
                 {{.for_identity = "laptop-a3f2"}, "--for"},
                 {{.for_identity = "LAPTOP-a3f2"}, "--for"},
                 {{.for_identity = ""}, "--for"},
                 {{.for_identity = "../x"}, "--for"},
                 {{.host = "no host"}, "host"},
                 {{.port = 0}, "port"}};
  for (const auto& [options, said] : refused) {
    SCOPED_TRACE(said);
    ExpectFailure(Create(options), Errc::kUsage, said);
  }
  ExpectFailure(CreateInvite(host_.folder(), host_.random(), kToday, {}), Errc::kUsage, "host");
  EXPECT_EQ(InviteCount(), 4u);
}

TEST_F(StateOperations, CreateInviteForOneIdentityMayBeUnlimited) {
  const auto made = Create({.uses = kUnlimitedUses, .for_identity = "ci-1"});
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)["uses"], "unlimited");
  EXPECT_EQ(host_.folder().ListInvites()->invites.at(0).only_for, Named("ci-1"));
}

TEST_F(StateOperations, CreateInviteIsBusyWhile64AreOpen) {
  // What is not open does not count.
  host_.PutInvite("ff000001", TestKey(1), [](Invite& invite) { invite.ttl = Seconds(1); });
  host_.PutInvite("ff000002", TestKey(1), [](Invite& invite) {
    invite.uses_left = 0;
    invite.joined = {Named("desk-1")};
  });
  for (unsigned i = 0; i < 63; ++i) {
    char id[9];
    std::snprintf(id, sizeof id, "%08x", i);
    host_.PutInvite(id, TestKey(1));
  }
  const UnixTime now = kToday + Seconds(1);
  const auto last = Create({}, now);
  ASSERT_TRUE(last) << last.error().message;
  ExpectFailure(Create({}, now), Errc::kBusy, "64");
  EXPECT_EQ(InviteCount(), 66u);
  ASSERT_TRUE(RevokeInvite(host_.folder(), (*last)["id"].get<std::string>()));
  EXPECT_TRUE(Create({}, now));
}

TEST_F(StateOperations, CreateInviteDeletesThoseThatExpiredSevenDaysAgo) {
  host_.PutInvite("00000001", TestKey(1), [](Invite& invite) { invite.ttl = Hours(1); });
  const UnixTime gone = kToday + Hours(1) + Days(7);
  ASSERT_TRUE(Create({}, gone - Milliseconds(1)));
  EXPECT_TRUE(host_.Exists("relay/invites/00000001.json"));
  ASSERT_TRUE(Create({}, gone));
  EXPECT_FALSE(host_.Exists("relay/invites/00000001.json"));
  EXPECT_EQ(InviteCount(), 2u);
}

// A former bug: the new invite was written over the old one.
TEST_F(StateOperations, CreateInviteTakesNoIdThatIsTaken) {
  host_.PutInvite("0a0b0c0d", TestKey(1));
  host_.WriteFile("relay/invites/0a0b0c0e.json", "damaged");
  // The code's 8 bytes, then an id that is there, one that cannot be read, and one that is free.
  ScriptedRandom random({1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 10, 11, 12, 14, 10, 11, 12, 15});
  const auto made = CreateInvite(host_.folder(), random, kToday, {.host = "192.168.1.50"});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)["id"], "0a0b0c0f");
  EXPECT_TRUE(host_.folder().LoadInvite(*InviteId::Parse("0a0b0c0d"))->value().psk == TestKey(1));
  EXPECT_EQ(host_.FileAt("relay/invites/0a0b0c0e.json"), "damaged");

  std::vector<std::uint8_t> stuck;
  for (int i = 0; i < 100; ++i) stuck.insert(stuck.end(), {10, 11, 12, 13});
  ScriptedRandom broken(stuck);
  ExpectFailure(CreateInvite(host_.folder(), broken, kToday, {.host = "192.168.1.50"}), Errc::kIo);
}

TEST_F(StateOperations, WithoutRandomnessThereIsNeitherInviteNorCode) {
  NoRandom none;
  ExpectFailure(CreateInvite(host_.folder(), none, kToday, {.host = "192.168.1.50"}), Errc::kIo, "random");
  ExpectFailure(CreatePairCode(host_.folder(), none, kToday, Hours(24)), Errc::kIo, "random");
  EXPECT_EQ(InviteCount(), 0u);
  EXPECT_FALSE(host_.Exists("relay/peers/_pending.key"));
}

TEST_F(StateOperations, ListInvitesSaysTheStateOfEach) {
  EXPECT_EQ(*ListInvites(host_.folder(), kToday), json({{"invites", json::array()}}));
  host_.PutInvite("00000001", TestKey(1), [](Invite& invite) {
    invite.label.append("Ann's laptop");
    invite.host = *Host::Parse("fe80::1");
  });
  host_.PutInvite("00000002", TestKey(1), [](Invite& invite) { invite.ttl = Minutes(1); });
  host_.PutInvite("00000003", TestKey(1), [](Invite& invite) {
    invite.uses_left = 0;
    invite.joined = {Named("desk-1")};
  });
  host_.PutInvite("00000004", TestKey(1), [](Invite& invite) {
    invite.only_for = Named("ci-1");
    invite.uses = invite.uses_left = kUnlimitedUses;
  });
  const auto list = ListInvites(host_.folder(), kToday + Minutes(1));
  ASSERT_TRUE(list);
  const json& invites = (*list)["invites"];
  ASSERT_EQ(invites.size(), 4u);
  EXPECT_EQ(invites[0], json({{"id", "00000001"},
                              {"label", "Ann's laptop"},
                              {"addr", "[fe80::1]:9847"},
                              {"for", nullptr},
                              {"created_at", "2026-11-23T08:20:26Z"},
                              {"expires_at", "2026-11-24T08:20:26Z"},
                              {"uses_left", 1},
                              {"state", "open"}}));
  EXPECT_EQ(invites[1]["state"], "expired");
  EXPECT_EQ(invites[1]["label"], nullptr);
  EXPECT_EQ(invites[2]["state"], "used_up");
  EXPECT_EQ(invites[2]["uses_left"], 0);
  EXPECT_EQ(invites[3]["for"], "ci-1");
  EXPECT_EQ(invites[3]["uses_left"], "unlimited");
  EXPECT_FALSE(list->contains("unreadable"));
}

TEST_F(StateOperations, ListInvitesNamesTheFilesThatCannotBeRead) {
  host_.PutInvite("00000002", TestKey(1));
  host_.WriteFile("relay/invites/00000001.json", "damaged");
  host_.WriteFile("relay/invites/notes.txt", "not ours");
  const auto list = ListInvites(host_.folder(), kToday);
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)["invites"].size(), 1u);
  ASSERT_EQ((*list)["unreadable"].size(), 1u);
  const auto said = (*list)["unreadable"][0].get<std::string>();
  EXPECT_NE(said.find(host_.PathOf("relay/invites/00000001.json")), std::string::npos) << said;
  EXPECT_EQ(said.find("damaged"), std::string::npos) << said;  // nothing of the content is told
}

TEST_F(StateOperations, RevokeInviteAlsoTakesADamagedOne) {
  host_.PutInvite("00000001", TestKey(1));
  host_.WriteFile("relay/invites/00000002.json", "damaged");
  for (const std::string id : {"00000001", "00000002"}) {
    const auto revoked = RevokeInvite(host_.folder(), id);
    ASSERT_TRUE(revoked);
    EXPECT_EQ(*revoked, json({{"id", id}, {"status", "revoked"}}));
    EXPECT_FALSE(host_.Exists("relay/invites/" + id + ".json"));
    ExpectFailure(RevokeInvite(host_.folder(), id), Errc::kNotFound, id);
  }
  for (const std::string_view id : {"", "0000001", "000000011", "0000000A", "../iden"}) {
    ExpectFailure(RevokeInvite(host_.folder(), id), Errc::kInvalid);
  }
}

TEST_F(StateOperations, CreatePairCodeKeepsOneCodeAtATime) {
  const auto first = CreatePairCode(host_.folder(), host_.random(), kToday, Hours(24));
  ASSERT_TRUE(first);
  const auto second = CreatePairCode(host_.folder(), host_.random(), kToday, Hours(1));
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, json({{"identity", "laptop-a3f2"},
                           {"pair_code", (*second)["pair_code"]},
                           {"expires_at", "2026-11-23T09:20:26Z"}}));
  EXPECT_NE((*first)["pair_code"], (*second)["pair_code"]);
  const auto code = PairCode::Parse((*second)["pair_code"].get<std::string>());
  ASSERT_TRUE(code);
  const auto pending = host_.folder().LoadPending();
  ASSERT_TRUE(pending);
  ASSERT_TRUE(*pending);
  EXPECT_TRUE((*pending)->psk == DerivePsk(*code));
}

TEST_F(StateOperations, AcceptCodeStoresTheKeyUnderTheName) {
  const auto accepted = AcceptCode(host_.folder(), kToday, kCode, "desk-1");
  ASSERT_TRUE(accepted);
  EXPECT_EQ(*accepted, json({{"peer", "desk-1"}, {"status", "accepted"}}));
  EXPECT_TRUE(host_.KeyOf("desk-1") == kKeyOfCode);
  EXPECT_EQ(host_.MetaOf("desk-1").via, PairedVia::kManual);
  EXPECT_EQ(host_.MetaOf("desk-1").paired_at, kToday);
  EXPECT_EQ(host_.MetaOf("desk-1").proved, false);
  const auto again = AcceptCode(host_.folder(), kToday + Hours(1), "A3F29B1CD4E5F678", "desk-1");
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, json({{"peer", "desk-1"}, {"status", "already_paired"}}));
  EXPECT_EQ(host_.MetaOf("desk-1").paired_at, kToday);
}

TEST_F(StateOperations, AcceptCodeChangesNoPeerThatIsPaired) {
  host_.PutPeer("desk-1", TestKey(1));
  host_.PutPeer("Desk-2", kKeyOfCode);
  ExpectFailure(AcceptCode(host_.folder(), kToday, kCode, "desk-1"), Errc::kDenied, "desk-1");
  EXPECT_TRUE(host_.KeyOf("desk-1") == TestKey(1));
  // The same key, but a name that no other machine has.
  const auto other_case = AcceptCode(host_.folder(), kToday, kCode, "desk-2");
  ExpectFailure(other_case, Errc::kDenied, "Desk-2");
  EXPECT_EQ(other_case.error().hint, "claudectl relay forget Desk-2");
  EXPECT_EQ(host_.folder().ListPeers()->size(), 2u);
}

TEST_F(StateOperations, AcceptCodeRefusesWhatCannotBeMeant) {
  for (const std::string_view code : {"", "a3f2-9b1c-d4e5-f67", "a3f2-9b1c-d4e5-f6789", "a3f2-9b1c-d4e5-f67g"}) {
    ExpectFailure(AcceptCode(host_.folder(), kToday, code, "desk-1"), Errc::kInvalid, "code");
  }
  for (const std::string_view name : {"", "../desk", "_pending", "desk 1"}) {
    ExpectFailure(AcceptCode(host_.folder(), kToday, kCode, name), Errc::kInvalid, "identity");
  }
  for (const std::string_view own : {"laptop-a3f2", "Laptop-A3F2"}) {
    ExpectFailure(AcceptCode(host_.folder(), kToday, kCode, own), Errc::kInvalid, "own identity");
  }
  host_.WriteFile("relay/peers/desk-1.key", "damaged");
  ExpectFailure(AcceptCode(host_.folder(), kToday, kCode, "desk-1"), Errc::kInvalid,
                host_.PathOf("relay/peers/desk-1.key"));
  EXPECT_EQ(host_.FileAt("relay/peers/desk-1.key"), "damaged");
}

TEST_F(StateOperations, ForgetPeerDeletesItsFilesAlsoWhereTheyCannotBeRead) {
  host_.PutPeer("desk-1", TestKey(1));
  host_.WriteFile("relay/peers/desk-2.key", "damaged");
  host_.WriteFile("relay/peers/desk-2.meta", "damaged");
  for (const std::string name : {"desk-1", "desk-2"}) {
    const auto forgotten = ForgetPeer(host_.folder(), kToday, name);
    ASSERT_TRUE(forgotten) << forgotten.error().message;
    EXPECT_EQ(*forgotten, json({{"peer", name}, {"status", "forgotten"}}));
    EXPECT_FALSE(host_.Exists("relay/peers/" + name + ".key"));
    EXPECT_FALSE(host_.Exists("relay/peers/" + name + ".meta"));
    ExpectFailure(ForgetPeer(host_.folder(), kToday, name), Errc::kNotFound, name);
  }
  ExpectFailure(ForgetPeer(host_.folder(), kToday, "../identity"), Errc::kInvalid);
}

TEST_F(StateOperations, ForgetPeerFindsANameInAnyCaseAndClosesItsInvite) {
  host_.PutPeer("Desk-1", TestKey(1));
  host_.PutInvite("00000001", TestKey(2), [](Invite& invite) {
    invite.uses_left = 0;
    invite.joined = {Named("Desk-1")};
  });
  const auto forgotten = ForgetPeer(host_.folder(), kToday, "desk-1");
  ASSERT_TRUE(forgotten);
  EXPECT_EQ((*forgotten)["peer"], "Desk-1");
  EXPECT_FALSE(host_.Exists("relay/peers/Desk-1.key"));
  EXPECT_FALSE(host_.Exists("relay/invites/00000001.json"));
}

TEST_F(StateOperations, ListPeersSaysWhatIsKnownAndWhatCannotBeRead) {
  PeerMeta meta;
  meta.addr.append("192.168.1.7:9847");
  meta.last_seen = kToday;
  meta.paired_at = kToday - Days(1);
  meta.via = PairedVia::kInvite;
  host_.PutPeer("desk-1", TestKey(1), meta);
  ASSERT_TRUE(host_.folder().SaveKey(Named("desk-2"), TestKey(2)));
  host_.PutPeer("desk-3", TestKey(3), meta);
  host_.WriteFile("relay/peers/desk-3.meta", "damaged");
  host_.PutPeer("desk-4", TestKey(4), meta);
  host_.WriteFile("relay/peers/desk-4.key", "damaged");
  host_.PutPending(TestKey(5), kToday);  // nobody's

  const auto list = ListPeers(host_.folder());
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)["identity"], "laptop-a3f2");
  json peers = (*list)["peers"];
  ASSERT_EQ(peers.size(), 4u);
  EXPECT_EQ(peers[0], json({{"peer_id", "desk-1"},
                            {"addr", "192.168.1.7:9847"},
                            {"last_seen_at", "2026-11-23T08:20:26Z"},
                            {"paired_at", "2026-11-22T08:20:26Z"},
                            {"via", "invite"},
                            {"state", "unknown"}}));
  const auto nothing_known = [](std::string_view name) {
    return json({{"peer_id", name},
                 {"addr", nullptr},
                 {"last_seen_at", nullptr},
                 {"paired_at", nullptr},
                 {"via", nullptr},
                 {"state", "unknown"}});
  };
  EXPECT_EQ(peers[1], nothing_known("desk-2"));
  EXPECT_NE(peers[2]["fault"].get<std::string>().find(host_.PathOf("relay/peers/desk-3.meta")), std::string::npos);
  peers[2].erase("fault");
  EXPECT_EQ(peers[2], nothing_known("desk-3"));
  EXPECT_NE(peers[3]["fault"].get<std::string>().find(host_.PathOf("relay/peers/desk-4.key")), std::string::npos);
  EXPECT_EQ(peers[3]["addr"], "192.168.1.7:9847");
}

TEST_F(StateOperations, ShowIdentityIsThatOfTheFolder) {
  EXPECT_EQ(*ShowIdentity(host_.folder()), json({{"identity", "laptop-a3f2"}}));
}

TEST_F(StateOperations, RegenerateIdentityLeavesNothingThatAnotherMachineHasToo) {
  host_.PutPeer("desk-1", TestKey(1));
  host_.PutPeer("desk-2", TestKey(2));
  host_.PutInvite("5b0c9a12", TestKey(3));
  host_.WriteFile("relay/invites/00000000.json", "{");
  host_.PutPending(TestKey(4), kToday);
  host_.WriteFile("relay/tailnet/nBOB.json", R"({"identity":"bob-1","pinned_at":0})");
  host_.WriteFile("relay/machine", "another\n");
  ASSERT_TRUE(host_.folder().WasCopied());
  const auto answer = RegenerateIdentity(host_.folder(), kToday);
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["former"], "laptop-a3f2");
  EXPECT_EQ((*answer)["forgotten"], json({"desk-1", "desk-2"}));
  const auto made = host_.folder().identity();
  ASSERT_TRUE(made);
  EXPECT_NE(made->view(), "laptop-a3f2");
  EXPECT_EQ((*answer)["identity"], made->view());
  EXPECT_EQ(host_.FileAt("relay/identity"), std::string(made->view()) + "\n");
  EXPECT_FALSE(host_.folder().WasCopied());
  for (const char* folder : {"relay/peers", "relay/invites", "relay/tailnet"}) {
    EXPECT_TRUE(std::filesystem::is_empty(host_.PathOf(folder))) << folder;
  }
}

TEST(StateOperationsFailing, RegenerateIdentityMendsOneThatCannotBeRead) {
  StateHost host("no identity");
  const auto answer = RegenerateIdentity(host.folder(), kToday);
  ASSERT_TRUE(answer);
  EXPECT_TRUE((*answer)["former"].is_null());
  EXPECT_TRUE(host.folder().identity());
}

TEST(StateOperationsFailing, IdentityThatCannotBeReadStopsWhatNeedsIt) {
  StateHost host("no identity");  // a space
  const std::function<Outcome<json>()> operations[] = {
      [&] { return ShowIdentity(host.folder()); }, [&] { return ListPeers(host.folder()); },
      [&] { return CreatePairCode(host.folder(), host.random(), kToday, Hours(1)); },
      [&] { return AcceptCode(host.folder(), kToday, kCode, "desk-1"); },
      [&] { return CreateInvite(host.folder(), host.random(), kToday, {.host = "192.168.1.50"}); }};
  for (const auto& operation : operations) {
    const auto answer = operation();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::kInvalid);
    EXPECT_NE(answer.error().message.find(host.PathOf("relay/identity")), std::string::npos);
  }
  EXPECT_EQ(host.FileAt("relay/identity"), "no identity\n");
}

TEST_F(StateOperations, FolderThatCannotBeUsedIsAnErrorOfTheDisk) {
  host_.PutFileInPlaceOfFolder("relay/peers");
  host_.PutFileInPlaceOfFolder("relay/invites");
  ExpectFailure(Create(), Errc::kIo, host_.PathOf("relay/invites"));
  ExpectFailure(ListInvites(host_.folder(), kToday), Errc::kIo, host_.PathOf("relay/invites"));
  ExpectFailure(CreatePairCode(host_.folder(), host_.random(), kToday, Hours(1)), Errc::kIo,
                host_.PathOf("relay/peers"));
  ExpectFailure(AcceptCode(host_.folder(), kToday, kCode, "desk-1"), Errc::kIo, host_.PathOf("relay/peers"));
  ExpectFailure(ForgetPeer(host_.folder(), kToday, "desk-1"), Errc::kIo, host_.PathOf("relay/peers"));
  ExpectFailure(ListPeers(host_.folder()), Errc::kIo, host_.PathOf("relay/peers"));
}

}  // namespace
}  // namespace cctl
