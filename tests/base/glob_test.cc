// SPDX-License-Identifier: MIT

#include "cctl/base/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace cctl {
namespace {

static_assert(MatchesGlob("docker*", "docker0") && !MatchesGlob("docker*", "docke"));

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(MatchesGlob("eth0", "eth0"));
  EXPECT_FALSE(MatchesGlob("eth0", "eth01"));
  EXPECT_FALSE(MatchesGlob("eth0", "xeth0"));
  EXPECT_FALSE(MatchesGlob("eth0", "eth"));
  EXPECT_TRUE(MatchesGlob("", ""));
  EXPECT_FALSE(MatchesGlob("", "a"));
}

TEST(Glob, StarStandsForAnyNumberOfCharacters) {
  EXPECT_TRUE(MatchesGlob("*", ""));
  EXPECT_TRUE(MatchesGlob("br-*", "br-"));
  EXPECT_TRUE(MatchesGlob("br-*", "br-0a1b2c"));
  EXPECT_FALSE(MatchesGlob("br-*", "br0"));
  EXPECT_TRUE(MatchesGlob("*.10", "eth0.10"));
  EXPECT_FALSE(MatchesGlob("*.10", "eth0.100"));
  EXPECT_TRUE(MatchesGlob("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(MatchesGlob("a*b*c", "a-c-b"));
  EXPECT_TRUE(MatchesGlob("**", "x"));
}

TEST(Glob, QuestionMarkStandsForOne) {
  EXPECT_TRUE(MatchesGlob("eth?", "eth0"));
  EXPECT_FALSE(MatchesGlob("eth?", "eth"));
  EXPECT_FALSE(MatchesGlob("eth?", "eth10"));
  EXPECT_TRUE(MatchesGlob("*?", "a"));
  EXPECT_FALSE(MatchesGlob("*?", ""));
}

TEST(Glob, EverythingElseStandsForItself) {
  EXPECT_TRUE(MatchesGlob("[a-z]\\*", "[a-z]\\x"));
  EXPECT_FALSE(MatchesGlob("[a-z]", "b"));
}

// What takes other matchers an age: each star tried with each other.
TEST(Glob, IsQuickForManyStars) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesGlob(pattern + "b", std::string(4000, 'a')));
  EXPECT_TRUE(MatchesGlob(pattern, std::string(4000, 'a')));
}

}  // namespace
}  // namespace cctl
