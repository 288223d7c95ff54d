// SPDX-License-Identifier: MIT

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tools/claudectl/commands.h"

namespace cctl::cli {
namespace {

// Each asks this program, by `__complete`, for lines of a word, a tab and what it is.
constexpr std::string_view kBash = R"(# claudectl relay completion bash
_claudectl() {
  local IFS=$'\n'
  COMPREPLY=($(claudectl __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o default -F _claudectl claudectl)";

constexpr std::string_view kZsh = R"(#compdef claudectl
# claudectl relay completion zsh
_claudectl() {
  local -a lines described
  local line
  lines=("${(@f)$(claudectl __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  if (( $#described )); then _describe claudectl described; else _files; fi
}
compdef _claudectl claudectl)";

constexpr std::string_view kFish = R"fish(# claudectl relay completion fish
function __claudectl_words
  claudectl __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null
end
complete -c claudectl -f -a '(__claudectl_words)'
complete -c claudectl -n 'test -z "$(__claudectl_words | head -n 1)"' -F)fish";

// Prints a shell's script. No relay, no state folder.
class CompletionCommand : public Command {
 public:
  void Declare(Options& options) override { options.Argument("shell", shell_, "bash, zsh or fish"); }

  [[nodiscard]] bool WorksWithoutConfig() const override { return true; }

  int Run(Printer& out) override {
    const std::string_view script = shell_ == "bash"   ? kBash
                                    : shell_ == "zsh"  ? kZsh
                                    : shell_ == "fish" ? kFish
                                                       : std::string_view();
    if (script.empty()) {
      return out.Fail({Errc::kUsage, "there are scripts for bash, zsh and fish", "claudectl relay completion --help"});
    }
    if (out.json()) out.Object({{"shell", shell_}, {"script", std::string(script) + "\n"}});
    out.Line(script);
    return out.Finish();
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> MakeCompletionCommand() { return std::make_unique<CompletionCommand>(); }

}  // namespace cctl::cli
