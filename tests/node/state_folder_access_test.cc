// SPDX-License-Identifier: MIT
//
// Who may use a state folder, and what holds where it can be read only, where the disk is full, and where it was made
// on another machine.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cctl/node/state_folder.h"
#ifdef __linux__
#include <linux/capability.h>
#include <sys/syscall.h>
#endif

#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/node/state_error.h"
#include "cctl/sys/file.h"
#include "cctl/sys/machine_id.h"
#include "cctl/sys/process.h"
#include "tests/node/cut_commit.h"
#include "tests/node/sample_invite.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

using testing::ContentOf;
using testing::CutEverywhere;
using testing::FillTheDisk;
using testing::InChild;
using testing::kCannotRunHere;
using testing::kFailed;
using testing::kFinished;
using testing::kNotNeeded;
using testing::OpenFolder;
using testing::SampleInvite;
using testing::ScratchFolder;

constexpr std::string_view kHexKey = "a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d";
const Psk kKey = *ParsePskHex(kHexKey);
const Psk kOtherKey = *ParsePskHex(std::string(64, '1'));

Identity Named(std::string_view name) { return *Identity::Parse(name); }

unsigned ModeOf(const std::string& path) { return GetFileStatus(path).value().mode; }

class StateFolderAccess : public ::testing::Test {
 protected:
  StateFolder Open() { return OpenFolder(scratch_.path()); }
  std::string Below(const std::string& name) { return scratch_.Below(name); }
  // A file that somebody else has put there.
  void Put(const std::string& name, std::string_view content) {
    std::filesystem::create_directories(std::filesystem::path(Below(name)).parent_path());
    std::ofstream(Below(name), std::ios::binary) << content;
  }

  const ScratchFolder scratch_;
};

class OpenUmask {
 public:
  OpenUmask() : former_(umask(0)) {}
  OpenUmask(const OpenUmask&) = delete;
  OpenUmask& operator=(const OpenUmask&) = delete;
  ~OpenUmask() { umask(former_); }

 private:
  mode_t former_;
};

TEST_F(StateFolderAccess, WhatIsMadeIsForThisUserOnly) {
  const OpenUmask open_umask;
  StateFolder folder = Open();
  ASSERT_TRUE(folder.Lock());
  ASSERT_TRUE(folder.identity());
  ASSERT_TRUE(folder.SaveKey(Named("beta"), kKey));
  ASSERT_TRUE(folder.SaveMeta(Named("beta"), {}));
  ASSERT_TRUE(folder.SavePending(kOtherKey));
  ASSERT_TRUE(folder.SaveInvite(SampleInvite("5b0c9a12", kKey)));
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch_.path())) {
    EXPECT_EQ(ModeOf(entry.path()), entry.is_directory() ? 0700u : 0600u) << entry.path();
    files += entry.is_directory() ? 0 : 1;
  }
  EXPECT_GE(files, 6) << "identity, lock, key, meta, pending key, invite";
}

TEST_F(StateFolderAccess, WhatIsTooWideIsNarrowed) {
  const OpenUmask open_umask;
  Put("relay/identity", "alpha-cda2");
  Put("relay/peers/beta.key", kHexKey);
  Put("relay/invites/5b0c9a12.json", "{}");
  ASSERT_EQ(ModeOf(Below("relay")), 0777u);
  ASSERT_EQ(ModeOf(Below("relay/peers/beta.key")), 0666u);
  StateFolder folder = Open();
  EXPECT_EQ(ModeOf(Below("relay")), 0700u) << "at once: it keeps others from all that is in it";
  ASSERT_TRUE(folder.Lock());
  for (const char* const name : {"relay/peers", "relay/invites"}) EXPECT_EQ(ModeOf(Below(name)), 0700u) << name;
  for (const char* const name : {"relay/identity", "relay/peers/beta.key", "relay/invites/5b0c9a12.json"}) {
    EXPECT_EQ(ModeOf(Below(name)), 0600u) << name;
  }
}

TEST_F(StateFolderAccess, SecondHolderOfTheLockHearsWhoHasIt) {
  StateFolder folder = Open();
  ASSERT_TRUE(folder.Lock());
  ASSERT_TRUE(folder.Lock()) << "held already: without effect";
  EXPECT_TRUE(folder.locked());
  const std::uint32_t holder = ProcessId();
  const int status = InChild([&] {
    StateFolder other = Open();
    const auto locked = other.Lock();
    if (locked || other.locked()) return 1;
    if (locked.error().error != Error{Errc::kAlreadyRunning, 0, holder, "lock"}) return 2;
    return locked.error().path == Below("relay/lock") ? 0 : 3;
  });
  EXPECT_EQ(status, 0);
  folder.Unlock();
  EXPECT_FALSE(folder.locked());
  EXPECT_EQ(InChild([&] { return Open().Lock() ? 0 : 1; }), 0);
  EXPECT_TRUE(folder.Lock()) << "whoever had it has ended";
}

