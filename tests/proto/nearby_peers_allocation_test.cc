// SPDX-License-Identifier: MIT
//
// A datagram of somebody who is known allocates nothing, from its bytes to the cache: counted in this program's own
// operator new.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <variant>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/wire/announcement.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// Out of line: inlined, a compiler takes free() for the wrong counterpart of new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace cctl {
namespace {

TEST(NearbyPeersAllocation, ADatagramOfSomebodyKnownAllocatesNothing) {
  NearbyPeers nearby({.self = *Identity::Parse("laptop-a3f2"), .instance = {}, .hash_key = {1, 2}}, Instant{});
  const auto hear = [&nearby](const std::string& text, std::uint8_t host, std::int64_t ms) {
    AddressKey from{};
    from[15] = host;
    const auto datagram = ParseLanDatagram(text);
    return nearby.HandleAnnouncement(Instant{ms}, from, std::get<Announcement>(datagram.value())).verdict;
  };
  const std::string known =
      R"({"type":"announce","identity":"desktop-b7c1","port":9847,"version":"0.36.0","paired_count":1,"instance":"5b0c9a12"})";
  const std::string released = R"(CCTL{"identity":"phone-0001","port":9847,"version":"0.64.0"})";
  const auto before = allocations;
  hear(known, 1, 0);
  hear(released, 2, 0);
  EXPECT_GT(allocations, before) << "a newcomer does, or nothing is counted here";
  while (nearby.PollEvent()) {
  }
  for (int i = 1; i <= 1'000; ++i) {
    const std::size_t start = allocations;
    const auto verdict = hear(known, static_cast<std::uint8_t>(1 + i % 4), i * 100);
    const auto other = hear(released, 2, i * 100);
    nearby.HandleTimeout(Instant{i * 100});
    const std::size_t made = allocations - start;
    EXPECT_EQ(made, 0u) << i;
    EXPECT_EQ(verdict, NearbyPeers::Verdict::kKnown);
    EXPECT_EQ(other, NearbyPeers::Verdict::kKnown);
  }
}

}  // namespace
}  // namespace cctl
