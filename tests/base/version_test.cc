// SPDX-License-Identifier: MIT

#include "cctl/base/version.h"

#include <gtest/gtest.h>

#include <string>

namespace cctl {
namespace {

TEST(Version, TextSaysWhatTheNumbersSay) {
  EXPECT_EQ(std::string(kVersion),
            std::to_string(kVersionMajor) + "." + std::to_string(kVersionMinor) + "." + std::to_string(kVersionPatch));
}

TEST(Version, NumberHasRoomForEachPart) {
  static_assert(kVersionMinor < 100 && kVersionPatch < 100);
  EXPECT_EQ(kVersionNumber / 10'000, kVersionMajor);
  EXPECT_EQ(kVersionNumber / 100 % 100, kVersionMinor);
  EXPECT_EQ(kVersionNumber % 100, kVersionPatch);
}

}  // namespace
}  // namespace cctl
