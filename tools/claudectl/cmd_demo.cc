// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cctl/base/hex.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/udp_socket.h"
#include "cctl/node/control_client.h"
#include "cctl/store/state_layout.h"
#include "cctl/sys/environment.h"
#include "cctl/sys/os_random.h"
#include "cctl/sys/paths.h"
#include "tools/claudectl/child_process.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/interrupt.h"

namespace cctl::cli {
namespace {

constexpr Duration kStepTimeout = Seconds(30);
constexpr int kServeLines = 3;  // what `serve` prints when it is ready

// A new folder that is deleted with all that is in it.
class ThrowawayFolder {
 public:
  static Outcome<std::unique_ptr<ThrowawayFolder>> Make() {
#ifdef _WIN32
    const std::string parent = GetEnvironment("TEMP").value_or(".");
#else
    const std::string parent = GetEnvironment("TMPDIR").value_or("/tmp");
#endif
    std::array<std::uint8_t, 8> bytes;
    if (!OsRandom().Fill(bytes)) return Failure{Errc::kIo, "the system's random generator fails"};
    std::array<char, 2 * bytes.size()> digits;
    EncodeHex(bytes, digits.data());
    std::string path = JoinPath(parent, "claudectl-demo-" + std::string(digits.data(), digits.size()));
    std::error_code failed;
    std::filesystem::create_directory(path, failed);
    if (!failed) std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    if (failed) return Failure{Errc::kIo, "cannot make a folder in " + parent + ": " + failed.message()};
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
  // `settings`: variables beside the folder's and the name's.
  Machine(std::string name, const std::string& folder, const std::vector<std::string>& settings)
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

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string identity() const { return name_ + "-demo"; }
  [[nodiscard]] const std::vector<std::string>& environment() const { return environment_; }
  [[nodiscard]] std::string control_socket() const { return JoinPath(home_, kControlSocketPath); }

 private:
  std::string name_;
  std::string home_;
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
    return Finish(*child, machine, words);
  }

  // Starts a command that ends when another machine has done something.
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

  // Reads such a command to its end. `words`: what it was started with.
  Outcome<std::string> Finish(ChildProcess& child, const Machine& machine, const std::vector<std::string>& words) {
    auto text = child.ReadAll(kStepTimeout, signals_);
    if (!text) return text.error();
    const int status = child.Wait();
    Show(StepOf(machine, words), *text, status);
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
    Show(steps_.back(), *text, std::nullopt);
    if (text->starts_with("Relay ")) return child;
    return Failure{Errc::kCheckFailed, "`serve` did not start"};
  }

  // Ends a relay that Serve() has started, by its control socket.
  static Outcome<Done> Stop(const Machine& machine, ChildProcess& relay) {
    auto client = ControlClient::Connect(machine.control_socket());
    if (!client) return client.error();
    const auto asked = client->Call("shutdown", nlohmann::json::object(), kStepTimeout);
    if (!asked) return asked.error();
    if (relay.Wait() != 0) return Failure{Errc::kCheckFailed, "`serve` did not end well"};
    return Done{};
  }

  [[nodiscard]] nlohmann::json& steps() { return steps_; }

 private:
  // The last time that the machine ran that command.
  nlohmann::json& StepOf(const Machine& machine, const std::vector<std::string>& words) {
    for (std::size_t i = steps_.size(); i-- > 0;) {
      const auto& command = steps_[i]["command"].get_ref<const std::string&>();
      const bool same =
          command.starts_with("claudectl relay " + words.front()) && steps_[i]["machine"] == machine.name();
      if (same) return steps_[i];
    }
    return steps_.back();
  }

