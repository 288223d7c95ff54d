// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_line.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/support/seeded_random.h"

namespace cctl::detail {
namespace {

#ifdef __GNUC__
using TwoWords [[gnu::vector_size(16)]] = std::uint64_t;
#endif

// One lane of a line as one flag for each bit.
using Flags = std::vector<bool>;

template <typename Word, int kWords>
Flags FlagsOf(const QrLine<Word, kWords>& line, int lane) {
  Flags flags(64 * kWords);
  for (int k = 0; k < kWords; ++k) {
    std::uint64_t lanes[sizeof(Word) / 8];
    std::memcpy(lanes, &line.word[k], sizeof lanes);
    for (int bit = 0; bit < 64; ++bit) flags[64 * k + bit] = (lanes[lane] >> bit & 1) != 0;
  }
  return flags;
}

template <typename Word, int kWords>
void Randomize(testing::SeededRandom& random, QrLine<Word, kWords>& line) {
  for (Word& word : line.word) {
    std::uint64_t lanes[sizeof(Word) / 8];
    for (std::uint64_t& lane : lanes) lane = random.Next();
    std::memcpy(&word, lanes, sizeof lanes);
  }
}

template <typename Word, int kWords>
void ExpectPlainResults() {
  testing::SeededRandom random(kWords);
  constexpr int kBits = 64 * kWords;
  for (int round = 0; round < 20; ++round) {
    QrLine<Word, kWords> a, b;
    Randomize(random, a);
    Randomize(random, b);
    const QrLine<Word, kWords> both = a & b, either = a | b, one = a ^ b, none = ~a;
    for (int lane = 0; lane < static_cast<int>(sizeof(Word) / 8); ++lane) {
      const Flags x = FlagsOf(a, lane), y = FlagsOf(b, lane);
      const Flags in_both = FlagsOf(both, lane), in_either = FlagsOf(either, lane), in_one = FlagsOf(one, lane),
                  in_none = FlagsOf(none, lane);
      for (int i = 0; i < kBits; ++i) {
        ASSERT_EQ(in_both[i], x[i] && y[i]) << kWords << " " << lane << " " << i;
        ASSERT_EQ(in_either[i], x[i] || y[i]) << kWords << " " << lane << " " << i;
        ASSERT_EQ(in_one[i], x[i] != y[i]) << kWords << " " << lane << " " << i;
        ASSERT_EQ(in_none[i], !x[i]) << kWords << " " << lane << " " << i;
      }
      for (int count = 1; count < 64; ++count) {
        const Flags down = FlagsOf(a >> count, lane), up = FlagsOf(a << count, lane);
        for (int i = 0; i < kBits; ++i) {
          ASSERT_EQ(down[i], i + count < kBits && x[i + count]) << kWords << " " << lane << " " << i << " " << count;
          ASSERT_EQ(up[i], i >= count && x[i - count]) << kWords << " " << lane << " " << i << " " << count;
        }
      }
    }
  }
}

TEST(QrLine, OfPlainWordsIsAnArrayOfBits) {
  ExpectPlainResults<std::uint64_t, 1>();
  ExpectPlainResults<std::uint64_t, 2>();
  ExpectPlainResults<std::uint64_t, 3>();
}

#ifdef __GNUC__
TEST(QrLine, OfVectorsIsOneInEachLane) {
  ExpectPlainResults<TwoWords, 1>();
  ExpectPlainResults<TwoWords, 2>();
  ExpectPlainResults<TwoWords, 3>();
}
#endif

// The margin, four bits, is in front of the modules only.
TEST(QrLine, TakesAsManyWordsAsASizeNeeds) {
  for (int size = 21; size <= 177; ++size) {
    EXPECT_EQ(QrLineWords(size), size + 4 <= 64 ? 1 : size + 4 <= 128 ? 2 : 3) << size;
  }
}

}  // namespace
}  // namespace cctl::detail
