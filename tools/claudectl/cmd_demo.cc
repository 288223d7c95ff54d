// SPDX-License-Identifier: MIT

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cctl/sys/environment.h"
#include "tools/claudectl/child_process.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/interrupt.h"

namespace cctl::cli {
namespace {

constexpr Duration kStepTimeout = Seconds(30);
constexpr int kServeLines = 2;  // what `serve` prints when it is ready

// A new folder that is deleted with all that is in it.
class ThrowawayFolder {
 public:
  static Outcome<std::unique_ptr<ThrowawayFolder>> Make() {
    const std::string parent = GetEnvironment("TMPDIR").value_or("/tmp");
    std::string path = parent + "/claudectl-demo-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      return Failure{Errc::kIo, "cannot make a folder in " + parent + ": " + std::strerror(errno)};
    }
    return std::unique_ptr<ThrowawayFolder>(new ThrowawayFolder(std::move(path)));
  }
  ~ThrowawayFolder() {
    std::error_code ignored;  // nothing more can be done
    std::filesystem::remove_all(path_, ignored);
  }
  ThrowawayFolder(const ThrowawayFolder&) = delete;
  ThrowawayFolder& operator=(const ThrowawayFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit ThrowawayFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

// One of the two instances: this program with a state folder of its own, and nothing of the user's configuration.
class Machine {
 public:
  Machine(std::string name, const std::string& folder) : name_(std::move(name)) {
    const std::string home = folder + "/" + name_;
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text = *variable;
      const bool ours =
          text.starts_with("CLAUDECTL_") || text.starts_with("HOME=") || text.starts_with("XDG_CONFIG_HOME=");
      if (!ours) environment_.emplace_back(text);
    }
    environment_.push_back("HOME=" + home);
    environment_.push_back("CLAUDECTL_HOME=" + home);
    environment_.push_back("CLAUDECTL_IDENTITY=" + name_ + "-demo");
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<std::string>& environment() const { return environment_; }

 private:
  std::string name_;
  std::vector<std::string> environment_;
};

// The commands as they are run, and what they print.
class Stage {
 public:
  Stage(Printer& out, StopSignals& signals) : out_(out), signals_(signals) {}

  // Runs a command to its end, which must be a success.
  Outcome<std::string> Run(const Machine& machine, const std::vector<std::string>& words) {
    auto child = Start(machine, words);
    if (!child) return child.error();
    auto text = child->ReadAll(kStepTimeout, signals_);
    if (!text) return text.error();
    const int status = child->Wait(false);
    Show(*text, status);
    if (status != 0) {
      return Failure{Errc::kCheckFailed, "`" + words.front() + "` ended with exit status " + std::to_string(status)};
    }
    return text;
  }

  // Starts `serve` and waits until it is ready.
  Outcome<ChildProcess> Serve(const Machine& machine) {
    auto child = Start(machine, {"serve", "--bind", "127.0.0.1", "--port", "0"});
    if (!child) return child.error();
    const auto text = child->ReadLines(kServeLines, kStepTimeout, signals_);
    if (!text) return text.error();
    Show(*text, std::nullopt);
    if (text->starts_with("Relay ")) return child;
    return Failure{Errc::kCheckFailed, "`serve` did not start"};
  }

  [[nodiscard]] nlohmann::json& steps() { return steps_; }

 private:
  Outcome<ChildProcess> Start(const Machine& machine, const std::vector<std::string>& words) {
    std::string typed = "claudectl relay";
    std::vector<std::string> arguments = {"relay"};
    for (const std::string& word : words) {
      typed.append(" ").append(word);
      arguments.push_back(word);
    }
    out_.Line(machine.name() + "$ " + typed);
    std::fflush(stdout);  // a person watches
    steps_.push_back({{"machine", machine.name()}, {"command", typed}});
    return ChildProcess::Start(arguments, machine.environment());
  }

  void Show(const std::string& text, std::optional<int> status) {
    out_.Line(text);
    steps_.back()["output"] = text;
    steps_.back()["exit_status"] = status ? nlohmann::json(*status) : nlohmann::json();
  }

  Printer& out_;
  StopSignals& signals_;
  nlohmann::json steps_ = nlohmann::json::array();
};

// The link in what `invite` has printed.
std::string LinkIn(const std::string& text) {
  const std::size_t start = text.find("cctl://");
  if (start == std::string::npos) return {};
  return text.substr(start, text.find('\n', start) - start);
}

class DemoCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.OptionalArgument("what", what_, "`invite` (the default): pair two instances by an invite link");
  }

  int Run(Printer& out) override {
    if (what_ && *what_ != "invite") {
      return out.Fail({Errc::kUsage, "there is no such demo; there is `invite`", "claudectl relay demo invite"});
    }
    auto signals = StopSignals::Catch();
    if (!signals) return out.Fail(signals.error());
    auto folder = ThrowawayFolder::Make();
    if (!folder) return out.Fail(folder.error());
    Stage stage(out, *signals);
    const auto played = Play(stage, (*folder)->path());
    if (!played) return out.Fail(played.error());
    if (out.json()) out.Object({{"steps", stage.steps()}, {"status", "done"}});
    return out.Finish();
  }

 private:
  static Outcome<Done> Play(Stage& stage, const std::string& folder) {
    const Machine laptop("laptop", folder);
    const Machine desktop("desktop", folder);
    auto laptop_relay = stage.Serve(laptop);
    if (!laptop_relay) return laptop_relay.error();
    auto desktop_relay = stage.Serve(desktop);
    if (!desktop_relay) return desktop_relay.error();
    const auto invited = stage.Run(laptop, {"invite"});
    if (!invited) return invited.error();
    const auto joined = stage.Run(desktop, {"join", LinkIn(*invited)});
    if (!joined) return joined.error();
    for (const Machine* machine : {&desktop, &laptop}) {
      const auto peers = stage.Run(*machine, {"peers"});
      if (!peers) return peers.error();
      if (peers->find("● connected") == std::string::npos) return Failure{Errc::kCheckFailed, "not connected"};
    }
    for (ChildProcess* relay : {&*desktop_relay, &*laptop_relay}) {
      if (relay->Wait(true) != 0) return Failure{Errc::kCheckFailed, "`serve` did not end well"};
    }
    return Done{};
  }

  std::optional<std::string> what_;
};

}  // namespace

std::unique_ptr<Command> MakeDemoCommand() { return std::make_unique<DemoCommand>(); }

}  // namespace cctl::cli
