// SPDX-License-Identifier: MIT

#include "cctl/proto/peer_state.h"

#include <cstddef>
#include <set>
#include <string_view>

#include "cctl/base/errc.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

// Written by hand from docs/protocol.md: (I)dle, (W)aiting, (C)onnecting, connected (S: a session), (R)efused, (H)eld.
constexpr std::string_view kLetters = "IWCSRH";
struct Column {
  PeerEvent event;
  std::string_view from_iwcsrh;
};
constexpr Column kColumns[] = {
    {PeerEvent::kConnectAsked, "CCCSCC"},                                           //
    {PeerEvent::kDisconnectAsked, "HHHHHH"}, {PeerEvent::kDialDue, "ICCSCH"},       //
    {PeerEvent::kAnnounced, "IWCSRH"},       {PeerEvent::kReappeared, "WWCSWH"},    //
    {PeerEvent::kRoundFailed, "IWWSRH"},     {PeerEvent::kRoundRefused, "IWRSRH"},  //
    {PeerEvent::kAuthenticated, "SSSSSH"},   {PeerEvent::kLostOurs, "IWCWRH"},      //
    {PeerEvent::kLostTheirs, "IWCIRH"},
};
static_assert(std::size(kColumns) == kPeerEvents && kLetters.size() == kPeerStates);

TEST(PeerState, GoesFromEveryStateWithEveryEventWhereTheProtocolSays) {
  for (const Column& column : kColumns) {
    for (std::size_t from = 0; from < kPeerStates; ++from) {
      const PeerState to = NextPeerState(static_cast<PeerState>(from), column.event);
      EXPECT_EQ(kLetters[static_cast<std::size_t>(to)], column.from_iwcsrh[from])
          << "from " << kLetters[from] << " with event " << static_cast<int>(column.event);
    }
  }
}

TEST(PeerState, ReachesEveryStateFromEveryOther) {
  for (std::size_t start = 0; start < kPeerStates; ++start) {
    std::set<std::size_t> reached = {start};
    for (std::size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const std::size_t from : std::set<std::size_t>(reached)) {
        for (std::size_t event = 0; event < kPeerEvents; ++event) {
          reached.insert(
              static_cast<std::size_t>(NextPeerState(static_cast<PeerState>(from), static_cast<PeerEvent>(event))));
        }
      }
    }
    EXPECT_EQ(reached.size(), kPeerStates) << "from " << kLetters[start];
  }
}

TEST(PeerState, TellsRefusalsFromWhatTimeMayMend) {
  for (const Errc code : {Errc::kDenied, Errc::kAuthFailed, Errc::kUnproven, Errc::kIdentityMismatch, Errc::kExpired}) {
    EXPECT_TRUE(IsRefusal(code)) << ErrcName(code);
  }
  for (const Errc code : {Errc::kUnreachable, Errc::kTimeout, Errc::kBusy, Errc::kProtocol, Errc::kInternal}) {
    EXPECT_FALSE(IsRefusal(code)) << ErrcName(code);
  }
}

}  // namespace
}  // namespace cctl
