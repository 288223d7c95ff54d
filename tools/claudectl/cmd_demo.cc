// SPDX-License-Identifier: MIT

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "cctl/net/ip_address.h"
#include "cctl/net/udp_socket.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/demo_stage.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/throwaway_folder.h"

namespace cctl::cli {
namespace {

// The link in what `invite` has printed.
std::string LinkIn(const std::string& text) {
  const std::size_t start = text.find("cctl://");
  if (start == std::string::npos) return {};
  return text.substr(start, text.find('\n', start) - start);
}

// Both sides see each other connected.
Outcome<Done> ShowPeers(DemoStage& stage, const DemoMachine& one, const DemoMachine& other) {
  for (const DemoMachine* machine : {&one, &other}) {
    const auto peers = stage.Run(*machine, {"peers"});
    if (!peers) return peers.error();
    if (peers->find("● connected") == std::string::npos) return Failure{Errc::kCheckFailed, "not connected"};
  }
  return Done{};
}

Outcome<Done> PlayInvite(DemoStage& stage, const DemoMachine& laptop, const DemoMachine& desktop) {
  const auto invited = stage.Run(laptop, {"invite"});
  if (!invited) return invited.error();
  const auto joined = stage.Run(desktop, {"join", LinkIn(*invited)});
  if (!joined) return joined.error();
  return ShowPeers(stage, desktop, laptop);
}

Outcome<Done> PlayLan(DemoStage& stage, const DemoMachine& laptop, const DemoMachine& desktop) {
  const auto found = stage.Run(desktop, {"discover"});
  if (!found) return found.error();
  if (found->find(laptop.identity()) == std::string::npos) return Failure{Errc::kCheckFailed, "nobody was found"};
  auto asking = stage.Start(desktop, {"pair-with", laptop.identity()});
  if (!asking) return asking.error();
  // In one room, this is the `y` that somebody types where `serve` runs.
  const auto approved = stage.Run(laptop, {"approve", desktop.identity(), "--wait"});
  if (!approved) return approved.error();
  const auto paired = stage.Finish(*asking);
  if (!paired) return paired.error();
  return ShowPeers(stage, desktop, laptop);
}

Outcome<Done> PlayProject(DemoStage& stage, const DemoMachine& laptop, const DemoMachine& desktop) {
  // Both have cloned one repository: the folder that all of it runs in.
  const auto begun = stage.Run(laptop, {"project-init", "--name", "Laptop"});
  if (!begun) return begun.error();
  const auto added = stage.Run(desktop, {"project-add", "--name", "Desktop"});
  if (!added) return added.error();
  auto asking = stage.Start(desktop, {"project-connect", "--yes"});
  if (!asking) return asking.error();
  const auto approved = stage.Run(laptop, {"approve", desktop.identity(), "--wait"});
  if (!approved) return approved.error();
  const auto connected = stage.Finish(*asking);
  if (!connected) return connected.error();
  const auto listed = stage.Run(desktop, {"project-peers"});
  if (!listed) return listed.error();
  return ShowPeers(stage, desktop, laptop);
}

// One way to pair, played by two machines whose relays run.
struct Demo {
  std::string_view name;
  Outcome<Done> (*play)(DemoStage& stage, const DemoMachine& laptop, const DemoMachine& desktop);
};
constexpr Demo kDemos[] = {{"invite", PlayInvite}, {"lan", PlayLan}, {"project", PlayProject}};

class DemoCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.OptionalArgument("what", what_,
                             "`invite` (the default): by a link; `lan`: find and approve; `project`: by a repository");
  }

  [[nodiscard]] bool WorksWithoutConfig() const override { return true; }

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
    auto folder = ThrowawayFolder::Make("claudectl-demo-");
    if (!folder) return out.Fail(folder.error());
    if (const auto entered = EnterRepository((*folder)->path()); !entered) return out.Fail(entered.error());
    DemoStage stage(out, *signals);
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

  static Outcome<Done> Play(const Demo& demo, DemoStage& stage, const std::string& folder) {
    const auto settings = Settings();
    if (!settings) return settings.error();
    const DemoMachine laptop("laptop", folder, *settings);
    const DemoMachine desktop("desktop", folder, *settings);
    auto laptop_relay = stage.Serve(laptop);
    if (!laptop_relay) return laptop_relay.error();
    auto desktop_relay = stage.Serve(desktop);
    if (!desktop_relay) return desktop_relay.error();
    if (const auto played = demo.play(stage, laptop, desktop); !played) return played.error();
    if (const auto stopped = stage.Stop(desktop, *desktop_relay); !stopped) return stopped.error();
    return stage.Stop(laptop, *laptop_relay);
  }

  std::optional<std::string> what_;
};

}  // namespace

std::unique_ptr<Command> MakeDemoCommand() { return std::make_unique<DemoCommand>(); }

}  // namespace cctl::cli
