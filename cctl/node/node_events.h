// SPDX-License-Identifier: MIT
//
// What a Node tells its owner, in the order in which it happened, and the objects that `serve --json`, `watch` and the
// control socket's subscribers get of it: {"event": <name>, "at": <RFC 3339>, ...}. What is for the owner alone has no
// such object.

#ifndef CCTL_NODE_NODE_EVENTS_H_
#define CCTL_NODE_NODE_EVENTS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"
#include "cctl/identity/check_number.h"
#include "cctl/identity/identity.h"
#include "cctl/invite/invite.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"

namespace cctl {

using RequestId = std::uint64_t;  // of a Node's verb; never 0, never used twice

// The first session with a peer has begun. `addr` is the numeric ip:port of the other end of the connection.
struct PeerConnected {
  Identity peer;
  std::string addr;
  bool outbound = false;  // we dialled
  bool proved = false;    // the other side has proved the key to us
};

// The last session with a peer has ended.
struct PeerDisconnected {
  Identity peer;
  std::string reason;  // a stable word: closed, replaced, silent, protocol, slow, forgotten, disconnected, shutdown,
                       // left_tailnet
};

struct InviteUsed {
  std::string invite;  // its id
  Identity peer;
  std::uint32_t uses_left = 0;  // kUnlimitedUses: no limit
};

// A machine was heard on the LAN. Nothing of it is proved.
struct PeerDiscovered {
  Identity peer;
  std::string addr;  // where it says it listens
  std::string version;
  bool paired = false;  // there is a key for that name
};

// One that was heard has said goodbye, or has fallen silent.
struct PeerLost {
  Identity peer;
  std::string addr;
  bool goodbye = false;
};

// Somebody wants to pair, and waits for Approve() or Deny().
struct PairRequested {
  std::string id;       // 4 hexadecimal digits
  Identity peer;        // as it says
  std::string addr;     // without the port, which says nothing
  std::string version;  // empty: not said
  std::uint32_t check = 0;
  UnixTime expires_at;
};

// What became of it: approved, denied, expired, busy, or withdrawn.
struct PairDecided {
  std::string id;  // empty: it was never asked about
  Identity peer;
  std::string addr;
  std::string status;
  bool automatic = false;  // nobody was asked
};

// PairWith() has sent its request, and waits for the other side's user, who sees the same check number.
struct PairRequestSent {
  Identity peer;
  std::string addr;
  std::uint32_t check = 0;
};

// Reach() tries a place. `addr`: host:port, a name as it is. `via`: "stored", "addr", "lan" or "tailscale".
struct PeerTried {
  Identity peer;
  std::string addr;
  std::string via;
};

// How Tailscale stands has changed, or is known for the first time. `state`: as in `tailnet`.
struct TailnetChanged {
  std::string state;
  std::string message;  // what it means
};

// An application's message, carried unread. `payload` is its JSON text.
struct MessageReceived {
  Identity peer;
  std::string id;
  std::string type;
  std::string payload;
};

// Something that the user should know and that no command waits for. The message is printable.
struct WarningRaised {
  Errc code = Errc::kInternal;
  std::string message;
};

// A line of the node's log: what it does and why, where NodeOptions::log wants it. Printable, and without a secret.
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string text;
};

// What Join(), Connect(), PairWith(), Reach() or SendMessage() was asked for is done: the object of docs/cli.md, or why
// not.
struct RequestFinished {
  RequestId id = 0;
  Outcome<nlohmann::json> outcome;
};

// A client of the control socket called `shutdown`: the owner should call Shutdown() and end its loop when done().
struct ShutdownRequested {};

// One called `reload`: the owner may read its configuration again.
struct ReloadRequested {};

using NodeEvent = std::variant<PeerConnected, PeerDisconnected, PeerDiscovered, PeerLost, PairRequested, PairDecided,
                               PairRequestSent, PeerTried, TailnetChanged, InviteUsed, MessageReceived, WarningRaised,
                               LogLine, RequestFinished, ShutdownRequested, ReloadRequested>;

