// SPDX-License-Identifier: MIT

#include "cctl/base/errc.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace cctl {
namespace {

// The names are printed by `--json` and compared by other people's programs.
TEST(Errc, NamesAreTheseForGood) {
  constexpr std::string_view kNames[] = {
      "invalid",           "truncated",   "too_long",  "too_deep",     "out_of_range", "duplicate", "missing",
      "trailing",          "internal",    "io",        "check_failed", "usage",        "config",    "unreachable",
      "not_found",         "protocol",    "ambiguous", "denied",       "auth_failed",  "unproven",  "identity_mismatch",
      "untrusted_network", "unsupported", "timeout",   "busy",         "expired",      "no_relay",  "already_running",
      "partial",           "interrupted",
  };
  ASSERT_EQ(std::size(kNames), static_cast<std::size_t>(kErrcCount));
  for (int i = 0; i < kErrcCount; ++i) EXPECT_EQ(ErrcName(static_cast<Errc>(i)), kNames[i]);
}

TEST(Errc, NoTwoCodesShareAName) {
  std::set<std::string_view> names;
  for (int i = 0; i < kErrcCount; ++i) names.insert(ErrcName(static_cast<Errc>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kErrcCount));
}

TEST(Errc, FormatErrorsAreTheFirstGroup) {
  EXPECT_TRUE(IsFormatError(Errc::kInvalid));
  EXPECT_TRUE(IsFormatError(Errc::kTrailing));
  EXPECT_FALSE(IsFormatError(Errc::kInternal));
  EXPECT_FALSE(IsFormatError(Errc::kInterrupted));
}

TEST(Errc, AValueOutsideTheSetIsInternal) { EXPECT_EQ(ErrcName(static_cast<Errc>(kErrcCount)), "internal"); }

}  // namespace
}  // namespace cctl
