// SPDX-License-Identifier: MIT

#include "cctl/node/tailnet_answer.h"

#include <gtest/gtest.h>

#include <string>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/node/watched_process.h"
#include "cctl/tailnet/tailnet_condition.h"

namespace cctl {
namespace {

using Condition = TailnetCondition;

SubprocessResult Exited(int status, std::string output, std::string error_output = {}) {
  SubprocessResult result;
  result.status = status;
  result.output = std::move(output);
  result.error_output = std::move(error_output);
  return result;
}

TEST(TailnetAnswer, RunningHasAStatusAndNothingElseHas) {
  const TailnetAnswer running = ReadTailnetAnswer(Exited(0, R"({"BackendState":"Running","Self":{"ID":"nA"}})"));
  EXPECT_TRUE(running.usable());
  ASSERT_TRUE(running.status);
  EXPECT_EQ(running.status->self.id->view(), "nA");
  const TailnetAnswer stopped = ReadTailnetAnswer(Exited(0, R"({"BackendState":"Stopped","Self":{"ID":"nA"}})"));
  EXPECT_EQ(stopped.condition, Condition::kStopped);
  EXPECT_FALSE(stopped.status) << "what it still lists is of before";
  EXPECT_TRUE(stopped.certain());
}

TEST(TailnetAnswer, UserspaceNetworkingIsNotUsable) {
  const TailnetAnswer answer = ReadTailnetAnswer(Exited(0, R"({"BackendState":"Running","TUN":false,"Self":{}})"));
  EXPECT_EQ(answer.condition, Condition::kUserspace);
  EXPECT_FALSE(answer.usable());
  EXPECT_FALSE(answer.status);
}

TEST(TailnetAnswer, WarningsAreNotPartOfTheStatus) {
  const TailnetAnswer answer =
      ReadTailnetAnswer(Exited(0, R"({"BackendState":"Running"})", "Warning: a\x1b[31m version\nand more"));
  EXPECT_TRUE(answer.usable());
  EXPECT_EQ(answer.detail, "Warning: a?[31m version");
}

TEST(TailnetAnswer, DaemonThatIsDownIsCertainAndAProgramThatFailsIsNot) {
  const TailnetAnswer down = ReadTailnetAnswer(Exited(1, "", "failed to connect to local tailscaled"));
  EXPECT_EQ(down.condition, Condition::kDaemonDown);
  EXPECT_TRUE(down.certain());
  EXPECT_EQ(down.detail, "failed to connect to local tailscaled");
  SubprocessResult killed = Exited(0, R"({"BackendState":"Running"})");
  for (const SubprocessEnd end : {SubprocessEnd::kTimedOut, SubprocessEnd::kTooLong, SubprocessEnd::kSignaled}) {
    killed.end = end;
    const TailnetAnswer answer = ReadTailnetAnswer(killed);
    EXPECT_EQ(answer.condition, Condition::kNoAnswer);
    EXPECT_FALSE(answer.certain());
    EXPECT_FALSE(answer.status);
  }
  for (const char* output : {"", "{", "[]", "Tailscale is stopped."}) {
    EXPECT_EQ(ReadTailnetAnswer(Exited(0, output)).condition, Condition::kNoAnswer) << output;
  }
}

TEST(TailnetAnswer, ProgramThatIsNotThereIsNotInstalled) {
  EXPECT_EQ(NoTailnetProgram({Errc::kNotFound, 0, 2, "spawn"}).condition, Condition::kNotInstalled);
  EXPECT_EQ(NoTailnetProgram({Errc::kIo, 0, 11, "spawn"}).condition, Condition::kNoAnswer);
}

}  // namespace
}  // namespace cctl
