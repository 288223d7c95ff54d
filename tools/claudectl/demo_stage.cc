// SPDX-License-Identifier: MIT

#include "tools/claudectl/demo_stage.h"

#include <cstdio>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/node/control_client.h"
#include "cctl/store/state_layout.h"
#include "cctl/sys/environment.h"
#include "cctl/sys/paths.h"

namespace cctl::cli {
namespace {

constexpr Duration kStepTimeout = Seconds(30);
constexpr int kServeLines = 3;  // what `serve` prints when it is ready

}  // namespace

DemoMachine::DemoMachine(std::string name, const std::string& folder, const std::vector<std::string>& settings)
    : name_(std::move(name)), home_(JoinPath(folder, name_)) {
  const std::string home_variable = std::string(kHomeVariable) + "=";
  for (std::string& entry : ListEnvironment()) {
    const bool ours =
        entry.starts_with("CLAUDECTL_") || entry.starts_with(home_variable) || entry.starts_with("XDG_CONFIG_HOME=");
    if (!ours) environment_.push_back(std::move(entry));
  }
  environment_.push_back(home_variable + home_);
  environment_.push_back("CLAUDECTL_HOME=" + home_);
  environment_.push_back("CLAUDECTL_IDENTITY=" + identity());
  environment_.insert(environment_.end(), settings.begin(), settings.end());
}

std::string DemoMachine::control_socket() const { return JoinPath(home_, kControlSocketPath); }

Outcome<std::string> DemoStage::Run(const DemoMachine& machine, const std::vector<std::string>& words) {
  auto running = Start(machine, words);
  if (!running) return running.error();
  return Finish(*running);
}

Outcome<DemoStage::Running> DemoStage::Start(const DemoMachine& machine, const std::vector<std::string>& words) {
  std::string typed = "claudectl relay";
  std::vector<std::string> arguments = {"relay"};
  for (const std::string& word : words) {
    typed.append(" ").append(word);
    arguments.push_back(word);
  }
  out_.Line(machine.name() + "$ " + typed);
  std::fflush(stdout);  // a person watches
  steps_.push_back({{"machine", machine.name()}, {"command", typed}});
  auto child = ChildProcess::Start(arguments, machine.environment());
  if (!child) return child.error();
  return Running{*std::move(child), words.front(), steps_.size() - 1};
}

Outcome<std::string> DemoStage::Finish(Running& running) {
  auto text = running.child.ReadAll(kStepTimeout, signals_);
  if (!text) return text.error();
  const int status = running.child.Wait();
  Show(running.step, *text, status);
  if (status != 0) {
    return Failure{Errc::kCheckFailed, "`" + running.command + "` ended with exit status " + std::to_string(status)};
  }
  return text;
}

Outcome<DemoStage::Running> DemoStage::Serve(const DemoMachine& machine) {
  auto relay = Start(machine, {"serve", "--bind", "127.0.0.1", "--port", "0"});
  if (!relay) return relay.error();
  const auto text = relay->child.ReadLines(kServeLines, kStepTimeout, signals_);
  if (!text) return text.error();
  Show(relay->step, *text, nullptr);
  if (text->starts_with("Relay ")) return relay;
  return Failure{Errc::kCheckFailed, "`serve` did not start"};
}

Outcome<Done> DemoStage::Stop(const DemoMachine& machine, Running& relay) {
  auto client = ControlClient::Connect(machine.control_socket());
  if (!client) return client.error();
  const auto asked = client->Call("shutdown", nlohmann::json::object(), kStepTimeout);
  if (!asked) return asked.error();
  // What it still says is not part of the play, but its end is seen by it, and not waited for without limit.
  if (const auto last = relay.child.ReadAll(kStepTimeout, signals_); !last) return last.error();
  if (relay.child.Wait() != 0) return Failure{Errc::kCheckFailed, "`serve` did not end well"};
  return Done{};
}

void DemoStage::Show(std::size_t step, const std::string& text, const nlohmann::json& status) {
  const bool earlier = step + 1 != steps_.size();
  if (earlier) out_.Line("(" + steps_[step]["machine"].get<std::string>() + ")");
  out_.Line(text);
  steps_[step]["output"] = text;
  steps_[step]["exit_status"] = status;
}

}  // namespace cctl::cli
