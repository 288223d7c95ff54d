// SPDX-License-Identifier: MIT

#include "tools/claudectl/error_text.h"

#include <gtest/gtest.h>

namespace cctl::cli {
namespace {

TEST(ErrorSentence, NamesThePartTheFaultAndThePlace) {
  EXPECT_EQ(ErrorSentence({Errc::kTruncated, 4, 0, "code"}), "the code is missing or incomplete, at offset 4");
  EXPECT_EQ(ErrorSentence({Errc::kInvalid, 0, 0, "host"}), "the host is not valid, at offset 0");
  EXPECT_EQ(ErrorSentence({Errc::kTooLong, 128, 128, "identity"}),
            "the identity is too long (at most 128 characters), at offset 128");
  EXPECT_EQ(ErrorSentence({Errc::kOutOfRange, 25, 65535, "port"}),
            "the port is out of range (the highest is 65535), at offset 25");
  EXPECT_EQ(ErrorSentence({Errc::kOutOfRange, 0, 0, "duration"}), "the duration is out of range, at offset 0");
  EXPECT_EQ(ErrorSentence({Errc::kTrailing, 9, 0, "date"}), "the date is followed by something else, at offset 9");
}

}  // namespace
}  // namespace cctl::cli
