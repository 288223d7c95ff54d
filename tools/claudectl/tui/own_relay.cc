// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/own_relay.h"

#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "cctl/net/waker.h"
#include "cctl/node/node.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/relay_access.h"

namespace cctl::cli::tui {
namespace {

constexpr Duration kTurn = Minutes(1);
constexpr Duration kFarewell = Seconds(2);  // for sessions that are being closed

class ThreadedRelay final : public OwnRelay {
 public:
  ThreadedRelay(std::unique_ptr<RelayAccess> access, std::unique_ptr<Node> node, Waker waker)
      : access_(std::move(access)), node_(std::move(node)), waker_(std::move(waker)) {
    // Signals are for the thread that has the terminal.
    sigset_t all;
    sigset_t former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    thread_ = std::thread([this] { Run(); });
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
  }

  ~ThreadedRelay() override {
    stop_ = true;
    waker_.Wake();
    thread_.join();
  }

 private:
  void Run() {
    bool asked_to_stop = false;
    while (!stop_ && !asked_to_stop) {
      node_->RunOnce(kTurn, {waker_.native()});
      while (const auto event = node_->PollEvent()) {
        asked_to_stop = asked_to_stop || std::holds_alternative<ShutdownRequested>(*event);
      }
    }
    node_->Shutdown();
    const Instant end = SteadyNow() + kFarewell;
    while (!node_->done() && SteadyNow() < end) {
      node_->RunOnce(Milliseconds(50));
      while (node_->PollEvent()) {
      }
    }
    node_.reset();  // who is attached hears that it is over
  }

  std::unique_ptr<RelayAccess> access_;
  std::unique_ptr<Node> node_;
  Waker waker_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace

Outcome<std::unique_ptr<OwnRelay>> OwnRelay::Start(const Config& config) {
  auto access = RelayAccess::Open(nullptr);
  if (!access) return access.error();
  if (const auto own = (*access)->FindRelayOrLock(/*must_own=*/true); !own) return own.error();
  auto waker = Waker::Create();
  if (!waker) return Failure{Errc::kIo, "no descriptor is left"};
  auto node = Node::Start(MakeRelayOptions(config, (*access)->random()), (*access)->folder());
  if (!node) return node.error();
  return std::unique_ptr<OwnRelay>(
      std::make_unique<ThreadedRelay>(*std::move(access), *std::move(node), *std::move(waker)));
}

}  // namespace cctl::cli::tui
