// SPDX-License-Identifier: MIT

#include "cctl/crypto/sha256_compress_portable.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "cctl/base/bytes.h"
#include "gtest/gtest.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

// FIPS 180-4, section 6.2.2, as it is written there: slow, and plain to see.
void CompressAsWritten(std::uint32_t (&state)[8], const std::uint8_t* block) {
  std::uint32_t w[64];
  for (std::size_t t = 0; t < 16; ++t) w[t] = LoadBigEndian32(block + 4 * t);
  for (std::size_t t = 16; t < 64; ++t) {
    const std::uint32_t sigma0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const std::uint32_t sigma1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = sigma1 + w[t - 7] + sigma0 + w[t - 16];
  }
  std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  std::uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (std::size_t t = 0; t < 64; ++t) {
    const std::uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + detail::kSha256RoundConstants[t] + w[t];
    const std::uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

TEST(Sha256CompressPortable, DoesWhatTheStandardSays) {
  testing::SeededRandom random(3);
  std::uint8_t blocks[3 * detail::kSha256BlockSize];
  for (int round = 0; round < 1000; ++round) {
    ASSERT_TRUE(random.Fill(blocks));
    std::uint32_t as_written[8];
    for (std::uint32_t& word : as_written) word = static_cast<std::uint32_t>(random.Next());
    std::uint32_t state[8];
    std::copy(std::begin(as_written), std::end(as_written), state);
    const std::size_t count = random.Below(4);
    for (std::size_t i = 0; i < count; ++i) CompressAsWritten(as_written, blocks + i * detail::kSha256BlockSize);
    detail::Sha256CompressPortable(state, blocks, count);
    ASSERT_TRUE(std::equal(std::begin(state), std::end(state), as_written)) << "round " << round;
  }
}

}  // namespace
}  // namespace cctl