  void Show(nlohmann::json& step, const std::string& text, std::optional<int> status) {
    if (&step != &steps_.back()) out_.Line("(" + step["machine"].get_ref<const std::string&>() + ")");
    out_.Line(text);
    step["output"] = text;
    step["exit_status"] = status ? nlohmann::json(*status) : nlohmann::json();
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

// Both sides see each other connected.
Outcome<Done> ShowPeers(Stage& stage, const Machine& one, const Machine& other) {
  for (const Machine* machine : {&one, &other}) {
    const auto peers = stage.Run(*machine, {"peers"});
    if (!peers) return peers.error();
    if (peers->find("● connected") == std::string::npos) return Failure{Errc::kCheckFailed, "not connected"};
  }
  return Done{};
}

Outcome<Done> PlayInvite(Stage& stage, const Machine& laptop, const Machine& desktop) {
  const auto invited = stage.Run(laptop, {"invite"});
  if (!invited) return invited.error();
  const auto joined = stage.Run(desktop, {"join", LinkIn(*invited)});
  if (!joined) return joined.error();
  return ShowPeers(stage, desktop, laptop);
}

Outcome<Done> PlayLan(Stage& stage, const Machine& laptop, const Machine& desktop) {
  const auto found = stage.Run(desktop, {"discover"});
  if (!found) return found.error();
  if (found->find(laptop.identity()) == std::string::npos) return Failure{Errc::kCheckFailed, "nobody was found"};
  const std::vector<std::string> pair_with = {"pair-with", laptop.identity()};
  auto asking = stage.Start(desktop, pair_with);
  if (!asking) return asking.error();
  // In one room, this is the `y` that somebody types where `serve` runs.
  const auto approved = stage.Run(laptop, {"approve", desktop.identity(), "--wait"});
  if (!approved) return approved.error();
  const auto paired = stage.Finish(*asking, desktop, pair_with);
  if (!paired) return paired.error();
  return ShowPeers(stage, desktop, laptop);
}

Outcome<Done> PlayProject(Stage& stage, const Machine& laptop, const Machine& desktop) {
  // Both have cloned one repository: the folder that all of it runs in.
  const auto begun = stage.Run(laptop, {"project-init", "--name", "Laptop"});
  if (!begun) return begun.error();
  const auto added = stage.Run(desktop, {"project-add", "--name", "Desktop"});
  if (!added) return added.error();
  const std::vector<std::string> connect = {"project-connect", "--yes"};
  auto asking = stage.Start(desktop, connect);
  if (!asking) return asking.error();
  const auto approved = stage.Run(laptop, {"approve", desktop.identity(), "--wait"});
  if (!approved) return approved.error();
  const auto connected = stage.Finish(*asking, desktop, connect);
  if (!connected) return connected.error();
  const auto listed = stage.Run(desktop, {"project-peers"});
  if (!listed) return listed.error();
  return ShowPeers(stage, desktop, laptop);
}

// One way to pair, played by two machines whose relays run.
struct Demo {
  std::string_view name;
  Outcome<Done> (*play)(Stage& stage, const Machine& laptop, const Machine& desktop);
};
constexpr Demo kDemos[] = {{"invite", PlayInvite}, {"lan", PlayLan}, {"project", PlayProject}};

class DemoCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.OptionalArgument("what", what_,
                             "`invite` (the default): by a link; `lan`: find and approve; `project`: by a repository");
  }

  int Run(Printer& out) override {
    const Demo* demo = &kDemos[0];
    if (what_) {
      demo = std::find_if(std::begin(kDemos), std::end(kDemos), [this](const Demo& one) { return one.name == *what_; });
    }
    if (demo == std::end(kDemos)) {
      return out.Fail(
          {Errc::kUsage, "there is no such demo; there are `invite`, `lan` and `project`", "claudectl relay demo lan"});
    }
    auto signals = StopSignals::Catch();
    if (!signals) return out.Fail(signals.error());
    auto folder = ThrowawayFolder::Make();
    if (!folder) return out.Fail(folder.error());
    if (const auto entered = EnterRepository((*folder)->path()); !entered) return out.Fail(entered.error());
    Stage stage(out, *signals);
    const auto played = Play(*demo, stage, (*folder)->path());
    if (!played) return out.Fail(played.error());
    if (out.json()) out.Object({{"steps", stage.steps()}, {"status", "done"}});
    return out.Finish();
  }

 private:
  // Loopback only, and on a port of its own: a relay of the user's that runs here hears nothing of it.
  static Outcome<std::vector<std::string>> Settings() {
    const auto udp = UdpSocket::Bind({IpAddress::V4(127, 0, 0, 1), 0}, PortUse::kAlone);
    if (!udp) return Failure{Errc::kIo, "no UDP port is free on this machine"};
    return std::vector<std::string>{"CLAUDECTL_RELAY_INTERFACES=lo",
                                    "CLAUDECTL_RELAY_LAN_BROADCAST_PORT=" + std::to_string(udp->local().port)};
  }

  // An empty repository, so that no command finds the files of a project that this was started in.
  static Outcome<Done> EnterRepository(const std::string& folder) {
    const std::string repository = folder + "/team";
    std::error_code failed;
    std::filesystem::create_directories(repository + "/.git", failed);
    if (!failed) std::filesystem::current_path(repository, failed);
    if (failed) return Failure{Errc::kIo, "cannot work in " + repository + ": " + failed.message()};
    return Done{};
  }

  static Outcome<Done> Play(const Demo& demo, Stage& stage, const std::string& folder) {
    const auto settings = Settings();
    if (!settings) return settings.error();
    const Machine laptop("laptop", folder, *settings);
    const Machine desktop("desktop", folder, *settings);
    auto laptop_relay = stage.Serve(laptop);
    if (!laptop_relay) return laptop_relay.error();
    auto desktop_relay = stage.Serve(desktop);
    if (!desktop_relay) return desktop_relay.error();
    if (const auto played = demo.play(stage, laptop, desktop); !played) return played.error();
    if (const auto stopped = Stage::Stop(desktop, *desktop_relay); !stopped) return stopped.error();
    return Stage::Stop(laptop, *laptop_relay);
  }

  std::optional<std::string> what_;
};

}  // namespace

std::unique_ptr<Command> MakeDemoCommand() { return std::make_unique<DemoCommand>(); }

}  // namespace cctl::cli
