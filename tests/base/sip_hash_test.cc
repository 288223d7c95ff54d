// SPDX-License-Identifier: MIT
//
// That the hash is SipHash-2-4 as its authors publish it: their example, and those of their reference implementation
// at the lengths where a word begins or ends. And that every bit of the message and of the key counts.

#include "cctl/base/sip_hash.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "cctl/base/bytes.h"

namespace cctl {
namespace {

// The key of every published example: bytes 00 to 0f.
constexpr SipKey kKey = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

// The message of every published example: as many bytes as are asked for, each its own place.
template <std::size_t kSize>
constexpr std::array<std::uint8_t, kSize> Counting() {
  std::array<std::uint8_t, kSize> bytes = {};
  for (std::size_t i = 0; i < kSize; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

constexpr auto kCounting = Counting<256>();

// The example of the paper, appendix A, hashed by the compiler.
static_assert(SipHash(kKey, ByteView(kCounting).first(15)) == 0xa129ca6149be45e5);
static_assert(SipHash(kKey, ByteView()) == 0x726fdb47dd0e0e31);

TEST(SipHash, IsTheOneOfTheReferenceImplementation) {
  // Of its vectors_sip64, and for 255 and 256 bytes, where the length's byte is full and wraps, OpenSSL 3.0's SIPHASH.
  const struct {
    std::size_t size;
    std::uint64_t hash;
  } kVectors[] = {
      {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},   {2, 0x0d6c8009d9a94f5a},   {3, 0x85676696d7fb7e2d},
      {4, 0xcf2794e0277187b7},  {5, 0x18765564cd99a68d},   {6, 0xcbc9466e58fee3ce},   {7, 0xab0200f58b01d137},
      {8, 0x93f5f5799a932462},  {9, 0x9e0082df0ba9e4b0},   {15, 0xa129ca6149be45e5},  {16, 0x3f2acc7f57c29bdb},
      {63, 0x958a324ceb064572}, {255, 0xa9c169fec74db21a}, {256, 0x999d0526d2a7bfd7},
  };
  for (const auto& vector : kVectors) {
    EXPECT_EQ(SipHash(kKey, ByteView(kCounting).first(vector.size)), vector.hash) << vector.size;
  }
}

TEST(SipHash, IsTheSameWhereverTheBytesLie) {
  // Words are put together from bytes: no address is a wrong one.
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::vector<std::uint8_t> shifted(shift, 0xff);
    shifted.insert(shifted.end(), kCounting.begin(), kCounting.begin() + 15);
    EXPECT_EQ(SipHash(kKey, ByteView(shifted).subspan(shift)), 0xa129ca6149be45e5) << shift;
  }
}

TEST(SipHash, DiffersWithEveryLength) {
  // Zeros, too: they fill up the last word.
  const std::array<std::uint8_t, 65> zeros = {};
  std::set<std::uint64_t> of_counting, of_zeros;
  for (std::size_t size = 0; size <= 64; ++size) {
    EXPECT_TRUE(of_counting.insert(SipHash(kKey, ByteView(kCounting).first(size))).second) << size;
    EXPECT_TRUE(of_zeros.insert(SipHash(kKey, ByteView(zeros).first(size))).second) << size;
  }
}

TEST(SipHash, DiffersWithEveryBitOfTheMessage) {
  std::set<std::uint64_t> hashes;
  for (std::size_t size = 1; size <= 24; ++size) {
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      auto message = kCounting;
      message[bit / 8] = static_cast<std::uint8_t>(message[bit / 8] ^ 1u << bit % 8);
      EXPECT_TRUE(hashes.insert(SipHash(kKey, ByteView(message).first(size))).second) << size << ' ' << bit;
    }
  }
}

TEST(SipHash, DiffersWithEveryBitOfTheKey) {
  std::set<std::uint64_t> hashes = {SipHash(kKey, kCounting)};
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t flip = std::uint64_t{1} << bit;
    EXPECT_TRUE(hashes.insert(SipHash({kKey.low ^ flip, kKey.high}, kCounting)).second) << bit;
    EXPECT_TRUE(hashes.insert(SipHash({kKey.low, kKey.high ^ flip}, kCounting)).second) << bit;
  }
  EXPECT_TRUE(hashes.insert(SipHash({kKey.high, kKey.low}, kCounting)).second);
}

}  // namespace
}  // namespace cctl
