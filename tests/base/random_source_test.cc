// SPDX-License-Identifier: MIT

#include "cctl/base/random_source.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>

namespace cctl {
namespace {

// The interface is all there is to test: that a source can be written against it, used and destroyed by it.
class Countdown : public RandomSource {
 public:
  explicit Countdown(bool* destroyed) : destroyed_(destroyed) {}
  ~Countdown() override { *destroyed_ = true; }

  Result<void> Fill(ByteSpan out) override {
    if (out.size() > left_) return Error{Errc::kIo, 0, 0, "random"};
    for (std::uint8_t& byte : out) byte = left_--;
    return {};
  }

 private:
  std::uint8_t left_ = 3;
  bool* destroyed_;
};

TEST(RandomSource, IsUsedAndDestroyedThroughItsBase) {
  bool destroyed = false;
  {
    const std::unique_ptr<RandomSource> source = std::make_unique<Countdown>(&destroyed);
    std::array<std::uint8_t, 2> bytes{};
    ASSERT_TRUE(source->Fill(bytes));
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 2>{3, 2}));
    EXPECT_EQ(source->Fill(bytes).error(), (Error{Errc::kIo, 0, 0, "random"}));
  }
  EXPECT_TRUE(destroyed);
}

}  // namespace
}  // namespace cctl
