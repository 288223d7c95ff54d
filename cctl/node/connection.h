// SPDX-License-Identifier: MIT
//
// One TCP connection of a relay: the socket and the machine that its lines go to. Ten thousand of them are idle most of
// the time, so what is needed only before authentication, or only while bytes wait, is allocated for that long: an
// authenticated, idle one takes under 200 bytes with all that it owns.

#ifndef CCTL_NODE_CONNECTION_H_
#define CCTL_NODE_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/readiness.h"
#include "cctl/net/stream_socket.h"
#include "cctl/node/dial.h"
#include "cctl/node/out_buffer.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/proto/session.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/wire/line_reader.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

// How long a connection that we end may take to deliver what was sent. Closed at once, a socket with unread input
// resets the connection, and the other side may lose the very line that says why.
inline constexpr Duration kLingerLimit = Seconds(1);

enum class Phase : std::uint8_t {
  kConnecting,  // dialled, not yet there
  kHandshake,
  kSession,
  kLingering,  // ended by us: the rest is being sent, what comes is thrown away
};

// Until a connection is authenticated.
struct Handshaking {
  Endpoint remote;
  Instant deadline;                                                             // kConnecting: of this address
  DialId dial = 0;                                                              // 0: accepted
  std::optional<Nonce> challenge;                                               // accepted
  std::optional<StableId> node;                                                 // by whose tailnet key it is tried
  bool vouched = false;                                                         // that it is that node's is known
  std::string why;                                                              // accepted, refused: what is wrong
  std::variant<std::monostate, ListenerHandshake, ConnectorHandshake> machine;  // none: kConnecting
};

// While bytes wait.
struct WaitingBytes {
  LineReader reader;  // the beginning of a line
  OutBuffer out;      // what the socket did not take
  Instant progress;   // when it last took something
};

struct Connection {
  ConnectionId id{};
  StreamSocket socket;
  Phase phase = Phase::kConnecting;
  Interest interest = Interest::kNone;
  bool dialled = false;
  bool ended = false;  // nothing more is to be read
  std::unique_ptr<Handshaking> handshake;
  std::unique_ptr<WaitingBytes> waiting;
  std::unique_ptr<char[]> peer_name;  // kSession, and what follows it: of the other side
  std::optional<Session> session;
  Instant armed{INT64_MAX};  // the earliest timer that will wake it
  Instant linger_until;      // kLingering

  // Who it was authenticated as.
  [[nodiscard]] std::optional<Identity> peer() const {
    if (peer_name == nullptr) return std::nullopt;
    return *Identity::Parse(peer_name.get());
  }
  void set_peer(const Identity& identity) {
    const std::string_view name = identity.view();
    peer_name = std::make_unique<char[]>(name.size() + 1);
    std::memcpy(peer_name.get(), name.data(), name.size());
  }

  [[nodiscard]] std::size_t unsent() const { return waiting == nullptr ? 0 : waiting->out.size(); }

  WaitingBytes& Waiting(Instant now) {
    if (waiting == nullptr) {
      waiting = std::make_unique<WaitingBytes>();
      waiting->reader.set_limit(session ? kMaxLine : kMaxLineBeforeAuthentication);
      waiting->progress = now;
    }
    return *waiting;
  }
  void ReleaseIfIdle() {
    if (waiting != nullptr && waiting->out.size() == 0 && waiting->reader.held() == 0) waiting.reset();
  }
};

static_assert(sizeof(Connection) <= 136, "ten thousand idle connections");

// The connections of a node by number. A number is a slot and a serial, so what is said about a closed one finds
// nothing.
class ConnectionTable {
 public:
  Connection& Insert() {
    std::size_t slot = slots_.size();
    if (!free_.empty()) {
      slot = free_.back();
      free_.pop_back();
    } else {
      slots_.emplace_back();
    }
    slots_[slot] = std::make_unique<Connection>();
    slots_[slot]->id = ConnectionId{++serial_ << kSlotBits | slot};
    ++size_;
    return *slots_[slot];
  }

  [[nodiscard]] Connection* Find(ConnectionId id) const {
    const auto number = static_cast<std::uint64_t>(id);
    const std::size_t slot = number & ((std::uint64_t{1} << kSlotBits) - 1);
    if (slot >= slots_.size() || slots_[slot] == nullptr || slots_[slot]->id != id) return nullptr;
    return slots_[slot].get();
  }

  void Erase(ConnectionId id) {
    if (Find(id) == nullptr) return;
    const std::size_t slot = static_cast<std::uint64_t>(id) & ((std::uint64_t{1} << kSlotBits) - 1);
    slots_[slot].reset();
    free_.push_back(static_cast<std::uint32_t>(slot));
    --size_;
  }

  // In no order; `visit` may erase the one that it is given.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i] != nullptr) visit(*slots_[i]);
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr unsigned kSlotBits = 20;  // a million at once; leaves 36 bits of the token for serials

  std::vector<std::unique_ptr<Connection>> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t serial_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cctl

#endif  // CCTL_NODE_CONNECTION_H_
