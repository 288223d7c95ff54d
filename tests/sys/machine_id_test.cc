// SPDX-License-Identifier: MIT

#include "cctl/sys/machine_id.h"

#include <gtest/gtest.h>

namespace cctl {
namespace {

TEST(MachineId, IsTheHashOfTheNumberAlone) {
  // printf 0123456789abcdef0123456789abcdef | sha256sum
  constexpr std::string_view kHash = "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9";
  const auto id = HashMachineId("0123456789abcdef0123456789abcdef\n");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->view(), kHash);
  EXPECT_EQ(HashMachineId(" 0123456789abcdef0123456789abcdef"), id);
  EXPECT_NE(HashMachineId("0123456789abcdef0123456789abcdee"), id);
}

TEST(MachineId, NothingHasNoHash) {
  EXPECT_FALSE(HashMachineId(""));
  EXPECT_FALSE(HashMachineId(" \r\n"));
  EXPECT_FALSE(HashMachineId("uninitialized\n"));
}

TEST(MachineId, StaysTheSame) {
  const auto id = GetMachineId();
  EXPECT_EQ(GetMachineId(), id);
  if (!id) GTEST_SKIP() << "this machine has none";
  EXPECT_TRUE(IsLowerHex(id->view(), 64));
}

}  // namespace
}  // namespace cctl
