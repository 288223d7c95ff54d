// SPDX-License-Identifier: MIT

#include "tools/claudectl/completion.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "tools/claudectl/declared_options.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {
namespace {

// What a placeholder of a help text stands for; nothing where anything may stand.
std::optional<LiveKind> KindOf(std::string_view command, std::string_view placeholder) {
  if (placeholder == "identity|id") return LiveKind::kRequest;
  if (placeholder == "invite-id") return LiveKind::kInvite;
  if (command == "pair-with" && placeholder == "identity") return LiveKind::kNearby;
  if (placeholder == "peer" || placeholder == "IDENTITY") return LiveKind::kPeer;
  return std::nullopt;
}

// The words that some placeholders stand for.
std::vector<std::string> WordsOf(std::string_view placeholder) {
  if (placeholder == "what") return {"invite", "lan", "project"};
  if (placeholder == "shell") return {"bash", "zsh", "fish"};
  if (placeholder == "LEVEL") return {"L", "M", "Q", "H"};
  if (placeholder == "STYLE") return {"half", "full", "ascii"};
  return {};
}

std::vector<Candidate> Values(std::string_view command, const Declared& declared, bool option, const LiveValues& live) {
  const std::string_view placeholder = option ? declared.placeholder : declared.name;
  std::vector<Candidate> values;
  for (const std::string& word : WordsOf(placeholder)) values.push_back({word, {}});
  if (const auto kind = KindOf(command, placeholder)) values = live(*kind);
  return values;
}

std::vector<Candidate> StartingWith(std::string_view typed, std::vector<Candidate> all) {
  std::erase_if(all, [typed](const Candidate& candidate) { return !candidate.word.starts_with(typed); });
  return all;
}

std::vector<Candidate> CompleteCommand(const CommandRow& row, std::span<const std::string> words,
                                       const LiveValues& live) {
  const auto command = row.make();
  DeclaredOptions declared;
  command->Declare(declared);
  const std::string& typed = words.back();
  const auto find = [&declared](std::string_view name) {
    return std::find_if(declared.options.begin(), declared.options.end(),
                        [name](const Declared& option) { return option.name == name; });
  };
  std::size_t arguments = 0;
  const Declared* open = nullptr;  // an option whose value comes next
  bool options_end = false;
  for (const std::string& word : words.first(words.size() - 1)) {
    if (open != nullptr) {
      open = nullptr;
    } else if (options_end || word == "-" || !word.starts_with("-")) {
      ++arguments;
    } else {
      options_end = word == "--";
      const auto option = find(word);
      if (option != declared.options.end() && !option->placeholder.empty()) open = &*option;
    }
  }
  if (open != nullptr) return StartingWith(typed, Values(row.name, *open, /*option=*/true, live));
  if (typed.starts_with("-") && !options_end) {
    std::vector<Candidate> options;
    for (const Declared& option : declared.options) options.push_back({option.name, option.help});
    for (const GlobalOption& option : kGlobalOptions) options.push_back({option.name, option.help});
    return StartingWith(typed, std::move(options));
  }
  if (arguments >= declared.arguments.size()) return {};
  return StartingWith(typed, Values(row.name, declared.arguments[arguments], /*option=*/false, live));
}

}  // namespace

std::vector<Candidate> CompleteWords(const std::vector<std::string>& words, std::span<const CommandRow> commands,
                                     const LiveValues& live) {
  if (words.empty()) return {};
  std::vector<std::string> named = words;
  // What may stand anywhere stands in nobody's way.
  named.erase(std::remove_if(named.begin(), named.end() - 1,
                             [](const std::string& word) {
                               OutputOptions ignored;
                               return ApplyGlobalOption(word, ignored);
                             }),
              named.end() - 1);
  if (named.size() == 1) {
    return StartingWith(named[0], {{"relay", "Pair with other instances and keep connections to them"},
                                   {"--version", "Show the version"},
                                   {"--help", "Show help"}});
  }
  if (named[0] != "relay") return {};
  if (named.size() == 2) {
    std::vector<Candidate> all;
    for (const CommandRow& row : commands) all.push_back({row.name, row.summary});
    return StartingWith(named[1], std::move(all));
  }
  for (const CommandRow& row : commands) {
    if (named[1] == row.name) return CompleteCommand(row, std::span(named).subspan(2), live);
  }
  return {};
}

}  // namespace cctl::cli
