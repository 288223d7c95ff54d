// SPDX-License-Identifier: MIT
//
// Another program, run without a shell on somebody's event loop: its arguments are what they are, its input is empty,
// its two streams are kept apart. What it may take in time and print is bounded; when it takes more, it and what it has
// started are killed. POSIX only: there is none on Windows in this version.
//
//   auto tailscale = cctl::Subprocess::Start({"tailscale", "status", "--json"}, {}, SteadyNow());
//   // wait until one of descriptors() is readable, or for NextTimeout()
//   tailscale->HandleReady(now);
//   if (tailscale->done()) Use(tailscale->result());

#ifndef CCTL_SYS_SUBPROCESS_H_
#define CCTL_SYS_SUBPROCESS_H_

#ifndef _WIN32
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/sys/environment.h"
#include "cctl/sys/file_api.h"

namespace cctl {

struct SubprocessLimits {
  Duration time = Seconds(6);                          // tailscaled that is down is looked for for 5 s
  std::size_t output = std::size_t{16} * 1024 * 1024;  // a tailnet of 20,000 nodes
  std::size_t error_output = std::size_t{64} * 1024;   // what is beyond is thrown away: it is for people
};

enum class SubprocessEnd : std::uint8_t {
  kExited,    // by itself; `status` is its exit status
  kSignaled,  // by a signal that was not ours; `status` is the signal
  kTimedOut,  // killed
  kTooLong,   // killed: it printed more than it may
};

struct SubprocessResult {
  SubprocessEnd end = SubprocessEnd::kExited;
  int status = 0;
  std::string output;
  std::string error_output;
};

#ifndef _WIN32

class Subprocess {
 public:
  // `arguments`: the program, looked up in PATH where it has no slash, and its arguments. Errors, part "spawn", `value`
  // being errno: kNotFound (no such program), kIo.
  static Result<Subprocess> Start(const std::vector<std::string>& arguments, const SubprocessLimits& limits,
                                  Instant now) {
    Pipe output;
    Pipe error_output;
    if (!output.Open() || !error_output.Open()) return SystemError(errno, "spawn");
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_t pid = -1;
    const int failed = Spawn(argv.data(), output.write.get(), error_output.write.get(), &pid);
    if (failed != 0) return SystemError(failed, "spawn");
    return Subprocess(pid, std::move(output.read), std::move(error_output.read), limits, now);
  }

