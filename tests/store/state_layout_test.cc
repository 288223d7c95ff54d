// SPDX-License-Identifier: MIT

#include "cctl/store/state_layout.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cctl/identity/identity.h"
#include "cctl/invite/invite_id.h"

namespace cctl {
namespace {

using namespace std::string_view_literals;

const Identity kLaptop = *Identity::Parse("laptop-a3f2");
const InviteId kInvite = *InviteId::Parse("5b0c9a12");

static_assert(KeyPath(*Identity::Parse("a")) == "relay/peers/a.key"sv);
static_assert(KeyFileOwner("a.key")->view() == "a");

// docs/files.md. The first four are the released program's: another name would lose every pairing.
TEST(StateLayout, IsThatOfTheDocument) {
  EXPECT_EQ(kIdentityPath, "relay/identity");
  EXPECT_EQ(KeyPath(kLaptop).view(), "relay/peers/laptop-a3f2.key");
  EXPECT_EQ(MetaPath(kLaptop).view(), "relay/peers/laptop-a3f2.meta");
  EXPECT_EQ(kPendingKeyPath, "relay/peers/_pending.key");
  EXPECT_EQ(InvitePath(kInvite).view(), "relay/invites/5b0c9a12.json");
  EXPECT_EQ(kMachinePath, "relay/machine");
  EXPECT_EQ(kControlSocketPath, "relay/control.sock");
  EXPECT_EQ(kLockPath, "relay/lock");
}

TEST(StateLayout, EveryPathIsInAFolderOfOurs) {
  for (const std::string_view folder : {kPeersFolder, kInvitesFolder}) {
    EXPECT_TRUE(folder.starts_with(std::string(kRelayFolder) + "/")) << folder;
  }
  EXPECT_TRUE(KeyPath(kLaptop).view().starts_with(kPeersFolder));
  EXPECT_TRUE(MetaPath(kLaptop).view().starts_with(kPeersFolder));
  EXPECT_TRUE(kPendingKeyPath.starts_with(kPeersFolder));
  EXPECT_TRUE(InvitePath(kInvite).view().starts_with(kInvitesFolder));
}

TEST(StateLayout, HoldsTheLongestIdentity) {
  const std::string name(kMaxIdentitySize, 'z');
  const Identity longest = *Identity::Parse(name);
  EXPECT_FALSE(KeyPath(longest).overflowed());
  EXPECT_FALSE(MetaPath(longest).overflowed());
  EXPECT_EQ(KeyPath(longest).view(), "relay/peers/" + name + ".key");
  EXPECT_EQ(MetaPath(longest).view(), "relay/peers/" + name + ".meta");
}

std::string EntryOf(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

TEST(StateLayout, EntriesAreReadAsWhatTheyWereWrittenFor) {
  for (const std::string& name : {std::string("a"), std::string("laptop-a3f2"), std::string("A_-0"), std::string("key"),
                                  std::string("x-key"), std::string("meta"), std::string(kMaxIdentitySize, '0')}) {
    const Identity peer = *Identity::Parse(name);
    EXPECT_EQ(KeyFileOwner(EntryOf(KeyPath(peer))), peer);
    EXPECT_EQ(MetaFileOwner(EntryOf(MetaPath(peer))), peer);
    EXPECT_FALSE(KeyFileOwner(EntryOf(MetaPath(peer)))) << name;
    EXPECT_FALSE(MetaFileOwner(EntryOf(KeyPath(peer)))) << name;
  }
  EXPECT_EQ(InviteFileId(EntryOf(InvitePath(kInvite))), kInvite);
}

TEST(StateLayout, TheWaitingKeyIsNobodys) { EXPECT_FALSE(KeyFileOwner(EntryOf(kPendingKeyPath))); }

TEST(StateLayout, LeavesForeignEntriesOfPeersAlone) {
  for (const std::string_view stem : {""sv, "."sv, ".."sv, "_a"sv, "-a"sv, "a b"sv, "a.b"sv, "a.key"sv, ".a"sv,
                                      "../a"sv, "a/b"sv, "a\\b"sv, "a\nb"sv, "a\0"sv, "\0"sv, "\xc3\xbc"sv, "a~"sv}) {
    const std::string entry(stem);
    EXPECT_FALSE(KeyFileOwner(entry + ".key")) << entry;
    EXPECT_FALSE(MetaFileOwner(entry + ".meta")) << entry;
  }
  const std::string too_long(kMaxIdentitySize + 1, 'a');
  EXPECT_FALSE(KeyFileOwner(too_long + ".key"));
  for (const std::string_view entry : {""sv, "a"sv, "akey"sv, "a.KEY"sv, "a.Key"sv, "a.key "sv, "a.key\0"sv,
                                       "a.key.bak"sv, ".key"sv, "key"sv, "a.json"sv, "a.ke"sv}) {
    EXPECT_FALSE(KeyFileOwner(entry)) << entry;
  }
  for (const std::string_view entry : {""sv, "a"sv, ".meta"sv, "a.META"sv, "a.meta~"sv, "a.met"sv}) {
    EXPECT_FALSE(MetaFileOwner(entry)) << entry;
  }
}

TEST(StateLayout, LeavesForeignEntriesOfInvitesAlone) {
  for (const std::string_view entry :
       {""sv, ".json"sv, "5b0c9a12"sv, "5b0c9a1.json"sv, "5b0c9a123.json"sv, "5B0C9A12.json"sv, "5b0c9a1g.json"sv,
        "5b0c9a12.JSON"sv, "5b0c9a12.json~"sv, "5b0c9a12.json.json"sv, " 5b0c9a12.json"sv, "../0c9a1.json"sv,
        "5b0c9a12\0.json"sv, "5b0c9a12.key"sv}) {
    EXPECT_FALSE(InviteFileId(entry)) << entry;
  }
}

}  // namespace
}  // namespace cctl
