// SPDX-License-Identifier: MIT
//
// Contents of every length that a QR code can hold, in every mix of kinds of characters. Takes minutes: `tools/dev
// nightly`.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "tests/qr/symbol_checks.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using testing::ExpectSymbol;
using testing::kEveryKind;
using testing::RandomText;
using testing::SeededRandom;

constexpr QrLevel kLevels[] = {QrLevel::kL, QrLevel::kM, QrLevel::kQ, QrLevel::kH};

class QrRandomNightly : public ::testing::TestWithParam<unsigned> {};

// The parameter says which kinds of characters the texts are of. Every sixteenth symbol also has its mask chosen twice.
TEST_P(QrRandomNightly, EveryLength) {
  for (std::size_t length = 0; length <= 7090; ++length) {
    const std::uint64_t seed = length + 10000 * GetParam();
    SCOPED_TRACE(::testing::Message() << "length " << length << ", seed " << seed);
    SeededRandom random(seed);
    const QrOptions options{.level = kLevels[random.Below(4)], .raise_level = random.Below(3) == 0};
    ExpectSymbol(RandomText(random, length, GetParam()), options, length % 16 != 0);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, QrRandomNightly, ::testing::Range(1u, kEveryKind + 1));

}  // namespace
}  // namespace cctl
