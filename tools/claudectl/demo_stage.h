// SPDX-License-Identifier: MIT
//
// What `demo` is played with: two instances of this program, and the commands as they are typed and what they answer.

#ifndef CCTL_TOOLS_CLAUDECTL_DEMO_STAGE_H_
#define CCTL_TOOLS_CLAUDECTL_DEMO_STAGE_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cctl/node/outcome.h"
#include "tools/claudectl/child_process.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

// One of the instances: this program with a state folder of its own, and nothing of the user's configuration.
class DemoMachine {
 public:
  // `folder`: its state folder is made in there. `settings`: variables beside the folder's and the name's.
  DemoMachine(std::string name, const std::string& folder, const std::vector<std::string>& settings);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string identity() const { return name_ + "-demo"; }
  [[nodiscard]] const std::vector<std::string>& environment() const { return environment_; }
  [[nodiscard]] std::string control_socket() const;

 private:
  std::string name_;
  std::string home_;
  std::vector<std::string> environment_;
};

// Prints each command and its answer as it comes. Failures: kTimeout, kInterrupted, kIo; kCheckFailed where a command
// does not do what it should.
class DemoStage {
 public:
  DemoStage(Printer& out, StopSignals& signals) : out_(out), signals_(signals) {}

  // A command that has been started and not been read to its end.
  struct Running {
    ChildProcess child;
    std::string command;  // its name
    std::size_t step;     // of steps()
  };

  // Runs a command to its end, which must be a success.
  Outcome<std::string> Run(const DemoMachine& machine, const std::vector<std::string>& words);
  // Starts a command that ends when another machine has done something, and reads it to its end.
  Outcome<Running> Start(const DemoMachine& machine, const std::vector<std::string>& words);
  Outcome<std::string> Finish(Running& running);

  // Starts `serve` and waits until it is ready; ends it by its control socket.
  Outcome<Running> Serve(const DemoMachine& machine);
  Outcome<Done> Stop(const DemoMachine& machine, Running& relay);

  // What was done: an array of {machine, command, output, exit_status}.
  [[nodiscard]] const nlohmann::json& steps() const { return steps_; }

 private:
  void Show(std::size_t step, const std::string& text, const nlohmann::json& status);

  Printer& out_;
  StopSignals& signals_;
  nlohmann::json steps_ = nlohmann::json::array();
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_DEMO_STAGE_H_
