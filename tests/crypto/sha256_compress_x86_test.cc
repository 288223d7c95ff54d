// SPDX-License-Identifier: MIT

#include "cctl/crypto/sha256_compress_x86.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/crypto/sha256.h"
#include "cctl/crypto/sha256_compress_portable.h"
#include "gtest/gtest.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

TEST(Sha256CompressX86, AgreesWithThePortablePathOnEveryLength) {
  if (!detail::HasShaInstructions()) GTEST_SKIP() << "this processor has no SHA instructions";
  testing::SeededRandom random(1);
  for (std::size_t size = 0; size <= 300; ++size) {
    std::vector<std::uint8_t> message(size);
    ASSERT_TRUE(random.Fill(message));
    EXPECT_EQ(detail::Sha256HashBy<detail::Sha256CompressX86>(message),
              detail::Sha256HashBy<detail::Sha256CompressPortable>(message))
        << size;
  }
}

TEST(Sha256CompressX86, AgreesWithThePortablePathOnAnyStateAndAlignment) {
  if (!detail::HasShaInstructions()) GTEST_SKIP() << "this processor has no SHA instructions";
  testing::SeededRandom random(2);
  std::uint8_t data[5 * detail::kSha256BlockSize + 16];
  for (int round = 0; round < 1000; ++round) {
    ASSERT_TRUE(random.Fill(data));
    std::uint32_t accelerated[8];
    for (std::uint32_t& word : accelerated) word = static_cast<std::uint32_t>(random.Next());
    std::uint32_t portable[8];
    std::copy(std::begin(accelerated), std::end(accelerated), portable);
    const std::uint8_t* const blocks = data + random.Below(16);
    const std::size_t count = random.Below(6);
    detail::Sha256CompressX86(accelerated, blocks, count);
    detail::Sha256CompressPortable(portable, blocks, count);
    ASSERT_TRUE(std::equal(std::begin(portable), std::end(portable), accelerated)) << "round " << round;
  }
}

TEST(Sha256CompressX86, TheKeptAnswerIsWhatTheProcessorSays) {
#if defined(__x86_64__) && defined(__GNUC__)
  for (int asked = 0; asked < 2; ++asked) EXPECT_EQ(detail::HasShaInstructions(), detail::DetectShaInstructions());
#else
  GTEST_SKIP() << "not an x86-64 processor";
#endif
}

}  // namespace
}  // namespace cctl
