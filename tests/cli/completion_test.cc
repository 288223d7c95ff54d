// SPDX-License-Identifier: MIT

#include "tools/claudectl/completion.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/claudectl/command.h"
#include "tools/claudectl/command_table.h"

namespace cctl::cli {
namespace {

using Texts = std::vector<std::string>;

// A command that understands one of each.
class SampleCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Flag("--stay", stay_, "Stay");
    options.Text("--peer", "IDENTITY", peer_, "Whom");
    options.Text("--label", "TEXT", label_, "What");
    options.Text("--style", "STYLE", style_, "How");
    options.Argument("peer", first_, "First");
    options.OptionalArgument("identity|id", second_, "Second");
  }
  int Run(Printer&) override { return 0; }

 private:
  bool stay_ = false;
  std::optional<std::string> peer_;
  std::optional<std::string> label_;
  std::optional<std::string> style_;
  std::string first_;
  std::optional<std::string> second_;
};

std::unique_ptr<Command> MakeSample() { return std::make_unique<SampleCommand>(); }

constexpr CommandRow kRows[] = {{"send", "Send", "send", MakeSample}, {"serve", "Serve", "serve", MakeSample}};

Texts Complete(const Texts& words) {
  const auto live = [](LiveKind kind) -> std::vector<Candidate> {
    if (kind == LiveKind::kPeer) return {{"laptop-a3f2", "connected"}, {"desk-1", {}}};
    return {{"request-1", {}}};
  };
  Texts found;
  for (const Candidate& candidate : CompleteWords(words, kRows, live)) found.push_back(candidate.word);
  return found;
}

TEST(Completion, NamesCommandsByTheirBeginning) {
  EXPECT_EQ(Complete({""}), (Texts{"relay", "--version", "--help"}));
  EXPECT_EQ(Complete({"re"}), Texts{"relay"});
  EXPECT_EQ(Complete({"relay", ""}), (Texts{"send", "serve"}));
  EXPECT_EQ(Complete({"relay", "ser"}), Texts{"serve"});
  EXPECT_EQ(Complete({"--json", "relay", "ser"}), Texts{"serve"});
  EXPECT_EQ(Complete({"relay", "x"}), Texts{});
  EXPECT_EQ(Complete({"relya", "s"}), Texts{});
  EXPECT_EQ(Complete({}), Texts{});
}

TEST(Completion, NamesOptionsWhereADashStands) {
  EXPECT_EQ(Complete({"relay", "send", "--"}), (Texts{"--stay", "--peer", "--label", "--style", "--json", "--quiet",
                                                      "--verbose", "--no-color", "--help"}));
  EXPECT_EQ(Complete({"relay", "send", "--st"}), (Texts{"--stay", "--style"}));
  EXPECT_EQ(Complete({"relay", "send", "--", "--st"}), Texts{}) << "after -- there are none";
  EXPECT_EQ(Complete({"relay", "unknown", "--"}), Texts{});
}

TEST(Completion, NamesWhatAnOptionOrAnArgumentMeans) {
  EXPECT_EQ(Complete({"relay", "send", ""}), (Texts{"laptop-a3f2", "desk-1"}));
  EXPECT_EQ(Complete({"relay", "send", "lap"}), Texts{"laptop-a3f2"});
  EXPECT_EQ(Complete({"relay", "send", "--stay", "--label", "x", "d"}), Texts{"desk-1"});
  EXPECT_EQ(Complete({"relay", "send", "desk-1", ""}), Texts{"request-1"});
  EXPECT_EQ(Complete({"relay", "send", "desk-1", "x", ""}), Texts{}) << "there is no third";
  EXPECT_EQ(Complete({"relay", "send", "--peer", ""}), (Texts{"laptop-a3f2", "desk-1"}));
  EXPECT_EQ(Complete({"relay", "send", "--style", "f"}), Texts{"full"});
  EXPECT_EQ(Complete({"relay", "send", "--label", ""}), Texts{}) << "anything";
}

}  // namespace
}  // namespace cctl::cli
