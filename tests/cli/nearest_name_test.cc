// SPDX-License-Identifier: MIT

#include "tools/claudectl/nearest_name.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace cctl::cli {
namespace {

TEST(EditDistance, CountsEachKindOfEditAsOne) {
  EXPECT_EQ(EditDistance("invite", "invite"), 0u);
  EXPECT_EQ(EditDistance("invte", "invite"), 1u);
  EXPECT_EQ(EditDistance("innvite", "invite"), 1u);
  EXPECT_EQ(EditDistance("inbite", "invite"), 1u);
  EXPECT_EQ(EditDistance("inviet", "invite"), 1u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(EditDistance, IsTheSameBothWays) {
  const std::vector<std::string_view> words = {"", "a", "ab", "ba", "join", "jion", "joining", "invites"};
  for (const auto a : words) {
    for (const auto b : words) EXPECT_EQ(EditDistance(a, b), EditDistance(b, a)) << a << " " << b;
  }
}

TEST(NearestName, FindsTheNearest) {
  const std::vector<std::string_view> commands = {"invite", "invites", "join", "peers"};
  EXPECT_EQ(NearestName("invte", commands), "invite");
  EXPECT_EQ(NearestName("invitess", commands), "invites");
  EXPECT_EQ(NearestName("jion", commands), "join");
}

TEST(NearestName, TakesTheFirstOfSeveral) { EXPECT_EQ(NearestName("cat", {"bat", "hat"}), "bat"); }

TEST(NearestName, FindsNothingFarAway) {
  EXPECT_EQ(NearestName("xyzzy", {"invite", "join"}), "");
  EXPECT_EQ(NearestName("ab", {"cd"}), "");
  EXPECT_EQ(NearestName("join", {}), "");
  EXPECT_EQ(NearestName(std::string(65, 'a'), {std::string_view("aaaa")}), "");
}

}  // namespace
}  // namespace cctl::cli
