// SPDX-License-Identifier: MIT

#include "cctl/sys/paths.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/sys/set_environment.h"

namespace cctl {
namespace {

using testing::SetVariable;
using testing::UnsetVariable;

class Paths : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* const name : {"CLAUDECTL_HOME", "OTHER_HOME", "XDG_CONFIG_HOME"}) UnsetVariable(name);
    SetVariable(kHomeVariable, "/home/ada");
  }
};

TEST_F(Paths, StateLiesInTheHomeFolder) { EXPECT_EQ(StateRoot().value(), "/home/ada/.claudectl"); }

TEST_F(Paths, VariableMovesTheState) {
  SetVariable("CLAUDECTL_HOME", "/srv/state");
  EXPECT_EQ(StateRoot().value(), "/srv/state");
  SetVariable("CLAUDECTL_HOME", "below/here");
  EXPECT_EQ(StateRoot().value(), WorkingFolder().value() + "/below/here");
  SetVariable("CLAUDECTL_HOME", "");
  EXPECT_EQ(StateRoot().value(), "/home/ada/.claudectl");
}

TEST_F(Paths, WorkingFolderIsTheSystems) {
  EXPECT_EQ(WorkingFolder().value(), std::filesystem::current_path().string());
  EXPECT_TRUE(IsAbsolutePath(WorkingFolder().value()));
}

TEST_F(Paths, AbsoluteIsTheSamePlaceEverywhere) {
  EXPECT_TRUE(IsAbsolutePath("/srv"));
  for (const char* const path : {"", "srv", "./srv", "../srv"}) EXPECT_FALSE(IsAbsolutePath(path)) << path;
#ifdef _WIN32
  for (const char* const path : {"C:\\srv", "c:/srv", "\\srv", "\\\\host\\share"})
    EXPECT_TRUE(IsAbsolutePath(path)) << path;
  for (const char* const path : {"C:srv", "C:", "srv\\x"}) EXPECT_FALSE(IsAbsolutePath(path)) << path;
#endif
}

TEST_F(Paths, AnotherProgramHasAnotherPlace) {
  Profile profile;
  profile.state_folder = ".other";
  profile.env_prefix = "OTHER";
  SetVariable("CLAUDECTL_HOME", "/srv/state");
  EXPECT_EQ(StateRoot(profile).value(), "/home/ada/.other");
  SetVariable("OTHER_HOME", "/srv/other");
  EXPECT_EQ(StateRoot(profile).value(), "/srv/other");
}

TEST_F(Paths, WithoutHomeTheUserDatabaseIsAsked) {
  UnsetVariable(kHomeVariable);
  const auto home = HomeFolder();
  if (home) {
    EXPECT_EQ(home->front(), '/');
  } else {
    EXPECT_EQ(home.error(), (Error{Errc::kNotFound, 0, 0, "home"}));  // a user that is not in it
  }
}

TEST_F(Paths, ConfigurationIsWhereTheDesktopSays) {
  EXPECT_EQ(ConfigFolder().value(), "/home/ada/.config");
  SetVariable("XDG_CONFIG_HOME", "/etc/xdg");
  EXPECT_EQ(ConfigFolder().value(), "/etc/xdg");
  SetVariable("XDG_CONFIG_HOME", "relative");
  EXPECT_EQ(ConfigFolder().value(), "/home/ada/.config");
}

TEST_F(Paths, AreJoinedByOneSlash) {
  EXPECT_EQ(JoinPath("/a", "b"), "/a/b");
  EXPECT_EQ(JoinPath("/a/", "b"), "/a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
}

}  // namespace
}  // namespace cctl
