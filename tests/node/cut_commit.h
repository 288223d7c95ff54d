// SPDX-License-Identifier: MIT
//
// Cuts a commit to the state folder behind each of its steps, and looks at what is left: once by the end of the
// process, as kill -9 ends it, and once by a disk that takes nothing more.

#ifndef CCTL_TESTS_NODE_CUT_COMMIT_H_
#define CCTL_TESTS_NODE_CUT_COMMIT_H_

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include "cctl/base/profile.h"
#include "cctl/identity/identity.h"
#include "cctl/node/state_folder.h"
#include "cctl/store/state_layout.h"
#include "cctl/sys/file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/seeded_random.h"

namespace cctl::testing {

inline StateFolder OpenFolder(const std::string& root) {
  static SeededRandom random{1};
  return StateFolder::Open(root, kClaudectlProfile, random).value();
}

// Everything that is there can be read, by somebody who comes before the next holder of the lock, too.
inline void ExpectNothingTorn(const StateFolder& folder) {
  const auto peers = folder.ListPeers();
  ASSERT_TRUE(peers);
  for (const Identity& peer : *peers) EXPECT_TRUE(folder.LoadKey(peer)) << peer.view();
  const auto entries = ListFolder(folder.PathOf(kPeersFolder));
  if (entries) {
    for (const std::string& entry : *entries) {
      const auto peer = MetaFileOwner(entry);
      EXPECT_TRUE(!peer || folder.LoadMeta(*peer)) << entry;
    }
  }
  EXPECT_TRUE(folder.LoadPending());
  const auto invites = folder.ListInvites();
  ASSERT_TRUE(invites);
  EXPECT_TRUE(invites->unreadable.empty());
}

inline void ExpectNoTemporaryFile(const StateFolder& folder) {
  for (const auto name : {kRelayFolder, kPeersFolder, kInvitesFolder}) {
    const auto entries = ListFolder(folder.PathOf(name));
    if (!entries) continue;
    for (const std::string& entry : *entries) EXPECT_FALSE(entry.starts_with('.')) << entry;
  }
}

enum class Cut { kProcessEnds, kDiskIsFull };

// A child's answers.
inline constexpr int kWasCut = 10;      // the process ended behind step n
inline constexpr int kFailed = 11;      // the disk was full from step n on, and the commit says so
inline constexpr int kNotNeeded = 12;   // the disk was full from step n on, and nothing more had to be written
inline constexpr int kFinished = 13;    // there are fewer than n steps
inline constexpr int kUnexpected = 14;  // an error that nobody has caused

inline int g_steps_left = 0;
inline Cut g_cut = Cut::kProcessEnds;

// For root, too: a write past the limit is EFBIG where the signal is ignored.
inline void FillTheDisk() {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit none = {0, RLIM_INFINITY};
  if (setrlimit(RLIMIT_FSIZE, &none) != 0) _exit(kUnexpected);
}

inline void CutBehindTheLastStep() {
  if (--g_steps_left != 0) return;
  if (g_cut == Cut::kProcessEnds) _exit(kWasCut);
  FillTheDisk();
}

using Commit = std::function<bool(StateFolder&)>;
struct Commitment {
  std::function<void(StateFolder&)> prepare;
  Commit commit;
  std::function<void(StateFolder&, int how)> check;  // what is left, and the child's answer
  Commit again;                                      // the same once more, as its caller would
  std::function<void(const StateFolder&)> check_end;
};

// Returns the number of steps.
inline int CutEverywhere(Cut cut, const Commitment& commitment) {
  for (int n = 1; n < 100; ++n) {
    SCOPED_TRACE("step " + std::to_string(n) + (cut == Cut::kDiskIsFull ? ", disk full" : ", process ends"));
    const ScratchFolder scratch;
    {
      StateFolder before = OpenFolder(scratch.path());
      commitment.prepare(before);
    }
    const int status = InChild([&] {
      StateFolder folder = OpenFolder(scratch.path());
      if (!folder.Lock()) return kUnexpected;
      g_steps_left = n;
      g_cut = cut;
      folder.set_step_observer(CutBehindTheLastStep);
      const bool committed = commitment.commit(folder);
      if (g_steps_left > 0) return committed ? kFinished : kUnexpected;
      return committed ? kNotNeeded : kFailed;
    });
    const int how = WIFEXITED(status) ? WEXITSTATUS(status) : kUnexpected;
    EXPECT_NE(how, kUnexpected);
    StateFolder after = OpenFolder(scratch.path());
    ExpectNothingTorn(after);
    if (how != kWasCut) ExpectNoTemporaryFile(after);
    EXPECT_TRUE(after.Lock());
    ExpectNoTemporaryFile(after);
    ExpectNothingTorn(after);
    commitment.check(after, how);
    EXPECT_TRUE(commitment.again(after));
    ExpectNothingTorn(after);
    commitment.check_end(after);
    if (how == kFinished || how == kUnexpected || ::testing::Test::HasFatalFailure()) return n - 1;
  }
  ADD_FAILURE() << "it never ends";
  return 0;
}

inline void CutEverywhere(const Commitment& commitment) {
  const int steps = CutEverywhere(Cut::kProcessEnds, commitment);
  EXPECT_GE(steps, 4);  // or there was nothing that could be cut
  EXPECT_EQ(CutEverywhere(Cut::kDiskIsFull, commitment), steps);
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_NODE_CUT_COMMIT_H_
