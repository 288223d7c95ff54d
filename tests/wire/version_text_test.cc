// SPDX-License-Identifier: MIT

#include "cctl/wire/version_text.h"

#include <gtest/gtest.h>

#include <string>

namespace cctl {
namespace {

TEST(VersionText, AcceptsPrintableAsciiWithoutASpace) {
  for (const char* text : {"0", "0.64.0", "1.0.0-rc.1+20270101", "v2~beta!", "01234567890123456789012345678901"}) {
    const auto version = ParseVersion(text);
    ASSERT_TRUE(version) << text;
    EXPECT_EQ(version->view(), text);
  }
}

TEST(VersionText, RejectsTheRest) {
  EXPECT_EQ(ParseVersion("").error(), (Error{Errc::kTruncated, 0, 0, "version"}));
  EXPECT_EQ(ParseVersion("1 0").error(), (Error{Errc::kInvalid, 1, 0, "version"}));
  EXPECT_EQ(ParseVersion("1.0\n").error(), (Error{Errc::kInvalid, 3, 0, "version"}));
  EXPECT_EQ(ParseVersion("\x7f").error(), (Error{Errc::kInvalid, 0, 0, "version"}));
  EXPECT_EQ(ParseVersion("1\x80").error(), (Error{Errc::kInvalid, 1, 0, "version"}));
  EXPECT_EQ(ParseVersion(std::string("1\0", 2)).error(), (Error{Errc::kInvalid, 1, 0, "version"}));
  EXPECT_EQ(ParseVersion(std::string(33, '1')).error(), (Error{Errc::kTooLong, 32, 32, "version"}));
}

}  // namespace
}  // namespace cctl
