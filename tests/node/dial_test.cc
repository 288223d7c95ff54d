// SPDX-License-Identifier: MIT

#include "cctl/node/dial.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"

namespace cctl {
namespace {

Error Of(Errc code) { return {code, 0, 0, ""}; }

TEST(Dial, KeepsWhatSomebodySaidRatherThanThatNobodyWasThere) {
  EXPECT_TRUE(TellsMore(Of(Errc::kTimeout), std::nullopt));
  EXPECT_TRUE(TellsMore(Of(Errc::kAuthFailed), Of(Errc::kUnreachable)));
  EXPECT_TRUE(TellsMore(Of(Errc::kProtocol), Of(Errc::kTimeout)));
  EXPECT_TRUE(TellsMore(Of(Errc::kIdentityMismatch), Of(Errc::kProtocol)));
  EXPECT_FALSE(TellsMore(Of(Errc::kUnreachable), Of(Errc::kProtocol)));
  EXPECT_FALSE(TellsMore(Of(Errc::kUnreachable), Of(Errc::kTimeout)));  // the first of equals
}

TEST(Dial, TriesNoOtherAddressOnceTheRightOneHasRefused) {
  for (const Errc code : {Errc::kUnreachable, Errc::kTimeout, Errc::kProtocol, Errc::kIo, Errc::kIdentityMismatch}) {
    EXPECT_TRUE(MayTryNext(code)) << ErrcName(code);
  }
  for (const Errc code : {Errc::kAuthFailed, Errc::kExpired, Errc::kUnproven, Errc::kBusy, Errc::kInvalid}) {
    EXPECT_FALSE(MayTryNext(code)) << ErrcName(code);
  }
}

// What the command says has the code of what happened, but where that is a fault of our own words: a key that is
// missing for a machine that answered is `not_found`, a name without an address is `unreachable`.
TEST(Dial, FailsWithTheCodeOfWhatHappened) {
  const Dial dial{.purpose = DialPurpose::kJoin, .expected = *Identity::Parse("laptop"), .address = "10.0.0.1:9847"};
  for (int i = 0; i < kErrcCount; ++i) {
    const auto code = static_cast<Errc>(i);
    const Failure failure = DialFailure(dial, Of(code), "claudectl relay ");
    EXPECT_FALSE(failure.message.empty()) << ErrcName(code);
    if (code == Errc::kNotFound) continue;
    const bool named = failure.code == code;
    EXPECT_TRUE(named || failure.code == Errc::kProtocol) << ErrcName(code);
  }
  EXPECT_EQ(DialFailure(dial, {Errc::kNotFound, 0, 0, "key"}, "").code, Errc::kNotFound);
  EXPECT_EQ(DialFailure(dial, {Errc::kNotFound, 0, 0, "host"}, "").code, Errc::kUnreachable);
  EXPECT_EQ(DialFailure(dial, Of(Errc::kUnproven), "").hint, "--allow-unproven");
}

}  // namespace
}  // namespace cctl
