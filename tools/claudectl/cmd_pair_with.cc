// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/base/host_port.h"
#include "cctl/base/profile.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/node/dial_targets.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/dial.h"
#include "tools/claudectl/error_text.h"

namespace cctl::cli {
namespace {

class PairWithCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Argument("identity", peer_, "Who to pair with, as `discover` shows it");
    options.Text("--addr", "HOST:PORT", addr_, "Which of several machines of that name, or one that is not found");
    flags_.Declare(options, "120s");
  }

  int Run(Printer& out) override {
    const auto peer = Identity::Parse(peer_);
    if (!peer) return out.Fail({Errc::kInvalid, "not an identity: " + ErrorSentence(peer.error())});
    PairTarget target{*peer, std::nullopt};
    if (addr_) {
      const auto at = ParseHostPort(*addr_, kClaudectlProfile.tcp_port);
      const auto ip = at ? IpAddress::Parse(at->host.view()) : Result<IpAddress>(at.error());
      if (!ip) {
        return out.Fail({Errc::kUsage, "--addr takes a numeric address, such as 192.168.1.50:9847: a key goes there",
                         "claudectl relay discover"});
      }
      target.at = Endpoint{*ip, at->port};
    }
    Dial dial{"pair_with", {{"peer", peer_}}, target, {}};
    if (target.at) dial.params["addr"] = target.at->Format().view();
    dial.timeout = Seconds(120);
    dial.looks_around = true;
    dial.event = "pair_request_sent";
    dial.tell = [this](const nlohmann::json& event, Printer& printer) {
      if (TextOf(event, "peer") != peer_) return;
      printer.Progress("Check number: " + TextOf(event, "check") + " (the other side sees the same)");
      printer.Progress("Waiting for approval on the remote side...");
    };
    dial.print = Print;
    out.Progress("Sending pair request to " + peer_ + "...");
    return RunDial(dial, flags_, out);
  }

 private:
  static void Print(const nlohmann::json& answer, Printer& out) {
    if (PrintAlreadyPaired(answer, out)) return;
    // A machine of the tailnet is connected, and nothing is stored.
    const bool paired = TextOf(answer, "status") == "paired";
    out.Line((paired ? "Paired! Connected to " : "Connected to ") + TextOf(answer, "peer") + ".");
  }

  std::string peer_;
  std::optional<std::string> addr_;
  DialFlags flags_;
};

}  // namespace

std::unique_ptr<Command> MakePairWithCommand() { return std::make_unique<PairWithCommand>(); }

}  // namespace cctl::cli
