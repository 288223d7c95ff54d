// SPDX-License-Identifier: MIT
//
// The methods of the control socket (docs/protocol.md, section 8): a table of names, each with what it takes and does.
// They mirror the command line and answer its `--json`. Parameters are a program's, not a person's: a wrong one is
// "invalid params" with the parameter's name.

#ifndef CCTL_NODE_CONTROL_METHODS_H_
#define CCTL_NODE_CONTROL_METHODS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/host_port.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_link.h"
#include "cctl/net/endpoint.h"
#include "cctl/node/control_protocol.h"
#include "cctl/node/control_server.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/node_context.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_interface.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_operations.h"

namespace cctl {

// What the methods are about: a running node, and what only its control socket may ask of it.
class ControlTarget : public Node {
 public:
  virtual NodeContext& context() = 0;
  virtual void RequestShutdown() = 0;
  virtual void Subscribe(const ControlServer::Call& call) = 0;  // answers by itself
};

// One of the specification's own errors.
struct RpcError {
  int code = 0;
  std::string message;
};

struct AnsweredAlready {};

// The answer; or that it comes when the request is finished.
using ControlAnswer = std::variant<Outcome<nlohmann::json>, RpcError, RequestId, AnsweredAlready>;

namespace detail {

// The parameters of a call, with their types checked. After the first that is wrong, `fault` says which.
class ControlParams {
 public:
  explicit ControlParams(const nlohmann::json& params) : params_(params) {}

  std::optional<std::string> Text(const char* name) {
    const nlohmann::json* const value = Find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) return Fault(name, " is a string"), std::nullopt;
    return value->get_ref<const std::string&>();
  }
  std::string RequiredText(const char* name) {
    auto text = Text(name);
    if (!text && !fault_) Fault(name, " is missing");
    return text.value_or(std::string());
  }
  std::optional<std::int64_t> Number(const char* name, std::int64_t least, std::int64_t most) {
    const nlohmann::json* const value = Find(name);
    if (value == nullptr) return std::nullopt;
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
    const std::int64_t number = fits ? value->get<std::int64_t>() : least - 1;
    if (!fits || number < least || number > most) return Fault(name, " is a whole number in range"), std::nullopt;
    return number;
  }
  bool Flag(const char* name) {
    const nlohmann::json* const value = Find(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) return Fault(name, " is true or false"), false;
    return value->get<bool>();
  }
  void Fault(const char* name, const char* what) {
    if (!fault_) fault_ = std::string(name) + what;
  }

  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }
  [[nodiscard]] RpcError Error() const { return {kRpcInvalidParams, *fault_}; }

 private:
  const nlohmann::json* Find(const char* name) const {
    const auto found = params_.find(name);
    return found == params_.end() || found->is_null() ? nullptr : &*found;
  }

  const nlohmann::json& params_;
  std::optional<std::string> fault_;
};

inline DialOptions ReadDialOptions(ControlParams& params) {
  constexpr std::int64_t kLongest = 60 * 60 * 1000;
  DialOptions options;
  if (const auto timeout = params.Number("timeout_ms", 1, kLongest)) options.timeout = Milliseconds(*timeout);
  options.allow_unproven = params.Flag("allow_unproven");
  return options;
}

inline ControlAnswer CallJoin(ControlTarget& target, ControlParams& params) {
  std::string text = params.RequiredText("link");
  const ScopedWipe wipe(text);
  const DialOptions options = ReadDialOptions(params);
  if (params.fault()) return params.Error();
  const auto link = ParseInviteLink(text, target.context().options.profile);
  if (link) return target.Join(*link, options);
  return Outcome<nlohmann::json>(Failure{Errc::kInvalid, std::string("that is no invite link: its ") +
                                                             link.error().part + " is wrong, at character " +
                                                             std::to_string(link.error().offset + 1)});
}

