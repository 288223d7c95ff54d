// SPDX-License-Identifier: MIT

#include "cctl/proto/admission.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "cctl/base/time.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/session_limits.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

using WrongProof = Admission::WrongProof;

constexpr Instant kStart{123'456};

constexpr AddressKey Ipv4(std::uint32_t host) {
  return {0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0xff,
          0xff,
          10,
          static_cast<std::uint8_t>(host >> 16),
          static_cast<std::uint8_t>(host >> 8),
          static_cast<std::uint8_t>(host)};
}

constexpr ConnectionId Id(std::uint64_t n) { return static_cast<ConnectionId>(n); }

TEST(SourceOf, IsTheNetworkOfAnIpv6AddressAndElseTheAddress) {
  const AddressKey host = {0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10};  // 2001:db8::/32, RFC 3849
  const AddressKey network = {0x20, 1, 0xd, 0xb8, 0, 1, 0, 2};
  EXPECT_EQ(SourceOf(host), network);
  EXPECT_EQ(SourceOf(Ipv4(7)), Ipv4(7));
  AddressKey link_local = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_EQ(SourceOf(link_local), link_local);
  link_local[1] = 0xbf;
  EXPECT_EQ(SourceOf(link_local), link_local);
  link_local[1] = 0xc0;
  EXPECT_NE(SourceOf(link_local), link_local);
}

TEST(Admission, LetsOneSourceHoldThirtyTwo) {
  Admission admission;
  for (std::uint64_t i = 0; i < 32; ++i) EXPECT_EQ(admission.HandleAccepted(Id(i), Ipv4(1)), std::nullopt);
  EXPECT_EQ(admission.HandleAccepted(Id(100), Ipv4(2)), std::nullopt);
  EXPECT_EQ(admission.HandleAccepted(Id(32), Ipv4(1)), Id(0));
  EXPECT_EQ(admission.HandleAccepted(Id(33), Ipv4(1)), Id(1));
  EXPECT_EQ(admission.unauthenticated(), 33u);
}

TEST(Admission, ForgetsWhatIsSettled) {
  Admission admission;
  for (std::uint64_t i = 0; i < 32; ++i) (void)admission.HandleAccepted(Id(i), Ipv4(1));
  admission.HandleSettled(Id(0));
  admission.HandleSettled(Id(0));
  admission.HandleSettled(Id(99));
  EXPECT_EQ(admission.unauthenticated(), 31u);
  EXPECT_EQ(admission.HandleAccepted(Id(32), Ipv4(1)), std::nullopt);
  EXPECT_EQ(admission.HandleAccepted(Id(33), Ipv4(1)), Id(1));
}

TEST(Admission, DropsTheOldestOfTheSourceThatHoldsMostWhenFull) {
  Admission admission;
  std::uint64_t next = 0;
  for (std::uint32_t host = 0; host < 246; ++host) (void)admission.HandleAccepted(Id(next++), Ipv4(host));
  for (int i = 0; i < 10; ++i) (void)admission.HandleAccepted(Id(next++), Ipv4(1'000));  // 246 to 255
  ASSERT_EQ(admission.unauthenticated(), 256u);
  // Nine of the ten go before anyone who holds a single one does.
  for (std::uint64_t i = 0; i < 9; ++i) {
    EXPECT_EQ(admission.HandleAccepted(Id(next++), Ipv4(2'000 + static_cast<std::uint32_t>(i))), Id(246 + i));
  }
  EXPECT_EQ(admission.HandleAccepted(Id(next++), Ipv4(3'000)), Id(0));
  EXPECT_EQ(admission.unauthenticated(), 256u);
}

TEST(Admission, NeverHoldsMoreThanTheLimitsInAFlood) {
  Admission admission;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    (void)admission.HandleAccepted(Id(i), Ipv4(static_cast<std::uint32_t>(i * i % 701)));
    if (i % 7 == 0) admission.HandleSettled(Id(i));
    ASSERT_LE(admission.unauthenticated(), kMaxUnauthenticated);
  }
}

TEST(Admission, LeavesANewcomerTimeWhoeverHoldsAllPlaces) {
  Admission admission;
  std::uint64_t next = 0;
  while (next < 32) (void)admission.HandleAccepted(Id(next++), Ipv4(1));
  const ConnectionId neighbour = Id(next++);  // behind the same address as an attacker
  EXPECT_NE(admission.HandleAccepted(neighbour, Ipv4(1)), neighbour);
  for (int i = 0; i < 31; ++i) EXPECT_NE(admission.HandleAccepted(Id(next++), Ipv4(1)), neighbour);
  EXPECT_EQ(admission.HandleAccepted(Id(next++), Ipv4(1)), neighbour);
}

TEST(Admission, AnswersFiveWrongProofsAMinuteAndLogsTheSixth) {
  Admission admission;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(admission.HandleWrongProof(kStart + Seconds(i), Ipv4(1)), WrongProof::kAnswer);
  EXPECT_EQ(admission.HandleWrongProof(kStart + Seconds(5), Ipv4(1)), WrongProof::kCloseAndLog);
  for (int i = 6; i < 200; ++i) EXPECT_EQ(admission.HandleWrongProof(kStart + Seconds(i), Ipv4(1)), WrongProof::kClose);
}

TEST(Admission, AnswersAgainAfterAQuietMinute) {
  Admission admission;
  for (int i = 0; i < 6; ++i) (void)admission.HandleWrongProof(kStart, Ipv4(1));
  EXPECT_EQ(admission.HandleWrongProof(kStart + Milliseconds(59'999), Ipv4(1)), WrongProof::kClose);
  const Instant later = kStart + Milliseconds(59'999) + Seconds(60);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(admission.HandleWrongProof(later, Ipv4(1)), WrongProof::kAnswer);
  EXPECT_EQ(admission.HandleWrongProof(later, Ipv4(1)), WrongProof::kCloseAndLog);
}

TEST(Admission, AnswersAPeerThatIsWrongEveryTwelveSeconds) {
  Admission admission;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(admission.HandleWrongProof(kStart + Seconds(12 * i), Ipv4(1)), WrongProof::kAnswer) << i;
  }
}

TEST(Admission, CountsTheWrongProofsOfEachSourceAlone) {
  Admission admission;
  for (int i = 0; i < 20; ++i) (void)admission.HandleWrongProof(kStart, Ipv4(1));
  EXPECT_EQ(admission.HandleWrongProof(kStart, Ipv4(2)), WrongProof::kAnswer);
}

TEST(Admission, ForgetsTheLongestQuietSourceWhenThereAreTooMany) {
  Admission admission;
  const auto exhaust = [&admission](Instant now, std::uint32_t host) {
    for (int i = 0; i < 6; ++i) (void)admission.HandleWrongProof(now, Ipv4(host));
  };
  for (std::uint32_t host = 0; host < 256; ++host) exhaust(kStart + Milliseconds(host), host);
  EXPECT_EQ(admission.HandleWrongProof(kStart + Milliseconds(300), Ipv4(999)), WrongProof::kAnswer);
  EXPECT_EQ(admission.HandleWrongProof(kStart + Milliseconds(301), Ipv4(1)), WrongProof::kClose);
  EXPECT_EQ(admission.HandleWrongProof(kStart + Milliseconds(302), Ipv4(0)), WrongProof::kAnswer);  // took 2's place
  EXPECT_EQ(admission.HandleWrongProof(kStart + Milliseconds(303), Ipv4(2)), WrongProof::kAnswer);
}

}  // namespace
}  // namespace cctl
