// SPDX-License-Identifier: MIT

#include "cctl/node/state_folder.h"

#include <gtest/gtest.h>

#ifndef _WIN32
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/profile.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_id.h"
#include "cctl/node/state_error.h"
#include "cctl/store/meta_file.h"
#include "cctl/sys/file.h"
#include "tests/node/sample_invite.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using testing::ContentOf;
using testing::NoRandom;
using testing::SampleInvite;
using testing::ScratchFolder;
using testing::SeededRandom;

// As the released claudectl writes it: without a newline.
constexpr std::string_view kHexKey = "a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d";

Identity Named(std::string_view name) { return *Identity::Parse(name); }

Psk KeyOf(std::uint8_t fill) {
  Psk key;
  for (std::uint8_t& byte : key.mutable_bytes()) byte = fill;
  return key;
}

class StateFolderTest : public ::testing::Test {
 protected:
  StateFolder Open() { return StateFolder::Open(scratch_.path(), kClaudectlProfile, random_).value(); }
  std::string Below(const std::string& name) { return scratch_.Below(name); }
  // A file that somebody else has put there.
  void Put(const std::string& name, std::string_view content) {
    std::filesystem::create_directories(std::filesystem::path(Below(name)).parent_path());
    std::ofstream(Below(name), std::ios::binary) << content;
  }

  const ScratchFolder scratch_;
  SeededRandom random_{1};
};

TEST_F(StateFolderTest, FileInPlaceOfTheFolderIsAnErrorWithItsPath) {
  Put("relay", "");
  const auto folder = StateFolder::Open(scratch_.path(), kClaudectlProfile, random_);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().error, (Error{Errc::kIo, 0, ENOTDIR, "folder"}));
  EXPECT_EQ(folder.error().path, Below("relay"));
}

TEST_F(StateFolderTest, IdentityIsMadeOnceAndStored) {
  const Identity made = Open().identity().value();
  EXPECT_EQ(ContentOf(Below("relay/identity")), std::string(made.view()) + "\n");
  EXPECT_EQ(Open().identity().value(), made) << "another open would make another one: the random source has gone on";
  StateFolder locked = Open();
  ASSERT_TRUE(locked.Lock());
  EXPECT_EQ(locked.identity().value(), made);
}

TEST_F(StateFolderTest, IdentityIsNotMadeWithoutRandomness) {
  NoRandom none;
  StateFolder folder = StateFolder::Open(scratch_.path(), kClaudectlProfile, none).value();
  const auto identity = folder.identity();
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().error, (Error{Errc::kIo, 0, 0, "random"}));
  EXPECT_FALSE(std::filesystem::exists(Below("relay/identity")));
  EXPECT_FALSE(folder.locked());
}

