// SPDX-License-Identifier: MIT

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cctl/base/profile.h"
#include "cctl/base/secret.h"
#include "cctl/invite/invite_link.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/dial.h"
#include "tools/claudectl/error_text.h"

namespace cctl::cli {
namespace {

// Reads one line of standard input, at most `limit` bytes; what is longer is no link.
Outcome<std::string> ReadLine(std::size_t limit) {
  std::string line;
  line.reserve(limit + 1);  // so that wiping it leaves no older copy behind
  char c = 0;
  while (line.size() <= limit) {
    const ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failure{Errc::kIo, "cannot read the link from standard input"};
    if (got == 0 || (c == '\n' && !line.empty())) break;
    if (c != '\n') line.push_back(c);
  }
  return line;
}

Failure NotALink(const Error& error) {
  const std::string scheme = std::string(kClaudectlProfile.link_scheme) + "://";
  Failure failure{
      Errc::kInvalid, "not an invite link: " + ErrorSentence(error),
      "ask for a link that `claudectl relay invite` has made: " + scheme + "<identity>@<host>:<port>/k/<code>"};
  if (std::string_view(error.part) == "scheme") {
    failure.message = "not an invite link: it does not start with " + scheme +
                      " (relay codes and word phrases of the released claudectl are not read)";
  }
  return failure;
}

class JoinCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.OptionalArgument("link", link_, "The invite link; - reads it from standard input; else CLAUDECTL_INVITE");
    flags_.Declare(options);
  }

  int Run(Printer& out) override {
    auto text = LinkText();
    if (!text) return out.Fail(text.error());
    const ScopedWipe wipe(*text);
    const auto link = ParseInviteLink(*text);
    if (!link) return out.Fail(NotALink(link.error()));
    Dial dial{"join", {{"link", *text}}, *link, {}};
    dial.print = Print;
    std::string addr;
    AppendHostPort(link->host, link->port, addr);
    out.Progress("Connecting to " + std::string(link->identity.view()) + " at " + addr + "...");
    return RunDial(dial, flags_, out);
  }

 private:
  Outcome<std::string> LinkText() {
    if (link_ == "-") return ReadLine(2 * kMaxInviteLinkSize);
    if (link_) return *link_;
    const char* variable = std::getenv("CLAUDECTL_INVITE");
    if (variable != nullptr && *variable != '\0') return std::string(variable);
    return Failure{Errc::kUsage, "no link: give one, - for standard input, or CLAUDECTL_INVITE",
                   "claudectl relay join --help"};
  }

  static void Print(const nlohmann::json& answer, Printer& out) {
    if (PrintAlreadyPaired(answer, out)) return;
    out.Progress("Authenticated!");
    out.Line("Paired with " + TextOf(answer, "peer") + ".");
  }

  std::optional<std::string> link_;
  DialFlags flags_;
};

}  // namespace

std::unique_ptr<Command> MakeJoinCommand() { return std::make_unique<JoinCommand>(); }

}  // namespace cctl::cli
