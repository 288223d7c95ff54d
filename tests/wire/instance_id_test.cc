// SPDX-License-Identifier: MIT
//
// Eight lower-case digits and nothing else are an instance: what is read is written the same, and what is not one is
// refused where it stops being one.

#include "cctl/wire/instance_id.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using namespace std::string_view_literals;

static_assert(*ParseInstanceId("5b0c9a12") == InstanceId{0x5b0c9a12});
static_assert(FormatInstanceId(InstanceId{0x5b0c9a12}).view() == "5b0c9a12");

TEST(InstanceId, IsWrittenAsItWasRead) {
  const struct {
    std::uint32_t value;
    std::string_view text;
  } kVectors[] = {{0, "00000000"},          {1, "00000001"},          {0x5b0c9a12, "5b0c9a12"},
                  {0x01234567, "01234567"}, {0x89abcdef, "89abcdef"}, {0xffffffff, "ffffffff"}};
  for (const auto& [value, text] : kVectors) {
    const auto id = ParseInstanceId(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(*id, InstanceId{value});
    EXPECT_EQ(FormatInstanceId(*id).view(), text);
    EXPECT_FALSE(FormatInstanceId(*id).overflowed());
  }
}

TEST(InstanceId, RefusesEveryProperPrefix) {
  for (std::uint32_t size = 0; size < kInstanceIdSize; ++size) {
    EXPECT_EQ(ParseInstanceId("5b0c9a12"sv.substr(0, size)).error(), (Error{Errc::kTruncated, size, 0, "instance"}));
  }
}

TEST(InstanceId, RefusesWhatIsNone) {
  const struct {
    std::string_view text;
    Error error;
  } kRejects[] = {
      {"5B0c9a12", {Errc::kInvalid, 1, 0, "instance"}},  // one instance has one text
      {"5b0c9a1F", {Errc::kInvalid, 7, 0, "instance"}},
      {"g b0c9a1", {Errc::kInvalid, 0, 0, "instance"}},
      {" 5b0c9a12", {Errc::kInvalid, 0, 0, "instance"}},
      {"0x5b0c9a", {Errc::kInvalid, 1, 0, "instance"}},
      {"-5b0c9a1", {Errc::kInvalid, 0, 0, "instance"}},
      {"5b0c\0a12"sv, {Errc::kInvalid, 4, 0, "instance"}},
      {"5b0c9a1\xc3", {Errc::kInvalid, 7, 0, "instance"}},
      {"5b0-", {Errc::kInvalid, 3, 0, "instance"}},  // wrong before it is too short
      {"5b0c9a123", {Errc::kTooLong, 8, 8, "instance"}},
      {"5b0c9a12\n", {Errc::kTooLong, 8, 8, "instance"}},
      {"5b0c9a12\0"sv, {Errc::kTooLong, 8, 8, "instance"}},
  };
  for (const auto& [text, error] : kRejects) {
    const auto id = ParseInstanceId(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error(), error) << text << ": " << ErrcName(id.error().code) << " at " << id.error().offset;
  }
}

TEST(InstanceId, IsMadeOfTheSourcesBytes) {
  testing::SeededRandom random(11), same(11);
  std::uint8_t bytes[4];
  ASSERT_TRUE(same.Fill(bytes));
  const auto id = GenerateInstanceId(random);
  ASSERT_TRUE(id);
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  EXPECT_EQ(*id, InstanceId{value});
  EXPECT_NE(*GenerateInstanceId(random), *id);
}

TEST(InstanceId, IsNotMadeWithoutRandomness) {
  testing::NoRandom none;
  EXPECT_EQ(GenerateInstanceId(none).error(), (Error{Errc::kIo, 0, 0, "random"}));
}

}  // namespace
}  // namespace cctl
