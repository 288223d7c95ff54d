// SPDX-License-Identifier: MIT
//
// What cctl/node/node.h is, without what it is made of: a program of many files includes little where it uses a Node,
// and compiles it in one (docs/library.md).

#ifndef CCTL_NODE_NODE_INTERFACE_H_
#define CCTL_NODE_NODE_INTERFACE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/invite/invite_link.h"
#include "cctl/net/socket_api.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/lan_options.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/tailnet_options.h"

namespace cctl {

class Lan;
class StateFolder;
class Tailnet;

class Node {
 public:
  // Binds, opens the control socket, dials the known peers. The caller holds the folder's lock; the folder and
  // options.random outlive the node. Failures: already_running (somebody listens there), unreachable (no address of
  // this machine), usage (an option), io.
  static Outcome<std::unique_ptr<Node>> Start(NodeOptions options, StateFolder& folder);

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;  // everything is closed at once; Shutdown() first is the clean way

  // End with a RequestFinished of the id that they return.
  virtual RequestId Join(const InviteLink& link, const DialOptions& options) = 0;
  virtual RequestId Connect(const ConnectTarget& target, const DialOptions& options) = 0;
  // The same: pairs with somebody on the LAN, once the user there agrees. cli.md `pair-with`.
  virtual RequestId PairWith(const PairTarget& target, const DialOptions& options) = 0;
  // The same: a project's peer, wherever it is. cli.md `project-connect`.
  virtual RequestId Reach(const ReachTarget& target, const DialOptions& options) = 0;
  // The same: an application's message over the live session, done when it is acknowledged. `payload`: one JSON value.
  virtual RequestId SendMessage(const Identity& peer, std::string_view type, std::string_view payload,
                                Duration timeout) = 0;
  // The same: what is known of the tailnet, by a fresh status. cli.md `tailnet`.
  virtual RequestId ReportTailnet() = 0;

  // Decide pair requests: `word` is an id or an identity. cli.md `approve` and `deny`.
  virtual Outcome<nlohmann::json> Approve(std::string_view word) = 0;
  virtual Outcome<nlohmann::json> Deny(std::string_view word) = 0;
  virtual Outcome<nlohmann::json> DenyAll() = 0;

  // Discovery, auto_approve_lan and the time for decisions, from now on.
  virtual void SetLan(const LanOptions& options, Duration pair_request_timeout) = 0;
  // Tailscale, from now on.
  virtual void SetTailnet(const TailnetOptions& options) = 0;

  // Ends the session with a peer and all dials; holds until Connect, or a restart. cli.md `disconnect`.
  virtual Outcome<nlohmann::json> Disconnect(std::string_view peer) = 0;
  // Deletes the pairing and ends the session. cli.md `forget`.
  virtual Outcome<nlohmann::json> Forget(std::string_view peer) = 0;
  // Reads the paired peers afresh: new ones are dialled, vanished ones closed. The owner is told, too.
  virtual void Reload() = 0;
  // Sends what is waiting and closes everything; done() within about a second of turns.
  virtual void Shutdown() = 0;
  [[nodiscard]] virtual bool done() const = 0;

  // One turn: waits for at most `max_wait` (zero: not at all) for something to do, and does it. Whether there was
  // something. The descriptors of `extra` (of signals, of a terminal; at most 4, kInvalidSocket: none) end the wait
  // when readable and are not read.
  bool RunOnce(Duration max_wait) { return RunOnce(max_wait, {}); }
  virtual bool RunOnce(Duration max_wait, std::initializer_list<NativeSocket> extra) = 0;
  virtual std::optional<NodeEvent> PollEvent() = 0;

  [[nodiscard]] virtual const Identity& identity() const = 0;
  [[nodiscard]] virtual std::string listen_addr() const = 0;  // numeric ip:port; empty without a listener
  [[nodiscard]] virtual std::uint16_t port() const = 0;       // 0 without a listener
  [[nodiscard]] virtual std::size_t session_count() const = 0;
  [[nodiscard]] virtual Outcome<nlohmann::json> Status() = 0;        // cli.md `status`
  [[nodiscard]] virtual Outcome<nlohmann::json> Peers() = 0;         // cli.md `peers`, with live states
  [[nodiscard]] virtual Outcome<nlohmann::json> Nearby() = 0;        // cli.md `discover`, as far as it is known
  [[nodiscard]] virtual Outcome<nlohmann::json> PairRequests() = 0;  // cli.md `requests`
  [[nodiscard]] virtual const Lan* lan() const = 0;                  // null: discovery is off
  [[nodiscard]] virtual const Tailnet* tailnet() const = 0;          // null: it is off

 protected:
  Node() = default;
};

}  // namespace cctl

#endif  // CCTL_NODE_NODE_INTERFACE_H_
