// SPDX-License-Identifier: MIT

#include "tools/claudectl/command_line.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "cctl/base/printable_text.h"
#include "cctl/identity/pair_code.h"
#include "tools/claudectl/declared_options.h"
#include "tools/claudectl/nearest_name.h"

namespace cctl::cli {
namespace {

// What was typed, for a message; but not a link or a code that stands in the wrong place: messages end up in logs.
std::string Quoted(std::string_view typed) {
  const bool secret = typed.find("://") != std::string_view::npos || PairCode::Parse(typed);
  return secret ? "(a secret)" : std::string("'").append(Printable(typed).view()).append("'");
}

Failure UsageError(std::string message, std::string hint) {
  return {Errc::kUsage, std::move(message), std::move(hint)};
}

bool AsksForHelp(std::string_view word) { return word == "--help" || word == "-h"; }

// `help` in place of a command: "help", "help relay", "relay help", "relay help invite". As if `--help` stood at the
// end.
std::vector<std::string> WithoutHelpWord(const std::vector<std::string>& words) {
  const std::size_t at = words[0] == "relay" && words.size() > 1 ? 1 : 0;
  if (words[at] != "help") return words;
  std::vector<std::string> rest = words;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
  rest.emplace_back("--help");
  return rest;
}

// A name and what it is, in two columns.
void AppendHelpLine(const std::string& name, const std::string& help, std::string& out) {
  std::string line = "  " + name;
  line.resize(std::max<std::size_t>(line.size() + 1, 26), ' ');
  out.append(line).append(help).append("\n");
}

std::string GlobalHelp() {
  std::string help = "Everywhere:\n";
  for (const GlobalOption& option : kGlobalOptions) {
    const std::string shorter(option.short_name);
    AppendHelpLine((shorter.empty() ? shorter : shorter + ",") + option.name, option.help, help);
  }
  return help;
}

std::string TopHelp() {
  return std::string(
             "claudectl: find and pair instances\n\n"
             "Usage: claudectl relay COMMAND [OPTIONS]\n"
             "       claudectl --version\n\n"
             "Commands:\n"
             "  relay                   Pair with other instances and keep connections to them\n\n")
      .append(GlobalHelp())
      .append("\nExample:\n  claudectl relay --help\n");
}

std::string RelayHelp(std::span<const CommandRow> commands) {
  std::string help =
      "Pair with other instances and keep connections to them\n\n"
      "Usage: claudectl relay COMMAND [OPTIONS]\n\nCommands:\n";
  for (const CommandRow& row : commands) {
    std::string line = std::string("  ").append(row.name);
    line.resize(26, ' ');
    help.append(line).append(row.summary).append("\n");
  }
  help.append("\n").append(GlobalHelp());
  return help.append(
      "\nExamples:\n"
      "  claudectl relay demo                  see all of it on this machine\n"
      "  claudectl relay serve                 here: run the relay\n"
      "  claudectl relay invite                here: make a link\n"
      "  claudectl relay join <link>           there: pair by it\n");
}

// A word that starts with a dash where none was expected. `known`: what is, besides what is everywhere.
Failure UnknownOption(std::string_view typed, std::vector<std::string_view> known, const std::string& command) {
  for (const GlobalOption& option : kGlobalOptions) known.push_back(option.name);
  const std::string_view name = typed.substr(0, typed.find('='));
  if (name != typed && std::find(known.begin(), known.end(), name) != known.end()) {
    return UsageError(std::string(name) + " takes no value", command + " --help");
  }
  std::string message = "unknown option " + Quoted(name);
  if (const auto nearest = NearestName(name, known); !nearest.empty()) {
    message.append("; did you mean ").append(nearest).append("?");
  }
  return UsageError(std::move(message), command + " --help");
}

Failure UnknownCommand(std::string_view typed, std::span<const CommandRow> commands, bool after_relay) {
  std::vector<std::string_view> known;
  if (!after_relay) known.emplace_back("relay");
  for (const CommandRow& row : commands) known.emplace_back(row.name);
  std::string message = "unknown command " + Quoted(typed);
  if (typed.starts_with("cctl://")) return UsageError(std::move(message), "claudectl relay join <link>");
  const std::string_view nearest = NearestName(typed, known);
  if (nearest.empty())
    return UsageError(std::move(message), after_relay ? "claudectl relay --help" : "claudectl --help");
  const std::string meant = nearest == "relay" ? "claudectl relay" : "claudectl relay " + std::string(nearest);
  message.append("; did you mean ").append(after_relay ? std::string(nearest) : meant).append("?");
  return UsageError(std::move(message), meant + " --help");
}

std::string CommandHelp(const CommandRow& row, const DeclaredOptions& declared, const std::string& typed) {
  std::string help = std::string(row.summary).append("\n\nUsage: ").append(typed);
  for (const Declared& argument : declared.arguments) {
    help.append(argument.required ? " <" + argument.name + ">" : " [<" + argument.name + ">]");
  }
  help.append(declared.options.empty() ? "\n" : " [OPTIONS]\n");
  if (!declared.arguments.empty()) help.append("\nArguments:\n");
  for (const Declared& argument : declared.arguments) AppendHelpLine("<" + argument.name + ">", argument.help, help);
  if (!declared.options.empty()) help.append("\nOptions:\n");
  for (const Declared& option : declared.options) {
    AppendHelpLine(option.name + (option.placeholder.empty() ? "" : " " + option.placeholder), option.help, help);
  }
  return help.append("\n").append(GlobalHelp()).append("\nExample:\n  claudectl relay ").append(row.example);
}

// Hands the words to what was declared for them. An option that nobody knows explains whatever else is wrong, so it is
// told first.
Outcome<Done> TakeWords(const std::vector<std::string>& words, const DeclaredOptions& declared,
                        const std::string& typed) {
  std::vector<std::string> arguments;
  std::optional<Failure> first;
  const auto wrong = [&](std::string message) {
    if (!first) first = UsageError(std::move(message), typed + " --help");
  };
  bool options_end = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (options_end || word == "-" || !word.starts_with("-")) {
      arguments.push_back(word);
      continue;
    }
    options_end = word == "--";
    if (options_end) continue;
    const std::size_t equals = word.find('=');
    const auto option = std::find_if(declared.options.begin(), declared.options.end(),
                                     [&](const Declared& o) { return o.name == word.substr(0, equals); });
    if (option == declared.options.end()) {
      std::vector<std::string_view> known;
      for (const Declared& o : declared.options) known.push_back(o.name);
      return UnknownOption(word, std::move(known), typed);
    }
    if (option->placeholder.empty()) {
      if (equals != std::string::npos) wrong(option->name + " takes no value");
      (void)option->take({});
      continue;
    }
    if (equals == std::string::npos && i + 1 == words.size()) {
      wrong(option->name + " needs a value");
      continue;
    }
    const std::string value = equals == std::string::npos ? words[++i] : word.substr(equals + 1);
    const std::string wanted = option->take(value);
    if (!wanted.empty()) wrong(option->name + " takes " + wanted + ", not " + Quoted(value));
  }
  for (std::size_t i = 0; i < std::max(arguments.size(), declared.arguments.size()); ++i) {
    if (i >= declared.arguments.size()) {
      wrong("unexpected argument " + Quoted(arguments[i]));
    } else if (i < arguments.size()) {
      (void)declared.arguments[i].take(arguments[i]);
    } else if (declared.arguments[i].required) {
      wrong("<" + declared.arguments[i].name + "> is missing");
    }
  }
  if (first) return *std::move(first);
  return Done{};
}

// Reads the words after the command's name.
Outcome<Request> ParseCommand(const CommandRow& row, const std::vector<std::string>& words) {
  const std::string typed = std::string("claudectl relay ") + row.name;
  Request request;
  request.command = row.make();
  DeclaredOptions declared;
  request.command->Declare(declared);
  const auto end = std::find(words.begin(), words.end(), "--");
  if (std::find_if(words.begin(), end, AsksForHelp) != end) {
    return Request{nullptr, false, CommandHelp(row, declared, typed)};
  }
  if (auto taken = TakeWords(words, declared, typed); !taken) return taken.error();
  return request;
}

}  // namespace

