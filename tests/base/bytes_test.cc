// SPDX-License-Identifier: MIT

#include "cctl/base/bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace cctl {
namespace {

TEST(Bytes, ViewTheTextTheyCameFrom) {
  constexpr std::string_view kText("a\0\xff", 3);
  const ByteView bytes = AsBytes(kText);
  ASSERT_EQ(bytes.size(), 3u);
  EXPECT_EQ(bytes[1], 0);
  EXPECT_EQ(bytes[2], 0xff);
  EXPECT_EQ(AsText(bytes).data(), kText.data());
  EXPECT_EQ(AsText(bytes), kText);
  EXPECT_TRUE(AsBytes("").empty());
}

TEST(BigEndian, LoadsTheFirstByteAsTheGreatest) {
  constexpr std::uint8_t kBytes[] = {0x80, 0x01, 0xfe, 0xff};
  static_assert(LoadBigEndian32(kBytes) == 0x8001feffu);
  EXPECT_EQ(LoadBigEndian32(kBytes), 0x8001feffu);
}

TEST(BigEndian, StoresWhatItLoads) {
  for (const std::uint32_t value : {0u, 1u, 0x01020304u, 0x80000000u, 0xffffffffu}) {
    std::array<std::uint8_t, 4> bytes{};
    StoreBigEndian32(value, bytes.data());
    EXPECT_EQ(LoadBigEndian32(bytes.data()), value);
  }
}

TEST(BigEndian, StoresEightBytes) {
  std::array<std::uint8_t, 8> bytes{};
  StoreBigEndian64(0x0102030405060788u, bytes.data());
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 8>{1, 2, 3, 4, 5, 6, 7, 0x88}));
}

}  // namespace
}  // namespace cctl