TEST_F(StateFolderAccess, LockClearsAwayWhatCrashesHaveLeft) {
  const std::array<std::string, 3> left = {"relay/.identity.1-0.tmp~", "relay/peers/.beta.key.1-0.tmp~",
                                           "relay/invites/.5b0c9a12.json.1-0.tmp~"};
  for (const std::string& name : left) Put(name, kHexKey);
  Put("relay/peers/beta.key", kHexKey);
  Put("relay/peers/a user's own file", "");
  StateFolder folder = Open();
  for (const std::string& name : left) EXPECT_TRUE(std::filesystem::exists(Below(name))) << "somebody may be writing";
  ASSERT_TRUE(folder.Lock());
  for (const std::string& name : left) EXPECT_FALSE(std::filesystem::exists(Below(name))) << name;
  EXPECT_TRUE(std::filesystem::exists(Below("relay/peers/beta.key")));
  EXPECT_TRUE(std::filesystem::exists(Below("relay/peers/a user's own file")));
}

// Permissions bind root as they bind everybody else, from now on.
bool GiveUpPrivileges() {
#ifdef __linux__
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return syscall(SYS_capset, &header, none) == 0;
#else
  return geteuid() != 0;
#endif
}

class ReadOnlyStateFolder : public StateFolderAccess {
 protected:
  ReadOnlyStateFolder() {
    StateFolder folder = Open();
    EXPECT_TRUE(folder.Lock());  // leaves its file
    Put("relay/identity", "alpha-cda2");
    EXPECT_TRUE(folder.SaveKey(Named("beta"), kKey));
    EXPECT_TRUE(folder.SaveInvite(SampleInvite("5b0c9a12", kKey)));
  }
  ReadOnlyStateFolder(const ReadOnlyStateFolder&) = delete;
  ReadOnlyStateFolder& operator=(const ReadOnlyStateFolder&) = delete;
  ~ReadOnlyStateFolder() override { SetFolderModes(0700); }  // or they could not be removed

  void SetFolderModes(mode_t mode) {
    for (const char* const name : {"relay/peers", "relay/invites", "relay"}) {
      EXPECT_EQ(chmod(Below(name).c_str(), mode), 0) << name;
    }
  }
  // Which of the checks, counted from 1, does not hold; 0: all do.
  template <typename Checks>
  int FirstThatFails(Checks checks) {
    return InChild([&] {
      if (!GiveUpPrivileges()) return kCannotRunHere;
      int number = 0;
      for (const bool holds : checks()) {
        ++number;
        if (!holds) return number;
      }
      return 0;
    });
  }
  // The error of a path that may not be written.
  bool IsRefused(const StateResult<Done>& done, const char* part, const std::string& name) {
    return !done && done.error().error == Error{Errc::kIo, 0, EACCES, part} && done.error().path == Below(name);
  }
};

TEST_F(ReadOnlyStateFolder, IsReadAndWhatCannotBeWrittenIsAnErrorThatChangesNothing) {
  SetFolderModes(0500);
  const int status = FirstThatFails([&]() -> std::vector<bool> {
    StateFolder folder = Open();
    const auto key = folder.LoadKey(Named("beta"));
    const auto invites = folder.ListInvites();
    return {folder.identity().value() == Named("alpha-cda2"),
            key && *key && **key == kKey,
            invites && invites->invites.size() == 1,
            folder.Lock().has_value(),
            IsRefused(folder.SaveKey(Named("beta"), kOtherKey), "create", "relay/peers/beta.key"),
            IsRefused(folder.SaveMeta(Named("beta"), {}), "create", "relay/peers/beta.meta"),
            IsRefused(folder.SavePending(kOtherKey), "create", "relay/peers/_pending.key"),
            IsRefused(folder.SaveInvite(SampleInvite("5b0c9a12", kKey)), "create", "relay/invites/5b0c9a12.json"),
            IsRefused(folder.RemoveKey(Named("beta")), "remove", "relay/peers/beta.key"),
            IsRefused(folder.RemoveInvite(SampleInvite("5b0c9a12", kKey).id), "remove", "relay/invites/5b0c9a12.json")};
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotRunHere) GTEST_SKIP() << "permissions do not bind here";
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ListFolder(Below("relay/peers")).value(), std::vector<std::string>{"beta.key"});
  EXPECT_EQ(ListFolder(Below("relay/invites")).value(), std::vector<std::string>{"5b0c9a12.json"});
  EXPECT_TRUE(Open().LoadKey(Named("beta")).value() == kKey);
}

