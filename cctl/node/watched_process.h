// SPDX-License-Identifier: MIT
//
// A Subprocess on an event loop: its streams are with the poller for as long as they are open. On Windows there is none
// in this version: Start fails with kUnsupported.

#ifndef CCTL_NODE_WATCHED_PROCESS_H_
#define CCTL_NODE_WATCHED_PROCESS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/sys/subprocess.h"

namespace cctl {

#ifdef _WIN32

class WatchedProcess {
 public:
  static constexpr std::uint64_t kTokens = 2;
  static Result<std::unique_ptr<WatchedProcess>> Start(const std::vector<std::string>&, Poller&, std::uint64_t,
                                                       Instant) {
    return Error{Errc::kUnsupported, 0, 0, "spawn"};
  }
  void HandleReady(Instant) {}
  void HandleTimeout(Instant) {}
  [[nodiscard]] std::optional<Instant> NextTimeout() const { return std::nullopt; }
  [[nodiscard]] bool done() const { return true; }
  [[nodiscard]] const SubprocessResult& result() const { return result_; }

 private:
  SubprocessResult result_;
};

#else

class WatchedProcess {
 public:
  static constexpr std::uint64_t kTokens = 2;  // it takes so many, from `first_token` on

  // Errors: those of Subprocess::Start and of the poller.
  static Result<std::unique_ptr<WatchedProcess>> Start(const std::vector<std::string>& arguments, Poller& poller,
                                                       std::uint64_t first_token, Instant now) {
    auto process = Subprocess::Start(arguments, {}, now);
    if (!process) return process.error();
    std::unique_ptr<WatchedProcess> watched(new WatchedProcess(*std::move(process), poller, first_token));
    if (!watched->Watch()) return Error{Errc::kIo, 0, 0, "spawn"};
    return watched;
  }

  WatchedProcess(const WatchedProcess&) = delete;
  WatchedProcess& operator=(const WatchedProcess&) = delete;
  ~WatchedProcess() { Unwatch(); }

  // The two below: as Subprocess. A stream that ends is closed in them, and must not be with the poller then.
  void HandleReady(Instant now) {
    Unwatch();
    process_.HandleReady(now);
    (void)Watch();
  }
  void HandleTimeout(Instant now) {
    Unwatch();
    process_.HandleTimeout(now);
    (void)Watch();
  }
  [[nodiscard]] std::optional<Instant> NextTimeout() const { return process_.NextTimeout(); }
  [[nodiscard]] bool done() const { return process_.done(); }
  [[nodiscard]] const SubprocessResult& result() const { return process_.result(); }

 private:
  WatchedProcess(Subprocess process, Poller& poller, std::uint64_t first_token)
      : process_(std::move(process)), poller_(poller), first_token_(first_token) {}

  bool Watch() {
    bool all = true;
    for (std::size_t i = 0; i < kTokens; ++i) {
      const int descriptor = process_.descriptors()[i];
      if (descriptor < 0) continue;
      if (poller_.Add(descriptor, Interest::kRead, first_token_ + i)) {
        watched_[i] = descriptor;
      } else {
        all = false;  // its time limit ends it
      }
    }
    return all;
  }

  void Unwatch() {
    for (int& descriptor : watched_) {
      if (descriptor >= 0) (void)poller_.Remove(descriptor);
      descriptor = -1;
    }
  }

  Subprocess process_;
  Poller& poller_;
  std::uint64_t first_token_;
  std::array<int, kTokens> watched_ = {-1, -1};
};

#endif  // _WIN32

}  // namespace cctl

#endif  // CCTL_NODE_WATCHED_PROCESS_H_
