// SPDX-License-Identifier: MIT
//
// Each commit is cut behind each of its steps, once by the end of the process, as kill -9 ends it, and once by a disk
// that takes nothing more. Whatever is left must be what the header promises, and the same commit must then go through.

#include "cctl/node/pairing_commit.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/node/key_lookup.h"
#include "cctl/node/state_error.h"
#include "cctl/node/state_folder.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/store/meta_file.h"
#include "cctl/store/state_layout.h"
#include "cctl/sys/clock.h"
#include "tests/node/cut_commit.h"
#include "tests/support/scratch_folder.h"

namespace cctl {
namespace {

using testing::Commit;
using testing::Commitment;
using testing::Cut;
using testing::CutEverywhere;
using testing::ExpectNoTemporaryFile;
using testing::FillTheDisk;
using testing::InChild;
using testing::kFailed;
using testing::kFinished;
using testing::kNotNeeded;
using testing::OpenFolder;
using testing::ScratchFolder;
using Source = KeyCandidate::Source;

const UnixTime kNow = WallNow();  // `_pending.key` is as old as its file, so the date has to be a true one
const Identity kPeer = *Identity::Parse("beta-18c1");
const Identity kStranger = *Identity::Parse("mallory");
const InviteId kInviteId = *InviteId::Parse("5b0c9a12");
const Host kHost = *Host::Parse("laptop.example");

Psk KeyOf(std::uint8_t fill) {
  Psk key;
  for (std::uint8_t& byte : key.mutable_bytes()) byte = fill;
  return key;
}
const Psk kLinkKey = KeyOf(1);
const Psk kCode = KeyOf(2);
const Psk kOwnKey = KeyOf(3);
const Psk kNextKey = KeyOf(4);  // of a second join: other nonces, another key
const Psk kOldKey = KeyOf(5);

Invite InviteFor(std::uint32_t uses) {
  return {.id = kInviteId,
          .psk = kLinkKey,
          .created_at = kNow - Minutes(1),
          .ttl = Hours(1),
          .uses = uses,
          .uses_left = uses,
          .label = {},
          .only_for = {},
          .joined = {},
          .host = kHost,
          .port = 9847};
}

// By which of our keys `claimed` is let in with `key`; nothing: not at all.
std::optional<Source> OpensTo(const StateFolder& folder, const Identity& claimed, const Psk& key) {
  ExpiredInvites expired;
  std::vector<StateError> faults;
  const auto candidates = FindListenerKeys(folder, claimed, Hours(1), expired, kNow, faults);
  EXPECT_TRUE(candidates) << candidates.error().path;
  EXPECT_TRUE(faults.empty());
  for (const KeyCandidate& candidate : *candidates) {
    if (candidate.psk == key && !candidate.expired) return candidate.source;
  }
  return std::nullopt;
}

bool HasKey(const StateFolder& folder, const Psk& key) {
  const auto stored = folder.LoadKey(kPeer);
  return stored && *stored && **stored == key;
}
bool HasNoKey(const StateFolder& folder) {
  const auto stored = folder.LoadKey(kPeer);
  return stored && !*stored;
}
bool HasPending(const StateFolder& folder) { return folder.LoadPending().value().has_value(); }
std::optional<Invite> TheInvite(const StateFolder& folder) { return folder.LoadInvite(kInviteId).value(); }
PeerMeta Meta(const StateFolder& folder) { return folder.LoadMeta(kPeer).value(); }

PeerMeta UnprovedMeta() {
  PeerMeta meta;
  meta.via = PairedVia::kManual;
  meta.proved = false;
  return meta;
}

// Where the key is the last thing that is written: an error and no key, or no error and the key.
void ExpectKeyOnlyWithoutError(const StateFolder& folder, int how, const Psk& key) {
  if (how == kFailed) {
    EXPECT_FALSE(HasKey(folder, key));
  }
  if (how == kNotNeeded || how == kFinished) {
    EXPECT_TRUE(HasKey(folder, key));
  }
}

Commitment JoinBy(std::uint32_t uses) {
  return {
      .prepare = [=](StateFolder& folder) { ASSERT_TRUE(folder.SaveInvite(InviteFor(uses))); },
      .commit = [](StateFolder& folder) -> bool {
        return CommitJoin(folder, kInviteId, kPeer, kOwnKey, true, kNow).has_value();
      },
      .check =
          [=](StateFolder& folder, int how) {
            ExpectKeyOnlyWithoutError(folder, how, kOwnKey);
            EXPECT_EQ(OpensTo(folder, kPeer, kLinkKey), Source::kInvite) << "no ok was said: the link still makes it";
            const auto invite = TheInvite(folder);
            ASSERT_TRUE(invite);
            const bool noted = HasUnprovedJoiner(*invite, kPeer);
            EXPECT_EQ(invite->uses_left, noted ? uses - 1 : uses) << "a use is counted with the joiner, or not at all";
            EXPECT_EQ(OpensTo(folder, kStranger, kLinkKey).has_value(), invite->uses_left > 0);
            if (HasNoKey(folder)) return;
            EXPECT_TRUE(noted);
            EXPECT_EQ(OpensTo(folder, kPeer, kOwnKey), Source::kStored);
            EXPECT_EQ(Meta(folder).invite, kInviteId);
            EXPECT_EQ(Meta(folder).proved, false);
          },
      .again = [=](StateFolder& folder) -> bool {
        const bool noted = HasUnprovedJoiner(*TheInvite(folder), kPeer);
        const auto joined = CommitJoin(folder, kInviteId, kPeer, kNextKey, true, kNow);
        if (joined) {
          EXPECT_EQ(joined->counted, !noted);
        }
        return joined.has_value();
      },
      .check_end =
          [=](const StateFolder& folder) {
            EXPECT_TRUE(HasKey(folder, kNextKey));
            EXPECT_EQ(TheInvite(folder)->uses_left, uses - 1) << "one use for two joins";
            EXPECT_EQ(TheInvite(folder)->joined, std::vector<Identity>{kPeer});
            EXPECT_EQ(Meta(folder).via, PairedVia::kInvite);
          },
  };
}

TEST(PairingCommit, JoinByAnInviteOfOneUseCanBeCutAnywhere) { CutEverywhere(JoinBy(1)); }

TEST(PairingCommit, JoinByAnInviteOfThreeUsesCanBeCutAnywhere) { CutEverywhere(JoinBy(3)); }

TEST(PairingCommit, SecondJoinByOnesOwnLinkCanBeCutAnywhere) {
  Commitment commitment = JoinBy(1);
  commitment.prepare = [](StateFolder& folder) {
    ASSERT_TRUE(folder.SaveInvite(InviteFor(1)));
    ASSERT_TRUE(CommitJoin(folder, kInviteId, kPeer, kOldKey, true, kNow));
  };
  commitment.check = [](StateFolder& folder, int how) {
    ExpectKeyOnlyWithoutError(folder, how, kOwnKey);
    EXPECT_TRUE(HasKey(folder, kOldKey) || HasKey(folder, kOwnKey));
    EXPECT_EQ(OpensTo(folder, kPeer, kLinkKey), Source::kInvite);
    EXPECT_FALSE(OpensTo(folder, kStranger, kLinkKey));
    EXPECT_EQ(TheInvite(folder)->uses_left, 0u);
  };
  CutEverywhere(commitment);
}

TEST(PairingCommit, JoinThatKeepsTheLinksKeyCanBeCutAnywhere) {
  bool stored_once = false;
  CutEverywhere({
      .prepare =
          [&](StateFolder& folder) {
            stored_once = false;
            ASSERT_TRUE(folder.SaveInvite(InviteFor(1)));
          },
      .commit = [](StateFolder& folder) -> bool {
        return CommitJoin(folder, kInviteId, kPeer, kLinkKey, false, kNow).has_value();
      },
      .check =
          [&](StateFolder& folder, int how) {
            EXPECT_TRUE(OpensTo(folder, kPeer, kLinkKey));
            const auto invite = TheInvite(folder);
            const bool noted = invite && HasUnprovedJoiner(*invite, kPeer);
            if (invite) {
              EXPECT_EQ(invite->uses_left, noted ? 0u : 1u);
            }
            if (!invite || noted) {
              EXPECT_FALSE(OpensTo(folder, kStranger, kLinkKey));
            }
            if (!invite) {
              EXPECT_TRUE(HasKey(folder, kLinkKey)) << "the link is gone and nobody has its key";
            }
            if (Meta(folder).proved == true) {
              EXPECT_FALSE(invite) << "proved, and yet the link opens";
            }
            if (how == kFinished || how == kNotNeeded) {
              EXPECT_EQ(Meta(folder).proved, true);
            }
            stored_once = HasKey(folder, kLinkKey);
          },
      // The stored key is preferred to the invite's, so it is the first to be found right.
      .again = [&](StateFolder& folder) -> bool {
        if (stored_once) return CommitProved(folder, kPeer, kNow).has_value();
        return CommitJoin(folder, kInviteId, kPeer, kLinkKey, false, kNow).has_value();
      },
      .check_end =
          [](const StateFolder& folder) {
            EXPECT_TRUE(HasKey(folder, kLinkKey));
            EXPECT_EQ(Meta(folder).proved, true);
            EXPECT_FALSE(TheInvite(folder));
            EXPECT_FALSE(OpensTo(folder, kStranger, kLinkKey));
          },
  });
}

Commitment ProveAfterJoinBy(std::uint32_t uses) {
  return {
      .prepare =
          [=](StateFolder& folder) {
            ASSERT_TRUE(folder.SaveInvite(InviteFor(uses)));
            ASSERT_TRUE(CommitJoin(folder, kInviteId, kPeer, kOwnKey, true, kNow));
          },
      .commit = [](StateFolder& folder) -> bool { return CommitProved(folder, kPeer, kNow).has_value(); },
      .check =
          [=](StateFolder& folder, int how) {
            EXPECT_EQ(OpensTo(folder, kPeer, kOwnKey), Source::kStored);
            const auto invite = TheInvite(folder);
            const bool noted = invite && HasUnprovedJoiner(*invite, kPeer);
            EXPECT_EQ(OpensTo(folder, kPeer, kLinkKey).has_value(), noted) << "only as long as the first step is open";
            if (Meta(folder).proved == true) {
              EXPECT_FALSE(noted) << "proved, and yet the link opens";
            }
            if (how == kFinished || how == kNotNeeded) {
              EXPECT_EQ(Meta(folder).proved, true);
            }
            if (invite) {
              EXPECT_EQ(invite->uses_left, uses - 1);
            }
            EXPECT_EQ(OpensTo(folder, kStranger, kLinkKey).has_value(), uses > 1);
          },
      .again = [](StateFolder& folder) -> bool { return CommitProved(folder, kPeer, kNow).has_value(); },
      .check_end =
          [=](const StateFolder& folder) {
            EXPECT_TRUE(HasKey(folder, kOwnKey));
            EXPECT_EQ(Meta(folder).proved, true);
            EXPECT_FALSE(OpensTo(folder, kPeer, kLinkKey));
            EXPECT_EQ(TheInvite(folder).has_value(), uses > 1);
          },
  };
}

TEST(PairingCommit, ProofOfAKeyOfAUsedUpInviteCanBeCutAnywhere) { CutEverywhere(ProveAfterJoinBy(1)); }

TEST(PairingCommit, ProofOfAKeyOfAnInviteWithUsesLeftCanBeCutAnywhere) { CutEverywhere(ProveAfterJoinBy(3)); }

TEST(PairingCommit, UsedLinkNeverOpensAgainBehindTheStepThatHasClosedIt) {
  bool closed = false;
  Commitment commitment = ProveAfterJoinBy(1);
  commitment.check = [&](StateFolder& folder, int) {
    const bool opens = OpensTo(folder, kPeer, kLinkKey).has_value();
    EXPECT_FALSE(closed && opens);
    closed = closed || !opens;
  };
  EXPECT_GE(CutEverywhere(Cut::kProcessEnds, commitment), 4);
  EXPECT_TRUE(closed);
}

TEST(PairingCommit, JoinersOwnSideCanBeCutAnywhere) {
  for (const bool was_paired : {false, true}) {
    const Commit commit = [](StateFolder& folder) -> bool {
      return CommitJoined(folder, kPeer, kOwnKey, true, kHost, kNow).has_value();
    };
    CutEverywhere({
        .prepare =
            [=](StateFolder& folder) {
              if (was_paired) {
                ASSERT_TRUE(folder.SaveKey(kPeer, kOldKey));
              }
            },
        .commit = commit,
        .check =
            [=](StateFolder& folder, int how) {
              ExpectKeyOnlyWithoutError(folder, how, kOwnKey);
              EXPECT_TRUE(HasKey(folder, kOwnKey) || (was_paired ? HasKey(folder, kOldKey) : HasNoKey(folder)));
              if (HasKey(folder, kOwnKey)) {
                EXPECT_EQ(Meta(folder).host, kHost) << "a key comes behind all else";
              }
            },
        .again = commit,
        .check_end =
            [](const StateFolder& folder) {
              EXPECT_TRUE(HasKey(folder, kOwnKey));
              EXPECT_EQ(Meta(folder).via, PairedVia::kInvite);
              EXPECT_EQ(Meta(folder).proved, true);
              EXPECT_EQ(Meta(folder).paired_at, kNow);
            },
    });
  }
}

TEST(PairingCommit, PendingKeyThatBecomesThePeersCanBeCutAnywhere) {
  const Commit commit = [](StateFolder& folder) -> bool {
    return CommitPending(folder, kPeer, kCode, false, true, kNow).has_value();
  };
  CutEverywhere({
      .prepare = [](StateFolder& folder) { ASSERT_TRUE(folder.SavePending(kCode)); },
      .commit = commit,
      .check =
          [](StateFolder& folder, int how) {
            ExpectKeyOnlyWithoutError(folder, how, kCode);
            EXPECT_NE(HasKey(folder, kCode), HasPending(folder)) << "the code is in one place, always";
            EXPECT_TRUE(OpensTo(folder, kPeer, kCode));
            EXPECT_EQ(OpensTo(folder, kStranger, kCode).has_value(), HasPending(folder));
          },
      // Once the code is gone the peer comes by its key, and there is nothing to store.
      .again = [=](StateFolder& folder) -> bool { return !HasPending(folder) || commit(folder); },
      .check_end =
          [](const StateFolder& folder) {
            EXPECT_TRUE(HasKey(folder, kCode));
            EXPECT_FALSE(HasPending(folder));
            EXPECT_EQ(Meta(folder).via, PairedVia::kManual);
            EXPECT_EQ(Meta(folder).proved, true);
          },
  });
}

TEST(PairingCommit, PendingKeyThatIsReplacedByAnotherCanBeCutAnywhere) {
  const Commit commit = [](StateFolder& folder) -> bool {
    return CommitPending(folder, kPeer, kOwnKey, true, false, kNow).has_value();
  };
  CutEverywhere({
      .prepare = [](StateFolder& folder) { ASSERT_TRUE(folder.SavePending(kCode)); },
      .commit = commit,
      .check =
          [](StateFolder& folder, int how) {
            ExpectKeyOnlyWithoutError(folder, how, kOwnKey);
            if (HasNoKey(folder)) {
              EXPECT_EQ(OpensTo(folder, kPeer, kCode), Source::kPending);
            }
            if (!HasPending(folder)) {
              EXPECT_EQ(OpensTo(folder, kPeer, kOwnKey), Source::kStored);
            }
          },
      .again = commit,
      .check_end =
          [](const StateFolder& folder) {
            EXPECT_TRUE(HasKey(folder, kOwnKey));
            EXPECT_FALSE(OpensTo(folder, kStranger, kCode));
            EXPECT_EQ(Meta(folder).proved, false);
          },
  });
}

TEST(PairingCommit, AcceptedCodeCanBeCutAnywhere) {
  const Commit commit = [](StateFolder& folder) -> bool {
    return CommitAccepted(folder, kPeer, kCode, kNow).has_value();
  };
  CutEverywhere({
      .prepare = [](StateFolder&) {},
      .commit = commit,
      .check =
          [](StateFolder& folder, int how) {
            ExpectKeyOnlyWithoutError(folder, how, kCode);
            EXPECT_TRUE(HasNoKey(folder) || HasKey(folder, kCode));
            if (HasKey(folder, kCode)) {
              EXPECT_EQ(Meta(folder).proved, false) << "no meta would mean: proved";
            }
          },
      .again = commit,
      .check_end =
          [](const StateFolder& folder) {
            EXPECT_EQ(OpensTo(folder, kPeer, kCode), Source::kStored);
            EXPECT_EQ(Meta(folder).via, PairedVia::kManual);
          },
  });
}

TEST(PairingCommit, ForgettingCanBeCutAnywhere) {
  const Commit commit = [](StateFolder& folder) -> bool { return CommitForgotten(folder, kPeer, kNow).has_value(); };
  for (const std::uint32_t uses : {1u, 3u}) {
    CutEverywhere({
        .prepare =
            [=](StateFolder& folder) {
              ASSERT_TRUE(folder.SaveInvite(InviteFor(uses)));
              ASSERT_TRUE(CommitJoin(folder, kInviteId, kPeer, kOwnKey, true, kNow));
              ASSERT_TRUE(folder.SaveKey(kStranger, kOldKey));
            },
        .commit = commit,
        .check =
            [=](StateFolder& folder, int how) {
              const auto invite = TheInvite(folder);
              const bool noted = invite && HasUnprovedJoiner(*invite, kPeer);
              EXPECT_TRUE(HasKey(folder, kOwnKey) || HasNoKey(folder));
              if (HasNoKey(folder)) {
                EXPECT_FALSE(noted) << "forgotten, and yet let in without a use";
              }
              if (HasKey(folder, kOwnKey)) {
                EXPECT_EQ(Meta(folder).proved, false) << "no meta would mean: proved";
              }
              if (how == kFailed) {
                EXPECT_TRUE(HasKey(folder, kOwnKey)) << "only the invite's write can fail here";
              }
              if (how == kFinished || how == kNotNeeded) {
                EXPECT_TRUE(HasNoKey(folder));
              }
              if (invite) {
                EXPECT_EQ(invite->uses_left, uses - 1);
              }
            },
        .again = commit,
        .check_end =
            [=](const StateFolder& folder) {
              EXPECT_TRUE(HasNoKey(folder));
              EXPECT_EQ(Meta(folder), PeerMeta{});
              EXPECT_EQ(OpensTo(folder, kPeer, kLinkKey).has_value(), uses > 1);
              EXPECT_EQ(OpensTo(folder, kStranger, kOldKey), Source::kStored) << "the others stay";
            },
    });
  }
}

TEST(PairingCommit, FullDiskIsAnErrorWithItsFileAndLeavesNoKey) {
  using Write = std::function<std::optional<StateError>(StateFolder&)>;
  const auto error_of = [](const auto& outcome) {
    return outcome ? std::optional<StateError>() : std::optional<StateError>(outcome.error());
  };
  const std::string meta(MetaPath(kPeer).view());
  const struct {
    Write write;
    std::string path;
  } kCases[] = {
      {[&](StateFolder& f) { return error_of(CommitJoin(f, kInviteId, kPeer, kOwnKey, true, kNow)); },
       std::string(InvitePath(kInviteId).view())},
      {[&](StateFolder& f) { return error_of(CommitJoined(f, kPeer, kOwnKey, true, kHost, kNow)); }, meta},
      {[&](StateFolder& f) { return error_of(CommitPending(f, kPeer, kCode, false, true, kNow)); }, meta},
      {[&](StateFolder& f) { return error_of(CommitPending(f, kPeer, kOwnKey, true, false, kNow)); }, meta},
      {[&](StateFolder& f) { return error_of(CommitAccepted(f, kPeer, kCode, kNow)); }, meta},
  };
  for (const auto& test : kCases) {
    const ScratchFolder scratch;
    StateFolder folder = OpenFolder(scratch.path());
    ASSERT_TRUE(folder.SaveInvite(InviteFor(1)));
    ASSERT_TRUE(folder.SavePending(kCode));
    const int status = InChild([&] {
      StateFolder full = OpenFolder(scratch.path());
      FillTheDisk();
      const auto error = test.write(full);
      if (!error) return 1;
      if (error->error != Error{Errc::kIo, 0, EFBIG, "write"}) return 2;
      return error->path == full.PathOf(test.path) ? 0 : 3;
    });
    EXPECT_EQ(status, 0) << test.path;
    EXPECT_TRUE(HasNoKey(folder));
    EXPECT_TRUE(HasPending(folder));
    EXPECT_EQ(TheInvite(folder)->uses_left, 1u);
    ExpectNoTemporaryFile(folder);
  }
}

// While a connector waits for the ack, `pair` may make another code, or another peer may take this one.
TEST(PairingCommit, PeerOfAReplacedCodeDoesNotGetTheKeyOfTheNewOne) {
  const ScratchFolder scratch;
  StateFolder folder = OpenFolder(scratch.path());
  ASSERT_TRUE(folder.SavePending(kNextKey));
  const auto stored = CommitPending(folder, kPeer, kCode, false, true, kNow);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().error.code, Errc::kNotFound);
  EXPECT_EQ(stored.error().path, folder.PathOf(kPendingKeyPath));
  EXPECT_TRUE(HasNoKey(folder));
  EXPECT_EQ(Meta(folder), PeerMeta{});
  EXPECT_TRUE(folder.LoadPending().value()->psk == kNextKey);
}

// A stored key that no invite has made keeps every other from being tried for its peer: nobody could say whether the
// code is in the same hands.
TEST(PairingCommit, PeerThatLostTheOkOfItsOwnKeyIsRefusedUntilItIsForgotten) {
  const ScratchFolder scratch;
  StateFolder folder = OpenFolder(scratch.path());
  ASSERT_TRUE(folder.SaveMeta(kPeer, UnprovedMeta()));
  ASSERT_TRUE(folder.SavePending(kCode));
  ASSERT_TRUE(folder.SaveKey(kPeer, kOwnKey));  // CommitPending was cut here
  EXPECT_FALSE(OpensTo(folder, kPeer, kCode));
  ASSERT_TRUE(CommitForgotten(folder, kPeer, kNow));
  EXPECT_TRUE(OpensTo(folder, kPeer, kCode));
}

TEST(PairingCommit, RevokedInviteAdmitsNobodyAndWritesNothing) {
  const ScratchFolder scratch;
  StateFolder folder = OpenFolder(scratch.path());
  const auto joined = CommitJoin(folder, kInviteId, kPeer, kOwnKey, true, kNow);
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().error, (Error{Errc::kNotFound, 0, 0, "invite"}));
  EXPECT_EQ(joined.error().path, folder.PathOf(InvitePath(kInviteId)));
  EXPECT_TRUE(HasNoKey(folder));
  EXPECT_EQ(Meta(folder), PeerMeta{});
}

}  // namespace
}  // namespace cctl
