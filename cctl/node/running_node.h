// SPDX-License-Identifier: MIT
//
// What a Node is made of: the engine, the control socket, and one event loop around them. Included by cctl/node/node.h;
// in a program that is compiled with CCTL_SEPARATE_COMPILATION by one of its files instead, which then holds all of it.

#ifndef CCTL_NODE_RUNNING_NODE_H_
#define CCTL_NODE_RUNNING_NODE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/result.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_link.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/name_resolver.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/node/control_methods.h"
#include "cctl/node/control_protocol.h"
#include "cctl/node/control_server.h"
#include "cctl/node/engine.h"
#include "cctl/node/engine_connections.h"
#include "cctl/node/engine_dials.h"
#include "cctl/node/engine_handshakes.h"
#include "cctl/node/engine_lan.h"
#include "cctl/node/engine_messages.h"
#include "cctl/node/engine_pairing.h"
#include "cctl/node/engine_reach.h"
#include "cctl/node/engine_sessions.h"
#include "cctl/node/engine_tailnet.h"
#include "cctl/node/engine_tailnet_keys.h"
#include "cctl/node/lan.h"
#include "cctl/node/lan_options.h"
#include "cctl/node/lan_reports.h"
#include "cctl/node/message_inbox.h"
#include "cctl/node/node_context.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_interface.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_folder.h"
#include "cctl/node/state_operations.h"
#include "cctl/node/tailnet.h"
#include "cctl/node/tailnet_options.h"
#include "cctl/node/tailnet_report.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/proto/pair_queue.h"
#include "cctl/sys/descriptor_limit.h"
#include "cctl/sys/process.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/version_text.h"

#ifdef CCTL_SEPARATE_COMPILATION
#define CCTL_NODE_START
#else
#define CCTL_NODE_START inline
#endif

namespace cctl {

class RunningNode final : public ControlTarget {
 public:
  // As Node::Start.
  static Outcome<std::unique_ptr<Node>> Start(NodeOptions options, StateFolder& folder);

  ~RunningNode() override { engine_.WriteMetas(); }

  RequestId Join(const InviteLink& link, const DialOptions& options) override { return engine_.Join(link, options); }
  RequestId Connect(const ConnectTarget& target, const DialOptions& options) override {
    return engine_.Connect(target, options);
  }
  RequestId PairWith(const PairTarget& target, const DialOptions& options) override {
    return engine_.PairWith(target, options);
  }
  RequestId Reach(const ReachTarget& target, const DialOptions& options) override {
    return engine_.Reach(target, options);
  }
  RequestId SendMessage(const Identity& peer, std::string_view type, std::string_view payload,
                        Duration timeout) override {
    return engine_.SendMessage(peer, type, payload, timeout);
  }
  RequestId ReportTailnet() override { return engine_.ReportTailnet(); }

  Outcome<nlohmann::json> Approve(std::string_view word) override { return engine_.DecidePair(word, true); }
  Outcome<nlohmann::json> Deny(std::string_view word) override { return engine_.DecidePair(word, false); }
  Outcome<nlohmann::json> DenyAll() override { return engine_.DenyAllPairs(); }

  void SetLan(const LanOptions& options, Duration pair_request_timeout) override {
    context_.options.pair_request_timeout = pair_request_timeout;
    engine_.SetLan(options);
  }
  void SetTailnet(const TailnetOptions& options) override { engine_.SetTailnet(options); }

  Outcome<nlohmann::json> Disconnect(std::string_view peer) override;
  Outcome<nlohmann::json> Forget(std::string_view peer) override;
  void Reload() override {
    engine_.Reload();
    context_.events.push_back(ReloadRequested{});
  }
  void Shutdown() override { engine_.Shutdown(); }
  [[nodiscard]] bool done() const override { return engine_.done(); }

  using Node::RunOnce;
  bool RunOnce(Duration max_wait, std::initializer_list<NativeSocket> extra) override;
  std::optional<NodeEvent> PollEvent() override;

  [[nodiscard]] const Identity& identity() const override { return context_.self; }
  [[nodiscard]] std::string listen_addr() const override;
  [[nodiscard]] std::uint16_t port() const override { return context_.listen_port; }
  [[nodiscard]] std::size_t session_count() const override { return engine_.session_count(); }
  [[nodiscard]] Outcome<nlohmann::json> Status() override;
  [[nodiscard]] Outcome<nlohmann::json> Peers() override;
  [[nodiscard]] Outcome<nlohmann::json> Nearby() override;
  [[nodiscard]] Outcome<nlohmann::json> PairRequests() override;
  [[nodiscard]] const Lan* lan() const override { return engine_.lan(); }
  [[nodiscard]] const Tailnet* tailnet() const override { return engine_.tailnet(); }

