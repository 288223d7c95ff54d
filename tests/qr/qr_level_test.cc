// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_level.h"

#include <gtest/gtest.h>

namespace cctl {
namespace {

static_assert(QrLevelLetter(QrLevel::kL) == 'L');

TEST(QrLevel, HasItsLetter) {
  EXPECT_EQ(QrLevelLetter(QrLevel::kL), 'L');
  EXPECT_EQ(QrLevelLetter(QrLevel::kM), 'M');
  EXPECT_EQ(QrLevelLetter(QrLevel::kQ), 'Q');
  EXPECT_EQ(QrLevelLetter(QrLevel::kH), 'H');
}

// Tables are indexed by it, and QrCode::Encode raises a level by adding one.
TEST(QrLevel, IsNumberedFromTheLowestOn) {
  EXPECT_EQ(static_cast<int>(QrLevel::kL), 0);
  EXPECT_EQ(static_cast<int>(QrLevel::kM), 1);
  EXPECT_EQ(static_cast<int>(QrLevel::kQ), 2);
  EXPECT_EQ(static_cast<int>(QrLevel::kH), 3);
  EXPECT_EQ(kQrLevelCount, 4);
}

}  // namespace
}  // namespace cctl
