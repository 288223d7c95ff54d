// SPDX-License-Identifier: MIT

#include "cctl/base/secret.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>

namespace cctl {
namespace {

constexpr std::array<std::uint8_t, 4> kBytes = {1, 2, 3, 4};

TEST(Secret, IsWipedWhenItIsDestroyed) {
  alignas(Secret<4>) unsigned char memory[sizeof(Secret<4>)];
  auto* secret = new (memory) Secret<4>(kBytes);
  const volatile unsigned char* seen = memory;
  EXPECT_EQ(seen[3], 4);
  secret->~Secret();
  for (std::size_t i = 0; i < sizeof memory; ++i) EXPECT_EQ(seen[i], 0);
}

TEST(Secret, IsZeroUntilItIsGivenBytes) { EXPECT_EQ(Secret<4>(), Secret<4>(std::array<std::uint8_t, 4>{})); }

TEST(Secret, IsComparedByAllItsBytes) {
  const Secret<4> secret(kBytes);
  EXPECT_EQ(secret, Secret<4>(kBytes));
  for (std::size_t i = 0; i < kBytes.size(); ++i) {
    auto other = kBytes;
    other[i] ^= 0x80;
    EXPECT_FALSE(secret == Secret<4>(other)) << i;
  }
}

TEST(Secret, CopiesAreTheirOwn) {
  const Secret<4> first(kBytes);
  Secret<4> second = first;
  second.mutable_bytes()[0] = 9;
  EXPECT_EQ(first.bytes()[0], 1);
  EXPECT_EQ(second.bytes()[0], 9);
  second = first;
  EXPECT_EQ(second, first);
}

TEST(ConstantTimeEqual, TellsLengthsApart) {
  EXPECT_TRUE(ConstantTimeEqual(ByteView(), ByteView()));
  EXPECT_TRUE(ConstantTimeEqual(kBytes, kBytes));
  EXPECT_FALSE(ConstantTimeEqual(kBytes, ByteView(kBytes).first(3)));
}

TEST(Wipe, ClearsExactlyTheBytesNamed) {
  auto bytes = kBytes;
  Wipe(bytes.data() + 1, 2);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{1, 0, 0, 4}));
  Wipe(nullptr, 0);
}

TEST(ScopedWipe, ClearsABufferAtTheEndOfItsScope) {
  std::array<std::uint16_t, 2> wide = {1, 2};
  std::string text = "secret";
  {
    const ScopedWipe<std::array<std::uint16_t, 2>> wipe_wide(wide);
    const ScopedWipe<std::string> wipe_text(text);
    EXPECT_EQ(text, "secret");
  }
  EXPECT_EQ(wide, (std::array<std::uint16_t, 2>{}));
  EXPECT_EQ(text, std::string(6, '\0'));
}

}  // namespace
}  // namespace cctl