#ifndef _WIN32  // it forks
TEST_F(StateFolderTest, SeveralProcessesThatAreTheFirstAgreeOnOneIdentity) {
  constexpr int kProcesses = 8;
  for (int round = 0; round < 10; ++round) {
    const ScratchFolder scratch;
    int gate[2];
    int answers[2];
    ASSERT_EQ(pipe(gate), 0);
    ASSERT_EQ(pipe(answers), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
      const pid_t child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        close(gate[1]);
        char nothing;
        (void)!read(gate[0], &nothing, 1);  // until the parent lets all of them go
        SeededRandom own(static_cast<std::uint64_t>(100 + i));
        auto folder = StateFolder::Open(scratch.path(), kClaudectlProfile, own);
        if (!folder) _exit(1);
        const auto identity = folder->identity();
        if (!identity) _exit(2);
        const std::string line = std::string(identity->view()) + "\n";
        _exit(write(answers[1], line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? 0 : 3);
      }
      children.push_back(child);
    }
    close(gate[0]);
    close(gate[1]);
    close(answers[1]);
    for (const pid_t child : children) {
      int status = -1;
      EXPECT_EQ(waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    std::string all;
    char part[4096];
    for (ssize_t size; (size = read(answers[0], part, sizeof part)) > 0;) all.append(part, static_cast<size_t>(size));
    close(answers[0]);
    const std::string stored = ContentOf(scratch.Below("relay/identity"));
    std::string expected;
    for (int i = 0; i < kProcesses; ++i) expected += stored;
    EXPECT_EQ(all, expected);
  }
}
#endif

TEST_F(StateFolderTest, OverrideIdentityIsNotStored) {
  StateFolder folder = StateFolder::Open(scratch_.path(), kClaudectlProfile, random_, Named("for-one-process")).value();
  EXPECT_EQ(folder.identity().value(), Named("for-one-process"));
  EXPECT_FALSE(std::filesystem::exists(Below("relay/identity")));
  Put("relay/identity", "stored-1234");
  StateFolder again = StateFolder::Open(scratch_.path(), kClaudectlProfile, random_, Named("for-one-process")).value();
  EXPECT_EQ(again.identity().value(), Named("for-one-process"));
  EXPECT_EQ(Open().identity().value(), Named("stored-1234"));
}

TEST_F(StateFolderTest, IdentityFileThatIsNoneIsAnErrorAndUntouched) {
  for (const std::string_view content : {"", "\n", "two words", "-a", "a/b", "a\nb\n"}) {
    Put("relay/identity", content);
    const auto identity = Open().identity();
    ASSERT_FALSE(identity) << content;
    EXPECT_TRUE(IsFormatError(identity.error().error.code)) << content;
    EXPECT_STREQ(identity.error().error.part, "identity");
    EXPECT_EQ(identity.error().path, Below("relay/identity"));
    EXPECT_EQ(ContentOf(Below("relay/identity")), content);
  }
}

TEST_F(StateFolderTest, ReleasedFilesAreUsedAsTheyAre) {
  Put("relay/identity", "alpha-cda2");
  Put("relay/peers/beta-18c1.key", kHexKey);
  Put("relay/peers/beta-18c1.meta", R"({"addr":"192.168.1.50:9847","last_seen":1795422026237})");
  Put("relay/peers/_pending.key", kHexKey);
  StateFolder folder = Open();
  ASSERT_TRUE(folder.Lock());
  EXPECT_EQ(folder.identity().value(), Named("alpha-cda2"));
  EXPECT_EQ(folder.ListPeers().value(), std::vector<Identity>{Named("beta-18c1")}) << "_pending is nobody";
  const Psk key = *ParsePskHex(kHexKey);
  EXPECT_TRUE(folder.LoadKey(Named("beta-18c1")).value() == key);
  EXPECT_TRUE(folder.LoadPending().value()->psk == key);
  const PeerMeta meta = folder.LoadMeta(Named("beta-18c1")).value();
  EXPECT_EQ(meta.addr, std::string_view("192.168.1.50:9847"));
  EXPECT_EQ(meta.last_seen, UnixTime{1'795'422'026'237});
  EXPECT_FALSE(meta.proved);
  EXPECT_EQ(ContentOf(Below("relay/peers/beta-18c1.key")), kHexKey);
}

TEST_F(StateFolderTest, WhatIsNotThereIsNoError) {
  const StateFolder folder = Open();
  EXPECT_FALSE(folder.LoadKey(Named("beta")).value());
  EXPECT_EQ(folder.LoadMeta(Named("beta")).value(), PeerMeta{});
  EXPECT_FALSE(folder.LoadPending().value());
  EXPECT_FALSE(folder.FindPeer(Named("beta")).value());
  EXPECT_TRUE(folder.ListPeers().value().empty());
  EXPECT_TRUE(folder.ListInvites().value().invites.empty());
  EXPECT_FALSE(folder.LoadInvite(*InviteId::Parse("5b0c9a12")).value());
}

TEST_F(StateFolderTest, DamagedKeyFileIsAnErrorWithItsPathAndUntouched) {
  const std::string hex(kHexKey);
  const struct {
    std::string content;
    Error error;
  } kCases[] = {
      {"", {Errc::kTruncated, 0, 0, "psk"}},
      {hex.substr(0, 63), {Errc::kTruncated, 63, 0, "psk"}},
      {hex.substr(0, 10) + "g" + hex.substr(11), {Errc::kInvalid, 10, 0, "psk"}},
      {hex + "0", {Errc::kTrailing, 64, 0, "psk"}},
      {hex + "\n" + hex, {Errc::kTrailing, 65, 0, "psk"}},
      {std::string(64, '\0'), {Errc::kInvalid, 0, 0, "psk"}},
      {hex + std::string(961, ' '), {Errc::kTooLong, 0, 1024, "read"}},
  };
  for (const auto& [content, error] : kCases) {
    for (const std::string name : {"beta.key", "_pending.key"}) {
      Put("relay/peers/" + name, content);
      StateFolder folder = Open();
      ASSERT_TRUE(folder.Lock());
      StateError found;
      if (name == "beta.key") {
        const auto key = folder.LoadKey(Named("beta"));
        ASSERT_FALSE(key) << content;
        found = key.error();
        EXPECT_EQ(folder.FindPeer(Named("BETA")).value(), Named("beta")) << "never: not there";
      } else {
        const auto pending = folder.LoadPending();
        ASSERT_FALSE(pending) << content;
        found = pending.error();
      }
      EXPECT_EQ(found.error, error) << content;
      EXPECT_EQ(found.path, Below("relay/peers/" + name));
      EXPECT_EQ(ContentOf(Below("relay/peers/" + name)), content);
    }
  }
}

#ifndef _WIN32  // Wine makes no symbolic links
TEST_F(StateFolderTest, FolderOrLinkInPlaceOfAKeyIsAnErrorAndUntouched) {
  Put("elsewhere", kHexKey);
  std::filesystem::create_directories(Below("relay/peers/beta.key/inside"));
  std::filesystem::create_symlink(Below("elsewhere"), Below("relay/peers/gamma.key"));
  StateFolder folder = Open();
  ASSERT_TRUE(folder.Lock());
  const auto beta = folder.LoadKey(Named("beta"));
  ASSERT_FALSE(beta);
  EXPECT_EQ(beta.error().error, (Error{Errc::kInvalid, 0, 0, "open"}));
  EXPECT_EQ(beta.error().path, Below("relay/peers/beta.key"));
  EXPECT_TRUE(std::filesystem::is_directory(Below("relay/peers/beta.key/inside")));
  const auto gamma = folder.LoadKey(Named("gamma"));
  ASSERT_FALSE(gamma);
  EXPECT_EQ(gamma.error().error, (Error{Errc::kIo, 0, ELOOP, "open"}));
  EXPECT_EQ(folder.ListPeers().value(), (std::vector<Identity>{Named("beta"), Named("gamma")}));
}
#endif

TEST_F(StateFolderTest, DamagedMetaIsAnErrorWithItsPathAndUntouched) {
  constexpr std::string_view kTorn = R"({"addr":"192.168.1)";
  Put("relay/peers/beta.meta", kTorn);
  const auto meta = Open().LoadMeta(Named("beta"));
  ASSERT_FALSE(meta);
  EXPECT_EQ(meta.error().error.code, Errc::kTruncated);
  EXPECT_EQ(meta.error().path, Below("relay/peers/beta.meta"));
  EXPECT_EQ(ContentOf(Below("relay/peers/beta.meta")), kTorn);
}

TEST_F(StateFolderTest, PeerIsFoundByItsNameInAnyCase) {
  Put("relay/peers/Laptop.key", kHexKey);
  const StateFolder folder = Open();
  EXPECT_EQ(folder.FindPeer(Named("Laptop")).value(), Named("Laptop"));
  EXPECT_EQ(folder.FindPeer(Named("lAPTOP")).value(), Named("Laptop"));
  EXPECT_FALSE(folder.FindPeer(Named("laptop-")).value());
  EXPECT_FALSE(folder.FindPeer(Named("lapto")).value());
}

TEST_F(StateFolderTest, ExactNameComesBeforeOneInAnotherCase) {
  StateFolder folder = Open();
  ASSERT_TRUE(folder.SaveKey(Named("LAPTOP"), KeyOf(1)));
  ASSERT_TRUE(folder.SaveKey(Named("laptop"), KeyOf(2)));
  if (folder.ListPeers().value().size() < 2) GTEST_SKIP() << "this file system folds the case of letters";
  EXPECT_EQ(folder.FindPeer(Named("laptop")).value(), Named("laptop"));
  EXPECT_EQ(folder.FindPeer(Named("LAPTOP")).value(), Named("LAPTOP"));
}

#ifndef _WIN32  // names in two cases are one file there
TEST_F(StateFolderTest, PeersAreListedInTheOrderOfTheirIdentitiesNotOfTheirFileNames) {
  for (const char* const name : {"b", "a-b", "a", "B", "a0"}) Put(std::string("relay/peers/") + name + ".key", kHexKey);
  Put("relay/peers/.a.key.1-0.tmp~", kHexKey);
  Put("relay/peers/a b.key", kHexKey);
  Put("relay/peers/c.meta", "{}");
  const std::vector<Identity> expected = {Named("B"), Named("a"), Named("a-b"), Named("a0"), Named("b")};
  EXPECT_EQ(Open().ListPeers().value(), expected);
}
#endif

std::string g_peers;
int g_seen = 0;

#ifndef _WIN32  // files have no numbers there
TEST_F(StateFolderTest, PendingKeyMovesToAPeerInOneStep) {
  StateFolder folder = Open();
  ASSERT_TRUE(folder.SavePending(KeyOf(7)));
  struct stat before = {};
  ASSERT_EQ(stat(Below("relay/peers/_pending.key").c_str(), &before), 0);
  g_peers = Below("relay/peers");
  g_seen = 0;
  folder.set_step_observer([] {
    EXPECT_EQ(ListFolder(g_peers).value(), std::vector<std::string>{"beta.key"});
    ++g_seen;
  });
  ASSERT_TRUE(folder.MovePendingTo(Named("beta")));
  EXPECT_GE(g_seen, 1);
  struct stat after = {};
  ASSERT_EQ(stat(Below("relay/peers/beta.key").c_str(), &after), 0);
  EXPECT_EQ(after.st_ino, before.st_ino) << "the same file by another name: it was never in two places";
  EXPECT_FALSE(folder.LoadPending().value());
  EXPECT_TRUE(folder.LoadKey(Named("beta")).value() == KeyOf(7));
  const auto again = folder.MovePendingTo(Named("gamma"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().error, (Error{Errc::kNotFound, 0, ENOENT, "rename"}));
  EXPECT_FALSE(folder.LoadKey(Named("gamma")).value());
}
#endif

#ifndef _WIN32  // names in two cases are one file there
TEST_F(StateFolderTest, InviteWhoseIdIsNotItsFilesNameIsAnError) {
  StateFolder folder = Open();
  ASSERT_TRUE(folder.SaveInvite(SampleInvite("5b0c9a12", KeyOf(1))));
  const InviteId other = *InviteId::Parse("00000001");
  std::filesystem::copy_file(Below("relay/invites/5b0c9a12.json"), Below("relay/invites/00000001.json"));
  Put("relay/invites/5B0C9A12.json", "no invite's name");
  const auto invite = folder.LoadInvite(other);
  ASSERT_FALSE(invite);
  EXPECT_EQ(invite.error().error, (Error{Errc::kInvalid, 0, 0, "id"}));
  EXPECT_EQ(invite.error().path, Below("relay/invites/00000001.json"));
  const InviteList list = folder.ListInvites().value();
  ASSERT_EQ(list.invites.size(), 1u) << "it does not keep the others out";
  EXPECT_EQ(list.invites[0].id.view(), "5b0c9a12");
  ASSERT_EQ(list.unreadable.size(), 1u);
  EXPECT_EQ(list.unreadable[0].path, Below("relay/invites/00000001.json"));
}
#endif

}  // namespace
}  // namespace cctl
