// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>

#include "cctl/base/secret.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/node/state_operations.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/error_text.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

// Stores the key of a code that the other side's `pair` has shown.
class AcceptCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Argument("code", code_, "As `pair` shows it there");
    options.Argument("peer-id", peer_, "The identity that `pair` shows there");
  }

  int Run(Printer& out) override {
    const ScopedWipe wipe(code_);
    if (const auto code = PairCode::Parse(code_); !code) {
      return out.Fail({Errc::kInvalid, "not a pair code: " + ErrorSentence(code.error()),
                       "a pair code looks like xxxx-xxxx-xxxx-xxxx, 16 hexadecimal digits"});
    }
    if (const auto peer = Identity::Parse(peer_); !peer) {
      return out.Fail({Errc::kInvalid, "not a peer's identity: " + ErrorSentence(peer.error())});
    }
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    const auto answer = (*access)->Ask("accept", {{"code", code_}, {"peer", peer_}}, [this, &access] {
      return AcceptCode((*access)->folder(), WallNow(), code_, peer_);
    });
    if (!answer) return out.Fail(answer.error());
    if (out.json()) out.Object(*answer);
    out.Line("Accepted " + TextOf(*answer, "peer") + ".");
    if (!out.json()) out.Note("one side runs `claudectl relay serve`, the other `claudectl relay connect <host:port>`");
    return out.Finish();
  }

 private:
  std::string code_;
  std::string peer_;
};

}  // namespace

std::unique_ptr<Command> MakeAcceptCommand() { return std::make_unique<AcceptCommand>(); }

}  // namespace cctl::cli
