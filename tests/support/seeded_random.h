// SPDX-License-Identifier: MIT
//
// A RandomSource for tests: the same bytes for the same seed, on every machine (xoshiro256**, D. Blackman and S. Vigna,
// seeded by splitmix64). Tests print the seed, so that a failure can be had again.

#ifndef CCTL_TESTS_SUPPORT_SEEDED_RANDOM_H_
#define CCTL_TESTS_SUPPORT_SEEDED_RANDOM_H_

#include <bit>
#include <cstdint>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"

namespace cctl::testing {

class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      std::uint64_t z = seed;
      z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
      z = (z ^ z >> 27) * 0x94d049bb133111eb;
      word = z ^ z >> 31;
    }
  }

  Result<void> Fill(ByteSpan out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(Next() >> 56);
    return {};
  }

  std::uint64_t Next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // From 0 to `bound` - 1. The bias of the remainder does not matter in tests.
  std::uint64_t Below(std::uint64_t bound) { return Next() % bound; }

 private:
  std::uint64_t state_[4];
};

// A source that has nothing: what depends on randomness must fail.
class NoRandom final : public RandomSource {
 public:
  Result<void> Fill(ByteSpan out) override {
    for (std::uint8_t& byte : out) byte = 0;
    return Error{Errc::kIo, 0, 0, "random"};
  }
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_SEEDED_RANDOM_H_
