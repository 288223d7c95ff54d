// SPDX-License-Identifier: MIT
//
// The wishes of a user or a service manager that a program should end (SIGINT, SIGTERM, SIGHUP; on Windows Ctrl-C,
// Ctrl-Break and the window's closing), brought to an event loop: the handler notes the signal and wakes the loop by
// whatever it is given, for which cctl/net/waker.h is made. SIGPIPE is ignored meanwhile. A signal that was ignored
// before (nohup, a shell's background job) stays ignored.
//
//   auto signals = cctl::Signals::Catch(waker);
//   // when the waker is ready: waker.Drain();
//   if (auto signal = signals->Take()) Stop();

#ifndef CCTL_SYS_SIGNALS_H_
#define CCTL_SYS_SIGNALS_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
#else
#include <cerrno>
#include <csignal>
#endif

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "cctl/base/result.h"

namespace cctl {

enum class Signal : std::uint8_t { kInterrupt = 1, kTerminate = 2, kHangUp = 4 };

namespace detail {

// What a handler may reach: nothing but lock-free atomics.
struct SignalState {
  std::atomic<unsigned> pending = 0;  // bits of Signal
  std::atomic<const void*> waker = nullptr;
  std::atomic<void (*)(const void*)> wake = nullptr;
};
static_assert(std::atomic<const void*>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free);

inline constinit SignalState signal_state;  // a handler takes no argument: the one global here

inline void NoteSignal(Signal signal) {
  signal_state.pending.fetch_or(static_cast<unsigned>(signal));
  if (const auto wake = signal_state.wake.load()) wake(signal_state.waker.load());
}

}  // namespace detail

// While one is there, the signals are caught; its end restores what was before. At most one in a process.
class Signals {
 public:
  // `waker` has `void Wake() const`, which any thread and a signal handler may call, and outlives the result. Errors,
  // part "signals": kInternal (there is one already), kIo.
  template <typename Waker>
  static Result<Signals> Catch(const Waker& waker) {
    const void* nobody = nullptr;
    if (!detail::signal_state.waker.compare_exchange_strong(nobody, &waker)) {
      return Error{Errc::kInternal, 0, 0, "signals"};
    }
    detail::signal_state.pending = 0;
    detail::signal_state.wake = [](const void* which) { static_cast<const Waker*>(which)->Wake(); };
    Signals signals;
    signals.active_ = true;
    if (const int error = signals.Install(); error != 0) {
      return Error{Errc::kIo, 0, static_cast<std::uint32_t>(error), "signals"};
    }
    return signals;
  }

#ifdef _WIN32
  Signals(Signals&& other) noexcept : active_(std::exchange(other.active_, false)) {}
#else
  Signals(Signals&& other) noexcept : active_(std::exchange(other.active_, false)) {
    for (std::size_t i = 0; i < kCount; ++i) former_[i] = std::exchange(other.former_[i], {});
  }
#endif
  Signals& operator=(Signals&&) = delete;
  ~Signals() {
    if (!active_) return;
    Restore();
    detail::signal_state.wake = nullptr;
    detail::signal_state.waker = nullptr;
  }

  // A signal that came since it was last taken, kInterrupt before kTerminate before kHangUp. The same one sent twice
  // in between is one.
  std::optional<Signal> Take() {  // NOLINT(readability-convert-member-functions-to-static): only while they are caught
    for (const Signal signal : {Signal::kInterrupt, Signal::kTerminate, Signal::kHangUp}) {
      const unsigned bit = static_cast<unsigned>(signal);
      if ((detail::signal_state.pending.fetch_and(~bit) & bit) != 0) return signal;
    }
    return std::nullopt;
  }

 private:
  Signals() = default;

#ifdef _WIN32

  static BOOL WINAPI Handle(DWORD event) {
    switch (event) {
      case CTRL_C_EVENT:
        detail::NoteSignal(Signal::kInterrupt);
        return TRUE;
      case CTRL_BREAK_EVENT:
        detail::NoteSignal(Signal::kTerminate);
        return TRUE;
      default:
        detail::NoteSignal(Signal::kHangUp);
        Sleep(INFINITE);  // the process is ended when this returns, or in five seconds: the loop needs the time
        return TRUE;
    }
  }
  static int Install() { return SetConsoleCtrlHandler(&Handle, TRUE) ? 0 : static_cast<int>(GetLastError()); }
  static void Restore() { SetConsoleCtrlHandler(&Handle, FALSE); }

#else

  struct Former {
    bool replaced = false;
    struct sigaction action = {};
  };
  static constexpr int kNumbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  static constexpr std::size_t kCount = 4;

  static void Handle(int number) {
    const int saved = errno;
    detail::NoteSignal(number == SIGINT    ? Signal::kInterrupt
                       : number == SIGTERM ? Signal::kTerminate
                                           : Signal::kHangUp);
    errno = saved;
  }

  int Install() {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (::sigaction(kNumbers[i], nullptr, &former_[i].action) != 0) return errno;
      if (former_[i].action.sa_handler == SIG_IGN) continue;
      struct sigaction action = {};
      // Without SA_RESTART: someone asked at a terminal is not kept from leaving.
      action.sa_handler = kNumbers[i] == SIGPIPE ? SIG_IGN : &Handle;
      ::sigemptyset(&action.sa_mask);
      if (::sigaction(kNumbers[i], &action, nullptr) != 0) return errno;
      former_[i].replaced = true;
    }
    return 0;
  }

  void Restore() {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (former_[i].replaced) (void)::sigaction(kNumbers[i], &former_[i].action, nullptr);
    }
  }

  Former former_[kCount] = {};

#endif

  bool active_ = false;
};

}  // namespace cctl

#endif  // CCTL_SYS_SIGNALS_H_
