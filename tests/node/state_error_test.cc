// SPDX-License-Identifier: MIT

#include "cctl/node/state_error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "cctl/base/errc.h"

namespace cctl {
namespace {

TEST(StateError, OfTheDiskIsIoWithTheSystemsWords) {
  const Failure failure = ToFailure({{Errc::kIo, 0, ENOSPC, "write"}, "/s/relay/identity"});
  EXPECT_EQ(failure.code, Errc::kIo);
  EXPECT_EQ(failure.message, "/s/relay/identity: write: No space left on device");
  EXPECT_EQ(ToFailure({{Errc::kNotFound, 0, ENOENT, "open"}, "/s/x"}).code, Errc::kIo);
}

TEST(StateError, OfTheLockSaysWhoHoldsItWhereThatIsKnown) {
  const Failure known = ToFailure({{Errc::kAlreadyRunning, 0, 4711, "lock"}, "/s/relay/lock"});
  EXPECT_EQ(known.code, Errc::kAlreadyRunning);
  EXPECT_EQ(known.message, "process 4711 holds /s/relay/lock");
  EXPECT_EQ(ToFailure({{Errc::kAlreadyRunning, 0, 0, "lock"}, "/s/relay/lock"}).message,
            "another process holds /s/relay/lock");
}

TEST(StateError, OfAFormatNamesPartAndOffsetAndSaysThatTheFileIsLeftAlone) {
  const Failure failure = ToFailure({{Errc::kTruncated, 12, 0, "key"}, "/s/relay/peers/a.key"});
  EXPECT_EQ(failure.code, Errc::kInvalid);
  EXPECT_EQ(failure.message,
            "/s/relay/peers/a.key is not as it should be (key: truncated at byte 12); it was left as it is");
}

}  // namespace
}  // namespace cctl
