// SPDX-License-Identifier: MIT
//
// `project-add`, and `project-init`, which does the same for the first one of a team.

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/host_name.h"
#include "cctl/base/host_port.h"
#include "cctl/base/profile.h"
#include "cctl/identity/identity.h"
#include "cctl/node/state_error.h"
#include "cctl/project/peers_editor.h"
#include "cctl/project/peers_file.h"
#include "tools/claudectl/advertised_address.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/error_text.h"
#include "tools/claudectl/project_file.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

// What `project-init` begins with.
constexpr std::string_view kNewFile =
    "# Team claudectl relay peers\n"
    "# Add your identity with: claudectl relay project-add\n"
    "# Connect with: claudectl relay project-connect\n";

class ProjectAddCommand : public Command {
 public:
  explicit ProjectAddCommand(bool only_begins) : only_begins_(only_begins) {}

  void Declare(Options& options) override {
    options.Text("--name", "TEXT", name_, "What people call this machine");
    options.Text("--addr", "HOST:PORT", addr_, "Where others reach it (default: as `invite` has it)");
    options.Text("--tailscale", "HOST", tailscale_, "Its name in the tailnet");
  }

  int Run(Printer& out) override {
    auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    if (const auto checked = CheckOptions(); !checked) return out.Fail(checked.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto self = (*access)->folder().identity();
    if (!self) return out.Fail(ToFailure(self.error()));
    const auto status = (*access)->Status();
    if (!status) return out.Fail(status.error());
    const auto file = ProjectFile::FindOrPlace();
    if (!file) return out.Fail(file.error());
    PeerEdit edit{.identity = *self, .name = name_, .addr = addr_, .tailscale = tailscale_};
    const char* done = "unchanged";
    const auto changed = file->Change(
        [&](const auto& text) -> Outcome<std::optional<std::string>> {
          if (text && only_begins_) {
            done = "exists";
            return std::optional<std::string>();
          }
          const std::string before = text.value_or(std::string(kNewFile));
          if (!edit.addr) edit.addr = AddressToWrite(before, edit.identity, *config, *status);
          auto edited = EditPeer(before, edit);
          if (!edited) return file->EditFailure(edited.error(), before);
          if (!text) done = only_begins_ ? "created" : "added";
          if (text && edited->change != PeerChange::kNone) {
            done = edited->change == PeerChange::kAdded ? "added" : "updated";
          }
          return std::optional<std::string>(std::move(edited->text));
        },
        out);
    if (!changed) return out.Fail(changed.error());
    return Print(*file, done, edit, out);
  }

 private:
  Outcome<Done> CheckOptions() const {
    if (addr_) {
      const auto at = ParseHostPort(*addr_, kClaudectlProfile.tcp_port);
      if (!at) return Failure{Errc::kUsage, "--addr: " + ErrorSentence(at.error())};
    }
    if (tailscale_) {
      const auto host = Host::Parse(*tailscale_);
      if (!host) return Failure{Errc::kUsage, "--tailscale: " + ErrorSentence(host.error())};
    }
    return Done{};
  }

  // The machine's own address; none where it has none, and none in place of a name, which a person has chosen.
  static std::optional<std::string> AddressToWrite(std::string_view text, const Identity& self, const Config& config,
                                                   const nlohmann::json& status) {
    for (const ProjectPeer& peer : ParsePeersFile(text).peers) {
      if (peer.identity == self && peer.addr && !peer.addr->host.is_numeric()) return std::nullopt;
    }
    const auto known = AdvertisedHost(config, status);
    const auto host = known ? Host::Parse(*known) : Result<Host>(Error{});
    const std::uint16_t port = AdvertisedPort(config, status);
    if (!host || port == 0) return std::nullopt;
    std::string addr;
    AppendHostPort(*host, port, addr);
    return addr;
  }

  static int Print(const ProjectFile& file, std::string_view done, const PeerEdit& edit, Printer& out) {
    const std::string who(edit.identity.view());
    if (out.json()) {
      const auto addr = edit.addr ? nlohmann::json(*edit.addr) : nlohmann::json();
      out.Object({{"file", file.path()}, {"identity", who}, {"status", done}, {"addr", addr}});
      return out.Finish();
    }
    if (done == "exists") {
      out.Line(file.shown() + " is there already.");
      out.Note("to add this machine: claudectl relay project-add");
      return out.Finish();
    }
    if (done == "unchanged") {
      out.Line(who + " is in " + file.shown() + " already.");
      return out.Finish();
    }
    if (done == "created") {
      out.Line("Created " + file.shown() + " with your identity");
    } else {
      out.Line(done == "added" ? "Added " + who + " to " + file.shown() : "Updated " + who + " in " + file.shown());
      out.Line("Commit this file to share with your team.");
    }
    if (const auto list = file.Load(); !list) out.Warn("nobody can use the list as it is: " + list.error().message);
    if (!edit.addr && done != "updated") {
      out.Note("no address of this machine is known, so others look for it on the LAN; to name one: --addr HOST:PORT");
    }
    return out.Finish();
  }

  bool only_begins_;
  std::optional<std::string> name_;
  std::optional<std::string> addr_;
  std::optional<std::string> tailscale_;
};

}  // namespace

std::unique_ptr<Command> MakeProjectAddCommand() { return std::make_unique<ProjectAddCommand>(false); }
std::unique_ptr<Command> MakeProjectInitCommand() { return std::make_unique<ProjectAddCommand>(true); }

}  // namespace cctl::cli
