// SPDX-License-Identifier: MIT

#include "tools/claudectl/child_process.h"

#ifndef _WIN32

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "cctl/sys/clock.h"

namespace cctl::cli {
namespace {

// The same file, wherever it was started from and whatever its name.
std::string ThisProgram() {
#ifdef __APPLE__
  std::uint32_t size = 0;
  (void)_NSGetExecutablePath(nullptr, &size);
  std::string path(size, '\0');
  return _NSGetExecutablePath(path.data(), &size) == 0 ? std::string(path.c_str()) : std::string();
#else
  return "/proc/self/exe";
#endif
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Outcome<ChildProcess> ChildProcess::Start(const std::vector<std::string>& arguments,
                                          const std::vector<std::string>& environment) {
  int ends[2];
  // The child's own end is a copy, which it inherits.
  if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0) {
    return Failure{Errc::kIo, std::string("pipe: ") + std::strerror(errno)};
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<std::string> words = {"claudectl"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment;
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, ThisProgram().c_str(), &actions, nullptr, Pointers(words).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) return ChildProcess(pid, ends[0]);
  close(ends[0]);
  return Failure{Errc::kIo, std::string("cannot run this program again: ") + std::strerror(error)};
}

ChildProcess::~ChildProcess() {
  if (output_ != kNone) close(static_cast<int>(output_));
  if (process_ == kNone) return;
  kill(static_cast<pid_t>(process_), SIGKILL);
  waitpid(static_cast<pid_t>(process_), nullptr, 0);
}

Outcome<std::string> ChildProcess::ReadLines(int enough, Duration timeout, StopSignals& signals) {
  const Instant deadline = SteadyNow() + timeout;
  std::string text;
  while (enough < 0 || std::count(text.begin(), text.end(), '\n') < enough) {
    const Duration left = deadline - SteadyNow();
    if (left.ms <= 0) return Failure{Errc::kTimeout, "a command of the demo did not answer in time"};
    pollfd wanted[] = {{static_cast<int>(output_), POLLIN, 0}, {signals.descriptor(), POLLIN, 0}};
    if (poll(wanted, 2, static_cast<int>(left.ms)) < 0 && errno != EINTR) {
      return Failure{Errc::kIo, std::string("poll: ") + std::strerror(errno)};
    }
    if (signals.Take()) return Failure{Errc::kInterrupted, "interrupted"};
    if (wanted[0].revents == 0) continue;
    char bytes[4096];
    const ssize_t got = read(static_cast<int>(output_), bytes, sizeof bytes);
    if (got == 0) break;
    if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
  }
  return text;
}

int ChildProcess::Wait() {
  const auto pid = static_cast<pid_t>(std::exchange(process_, kNone));
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace cctl::cli

#endif  // _WIN32
