// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/identity/identity.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli {
namespace {

constexpr Duration kRequestTimeout = Seconds(120);
constexpr Duration kLongestWait = Hours(24);

// `approve` and `deny`: the relay's queue decides whether there is such a request.
class DecideCommand : public Command {
 public:
  explicit DecideCommand(bool approve) : approve_(approve) {}

  void Declare(Options& options) override {
    if (approve_) {
      options.Argument("identity|id", word_, "Whose request, by name or by the id that `requests` shows");
    } else {
      options.OptionalArgument("identity|id", denied_, "Whose request, by name or by the id that `requests` shows");
      options.Flag("--all", all_, "Every request that waits");
    }
    options.Flag("--wait", wait_, "Wait until that request arrives");
    options.Time("--timeout", kLongestWait, timeout_, "With --wait: give up after this long (default 120s)");
  }

  int Run(Printer& out) override {
    if (denied_) word_ = *denied_;
    if (!approve_ && all_ == denied_.has_value()) {
      return out.Fail({Errc::kUsage, "name a request, or --all", "claudectl relay deny --help"});
    }
    // Anything else is not repeated to anybody: it may be a link that was meant for `join`.
    if (!all_ && !Identity::Parse(word_)) {
      return out.Fail(
          {Errc::kInvalid, "that is neither an identity nor the id of a request", "claudectl relay requests"});
    }
    if (all_ && wait_) {
      return out.Fail({Errc::kUsage, "--wait needs the name of one request", "claudectl relay deny --help"});
    }
    auto relay = RelayAccess::ConnectToRelay(out);
    if (!relay) return out.Fail(relay.error());
    nlohmann::json params = {{"request", word_}};
    if (all_) params = {{"all", true}};
    const auto answer = wait_ ? WaitAndDecide(*relay, params, out) : Decide(*relay, params, out);
    if (!answer) return out.Fail(answer.error());
    if (out.json()) {
      out.Object(*answer);
      return out.Finish();
    }
    const auto decided = ListOf(*answer, "decided");
    if (decided.empty()) out.Line("No pair requests.");
    for (const auto& one : decided) {
      const std::string who = TextOf(one, "identity") + " (" + TextOf(one, "id") + ").";
      out.Line((TextOf(one, "status") == "approved" ? "Approved " : "Denied ") + who);
    }
    return out.Finish();
  }

 private:
  Outcome<nlohmann::json> Decide(ControlClient& relay, const nlohmann::json& params, const Printer& out) const {
    return CallRelay(relay, out, approve_ ? "approve" : "deny", params);
  }

  // Each new request is a reason to try again: which one is meant is the relay's to say.
  Outcome<nlohmann::json> WaitAndDecide(ControlClient& relay, const nlohmann::json& params, Printer& out) const {
    const Instant deadline = SteadyNow() + timeout_.value_or(kRequestTimeout);
    const nlohmann::json wanted = {{"events", {"pair_requested"}}};
    if (auto subscribed = CallRelay(relay, out, "subscribe", wanted); !subscribed) return subscribed;
    bool said = false;
    while (true) {
      auto answer = Decide(relay, params, out);
      if (answer || answer.error().code != Errc::kNotFound) return answer;
      if (!said) out.Progress("Waiting for a pair request of " + word_ + "...");
      said = true;
      const Duration left = deadline - SteadyNow();
      if (left <= Duration{}) {
        return Failure{Errc::kTimeout, "no pair request of " + word_ + " came in time", "claudectl relay requests"};
      }
      const auto event = relay.NextEvent(left);
      if (!event) return event.error();
    }
  }

  const bool approve_;
  std::string word_;
  std::optional<std::string> denied_;
  bool all_ = false;
  bool wait_ = false;
  std::optional<Duration> timeout_;
};

}  // namespace

std::unique_ptr<Command> MakeApproveCommand() { return std::make_unique<DecideCommand>(true); }
std::unique_ptr<Command> MakeDenyCommand() { return std::make_unique<DecideCommand>(false); }

}  // namespace cctl::cli