OutputOptions TakeOutputOptions(std::vector<std::string>& words) {
  OutputOptions output;
  const auto end = std::find(words.begin(), words.end(), "--");
  const auto taken = std::remove_if(words.begin(), end,
                                    [&output](const std::string& word) { return ApplyGlobalOption(word, output); });
  words.erase(taken, end);
  return output;
}

Outcome<Request> ParseRequest(const std::vector<std::string>& typed, std::span<const CommandRow> commands) {
  if (typed.empty()) return UsageError("no command given", "claudectl relay --help");
  const std::vector<std::string> words = WithoutHelpWord(typed);
  if (AsksForHelp(words[0])) return Request{nullptr, false, TopHelp()};
  if (words[0] == "--version") {
    if (words.size() == 1) return Request{nullptr, true, {}};
    return UsageError("unexpected argument " + Quoted(words[1]), "claudectl --help");
  }
  if (words[0].starts_with("-")) return UnknownOption(words[0], {"--version"}, "claudectl");
  if (words[0] != "relay") return UnknownCommand(words[0], commands, false);
  if (words.size() == 1) return UsageError("no command given", "claudectl relay --help");
  if (AsksForHelp(words[1])) return Request{nullptr, false, RelayHelp(commands)};
  if (words[1].starts_with("-")) return UnknownOption(words[1], {}, "claudectl relay");
  for (const CommandRow& row : commands) {
    if (words[1] == row.name) return ParseCommand(row, {words.begin() + 2, words.end()});
  }
  return UnknownCommand(words[1], commands, true);
}

}  // namespace cctl::cli