 private:
  static constexpr std::uint64_t kExtraToken = Engine::kForeignTokens;
  static constexpr std::uint64_t kControlTokens = Engine::kForeignTokens + (std::uint64_t{1} << 56);

  RunningNode(NodeOptions options, StateFolder& folder, const Identity& self, const std::array<std::uint8_t, 4>& tag,
              Poller poller, NameResolver resolver)
      : context_(std::move(options), folder, self, tag),
        poller_(std::move(poller)),
        engine_(context_, poller_, std::move(resolver), context_.Now()),
        started_at_(context_.Wall()) {}

  NodeContext& context() override { return context_; }
  void RequestShutdown() override { context_.events.push_back(ShutdownRequested{}); }
  void Subscribe(const ControlServer::Call& call) override;

  void WatchExtra(std::initializer_list<NativeSocket> descriptors);
  void HandleCalls();
  // Hands what has happened to the control socket's clients, and on to the owner.
  void Deliver();
  void HandOutMessages();

  NodeContext context_;
  Poller poller_;
  Engine engine_;
  std::unique_ptr<ControlServer> control_;
  std::optional<Instant> control_accept_again_;             // after descriptors had run out
  std::map<RequestId, ControlServer::Call> waiting_calls_;  // `join` and `connect`; their parameters are gone
  std::deque<NodeEvent> delivered_;                         // for PollEvent
  UnixTime started_at_;
  std::vector<NativeSocket> extra_;
};

inline Outcome<std::unique_ptr<Node>> RunningNode::Start(NodeOptions options, StateFolder& folder) {
  if (options.random == nullptr) return Failure{Errc::kInternal, "a node needs a random source"};
  if (!ParseVersion(options.version)) return Failure{Errc::kUsage, "the version is not 1-32 printable characters"};
  auto self = folder.identity();
  if (!self) return ToFailure(self.error());
  std::array<std::uint8_t, MessageIds::kTagSize> tag;
  if (!options.random->Fill(tag)) return Failure{Errc::kIo, "the system's random generator fails"};
  auto poller = Poller::Create();
  auto resolver = NameResolver::Create();
  if (!poller || !resolver) return Failure{Errc::kIo, "no descriptor is left"};
  (void)RaiseDescriptorLimit();  // if it stays low, descriptors run out sooner, which a relay lives with
  std::unique_ptr<RunningNode> node(
      new RunningNode(std::move(options), folder, *self, tag, *std::move(poller), *std::move(resolver)));
  NodeContext& context = node->context_;
  if (const auto& listen = context.options.listen) {
    const auto ip = IpAddress::Parse(listen->host);
    if (!ip) return Failure{Errc::kUsage, "cannot listen on " + listen->host + ": not a numeric address"};
    const Endpoint at{*ip, listen->port};
    if (const auto listening = node->engine_.Listen(at); !listening) {
      const Errc code = listening.error().code;
      std::string why = code == Errc::kAlreadyRunning ? "the port is taken"
                        : code == Errc::kUnreachable  ? "not an address of this machine"
                                                      : "the system refuses";
      return Failure{code, "cannot listen on " + std::string(at.Format().view()) + ": " + why,
                     context.Command("doctor")};
    }
  }
  if (context.options.control_socket) {
    const std::string path = folder.control_socket_path();
    auto control = ControlServer::Listen(path, node->poller_, kControlTokens);
    if (!control) return ToFailure(StateError{control.error(), path});
    node->control_ = *std::move(control);
    node->engine_.inbox().set_keeping(true);
  }
  if (folder.WasCopied()) {
    context.Warn(Errc::kConfig,
                 "this state folder was made on another machine; if that one is still in use, both have "
                 "the identity " +
                     std::string(self->view()) + "; a new one: " + context.Command("identity --regenerate"));
  }
  node->engine_.Begin(context.Now());
  node->engine_.SetLan(context.options.lan);
  node->engine_.SetTailnet(context.options.tailnet);
  return std::unique_ptr<Node>(std::move(node));
}

inline bool RunningNode::RunOnce(Duration max_wait, std::initializer_list<NativeSocket> extra) {
  WatchExtra(extra);
  if (!context_.events.empty() || !delivered_.empty() || max_wait < Duration{}) max_wait = Duration{};
  for (const std::optional<Instant>& next : {engine_.NextTimeout(), control_accept_again_}) {
    if (next) max_wait = (std::clamp)(*next - context_.Now(), Duration{}, max_wait);
  }
  std::array<Ready, 64> ready;
  const auto count = poller_.Wait(max_wait, ready);
  for (const Ready& one : std::span(ready).first(count.value_or(0u))) {
    if (one.token >= kControlTokens) {
      if (control_ != nullptr) control_->HandleReady(one);
    } else if (one.token != kExtraToken) {
      engine_.HandleReady(one);
    }
  }
  engine_.HandleTimeouts(context_.Now());
  if (control_ != nullptr) {
    HandleCalls();
    // If descriptors are still out then, it pauses again.
    if (control_->paused() && !control_accept_again_) control_accept_again_ = context_.Now() + kAcceptPause;
    if (control_accept_again_ && context_.Now() >= *control_accept_again_) {
      control_accept_again_.reset();
      control_->ResumeAccepting();
    }
  }
  if (count.value_or(0u) == 0) engine_.WriteSomeMetas();
  Deliver();
  return count.value_or(0u) > 0 || !delivered_.empty();
}

inline void RunningNode::HandleCalls() {
  while (auto call = control_->PollCall()) {
    context_.Log(LogLevel::kDebug, "control socket: ", Printable(call->request.method).view());
    const ControlAnswer answer = HandleControlCall(*this, *call);
    WipeTexts(call->request.params);  // links and codes come this way
    call->request.params = nullptr;
    if (const auto* outcome = std::get_if<Outcome<nlohmann::json>>(&answer)) control_->Answer(*call, *outcome);
    if (const auto* wrong = std::get_if<RpcError>(&answer)) control_->AnswerError(*call, wrong->code, wrong->message);
    if (const auto* request = std::get_if<RequestId>(&answer)) waiting_calls_.emplace(*request, *call);
  }
}

inline void RunningNode::Deliver() {
  MessageInbox& inbox = engine_.inbox();
  while (!context_.events.empty()) {
    NodeEvent event = std::move(context_.events.front());
    context_.events.pop_front();
    if (auto* const finished = std::get_if<RequestFinished>(&event)) {
      const auto call = waiting_calls_.find(finished->id);
      if (call != waiting_calls_.end()) {
        control_->Answer(call->second, finished->outcome);
        waiting_calls_.erase(call);
        continue;
      }
    }
    const auto* const message = std::get_if<MessageReceived>(&event);
    if (control_ != nullptr && message != nullptr && !inbox.keeping() && !control_->LeastUnsent("message")) {
      (void)inbox.Keep(*message, context_.Wall());  // the last subscriber has left since it was acknowledged
    } else if (control_ != nullptr && control_->HasSubscribers() && (message == nullptr || !inbox.keeping())) {
      const nlohmann::json published = NodeEventToJson(event, context_.Wall());
      if (!published.is_null()) control_->Publish(published);
    }
    delivered_.push_back(std::move(event));
  }
  if (control_ != nullptr) HandOutMessages();
}

// Gives subscribers what was kept, no faster than one of them reads: it was acknowledged, and is not to be lost with a
// client that is cut off for the megabytes it was sent. Until all of it is out, what comes joins the queue.
inline void RunningNode::HandOutMessages() {
  constexpr std::size_t kEnough = 256 * 1024;
  MessageInbox& inbox = engine_.inbox();
  while (!inbox.empty()) {
    const auto unsent = control_->LeastUnsent("message");
    if (!unsent || *unsent > kEnough) break;
    const auto [message, at] = inbox.Take();
    control_->Publish(NodeEventToJson(NodeEvent(message), at));
  }
  inbox.set_keeping(!inbox.empty() || !control_->LeastUnsent("message"));
}

inline std::optional<NodeEvent> RunningNode::PollEvent() {
  Deliver();
  if (delivered_.empty()) return std::nullopt;
  std::optional<NodeEvent> event(std::move(delivered_.front()));
  delivered_.pop_front();
  return event;
}

inline void RunningNode::Subscribe(const ControlServer::Call& call) {
  std::vector<std::string> names;
  const auto events = call.request.params.find("events");
  if (events != call.request.params.end()) {
    const bool texts = events->is_array() && std::all_of(events->begin(), events->end(),
                                                         [](const nlohmann::json& name) { return name.is_string(); });
    if (!texts) return control_->AnswerError(call, kRpcInvalidParams, "events is a list of strings");
    for (const nlohmann::json& name : *events) names.push_back(name.get_ref<const std::string&>());
  }
  control_->Answer(call, nlohmann::json{{"status", "subscribed"}});
  control_->Subscribe(call.client, std::move(names));
}

inline void RunningNode::WatchExtra(std::initializer_list<NativeSocket> descriptors) {
  if (std::equal(descriptors.begin(), descriptors.end(), extra_.begin(), extra_.end())) return;
  for (const NativeSocket former : extra_) {
    if (former != kInvalidSocket) (void)poller_.Remove(former);
  }
  extra_ = descriptors;
  for (const NativeSocket descriptor : extra_) {
    if (descriptor != kInvalidSocket) (void)poller_.Add(descriptor, Interest::kRead, kExtraToken);
  }
}

inline Outcome<nlohmann::json> RunningNode::Disconnect(std::string_view name) {
  auto peer = FindNamedPeer(context_.folder, name);
  if (!peer) return peer.error();
  if (!engine_.Disconnect(*peer)) return detail::NoSuchPeer(context_.options.profile, peer->view());
  return nlohmann::json{{"peer", peer->view()}, {"status", "disconnected"}};
}

inline Outcome<nlohmann::json> RunningNode::Forget(std::string_view name) {
  auto forgotten = ForgetPeer(context_.folder, context_.Wall(), name);
  if (!forgotten) return forgotten;
  const auto peer = Identity::Parse((*forgotten)["peer"].get_ref<const std::string&>());
  if (peer) engine_.Forget(*peer);
  return forgotten;
}

inline std::string RunningNode::listen_addr() const {
  const auto local = engine_.local();
  return local ? std::string(local->Format().view()) : std::string();
}

inline Outcome<nlohmann::json> RunningNode::Status() {
  auto invites = context_.folder.ListInvites();
  if (!invites) return ToFailure(invites.error());
  const std::string addr = listen_addr();
  return nlohmann::json{{"identity", context_.self.view()},
                        {"pid", ProcessId()},
                        {"version", context_.options.version},
                        {"listen_addr", addr.empty() ? nlohmann::json(nullptr) : nlohmann::json(addr)},
                        {"port", port()},
                        {"lan", LanStatusToJson(engine_.lan())},
                        {"sessions", session_count()},
                        {"pending_requests", engine_.pair_queue().requests().size()},
                        {"invites", CountOpen(invites->invites, context_.Wall())},
                        {"tailscale", TailnetStatusToJson(engine_.tailnet())},
                        {"started_at", FormatRfc3339(started_at_).view()}};
}

inline Outcome<nlohmann::json> RunningNode::Peers() {
  auto list = ListPeers(context_.folder);
  if (!list) return list;
  for (nlohmann::json& peer : (*list)["peers"]) {
    const auto identity = Identity::Parse(peer["peer_id"].get_ref<const std::string&>());
    const auto status = identity ? engine_.StatusOf(*identity) : std::nullopt;
    const bool connected = status && status->state == PeerState::kConnected;
    const bool connecting = status && status->state == PeerState::kConnecting;
    const bool unconfirmed = peer["state"] == "unconfirmed";
    peer["state"] = connected ? "connected" : connecting ? "connecting" : unconfirmed ? "unconfirmed" : "disconnected";
    if (connected) peer["last_seen_at"] = FormatRfc3339(context_.Wall()).view();
    const std::string_view address = identity ? engine_.UnwrittenAddressOf(*identity) : std::string_view();
    if (!address.empty()) peer["addr"] = address;
  }
  for (const auto& [guest, node] : engine_.book().guests()) {
    const auto status = engine_.StatusOf(guest);
    const bool connected = status && status->state == PeerState::kConnected;
    const auto at = engine_.FindInTailnet(guest);
    (*list)["peers"].push_back(
        {{"peer_id", guest.view()},
         {"state", connected ? "connected" : "disconnected"},
         {"addr", at ? nlohmann::json(at->Format().view()) : nlohmann::json(nullptr)},
         {"last_seen_at", connected ? nlohmann::json(FormatRfc3339(context_.Wall()).view()) : nlohmann::json(nullptr)},
         {"paired_at", nullptr},
         {"via", "tailscale"}});
  }
  return list;
}

inline Outcome<nlohmann::json> RunningNode::Nearby() {
  nlohmann::json peers = nlohmann::json::array();
  if (const Lan* const lan = engine_.lan()) {
    for (const NearbyPeer& peer : lan->nearby().List()) peers.push_back(NearbyPeerToJson(peer));
  }
  return nlohmann::json{{"peers", std::move(peers)}};
}

inline Outcome<nlohmann::json> RunningNode::PairRequests() {
  nlohmann::json requests = nlohmann::json::array();
  for (const QueuedPair& request : engine_.pair_queue().requests()) {
    requests.push_back(QueuedPairToJson(request, context_.Now(), context_.Wall()));
  }
  return nlohmann::json{{"requests", std::move(requests)}};
}

CCTL_NODE_START Outcome<std::unique_ptr<Node>> Node::Start(NodeOptions options, StateFolder& folder) {
  return RunningNode::Start(std::move(options), folder);
}

}  // namespace cctl

#undef CCTL_NODE_START

#endif  // CCTL_NODE_RUNNING_NODE_H_