inline ControlAnswer CallConnect(ControlTarget& target, ControlParams& params) {
  const auto host = Host::Parse(params.RequiredText("host"));
  const auto port = params.Number("port", 1, 65'535);
  const auto peer = params.Text("peer");
  const DialOptions options = ReadDialOptions(params);
  if (!host) params.Fault("host", " is an address or a name");
  if (!port) params.Fault("port", " is missing");
  const auto identity = peer ? Identity::Parse(*peer) : Result<Identity>(Error{});
  if (peer && !identity) params.Fault("peer", " is an identity");
  if (params.fault()) return params.Error();
  ConnectTarget where{*host, static_cast<std::uint16_t>(*port), std::nullopt};
  if (identity) where.peer = *identity;
  return target.Connect(where, options);
}

inline ControlAnswer CallPairWith(ControlTarget& target, ControlParams& params) {
  const auto peer = Identity::Parse(params.RequiredText("peer"));
  const auto text = params.Text("addr");
  const auto at = text ? Endpoint::Parse(*text) : Result<Endpoint>(Error{});
  const DialOptions options = ReadDialOptions(params);
  if (!peer) params.Fault("peer", " is an identity");
  if (text && (!at || at->port == 0)) params.Fault("addr", " is a numeric address with a port");
  if (params.fault()) return params.Error();
  PairTarget whom{*peer, std::nullopt};
  if (at) whom.at = *at;
  return target.PairWith(whom, options);
}

inline ControlAnswer CallReach(ControlTarget& target, ControlParams& params) {
  const auto peer = Identity::Parse(params.RequiredText("peer"));
  const std::uint16_t port = target.context().options.profile.tcp_port;
  const auto place = [&params, port](const char* name) -> std::optional<HostPort> {
    const auto text = params.Text(name);
    if (!text) return std::nullopt;
    const auto at = ParseHostPort(*text, port);
    if (at) return *at;
    return params.Fault(name, " is host:port"), std::nullopt;
  };
  const auto addr = place("addr");
  const auto tailscale = place("tailscale");
  const bool may_request = params.Flag("may_request");
  const bool only_addr = params.Flag("only_addr");
  const DialOptions options = ReadDialOptions(params);
  if (!peer) params.Fault("peer", " is an identity");
  if (params.fault()) return params.Error();
  return target.Reach({*peer, addr, tailscale, may_request, only_addr}, options);
}

inline ControlAnswer CallSend(ControlTarget& target, ControlParams& params, const nlohmann::json& raw) {
  const std::string name = params.RequiredText("peer");
  const std::string type = params.RequiredText("type");
  const DialOptions options = ReadDialOptions(params);
  if (params.fault()) return params.Error();
  const auto peer = FindNamedPeer(target.context().folder, name);
  if (!peer) return Outcome<nlohmann::json>(peer.error());
  std::string text = "{}";
  if (const auto payload = raw.find("payload"); payload != raw.end()) {
    text = payload->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  // As it is: a number of a hundred digits stays one.
  if (auto given = params.Text("payload_text")) text = *std::move(given);
  if (params.fault()) return params.Error();
  return target.SendMessage(*peer, type, text, options.timeout.value_or(kDialTimeout));
}

inline ControlAnswer CallDecide(ControlTarget& target, std::string_view method, ControlParams& params) {
  const bool all = method == "deny" && params.Flag("all");
  const std::string word = all ? std::string() : params.RequiredText("request");
  if (params.fault()) return params.Error();
  if (all) return target.DenyAll();
  return method == "approve" ? target.Approve(word) : target.Deny(word);
}

inline ControlAnswer CallInvite(ControlTarget& target, ControlParams& params, const nlohmann::json& raw) {
  NodeContext& context = target.context();
  CreateInviteOptions options{.ttl = context.options.invite_ttl, .port = context.listen_port, .relay_running = true};
  if (const auto ttl = params.Number("ttl_ms", 1, kMaxInviteTtl.ms)) options.ttl = Milliseconds(*ttl);
  if (const auto uses = raw.find("uses"); uses != raw.end() && *uses == "unlimited") {
    options.uses = kUnlimitedUses;
  } else if (const auto number = params.Number("uses", 1, kUnlimitedUses - 1)) {
    options.uses = static_cast<std::uint32_t>(*number);
  }
  options.label = params.Text("label").value_or(std::string());
  options.for_identity = params.Text("for");
  options.host = params.Text("host").value_or(context.options.advertise_host);
  if (const auto port = params.Number("port", 1, 65'535)) options.port = static_cast<std::uint16_t>(*port);
  if (params.fault()) return params.Error();
  return CreateInvite(context.folder, *context.options.random, context.Wall(), options);
}

// Methods that take texts and answer at once.
inline std::optional<ControlAnswer> CallSimple(ControlTarget& target, std::string_view method, ControlParams& params) {
  using Json = Outcome<nlohmann::json>;
  NodeContext& context = target.context();
  StateFolder& folder = context.folder;
  if (method == "status") return target.Status();
  if (method == "peers") return target.Peers();
  if (method == "nearby") return target.Nearby();
  if (method == "requests") return target.PairRequests();
  if (method == "identity") return ShowIdentity(folder);
  if (method == "invites") return ListInvites(folder, context.Wall());
  if (method == "pair") {
    return CreatePairCode(folder, *context.options.random, context.Wall(), context.options.invite_ttl);
  }
  if (method == "reload" || method == "shutdown") {
    if (method == "reload") target.Reload();
    if (method == "shutdown") target.RequestShutdown();
    return Json(nlohmann::json{{"status", method == "reload" ? "reloaded" : "stopping"}});
  }
  if (method == "revoke") {
    const std::string id = params.RequiredText("id");
    return params.fault() ? ControlAnswer(params.Error()) : RevokeInvite(folder, id);
  }
  if (method == "accept") {
    std::string code = params.RequiredText("code");
    const ScopedWipe wipe(code);
    const std::string peer = params.RequiredText("peer");
    if (params.fault()) return params.Error();
    auto accepted = AcceptCode(folder, context.Wall(), code, peer);
    if (accepted) target.Reload();
    return accepted;
  }
  if (method == "forget" || method == "disconnect") {
    const std::string peer = params.RequiredText("peer");
    if (params.fault()) return params.Error();
    return method == "forget" ? target.Forget(peer) : target.Disconnect(peer);
  }
  return std::nullopt;
}

}  // namespace detail

inline ControlAnswer HandleControlCall(ControlTarget& target, const ControlServer::Call& call) {
  const std::string& method = call.request.method;
  detail::ControlParams params(call.request.params);
  if (method == "join") return detail::CallJoin(target, params);
  if (method == "connect") return detail::CallConnect(target, params);
  if (method == "pair_with") return detail::CallPairWith(target, params);
  if (method == "reach") return detail::CallReach(target, params);
  if (method == "send") return detail::CallSend(target, params, call.request.params);
  if (method == "approve" || method == "deny") return detail::CallDecide(target, method, params);
  if (method == "invite") return detail::CallInvite(target, params, call.request.params);
  if (method == "tailnet") return target.ReportTailnet();
  if (method == "subscribe") return target.Subscribe(call), AnsweredAlready{};
  if (auto answer = detail::CallSimple(target, method, params)) return *std::move(answer);
  return RpcError{kRpcMethodNotFound, "no such method"};
}

}  // namespace cctl

#endif  // CCTL_NODE_CONTROL_METHODS_H_
