// SPDX-License-Identifier: MIT
//
// Turns host names into endpoints without holding up the event loop: getaddrinfo() runs on threads of its own (at most
// 8; more look-ups wait for their turn), answers are fetched from the loop's thread when native() is readable. A
// numeric host is answered without a thread. Destroying the resolver never waits: a look-up that hangs keeps what it
// uses alive by itself, and its answer goes nowhere. Look-ups have no time limit here; whoever asks keeps one.
//
//   resolver.Resolve("desk.example.net", 9847, /*token=*/7);
//   // when resolver.native() is readable:
//   while (std::optional<cctl::ResolvedName> answer = resolver.Poll()) Use(*answer);

#ifndef CCTL_NET_NAME_RESOLVER_H_
#define CCTL_NET_NAME_RESOLVER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/native_address.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/waker.h"

#ifndef _WIN32
#include <netdb.h>
#endif

namespace cctl {

using Endpoints = std::vector<Endpoint>;

// The system's look-up; blocks. In the order in which the system wants them tried, each once. Errors, part "host":
// kNotFound (no such name, or no address), kUnreachable (no answer from the name server), kIo (`value`: the EAI number,
// negative ones as positive).
inline Result<Endpoints> LookUpHost(const std::string& host, std::uint16_t port) {
  if (!detail::StartSockets()) return Error{Errc::kIo, 0, 0, "host"};
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failed != 0) {
    Errc code = Errc::kIo;
    if (failed == EAI_NONAME) code = Errc::kNotFound;
#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
    if (failed == EAI_NODATA) code = Errc::kNotFound;
#endif
    if (failed == EAI_AGAIN) code = Errc::kUnreachable;
    return Error{code, 0, static_cast<std::uint32_t>(failed < 0 ? -failed : failed), "host"};
  }
  Endpoints out;
  for (const addrinfo* i = list; i != nullptr; i = i->ai_next) {
    Result<Endpoint> endpoint = NativeAddress::ToEndpoint(i->ai_addr);
    if (!endpoint) continue;
    endpoint->port = port;
    bool seen = false;
    for (const Endpoint& other : out) seen = seen || other == *endpoint;
    if (!seen) out.push_back(*endpoint);
  }
  freeaddrinfo(list);
  if (out.empty()) return Error{Errc::kNotFound, 0, 0, "host"};
  return out;
}

struct ResolvedName {
  std::uint64_t token = 0;
  Endpoints endpoints;  // empty: `error` says why
  Error error;
};

class NameResolver {
 public:
  // The look-up itself, called on a thread of its own; another one than the system's in tests that make it hang.
  using LookUp = Result<Endpoints> (*)(const std::string& host, std::uint16_t port);

  static constexpr std::size_t kMaxThreads = 8;

  static Result<NameResolver> Create(LookUp look_up = &LookUpHost) {
    Result<Waker> waker = Waker::Create();
    if (!waker) return waker.error();
    NameResolver resolver;
    resolver.shared_ = std::make_shared<Shared>(look_up, *std::move(waker));
    return resolver;
  }

  NameResolver(NameResolver&&) = default;
  NameResolver& operator=(NameResolver&& other) noexcept {
    if (this != &other) {
      Abandon();
      shared_ = std::move(other.shared_);
    }
    return *this;
  }
  ~NameResolver() { Abandon(); }

  // There will be one answer, with this token. `host` is a DNS name or an IP address without brackets.
  void Resolve(std::string_view host, std::uint16_t port, std::uint64_t token) {
    if (const Result<IpAddress> ip = IpAddress::Parse(host)) {
      shared_->Answer(token, Endpoints{{*ip, port}});
      return;
    }
    if (host.empty() || host.find('\0') != std::string_view::npos) {
      shared_->Answer(token, Error{Errc::kInvalid, 0, 0, "host"});
      return;
    }
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->waiting.push_back({std::string(host), port, token});
      if (shared_->threads == kMaxThreads) return;
      ++shared_->threads;
    }
    if (!StartThread()) {
      // Another thread may have taken the look-up by now; where none runs it would wait for ever.
      std::deque<Question> unanswered;
      {
        const std::lock_guard lock(shared_->mutex);
        if (--shared_->threads > 0) return;
        unanswered.swap(shared_->waiting);
      }
      for (const Question& question : unanswered) shared_->Answer(question.token, Error{Errc::kBusy, 0, 0, "host"});
    }
  }

  // The next answer, if there is one.
  std::optional<ResolvedName> Poll() {
    shared_->waker.Drain();
    const std::lock_guard lock(shared_->mutex);
    if (shared_->answers.empty()) return std::nullopt;
    ResolvedName answer = std::move(shared_->answers.front());
    shared_->answers.pop_front();
    return answer;
  }

  // Readable when Poll() has something. Poll() until it has nothing more.
  [[nodiscard]] NativeSocket native() const { return shared_->waker.native(); }

 private:
  struct Question {
    std::string host;
    std::uint16_t port;
    std::uint64_t token;
  };

  // What the resolver and its threads share; the last one of them destroys it.
  struct Shared {
    Shared(LookUp function, Waker made) : look_up(function), waker(std::move(made)) {}

    void Answer(std::uint64_t token, Result<Endpoints> result) {
      const std::lock_guard lock(mutex);
      if (abandoned) return;
      ResolvedName& answer = answers.emplace_back();
      answer.token = token;
      answer.error = result.error();
      if (result) answer.endpoints = *std::move(result);
      waker.Wake();
    }

    const LookUp look_up;
    const Waker waker;
    std::mutex mutex;  // guards what follows
    std::deque<Question> waiting;
    std::deque<ResolvedName> answers;
    std::size_t threads = 0;
    bool abandoned = false;
  };

  NameResolver() = default;

  bool StartThread() {
    try {
      std::thread(&Run, shared_).detach();  // never joined: that would wait for a look-up that hangs
      return true;
    } catch (const std::system_error&) {  // no thread to be had
      return false;
    }
  }

  static void Run(const std::shared_ptr<Shared>& shared) {
    for (;;) {
      Question question;
      {
        const std::lock_guard lock(shared->mutex);
        if (shared->waiting.empty()) {
          --shared->threads;
          return;
        }
        question = std::move(shared->waiting.front());
        shared->waiting.pop_front();
      }
      shared->Answer(question.token, shared->look_up(question.host, question.port));
    }
  }

  void Abandon() {
    if (!shared_) return;
    const std::lock_guard lock(shared_->mutex);
    shared_->abandoned = true;
    shared_->waiting.clear();
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace cctl

#endif  // CCTL_NET_NAME_RESOLVER_H_
