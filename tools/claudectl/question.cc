// SPDX-License-Identifier: MIT

#include "tools/claudectl/question.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include "cctl/sys/terminal.h"

namespace cctl::cli {

Questioner::Questioner(const Printer& out, bool wanted)
    : can_ask_(wanted && !out.json() && IsTerminal(StandardStream::kInput) && IsTerminal(StandardStream::kError)) {}

Outcome<std::string> Questioner::AskLine(const std::string& question) {
  std::fflush(stdout);
  std::fputs((question + " ").c_str(), stderr);
  std::fflush(stderr);
  if (wait_) {
    if (const auto waited = wait_(); !waited) return waited.error();
  }
  // The terminal gives a line at once, and no more than one.
  char line[4096];
  ssize_t size = 0;
  do size = ::read(STDIN_FILENO, line, sizeof line);
  while (size < 0 && errno == EINTR);
  if (size <= 0) std::fputs("\n", stderr);
  std::string_view text(line, size > 0 ? static_cast<std::size_t>(size) : 0);
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return std::string();
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) + 1 - first));
}

Outcome<bool> Questioner::AskYesNo(const std::string& question) {
  const auto answer = AskLine(question + " (y/n)");
  if (!answer) return answer.error();
  return *answer == "y" || *answer == "Y" || *answer == "yes" || *answer == "Yes" || *answer == "YES";
}

}  // namespace cctl::cli
