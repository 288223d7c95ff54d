// SPDX-License-Identifier: MIT
//
// The poller of every system without epoll (macOS, BSD, Windows), on poll() or WSAPoll(): a round costs in proportion
// to the sockets it knows. It works on Linux, too, where the tests hold it against epoll. See cctl/net/poller.h for the
// interface.

#ifndef CCTL_NET_POLL_POLLER_H_
#define CCTL_NET_POLL_POLLER_H_

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/net/readiness.h"
#include "cctl/net/socket_api.h"

namespace cctl {

class PollPoller {
 public:
  static Result<PollPoller> Create() {
    if (!detail::StartSockets()) return Error{Errc::kIo, 0, 0, "poller"};
    return PollPoller();
  }

  Result<void> Add(NativeSocket socket, Interest interest, std::uint64_t token) {
    if (socket == kInvalidSocket || !index_.emplace(socket, entries_.size()).second) return NotThere();
    entries_.push_back({socket, Events(interest), 0});
    tokens_.push_back(token);
    return {};
  }

  Result<void> Modify(NativeSocket socket, Interest interest, std::uint64_t token) {
    const auto found = index_.find(socket);
    if (found == index_.end()) return NotThere();
    entries_[found->second].events = Events(interest);
    tokens_[found->second] = token;
    return {};
  }

  Result<void> Remove(NativeSocket socket) {
    const auto found = index_.find(socket);
    if (found == index_.end()) return NotThere();
    const std::size_t at = found->second;
    index_.erase(found);
    if (at + 1 < entries_.size()) {
      entries_[at] = entries_.back();
      tokens_[at] = tokens_.back();
      index_[entries_[at].fd] = at;
    }
    entries_.pop_back();
    tokens_.pop_back();
    return {};
  }

  Result<std::size_t> Wait(std::optional<Duration> timeout, std::span<Ready> out) {
    const int found = detail::PollSockets(entries_.data(), entries_.size(), detail::PollTimeout(timeout));
    if (found < 0) {
      const int error = detail::LastSocketError();
      if (detail::ClassifySocketError(error) == detail::SocketErrorKind::kInterrupted) return std::size_t{0};
      return detail::SocketError(error, "poller");
    }
    // Starts behind the last one reported: where more are ready than `out` holds, everybody gets a turn.
    std::size_t count = 0;
    std::size_t left = static_cast<std::size_t>(found);
    for (std::size_t i = 0; i < entries_.size() && left > 0 && count < out.size(); ++i) {
      const std::size_t at = (next_ + i) % entries_.size();
      const auto bits = entries_[at].revents;
      if (bits == 0) continue;
      --left;
      out[count++] = {tokens_[at], (bits & kReadable) != 0, (bits & POLLOUT) != 0, (bits & kFailed) != 0};
      if (count == out.size()) next_ = at + 1;
    }
    return count;
  }

 private:
  PollPoller() = default;

#ifdef _WIN32
  // WSAPoll() says POLLHUP of the end of the other side's half, too, behind which there may still be something to read;
  // and both of a connection that broke.
  static constexpr int kReadable = POLLIN | POLLHUP;
  static constexpr int kFailed = POLLERR | POLLNVAL;
#else
  static constexpr int kReadable = POLLIN;
  static constexpr int kFailed = POLLERR | POLLHUP | POLLNVAL;
#endif

  static short Events(Interest interest) {
    return static_cast<short>((WantsRead(interest) ? POLLIN : 0) | (WantsWrite(interest) ? POLLOUT : 0));
  }
  // Added twice, or never.
  static Error NotThere() { return {Errc::kInternal, 0, 0, "poller"}; }

  std::vector<detail::PollEntry> entries_;
  std::vector<std::uint64_t> tokens_;  // beside entries_, which the system call wants for itself
  std::unordered_map<NativeSocket, std::size_t> index_;
  std::size_t next_ = 0;
};

}  // namespace cctl

#endif  // CCTL_NET_POLL_POLLER_H_
