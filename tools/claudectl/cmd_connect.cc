// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/base/host_port.h"
#include "cctl/base/profile.h"
#include "cctl/identity/identity.h"
#include "cctl/node/dial_targets.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/dial.h"
#include "tools/claudectl/error_text.h"

namespace cctl::cli {
namespace {

class ConnectCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Argument("host:port", address_, "Where the peer listens (port 9847 where none is given)");
    options.Text("--peer", "IDENTITY", peer_, "Who must answer, where the address alone does not say");
    flags_.Declare(options);
  }

  int Run(Printer& out) override {
    const auto at = ParseHostPort(address_, kClaudectlProfile.tcp_port);
    if (!at) return out.Fail({Errc::kInvalid, "not an address: " + ErrorSentence(at.error())});
    ConnectTarget target{at->host, at->port, std::nullopt};
    if (peer_) {
      const auto peer = Identity::Parse(*peer_);
      if (!peer) return out.Fail({Errc::kInvalid, "--peer: " + ErrorSentence(peer.error())});
      target.peer = *peer;
    }
    Dial dial{"connect", {{"host", std::string(at->host.view())}, {"port", at->port}}, target, {}};
    if (peer_) dial.params["peer"] = *peer_;
    dial.in_tailnet = true;
    dial.print = [](const nlohmann::json& answer, Printer& printer) {
      printer.Progress("Authenticated!");
      printer.Line("Connected to " + TextOf(answer, "peer") + ".");
    };
    std::string addr;
    AppendHostPort(at->host, at->port, addr);
    out.Progress("Connecting to " + (peer_ ? *peer_ + " at " : std::string()) + addr + "...");
    return RunDial(dial, flags_, out);
  }

 private:
  std::string address_;
  std::optional<std::string> peer_;
  DialFlags flags_;
};

}  // namespace

std::unique_ptr<Command> MakeConnectCommand() { return std::make_unique<ConnectCommand>(); }

}  // namespace cctl::cli