  Subprocess(Subprocess&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        streams_(std::move(other.streams_)),
        limits_(other.limits_),
        deadline_(other.deadline_),
        check_at_(other.check_at_),
        result_(std::move(other.result_)) {}
  Subprocess& operator=(Subprocess&&) = delete;
  ~Subprocess() { Kill(); }

  // Its two streams; -1 for one that has ended.
  [[nodiscard]] std::array<int, 2> descriptors() const { return {streams_[0].get(), streams_[1].get()}; }

  // Reads what there is. Never waits.
  void HandleReady(Instant now) {
    if (done()) return;
    const bool fits = Read(streams_[0], result_.output, limits_.output, /*cut=*/false);
    (void)Read(streams_[1], result_.error_output, limits_.error_output, /*cut=*/true);
    if (!fits) return End(SubprocessEnd::kTooLong);
    Reap(now);
  }

  // The same at a moment when nothing is readable: the time may be over, or the process.
  void HandleTimeout(Instant now) {
    HandleReady(now);
    if (!done() && now >= deadline_) End(SubprocessEnd::kTimedOut);
  }
  // When HandleTimeout is due; nothing once it is done.
  [[nodiscard]] std::optional<Instant> NextTimeout() const {
    if (done()) return std::nullopt;
    return check_at_ ? (std::min)(*check_at_, deadline_) : deadline_;
  }

  [[nodiscard]] bool done() const { return pid_ < 0; }
  // What became of it; complete once it is done.
  [[nodiscard]] const SubprocessResult& result() const { return result_; }

 private:
  struct Pipe {
    Descriptor read;
    Descriptor write;
    bool Open() {
      int ends[2];
      if (::pipe(ends) != 0) return false;
      read = Descriptor(ends[0]);
      write = Descriptor(ends[1]);
      // Between pipe() and here a fork of another thread could inherit them; what is inherited ends with its holder.
      return ::fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 &&
             ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
    }
  };

  // A process that has closed its streams and goes on is looked at so often.
  static constexpr Duration kReapInterval = Milliseconds(10);

  Subprocess(pid_t pid, Descriptor output, Descriptor error_output, const SubprocessLimits& limits, Instant now)
      : pid_(pid),
        streams_{std::move(output), std::move(error_output)},
        limits_(limits),
        deadline_(now + limits.time) {}

  // Returns an errno. The child leads a group of its own, so that all of it can be killed; it gets no signal that was
  // meant for us from a terminal, and ignores none that we ignore.
  static int Spawn(char* const* argv, int output, int error_output, pid_t* pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (const int failed = posix_spawn_file_actions_init(&actions); failed != 0) return failed;
    int failed = posix_spawnattr_init(&attributes);
    if (failed == 0) {
      sigset_t all;
      sigset_t none;
      sigfillset(&all);
      sigemptyset(&none);
      const auto try_next = [&failed](int result) { failed = failed != 0 ? failed : result; };
      try_next(posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
      try_next(posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO));
      try_next(posix_spawn_file_actions_adddup2(&actions, error_output, STDERR_FILENO));
      try_next(posix_spawnattr_setpgroup(&attributes, 0));
      try_next(posix_spawnattr_setsigdefault(&attributes, &all));
      try_next(posix_spawnattr_setsigmask(&attributes, &none));
      try_next(posix_spawnattr_setflags(&attributes,
                                        POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
      if (failed == 0) failed = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
      posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failed;
  }

  // Takes what a stream holds now, and closes it at its end. False: more than `limit`; with `cut` that is thrown away.
  static bool Read(Descriptor& stream, std::string& out, std::size_t limit, bool cut) {
    char bytes[16 * 1024];
    while (stream) {
      const ssize_t size = ::read(stream.get(), bytes, sizeof bytes);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
      if (size <= 0) {
        stream.Close();
        return true;
      }
      const std::size_t fits = (std::min)(static_cast<std::size_t>(size), limit - out.size());
      out.append(bytes, fits);
      if (fits < static_cast<std::size_t>(size) && !cut) return false;
    }
    return true;
  }

  // Whether it has ended, once both its streams have.
  void Reap(Instant now) {
    if (streams_[0] || streams_[1]) return;
    int status = 0;
    const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
    if (reaped == 0 || (reaped < 0 && errno == EINTR)) {
      check_at_ = now + kReapInterval;
      return;
    }
    // Nobody else waits for it; where SIGCHLD is ignored nobody can, and its end tells nothing.
    const bool known = reaped == pid_;
    pid_ = -1;
    if (known && WIFSIGNALED(status)) {
      result_.end = SubprocessEnd::kSignaled;
      result_.status = WTERMSIG(status);
    } else {
      result_.end = SubprocessEnd::kExited;
      result_.status = known ? WEXITSTATUS(status) : 0;
    }
  }

  void End(SubprocessEnd end) {
    result_.end = end;
    Kill();
  }

  void Kill() {
    if (pid_ < 0) return;
    (void)::kill(-pid_, SIGKILL);  // with what it has started; it leads its group
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    for (Descriptor& stream : streams_) stream.Close();
  }

  pid_t pid_;
  std::array<Descriptor, 2> streams_;  // output, error output
  SubprocessLimits limits_;
  Instant deadline_;
  std::optional<Instant> check_at_;
  SubprocessResult result_;
};

#endif  // _WIN32

}  // namespace cctl

#endif  // CCTL_SYS_SUBPROCESS_H_
