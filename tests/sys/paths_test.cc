// SPDX-License-Identifier: MIT

#include "cctl/sys/paths.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace cctl {
namespace {

class Paths : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* const name : {"CLAUDECTL_HOME", "OTHER_HOME", "XDG_CONFIG_HOME"}) unsetenv(name);
    setenv("HOME", "/home/ada", 1);
  }
};

TEST_F(Paths, StateLiesInTheHomeFolder) { EXPECT_EQ(StateRoot().value(), "/home/ada/.claudectl"); }

TEST_F(Paths, VariableMovesTheState) {
  setenv("CLAUDECTL_HOME", "/srv/state", 1);
  EXPECT_EQ(StateRoot().value(), "/srv/state");
  setenv("CLAUDECTL_HOME", "below/here", 1);
  EXPECT_EQ(StateRoot().value(), std::filesystem::current_path().string() + "/below/here");
  setenv("CLAUDECTL_HOME", "", 1);
  EXPECT_EQ(StateRoot().value(), "/home/ada/.claudectl");
}

TEST_F(Paths, AnotherProgramHasAnotherPlace) {
  Profile profile;
  profile.state_folder = ".other";
  profile.env_prefix = "OTHER";
  setenv("CLAUDECTL_HOME", "/srv/state", 1);
  EXPECT_EQ(StateRoot(profile).value(), "/home/ada/.other");
  setenv("OTHER_HOME", "/srv/other", 1);
  EXPECT_EQ(StateRoot(profile).value(), "/srv/other");
}

TEST_F(Paths, WithoutHomeTheUserDatabaseIsAsked) {
  unsetenv("HOME");
  const auto home = HomeFolder();
  if (home) {
    EXPECT_EQ(home->front(), '/');
  } else {
    EXPECT_EQ(home.error(), (Error{Errc::kNotFound, 0, 0, "home"}));  // a user that is not in it
  }
}

TEST_F(Paths, ConfigurationIsWhereTheDesktopSays) {
  EXPECT_EQ(ConfigFolder().value(), "/home/ada/.config");
  setenv("XDG_CONFIG_HOME", "/etc/xdg", 1);
  EXPECT_EQ(ConfigFolder().value(), "/etc/xdg");
  setenv("XDG_CONFIG_HOME", "relative", 1);
  EXPECT_EQ(ConfigFolder().value(), "/home/ada/.config");
}

TEST_F(Paths, AreJoinedByOneSlash) {
  EXPECT_EQ(JoinPath("/a", "b"), "/a/b");
  EXPECT_EQ(JoinPath("/a/", "b"), "/a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
}

}  // namespace
}  // namespace cctl
