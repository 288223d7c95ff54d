// SPDX-License-Identifier: MIT

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/wire/wire_limits.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/slow_notice.h"

namespace cctl::cli {
namespace {

constexpr Duration kSendTimeout = Seconds(10);
constexpr Duration kLongestSend = Hours(1);
constexpr Duration kRelayAnswer = Seconds(5);  // what a relay may take beyond that

// All of standard input; what is longer than a message fits in none.
Outcome<std::string> ReadPayload() {
  std::string text;
  char bytes[16 * 1024];
  while (text.size() <= kMaxLine) {
    const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failure{Errc::kIo, "cannot read the payload from standard input"};
    if (got == 0) return text;
    text.append(bytes, static_cast<std::size_t>(got));
  }
  return Failure{Errc::kInvalid, "the payload is longer than a message may be (1 MiB)"};
}

class SendCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.Argument("peer", peer_, "Who is to get the message");
    options.Text("--type", "TYPE", type_, "The message's type, such as delegate_task; always needed");
    options.Text("--payload", "JSON", payload_, "The message's content; - reads standard input (default {})");
    options.Time("--timeout", kLongestSend, timeout_, "Wait this long for the acknowledgement (default 10s)");
  }

  int Run(Printer& out) override {
    if (!type_) return out.Fail({Errc::kUsage, "--type is missing", "claudectl relay send --help"});
    std::string text = payload_.value_or("{}");
    if (text == "-") {
      auto read = ReadPayload();
      if (!read) return out.Fail(read.error());
      text = *std::move(read);
    }
    auto relay = RelayAccess::ConnectToRelay(out);
    if (!relay) return out.Fail(relay.error());
    const Duration timeout = timeout_.value_or(kSendTimeout);
    const nlohmann::json params = {
        {"peer", peer_}, {"type", *type_}, {"payload_text", text}, {"timeout_ms", timeout.ms}};
    const SlowNotice notice(&out, "Waiting for " + peer_ + " to acknowledge...");
    const auto answer = relay->Call("send", params, timeout + kRelayAnswer);
    if (!answer) return out.Fail(answer.error());
    if (out.json()) out.Object(*answer);
    out.Line("Delivered to " + TextOf(*answer, "peer") + " in " + std::to_string(NumberOf(*answer, "rtt_ms")) + " ms.");
    return out.Finish();
  }

 private:
  std::string peer_;
  std::optional<std::string> type_;
  std::optional<std::string> payload_;
  std::optional<Duration> timeout_;
};

}  // namespace

std::unique_ptr<Command> MakeSendCommand() { return std::make_unique<SendCommand>(); }

}  // namespace cctl::cli
