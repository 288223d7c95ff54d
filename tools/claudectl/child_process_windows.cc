// SPDX-License-Identifier: MIT

#ifdef _WIN32

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cctl/base/windows_api.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/windows_text.h"
#include "tools/claudectl/child_process.h"

namespace cctl::cli {
namespace {

// A pipe's other end tells nobody that it has something.
constexpr std::chrono::milliseconds kLookInterval(5);

HANDLE ToHandle(std::intptr_t number) { return reinterpret_cast<HANDLE>(number); }

Failure SystemFailure(std::string_view what) {
  return {Errc::kIo, std::string(what) + ": system error " + std::to_string(GetLastError())};
}

// One word of a command line, as CommandLineToArgvW() takes it apart: quoted, backslashes doubled before a quote.
void AppendQuoted(std::string_view word, std::string& line) {
  line += '"';
  std::size_t backslashes = 0;
  for (const char c : word) {
    if (c == '"') line.append(backslashes + 1, '\\');
    backslashes = c == '\\' ? backslashes + 1 : 0;
    line += c;
  }
  line.append(backslashes, '\\').append("\"");
}

std::wstring ThisProgram() {
  std::wstring path(32'768, L'\0');  // the longest that there is
  path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return path;
}

}  // namespace

Outcome<ChildProcess> ChildProcess::Start(const std::vector<std::string>& arguments,
                                          const std::vector<std::string>& environment) {
  SECURITY_ATTRIBUTES inherited = {sizeof inherited, nullptr, TRUE};
  HANDLE read_end = nullptr;
  HANDLE write_end = nullptr;
  if (!CreatePipe(&read_end, &write_end, &inherited, 0)) return SystemFailure("pipe");
  SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, 0);
  const HANDLE nothing = CreateFileW(L"NUL", GENERIC_READ, 0, &inherited, OPEN_EXISTING, 0, nullptr);
  std::string line = "claudectl";
  for (const std::string& argument : arguments) AppendQuoted(argument, line.append(" "));
  std::wstring command = detail::Wide(line);
  std::wstring variables;
  for (const std::string& variable : environment) variables.append(detail::Wide(variable)).push_back(L'\0');
  variables.push_back(L'\0');
  STARTUPINFOW startup = {};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdInput = nothing;
  startup.hStdOutput = write_end;
  startup.hStdError = write_end;
  PROCESS_INFORMATION process = {};
  // A group of its own: Ctrl-C at the terminal is for this process, which then ends its children.
  const BOOL started = CreateProcessW(ThisProgram().c_str(), command.data(), nullptr, nullptr, TRUE,
                                      CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT, variables.data(), nullptr,
                                      &startup, &process);
  const Failure failure = started ? Failure{} : SystemFailure("cannot run this program again");
  CloseHandle(nothing);
  CloseHandle(write_end);
  if (!started) {
    CloseHandle(read_end);
    return failure;
  }
  CloseHandle(process.hThread);
  return ChildProcess(reinterpret_cast<Native>(process.hProcess), reinterpret_cast<Native>(read_end));
}

ChildProcess::~ChildProcess() {
  if (output_ != kNone) CloseHandle(ToHandle(output_));
  if (process_ == kNone) return;
  TerminateProcess(ToHandle(process_), 1);
  WaitForSingleObject(ToHandle(process_), INFINITE);
  CloseHandle(ToHandle(process_));
}

Outcome<std::string> ChildProcess::ReadLines(int enough, Duration timeout, StopSignals& signals) {
  const Instant deadline = SteadyNow() + timeout;
  std::string text;
  while (enough < 0 || std::count(text.begin(), text.end(), '\n') < enough) {
    if (SteadyNow() >= deadline) return Failure{Errc::kTimeout, "a command of the demo did not answer in time"};
    if (signals.Take()) return Failure{Errc::kInterrupted, "interrupted"};
    DWORD there = 0;
    if (!PeekNamedPipe(ToHandle(output_), nullptr, 0, nullptr, &there, nullptr)) break;  // its end
    if (there == 0) {
      std::this_thread::sleep_for(kLookInterval);
      continue;
    }
    std::array<char, 4096> bytes;
    DWORD got = 0;
    if (!ReadFile(ToHandle(output_), bytes.data(), static_cast<DWORD>(bytes.size()), &got, nullptr)) break;
    text.append(bytes.data(), got);
  }
  return text;
}

int ChildProcess::Wait() {
  const HANDLE process = ToHandle(std::exchange(process_, kNone));
  WaitForSingleObject(process, INFINITE);
  DWORD status = 0;
  const bool known = GetExitCodeProcess(process, &status);
  CloseHandle(process);
  return known ? static_cast<int>(status) : -1;
}

}  // namespace cctl::cli

#endif  // _WIN32
