// SPDX-License-Identifier: MIT

#include "tools/claudectl/command_line.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "tools/claudectl/command.h"
#include "tools/claudectl/options.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {
namespace {

// What the last parsed `test` was given.
struct Given {
  bool flag = false;
  std::optional<std::string> text;
  std::optional<std::uint32_t> number;
  std::optional<Duration> time;
  std::string first;
  std::optional<std::string> second;
};
Given given;

class TestCommand : public Command {
 public:
  void Declare(Options& options) override {
    given = {};
    options.Flag("--flag", given.flag, "");
    options.Text("--text", "TEXT", given.text, "");
    options.Number("--number", "N", 1, 10, given.number, "");
    options.Time("--time", Hours(1), given.time, "");
    options.Argument("first", given.first, "");
    options.OptionalArgument("second", given.second, "");
  }
  int Run(Printer&) override { return 0; }
};

constexpr CommandRow kRows[] = {
    {"test", "A command", "test x", []() -> std::unique_ptr<Command> { return std::make_unique<TestCommand>(); }}};

Outcome<Request> Parse(std::vector<std::string> words) {
  words.insert(words.begin(), {"relay", "test"});
  return ParseRequest(words, kRows);
}

TEST(OutputOptions, AreTakenFromAnywhere) {
  std::vector<std::string> words = {"--json", "relay", "-v", "test", "--no-color", "x"};
  const OutputOptions output = TakeOutputOptions(words);
  EXPECT_TRUE(output.json);
  EXPECT_FALSE(output.color);
  EXPECT_EQ(output.log, LogLevel::kInfo);
  EXPECT_EQ(words, (std::vector<std::string>{"relay", "test", "x"}));
}

TEST(OutputOptions, EndAtADoubleDash) {
  std::vector<std::string> words = {"relay", "test", "--", "--json"};
  EXPECT_FALSE(TakeOutputOptions(words).json);
  EXPECT_EQ(words.size(), 4u);
}

TEST(OutputOptions, VerboseMayStandSeveralTimesAndInOneWord) {
  const auto log = [](std::vector<std::string> words) {
    const LogLevel level = TakeOutputOptions(words).log;
    EXPECT_TRUE(words.empty());
    return level;
  };
  EXPECT_EQ(log({"--verbose"}), LogLevel::kInfo);
  EXPECT_EQ(log({"--verbose", "-v"}), LogLevel::kDebug);
  EXPECT_EQ(log({"-vv"}), LogLevel::kDebug);
  EXPECT_EQ(log({"-vvvv"}), LogLevel::kDebug);
}

TEST(OutputOptions, OfQuietAndVerboseTheLastCounts) {
  std::vector<std::string> words = {"-vv", "--quiet"};
  EXPECT_TRUE(TakeOutputOptions(words).quiet);
  words = {"-vv", "--quiet"};
  EXPECT_EQ(TakeOutputOptions(words).log, LogLevel::kNone);
  words = {"-q", "-v"};
  EXPECT_FALSE(TakeOutputOptions(words).quiet);
}

TEST(OutputOptions, LeaveWhatOnlyLooksLikeOne) {
  std::vector<std::string> words = {"-", "-x", "-vx", "v", "--v", "--jsonn", "-h", ""};
  TakeOutputOptions(words);
  EXPECT_EQ(words.size(), 8u);
}

TEST(CommandLine, FillsInEveryKindOfOption) {
  const auto request = Parse({"--flag", "a", "--text=--x", "--number", "10", "--time", "90s", "b"});
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_NE(request->command, nullptr);
  EXPECT_TRUE(given.flag);
  EXPECT_EQ(given.text, "--x");
  EXPECT_EQ(given.number, 10u);
  EXPECT_EQ(given.time, Seconds(90));
  EXPECT_EQ(given.first, "a");
  EXPECT_EQ(given.second, "b");
}

TEST(CommandLine, LeavesWhatIsNotGiven) {
  ASSERT_TRUE(Parse({"a"}));
  EXPECT_FALSE(given.flag);
  EXPECT_FALSE(given.text || given.number || given.time || given.second);
}

TEST(CommandLine, TakesADashAndWhatFollowsADoubleDashAsArguments) {
  ASSERT_TRUE(Parse({"-", "--", "--flag"}));
  EXPECT_EQ(given.first, "-");
  EXPECT_EQ(given.second, "--flag");
  EXPECT_FALSE(given.flag);
}

TEST(CommandLine, TakesTheLastOfARepeatedOption) {
  ASSERT_TRUE(Parse({"a", "--number", "1", "--number", "2"}));
  EXPECT_EQ(given.number, 2u);
}

TEST(CommandLine, RejectsWithTheReason) {
  struct Row {
    std::vector<std::string> words;
    std::string message;
  };
  const Row rows[] = {
      {{}, "<first> is missing"},
      {{"a", "b", "c"}, "unexpected argument 'c'"},
      {{"a", "--numbr", "3"}, "unknown option '--numbr'; did you mean --number?"},
      {{"--numbr", "3"}, "unknown option '--numbr'; did you mean --number?"},
      {{"a", "-x"}, "unknown option '-x'"},
      {{"a", "--text"}, "--text needs a value"},
      {{"a", "--flag=1"}, "--flag takes no value"},
      {{"a", "--number", "0"}, "--number takes a whole number from 1 to 10, not '0'"},
      {{"a", "--number", "11"}, "--number takes a whole number from 1 to 10, not '11'"},
      {{"a", "--number", "1x"}, "--number takes a whole number from 1 to 10, not '1x'"},
      {{"a", "--number", "-1"}, "--number takes a whole number from 1 to 10, not '-1'"},
      {{"a", "--number", "99999999999999999999"},
       "--number takes a whole number from 1 to 10, not '99999999999999999999'"},
      {{"a", "--time", "0s"}, "--time takes a time such as 300ms, 90s, 15m or 24h, at most 1h, not '0s'"},
      {{"a", "--time", "61m"}, "--time takes a time such as 300ms, 90s, 15m or 24h, at most 1h, not '61m'"},
      {{"a", "b", "\x1b[2J"}, "unexpected argument '?[2J'"},
      {{"a", "b", "cctl://x"}, "unexpected argument (a secret)"},
      {{"a", "b", "A3F29B1CD4E5F678"}, "unexpected argument (a secret)"},
  };
  for (const Row& row : rows) {
    const auto request = Parse(row.words);
    ASSERT_FALSE(request) << row.message;
    EXPECT_EQ(request.error().code, Errc::kUsage);
    EXPECT_EQ(request.error().message, row.message);
    EXPECT_EQ(request.error().hint, "claudectl relay test --help");
  }
}

TEST(CommandLine, ShowsHelpAtEachLevel) {
  const auto help = [](std::vector<std::string> words) {
    auto request = ParseRequest(words, kRows);
    return request ? request->help : request.error().message;
  };
  EXPECT_NE(help({"--help"}).find("claudectl relay COMMAND"), std::string::npos);
  EXPECT_NE(help({"relay", "-h"}).find("A command\n"), std::string::npos);
  const std::string own = help({"relay", "test", "a", "--wrong", "--help"});
  EXPECT_NE(own.find("--number N"), std::string::npos);
  EXPECT_NE(own.find("claudectl relay test x"), std::string::npos);
}

}  // namespace
}  // namespace cctl::cli
