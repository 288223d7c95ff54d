// SPDX-License-Identifier: MIT

#include "cctl/base/windows_api.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace cctl {
namespace {

// With windows.h's macros of these names, this would not compile.
TEST(WindowsApi, LeavesTheStandardLibrarysNamesAlone) {
  EXPECT_EQ(std::min(1, 2), 1);
  EXPECT_EQ(std::max(1, 2), 2);
  EXPECT_GT(std::numeric_limits<int>::max(), 2);
}

#ifdef _WIN32
#ifdef WIN32_LEAN_AND_MEAN
#error "what a program has not defined is defined behind its back"
#endif
#endif

}  // namespace
}  // namespace cctl
