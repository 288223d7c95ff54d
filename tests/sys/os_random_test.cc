// SPDX-License-Identifier: MIT

#include "cctl/sys/os_random.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <vector>

namespace cctl {
namespace {

TEST(OsRandom, FillsAllOfIt) {
  OsRandom random;
  for (const std::size_t size : {1u, 32u, 256u, 257u, 1'000u}) {
    // A byte that stays zero in 20 fills was not filled (or 256^-20 has happened).
    std::vector<std::uint8_t> seen(size, 0);
    for (int i = 0; i < 20; ++i) {
      std::vector<std::uint8_t> bytes(size, 0);
      ASSERT_TRUE(random.Fill(bytes));
      for (std::size_t j = 0; j < size; ++j) seen[j] |= bytes[j];
    }
    for (std::size_t j = 0; j < size; ++j) EXPECT_NE(seen[j], 0) << j << " of " << size;
  }
}

TEST(OsRandom, NeverRepeatsItself) {
  OsRandom random;
  std::array<std::uint8_t, 32> one = {};
  std::array<std::uint8_t, 32> two = {};
  ASSERT_TRUE(random.Fill(one));
  ASSERT_TRUE(random.Fill(two));
  EXPECT_NE(one, two);
}

TEST(OsRandom, WritesNothingBesideIt) {
  OsRandom random;
  std::array<std::uint8_t, 34> bytes = {};
  ASSERT_TRUE(random.Fill(ByteSpan(bytes).subspan(1, 32)));
  EXPECT_EQ(bytes.front(), 0);
  EXPECT_EQ(bytes.back(), 0);
  EXPECT_TRUE(random.Fill({}));
}

}  // namespace
}  // namespace cctl
