// SPDX-License-Identifier: MIT

#include "tools/claudectl/peer_reacher.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <variant>

#include "cctl/base/time.h"
#include "cctl/node/node.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/project_answer.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/standard_input.h"

namespace cctl::cli {
namespace {

constexpr Duration kIdleTurn = Minutes(1);
constexpr Duration kRelayAnswer = Seconds(5);  // what a relay may take beyond a reach's own limit

bool IsProgress(const nlohmann::json& event) {
  const std::string name = TextOf(event, "event");
  return name == "peer_tried" || name == "pair_request_sent";
}

class NodeReacher : public PeerReacher {
 public:
  NodeReacher(Node& node, StopSignals& signals, Printer& out) : node_(node), signals_(signals), out_(out) {}

  Outcome<Done> Start(const ReachTarget& target, const DialOptions& options) override {
    requests_.emplace(node_.Reach(target, options), target.peer);
    return Done{};
  }

  Outcome<Update> Next() override {
    while (true) {
      while (auto event = node_.PollEvent()) {
        if (auto update = Take(*event)) return *std::move(update);
      }
      if (signals_.Take()) return Failure{Errc::kInterrupted, "interrupted"};
      node_.RunOnce(kIdleTurn, {signals_.descriptor()});
    }
  }

  Outcome<Done> WaitForInput() override {
    while (true) {
      if (IsInputReady()) return Done{};
      node_.RunOnce(kIdleTurn, {signals_.descriptor(), kStandardInput});
      while (auto event = node_.PollEvent()) (void)Take(*event);
      if (signals_.Take()) return Failure{Errc::kInterrupted, "interrupted"};
    }
  }

 private:
  std::optional<Update> Take(NodeEvent& event) {
    if (const auto* warning = std::get_if<WarningRaised>(&event)) out_.Warn(warning->message);
    if (const auto* line = std::get_if<LogLine>(&event)) out_.Log(line->level, line->text);
    if (auto* finished = std::get_if<RequestFinished>(&event)) {
      const auto request = requests_.extract(finished->id);
      if (request.empty()) return std::nullopt;
      return Update{request.mapped(), nullptr, std::move(finished->outcome)};
    }
    const nlohmann::json object = NodeEventToJson(event, WallNow());
    if (object.is_null() || !IsProgress(object)) return std::nullopt;
    const auto peer = Identity::Parse(RawTextOf(object, "peer"));
    return peer ? std::optional<Update>(Update{*peer, object}) : std::nullopt;
  }

  Node& node_;
  StopSignals& signals_;
  Printer& out_;
  std::map<RequestId, Identity> requests_;
};

class RelayReacher : public PeerReacher {
 public:
  explicit RelayReacher(ControlClient& relay) : relay_(relay) {}

  Outcome<Done> Start(const ReachTarget& target, const DialOptions& options) override {
    const Duration timeout = options.timeout.value_or(kPairRequestTimeout);
    nlohmann::json params = {{"peer", target.peer.view()},
                             {"may_request", target.may_request},
                             {"only_addr", target.only_addr},
                             {"timeout_ms", timeout.ms},
                             {"allow_unproven", options.allow_unproven}};
    if (target.addr) params["addr"] = FormatHostPort(*target.addr);
    if (target.tailscale) params["tailscale"] = FormatHostPort(*target.tailscale);
    auto call = relay_.Start("reach", params, kLocalAnswer);
    if (!call) return call.error();
    calls_.emplace(*call, target.peer);
    deadline_ = std::max(deadline_, SteadyNow() + timeout + kRelayAnswer);
    return Done{};
  }

  Outcome<Update> Next() override {
    while (true) {
      auto reply = relay_.NextReply(deadline_ - SteadyNow());
      if (!reply) return reply.error();
      if (reply->call == 0) {
        const auto peer = Identity::Parse(RawTextOf(*reply->outcome, "peer"));
        if (peer && IsProgress(*reply->outcome)) return Update{*peer, *std::move(reply->outcome)};
        continue;
      }
      if (reply->call == ControlClient::kUnreadable) return reply->outcome.error();
      const auto call = calls_.extract(reply->call);
      if (!call.empty()) return Update{call.mapped(), nullptr, std::move(reply->outcome)};
    }
  }

  Outcome<Done> WaitForInput() override { return Done{}; }  // reading waits, and Ctrl-C ends this process

 private:
  ControlClient& relay_;
  std::map<std::int64_t, Identity> calls_;
  Instant deadline_ = {};
};

}  // namespace

std::unique_ptr<PeerReacher> MakeReacher(Node& node, StopSignals& signals, Printer& out) {
  return std::make_unique<NodeReacher>(node, signals, out);
}

Outcome<std::unique_ptr<PeerReacher>> MakeReacher(ControlClient& relay) {
  const nlohmann::json wanted = {{"events", {"peer_tried", "pair_request_sent"}}};
  if (const auto subscribed = relay.Call("subscribe", wanted, kLocalAnswer); !subscribed) return subscribed.error();
  return std::unique_ptr<PeerReacher>(std::make_unique<RelayReacher>(relay));
}

}  // namespace cctl::cli
