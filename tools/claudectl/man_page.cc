// SPDX-License-Identifier: MIT

#include "tools/claudectl/man_page.h"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/version.h"
#include "tools/claudectl/declared_options.h"
#include "tools/claudectl/exit_status.h"

namespace cctl::cli {
namespace {

// A text that is neither a request nor an escape of roff, on a line of its own or in one.
std::string Escaped(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out.append("\\&");
  for (const char c : text) {
    if (c == '\\') {
      out.append("\\e");
    } else if (c == '-') {
      out.append("\\-");
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// One entry of a list: what is typed, and what it does.
void AppendEntry(std::string_view typed, std::string_view help, std::string& out) {
  out.append(".TP\n.B ").append(Escaped(typed)).append("\n").append(Escaped(help)).append("\n");
}

void AppendCommand(const CommandRow& row, std::string& out) {
  const auto command = row.make();
  DeclaredOptions declared;
  command->Declare(declared);
  std::string usage = std::string("claudectl relay ") + row.name;
  for (const Declared& argument : declared.arguments) {
    usage.append(argument.required ? " " + argument.name : " [" + argument.name + "]");
  }
  if (!declared.options.empty()) usage.append(" [options]");
  out.append(".SS ").append(Escaped(row.name)).append("\n").append(Escaped(row.summary)).append(".\n");
  out.append(".PP\n.B ").append(Escaped(usage)).append("\n");
  for (const Declared& argument : declared.arguments) AppendEntry(argument.name, argument.help, out);
  for (const Declared& option : declared.options) {
    AppendEntry(option.name + (option.placeholder.empty() ? "" : " " + option.placeholder), option.help, out);
  }
  out.append(".PP\nExample:\n.PP\n.EX\n").append(Escaped(std::string("claudectl relay ") + row.example));
  out.append("\n.EE\n");
}

// Which codes end the program with which status.
std::map<int, std::string> CodesByStatus() {
  std::map<int, std::string> codes;
  for (int i = 0; i < kErrcCount; ++i) {
    const auto code = static_cast<Errc>(i);
    std::string& all = codes[ExitStatus(code)];
    const std::string name(ErrorCode(code));
    if ((", " + all + ",").find(", " + name + ",") != std::string::npos) continue;
    all.append(all.empty() ? "" : ", ").append(name);
  }
  return codes;
}

}  // namespace

std::string ManPage(std::span<const CommandRow> commands) {
  std::string out = std::string(".TH CLAUDECTL 1 \"\" \"claudectl ") + kVersion + "\" \"User Commands\"\n";
  out.append(
      ".SH NAME\nclaudectl \\- find and pair instances of a program\n"
      ".SH SYNOPSIS\n.B claudectl relay\n.I command\n[options]\n.br\n.B claudectl \\-\\-version\n"
      ".SH DESCRIPTION\n"
      "Pairs instances over a network and keeps connections to them: on a LAN with approval, by an invite link, by a "
      "list in a repository, and within a tailnet.\n"
      "Results go to standard output, everything else to standard error.\n"
      ".SH OPTIONS\nUnderstood by every command:\n");
  for (const GlobalOption& option : kGlobalOptions) {
    const std::string shorter(option.short_name);
    AppendEntry((shorter.empty() ? shorter : shorter + ", ") + option.name, option.help, out);
  }
  out.append(".SH COMMANDS\n");
  for (const CommandRow& row : commands) AppendCommand(row, out);
  out.append(".SH EXIT STATUS\n");
  AppendEntry("0", "Done", out);
  for (const auto& [status, codes] : CodesByStatus()) AppendEntry(std::to_string(status), codes, out);
  out.append(".SH ENVIRONMENT\n");
  AppendEntry("CLAUDECTL_HOME", "The state folder, instead of ~/.claudectl", out);
  AppendEntry("CLAUDECTL_IDENTITY", "This machine's name, instead of the one that is stored", out);
  AppendEntry("CLAUDECTL_INVITE", "The link for join, where none is given", out);
  AppendEntry("CLAUDECTL_RELAY_<KEY>", "A setting, stronger than the files: see claudectl relay config", out);
  AppendEntry("NO_COLOR", "No colours", out);
  out.append(".SH FILES\n");
  AppendEntry("~/.claudectl.toml", "The user's settings", out);
  AppendEntry("~/.claudectl/relay", "Identity, keys and invites", out);
  AppendEntry(".claudectl/peers.toml", "A project's list of machines", out);
  return out;
}

}  // namespace cctl::cli
