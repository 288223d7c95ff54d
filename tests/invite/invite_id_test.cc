// SPDX-License-Identifier: MIT

#include "cctl/invite/invite_id.h"

#include <gtest/gtest.h>

#include <string_view>

namespace cctl {
namespace {

class FixedSource : public RandomSource {
 public:
  explicit FixedSource(bool works) : works_(works) {}

  Result<void> Fill(ByteSpan out) override {
    if (!works_) return Error{Errc::kIo, 0, 0, "random"};
    for (std::uint8_t& byte : out) byte = 0xa5;
    return {};
  }

 private:
  bool works_;
};

TEST(InviteId, IsEightLowerCaseDigits) {
  const auto id = InviteId::Parse("5b0c9a12");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->view(), "5b0c9a12");
  EXPECT_EQ(*id, *InviteId::Parse("5b0c9a12"));
  EXPECT_FALSE(*id == *InviteId::Parse("5b0c9a13"));
}

TEST(InviteId, RejectsWithTheExactOffset) {
  const struct {
    std::string_view text;
    Error error;
  } kRejects[] = {
      {"", {Errc::kTruncated, 0, 0, "invite id"}},        {"5b0c9a1", {Errc::kTruncated, 7, 0, "invite id"}},
      {"5b0c9a123", {Errc::kTooLong, 8, 8, "invite id"}}, {"5B0c9a12", {Errc::kInvalid, 1, 0, "invite id"}},
      {"../../ab", {Errc::kInvalid, 0, 0, "invite id"}},  {"5b0c9a1 ", {Errc::kInvalid, 7, 0, "invite id"}},
  };
  for (const auto& [text, error] : kRejects) EXPECT_EQ(InviteId::Parse(text).error(), error) << text;
}

TEST(InviteId, IsMadeOfRandomBytes) {
  FixedSource source(true);
  EXPECT_EQ(InviteId::Generate(source)->view(), "a5a5a5a5");
}

TEST(InviteId, WithoutRandomnessThereIsNone) {
  FixedSource source(false);
  EXPECT_EQ(InviteId::Generate(source).error(), (Error{Errc::kIo, 0, 0, "random"}));
}

}  // namespace
}  // namespace cctl
