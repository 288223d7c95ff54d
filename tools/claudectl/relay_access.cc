// SPDX-License-Identifier: MIT

#include "tools/claudectl/relay_access.h"

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "cctl/base/profile.h"
#include "cctl/node/state_operations.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/environment.h"
#include "cctl/sys/os_random.h"
#include "cctl/sys/paths.h"
#include "tools/claudectl/error_text.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/slow_notice.h"

namespace cctl::cli {
namespace {

// Every holder of the lock but a relay is done in milliseconds, or waits for a peer: that one is not waited for.
constexpr Duration kLockPatience = Seconds(2);
constexpr std::chrono::milliseconds kLockRetry(10);
constexpr std::string_view kRelayIsSlow = "Waiting for the relay's answer...";

}  // namespace

Outcome<nlohmann::json> CallRelay(ControlClient& relay, const Printer& out, std::string_view method,
                                  const nlohmann::json& params, Duration timeout) {
  const SlowNotice notice(&out, kRelayIsSlow);
  return relay.Call(method, params, timeout);
}

RelayAccess::RelayAccess(std::unique_ptr<RandomSource> random, StateFolder folder, Printer* out)
    : random_(std::move(random)), folder_(std::move(folder)), out_(out) {}

RelayAccess::~RelayAccess() = default;

Outcome<std::unique_ptr<RelayAccess>> RelayAccess::Open(Printer* out) {
  auto root = StateRoot();
  if (!root) return Failure{Errc::kUsage, "no home folder: neither CLAUDECTL_HOME nor HOME is set"};
  std::optional<Identity> own;
  if (const auto name = GetEnvironment("CLAUDECTL_IDENTITY")) {
    const auto identity = Identity::Parse(*name);
    if (!identity) return Failure{Errc::kInvalid, "CLAUDECTL_IDENTITY: " + ErrorSentence(identity.error())};
    own = *identity;
  }
  auto random = std::make_unique<OsRandom>();
  const std::string path = *root;
  auto folder = StateFolder::Open(*std::move(root), kClaudectlProfile, *random, own);
  if (!folder) return ToFailure(folder.error());
  std::unique_ptr<RelayAccess> access(new RelayAccess(std::move(random), *std::move(folder), out));
  access->Log(LogLevel::kInfo, "state folder: " + path);
  return access;
}

Outcome<ControlClient> RelayAccess::ConnectToRelay(Printer& out) {
  auto access = Open(&out);
  if (!access) return access.error();
  return ControlClient::Connect((*access)->folder_.control_socket_path());
}

Outcome<std::optional<ControlClient>> RelayAccess::FindRelay() {
  auto client = ControlClient::Connect(folder_.control_socket_path());
  if (client) return std::optional<ControlClient>(*std::move(client));
  if (client.error().code == Errc::kNoRelay) return std::optional<ControlClient>();
  return client.error();
}

Outcome<nlohmann::json> RelayAccess::Status() {
  auto relay = FindRelay();
  if (!relay) return relay.error();
  if (!relay->has_value()) return nlohmann::json::object();
  return Call(**relay, "status", nlohmann::json::object());
}

Outcome<std::optional<ControlClient>> RelayAccess::FindRelayOrLock(bool must_own) {
  const Instant deadline = SteadyNow() + kLockPatience;
  const SlowNotice notice(out_, "Waiting for another command that uses the state folder...");
  while (true) {
    auto relay = FindRelay();
    if (!relay) return relay.error();
    const bool running = relay->has_value();
    if (running && !must_own) return relay;
    auto locked = folder_.Lock();
    if (locked) return std::optional<ControlClient>();
    const StateError& error = locked.error();
    if (error.error.code != Errc::kAlreadyRunning) return ToFailure(error);
    const std::string holder = error.error.value == 0 ? "" : " (process " + std::to_string(error.error.value) + ")";
    if (running) {
      return Failure{Errc::kAlreadyRunning, "a relay is running already" + holder, "claudectl relay status"};
    }
    if (SteadyNow() >= deadline) {
      return Failure{Errc::kBusy, "another command is using the state folder" + holder};
    }
    std::this_thread::sleep_for(kLockRetry);
  }
}

Outcome<nlohmann::json> RelayAccess::Call(ControlClient& relay, std::string_view method, const nlohmann::json& params) {
  Log(LogLevel::kInfo, std::string("asking the running relay: ").append(method));
  const SlowNotice notice(out_, kRelayIsSlow);
  return relay.Call(method, params, kLocalAnswer);
}

Outcome<RelayAccess::PeersAnswer> RelayAccess::Peers() {
  bool live = true;
  auto answer = Ask("peers", nlohmann::json::object(), [this, &live] {
    live = false;
    return ListPeers(folder_);
  });
  if (!answer) return answer.error();
  return PeersAnswer{*std::move(answer), live};
}

Outcome<nlohmann::json> RelayAccess::Ask(std::string_view method, const nlohmann::json& params,
                                         const std::function<Outcome<nlohmann::json>()>& here) {
  auto relay = FindRelayOrLock();
  if (!relay) return relay.error();
  if (relay->has_value()) return Call(**relay, method, params);
  Log(LogLevel::kInfo, "no relay is running: this command works on the state folder itself");
  const InterruptHold hold;
  auto answer = here();
  folder_.Unlock();
  return answer;
}

}  // namespace cctl::cli
