// SPDX-License-Identifier: MIT

#ifdef _WIN32
#include "cctl/base/windows_api.h"
// It has to come before these.
#include <fcntl.h>
#include <io.h>
#include <shellapi.h>

#include "cctl/sys/windows_text.h"
#endif

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/version.h"
#include "tools/claudectl/command_line.h"
#include "tools/claudectl/command_table.h"
#include "tools/claudectl/completion.h"
#include "tools/claudectl/config_layers.h"
#include "tools/claudectl/exit_status.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/live_values.h"
#include "tools/claudectl/man_page.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {
namespace {

int PrintVersion(Printer& out) {
  if (out.json()) {
    out.Object({{"version", kVersion},
                {"protocol", kProtocolVersion},
                {"features", {"invite", "lan", "pair", "project", "qr", "tailscale"}}});
  }
  out.Line(std::string("claudectl ") + kVersion);
  return out.Finish();
}

int PrintHelp(std::string text, Printer& out) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (out.json()) out.Object({{"help", text}});
  out.Line(text);
  return out.Finish();
}

// What the shells' scripts ask for.
int PrintCandidates(const std::vector<std::string>& words, Printer& out) {
  for (const Candidate& candidate : CompleteWords(words, CommandTable(), ReadLiveValues)) {
    out.Line(candidate.word + "\t" + candidate.help);
  }
  return out.Finish();
}

int Main(std::vector<std::string> words) {
  if (!words.empty() && words[0] == "__complete") {
    Printer out({.color = false});
    return PrintCandidates({words.begin() + 1, words.end()}, out);
  }
  if (!words.empty() && words[0] == "__man") {  // for `tools/dev install`
    std::fputs(ManPage(CommandTable()).c_str(), stdout);
    return std::fflush(stdout) == 0 ? kExitDone : ExitStatus(Errc::kIo);
  }
  const OutputOptions output = TakeOutputOptions(words);
  Printer out(output);
  EndOnInterrupt(output.json);
  auto request = ParseRequest(words, CommandTable());
  if (!request) return out.Fail(request.error());
  if (request->version) return PrintVersion(out);
  if (request->command == nullptr) return PrintHelp(std::move(request->help), out);
  if (!request->command->WorksWithoutConfig()) {
    if (const auto config = LoadConfig(); !config) return out.Fail(config.error());
  }
  return request->command->Run(out);
}

}  // namespace
}  // namespace cctl::cli

#ifdef _WIN32

int main() {
  // What is read and written is UTF-8 and has the same bytes as everywhere.
  SetConsoleOutputCP(CP_UTF8);
  for (std::FILE* const stream : {stdin, stdout, stderr}) _setmode(_fileno(stream), _O_BINARY);
  std::setvbuf(stderr, nullptr, _IONBF, 0);  // it is buffered there where it is a pipe
  std::vector<std::string> words;
  int count = 0;
  wchar_t** const arguments = CommandLineToArgvW(GetCommandLineW(), &count);
  for (int i = 1; arguments != nullptr && i < count; ++i) words.push_back(cctl::detail::Narrow(arguments[i]));
  LocalFree(arguments);
  return cctl::cli::Main(std::move(words));
}

#else

int main(int argc, char** argv) {
  return cctl::cli::Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}

#endif  // _WIN32