TEST_F(ReadOnlyStateFolder, MakesNeitherAnIdentityNorALock) {
  std::filesystem::remove(Below("relay/identity"));
  std::filesystem::remove(Below("relay/lock"));
  SetFolderModes(0500);
  const int status = FirstThatFails([&]() -> std::vector<bool> {
    StateFolder folder = Open();
    const auto identity = folder.identity();
    return {IsRefused(folder.Lock(), "lock", "relay/lock"), !folder.locked(),
            !identity && identity.error().error == Error{Errc::kIo, 0, EACCES, "lock"},
            folder.LoadKey(Named("beta")).has_value()};
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotRunHere) GTEST_SKIP() << "permissions do not bind here";
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ListFolder(Below("relay")).value(), (std::vector<std::string>{"invites", "peers"}));
}

TEST_F(StateFolderAccess, MakingAnIdentityCanBeCutAnywhere) {
  const bool has_machine = GetMachineId().has_value();
  const auto make = [](StateFolder& folder) -> bool { return folder.identity().has_value(); };
  const auto inode_of_identity = [](const StateFolder& folder) {
    struct stat status = {};
    return stat(folder.PathOf("relay/identity").c_str(), &status) == 0 ? std::optional(status.st_ino) : std::nullopt;
  };
  std::optional<ino_t> made;
  CutEverywhere({
      .prepare = [](StateFolder&) {},
      .commit = make,
      .check =
          [&](StateFolder& folder, int how) {
            made = inode_of_identity(folder);
            if (how == kFailed) {
              EXPECT_FALSE(made);
            }
            if (how == kFinished || how == kNotNeeded) {
              EXPECT_TRUE(made);
            }
            if (made && has_machine) {
              EXPECT_TRUE(std::filesystem::exists(folder.PathOf("relay/machine"))) << "a copy would never be noticed";
            }
          },
      .again = make,
      .check_end =
          [&](const StateFolder& folder) {
            const auto now = inode_of_identity(folder);
            EXPECT_TRUE(now);
            if (made) {
              EXPECT_EQ(now, made) << "made once";
            }
            EXPECT_FALSE(folder.WasCopied());
          },
  });
}

TEST_F(StateFolderAccess, FullDiskIsAnErrorWithItsPathAndLeavesTheFormerContent) {
  ASSERT_TRUE(Open().SaveKey(Named("beta"), kKey));
  const int status = InChild([&] {
    FillTheDisk();
    StateFolder folder = Open();
    if (!folder.Lock()) return 1;  // which needs no room
    const auto saved = folder.SaveKey(Named("beta"), kOtherKey);
    if (saved || saved.error().error != Error{Errc::kIo, 0, EFBIG, "write"}) return 2;
    if (saved.error().path != Below("relay/peers/beta.key")) return 3;
    const auto key = folder.LoadKey(Named("beta"));
    return key && *key && **key == kKey ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ListFolder(Below("relay/peers")).value(), std::vector<std::string>{"beta.key"});
}

TEST_F(StateFolderAccess, DiskThatIsCopiedToAnotherMachineIsNoticed) {
  const auto here = GetMachineId();
  if (!here) GTEST_SKIP() << "this machine has no number";
  StateFolder folder = Open();
  const Identity made = folder.identity().value();
  EXPECT_EQ(ContentOf(Below("relay/machine")), std::string(here->view()) + "\n");
  EXPECT_FALSE(folder.WasCopied());
  Put("relay/machine", std::string(HashMachineId("another machine's number")->view()) + "\n");
  EXPECT_TRUE(Open().WasCopied());
  EXPECT_EQ(Open().identity().value(), made) << "which of the two keeps it is for the user to say";
  Put("relay/machine", here->view());
  EXPECT_FALSE(Open().WasCopied());
}

TEST_F(StateFolderAccess, FolderThatDoesNotSayItsMachineIsNotTakenForACopy) {
  EXPECT_FALSE(Open().WasCopied());
  Put("relay/identity", "alpha-cda2");  // the released program's
  StateFolder folder = Open();
  ASSERT_EQ(folder.identity().value(), Named("alpha-cda2"));
  EXPECT_FALSE(folder.WasCopied());
  EXPECT_FALSE(std::filesystem::exists(Below("relay/machine"))) << "it may well be the copy";
}

}  // namespace
}  // namespace cctl