namespace detail {

struct EventMembers {
  nlohmann::json operator()(const PeerConnected& event) const {
    return {{"event", "peer_connected"},
            {"peer", event.peer.view()},
            {"addr", event.addr},
            {"outbound", event.outbound},
            {"proved", event.proved}};
  }
  nlohmann::json operator()(const PeerDisconnected& event) const {
    return {{"event", "peer_disconnected"}, {"peer", event.peer.view()}, {"reason", event.reason}};
  }
  nlohmann::json operator()(const PeerDiscovered& event) const {
    return {{"event", "peer_discovered"},
            {"peer", event.peer.view()},
            {"addr", event.addr},
            {"version", event.version},
            {"paired", event.paired}};
  }
  nlohmann::json operator()(const PeerLost& event) const {
    return {{"event", "peer_lost"},
            {"peer", event.peer.view()},
            {"addr", event.addr},
            {"reason", event.goodbye ? "goodbye" : "silent"}};
  }
  nlohmann::json operator()(const PairRequested& event) const {
    nlohmann::json members = {{"event", "pair_requested"}, {"id", event.id}, {"peer", event.peer.view()}};
    members["addr"] = event.addr;
    members["version"] = event.version.empty() ? nlohmann::json(nullptr) : nlohmann::json(event.version);
    members["check"] = FormatCheckNumber(event.check).view();
    members["expires_at"] = FormatRfc3339(event.expires_at).view();
    return members;
  }
  nlohmann::json operator()(const PairDecided& event) const {
    nlohmann::json members = {{"event", "pair_decided"}, {"peer", event.peer.view()}, {"addr", event.addr}};
    members["id"] = event.id.empty() ? nlohmann::json(nullptr) : nlohmann::json(event.id);
    members["status"] = event.status;
    members["automatic"] = event.automatic;
    return members;
  }
  nlohmann::json operator()(const PairRequestSent& event) const {
    return {{"event", "pair_request_sent"},
            {"peer", event.peer.view()},
            {"addr", event.addr},
            {"check", FormatCheckNumber(event.check).view()}};
  }
  nlohmann::json operator()(const PeerTried& event) const {
    return {{"event", "peer_tried"}, {"peer", event.peer.view()}, {"addr", event.addr}, {"via", event.via}};
  }
  nlohmann::json operator()(const TailnetChanged& event) const {
    return {{"event", "tailnet_changed"}, {"state", event.state}, {"message", event.message}};
  }
  nlohmann::json operator()(const InviteUsed& event) const {
    nlohmann::json members = {{"event", "invite_used"}, {"invite", event.invite}, {"peer", event.peer.view()}};
    members["uses_left"] =
        event.uses_left == kUnlimitedUses ? nlohmann::json("unlimited") : nlohmann::json(event.uses_left);
    return members;
  }
  nlohmann::json operator()(const MessageReceived& event) const {
    nlohmann::json members = {
        {"event", "message"}, {"peer", event.peer.view()}, {"id", event.id}, {"type", event.type}};
    // The payload's grammar and depth have been checked by whoever read the line. What is left is a number that no
    // double holds (1e999): that payload is handed on as the text that it is.
    nlohmann::json payload = nlohmann::json::parse(event.payload, nullptr, /*allow_exceptions=*/false);
    if (payload.is_discarded()) {
      members["payload_text"] = event.payload;
    } else {
      members["payload"] = std::move(payload);
    }
    return members;
  }
  nlohmann::json operator()(const WarningRaised& event) const {
    return {{"event", "warning"}, {"code", ErrcName(event.code)}, {"message", event.message}};
  }
  nlohmann::json operator()(const LogLine& /*event*/) const { return nullptr; }
  nlohmann::json operator()(const RequestFinished& /*event*/) const { return nullptr; }
  nlohmann::json operator()(const ShutdownRequested& /*event*/) const { return nullptr; }
  nlohmann::json operator()(const ReloadRequested& /*event*/) const { return nullptr; }
};

}  // namespace detail

// The event as subscribers see it; null for one that is for the owner alone.
inline nlohmann::json NodeEventToJson(const NodeEvent& event, UnixTime at) {
  nlohmann::json members = std::visit(detail::EventMembers{}, event);
  if (!members.is_null()) members["at"] = FormatRfc3339(at).view();
  return members;
}

}  // namespace cctl

#endif  // CCTL_NODE_NODE_EVENTS_H_
