// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that has to do with sockets: accepting, reading lines, sending, timers and
// the end of a connection.

#ifndef CCTL_NODE_ENGINE_CONNECTIONS_H_
#define CCTL_NODE_ENGINE_CONNECTIONS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/net/readiness.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/tcp_socket.h"
#include "cctl/node/connection.h"
#include "cctl/node/engine.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/proto/session_limits.h"
#include "cctl/wire/line_reader.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

inline Engine::Engine(NodeContext& context, Poller& poller, NameResolver resolver, Instant now)
    : context_(context),
      poller_(poller),
      resolver_(std::move(resolver)),
      book_(context, now),
      pair_queue_(*context.options.random),
      buffer_(64 * 1024) {
  (void)poller_.Add(resolver_.native(), Interest::kRead, kResolverToken);
}

inline Engine::~Engine() {
  connections_.ForEach([this](Connection& connection) { (void)poller_.Remove(connection.socket.native()); });
  if (listener_) (void)poller_.Remove(listener_->native());
  (void)poller_.Remove(resolver_.native());
}

inline Result<void> Engine::Listen(const Endpoint& at) {
  auto listener = TcpListener::Listen(at);
  if (!listener) return listener.error();
  if (auto added = poller_.Add(listener->native(), Interest::kRead, kListenerToken); !added) return added;
  context_.listen_port = listener->local().port;
  listener_ = *std::move(listener);
  return {};
}

inline void Engine::HandleReady(const Ready& ready) {
  const Instant now = context_.Now();
  if (ready.token == kListenerToken) return AcceptAll(now);
  if (ready.token == kResolverToken) return HandleResolved(now);
  if (ready.token >= kTailnetTokens) {
    if (tailnet_ != nullptr) tailnet_->HandleReady(now, ready);
    return HandleTailnet(now);
  }
  if (ready.token >= kLanTokens) {
    if (lan_ != nullptr) lan_->HandleReady(now, ready);
    return HandleLan(now);
  }
  const auto id = ConnectionId{ready.token};
  Connection* connection = connections_.Find(id);
  if (connection == nullptr) return;
  if (connection->phase == Phase::kConnecting) return BeginConnector(now, *connection);
  if (ready.writable) Flush(now, *connection);
  if (ready.readable || ready.failed) Read(now, id);
}

inline void Engine::AcceptAll(Instant now) {
  constexpr int kInOneTurn = 64;  // sessions are served in between
  for (int i = 0; i < kInOneTurn && listener_; ++i) {
    AcceptedTcp accepted = listener_->Accept();
    if (accepted.status == AcceptStatus::kWouldBlock) return;
    if (accepted.status == AcceptStatus::kOutOfDescriptors) return PauseAccepting(now);
    if (accepted.status == AcceptStatus::kError) {
      context_.Warn(Errc::kIo, "accepting connections failed; it is tried again");
      return PauseAccepting(now);
    }
    if (sessions_ >= context_.options.max_sessions) continue;  // closed; relay.max_sessions
    Connection* const connection = Adopt(std::move(accepted.socket), Interest::kRead);
    context_.Log(LogLevel::kDebug, "connection from ", accepted.peer.Format().view());
    if (connection != nullptr) BeginListener(now, *connection, accepted.peer);
  }
}

inline void Engine::PauseAccepting(Instant now) {
  (void)poller_.Modify(listener_->native(), Interest::kNone, kListenerToken);
  accept_again_ = now + kAcceptPause;
}

inline void Engine::ResumeAccepting() {
  accept_again_.reset();
  if (listener_) (void)poller_.Modify(listener_->native(), Interest::kRead, kListenerToken);
}

inline Connection* Engine::Adopt(StreamSocket socket, Interest interest) {
  Connection& connection = connections_.Insert();
  connection.socket = std::move(socket);
  connection.interest = interest;
  if (poller_.Add(connection.socket.native(), interest, static_cast<std::uint64_t>(connection.id))) return &connection;
  connections_.Erase(connection.id);
  return nullptr;
}

// Reads what is there, as much as a turn allows.
inline void Engine::Read(Instant now, ConnectionId id) {
  constexpr int kInOneTurn = 4;
  for (int i = 0; i < kInOneTurn; ++i) {
    Connection* const connection = connections_.Find(id);
    if (connection == nullptr || connection->phase == Phase::kConnecting) return;
    const IoResult read = connection->socket.Read(buffer_);
    if (read.status == IoStatus::kWouldBlock) return;
    if (read.status != IoStatus::kOk) return HandleEnd(now, *connection);
    if (connection->phase == Phase::kLingering) continue;
    const std::span<std::uint8_t> bytes(buffer_.data(), read.size);
    const ScopedWipe wipe(bytes);
    if (!HandleBytes(now, id, AsText(bytes))) return;
    if (read.size < buffer_.size()) return;
  }
}

// Cuts the bytes into lines, each for the machine of that moment. False: the connection is none any more.
inline bool Engine::HandleBytes(Instant now, ConnectionId id, std::string_view bytes) {
  Connection* connection = connections_.Find(id);
  const auto limit = [](const Connection& c) { return c.session ? kMaxLine : kMaxLineBeforeAuthentication; };
  // The reader stays here while lines are handled: what they send may release, or make, what waits.
  LineReader reader =
      connection->waiting != nullptr ? std::move(connection->waiting->reader) : LineReader(limit(*connection));
  for (;;) {
    reader.set_limit(limit(*connection));
    const auto line = reader.Next(bytes);
    if (!line) {
      Close(now, id, {Errc::kProtocol, 0, line.error().value, "line"}, /*linger=*/false);
      return false;
    }
    if (!line->has_value()) break;
    HandleLine(now, *connection, **line);
    connection = connections_.Find(id);
    if (connection == nullptr || connection->phase == Phase::kLingering) return false;
  }
  if (connection->waiting != nullptr || reader.held() > 0) {
    connection->Waiting(now).reader = std::move(reader);
    connection->ReleaseIfIdle();
  }
  return true;
}

inline void Engine::HandleLine(Instant now, Connection& connection, std::string_view line) {
  if (connection.phase == Phase::kSession) return HandleSessionLine(now, connection, line);
  const ConnectionId id = connection.id;
  auto& machine = connection.handshake->machine;
  if (auto* const listener = std::get_if<ListenerHandshake>(&machine)) listener->HandleLine(now, line);
  if (auto* const connector = std::get_if<ConnectorHandshake>(&machine)) connector->HandleLine(now, line);
  DriveHandshake(now, id);
}

// The other side has ended its half, or all of it. What came before has been handled.
inline void Engine::HandleEnd(Instant now, Connection& connection) {
  if (connection.phase == Phase::kLingering) return Erase(connection);
  const bool half_a_line = connection.waiting != nullptr && connection.waiting->reader.held() > 0;
  const Errc code = half_a_line || connection.phase != Phase::kSession ? Errc::kProtocol : Errc::kUnreachable;
  Close(now, connection.id, {code, 0, 0, "connection"}, /*linger=*/false);
}

inline void Engine::Send(Instant now, Connection& connection, std::string_view bytes) {
  if (connection.unsent() == 0) {
    const IoResult written = connection.socket.Write(AsBytes(bytes));
    // A connection that is over is found by reading, where what still came is not lost.
    if (written.status == IoStatus::kClosed || written.status == IoStatus::kError) return;
    bytes.remove_prefix(written.size);
    if (bytes.empty()) return;
    connection.Waiting(now).progress = now;
  }
  (void)connection.Waiting(now).out.Send(connection.socket, bytes);
  Settle(connection);
  Arm(connection);
  if (connection.unsent() > kMaxUnsent) Close(now, connection.id, {Errc::kBusy, 0, 0, "unsent"}, /*linger=*/false);
}

inline void Engine::Flush(Instant now, Connection& connection) {
  if (connection.waiting != nullptr) {
    if (connection.waiting->out.Flush(connection.socket) == IoStatus::kOk) connection.waiting->progress = now;
    connection.ReleaseIfIdle();
  }
  Settle(connection);
}

// Asks the poller for what the connection now waits for.
inline void Engine::Settle(Connection& connection) {
  const bool wants_room = connection.unsent() > 0;
  if (connection.phase == Phase::kLingering && !wants_room && !std::exchange(connection.ended, true)) {
    connection.socket.ShutdownWrite();
  }
  const Interest interest = wants_room ? Interest::kReadWrite : Interest::kRead;
  if (interest == connection.interest) return;
  connection.interest = interest;
  (void)poller_.Modify(connection.socket.native(), interest, static_cast<std::uint64_t>(connection.id));
}

// Arms the timer for the first thing that is due. One that is armed for earlier will do: it arms the next.
inline void Engine::Arm(Connection& connection) {
  Instant due{INT64_MAX};
  const auto note = [&due](std::optional<Instant> at) { due = at && *at < due ? *at : due; };
  if (connection.phase == Phase::kConnecting) note(connection.handshake->deadline);
  if (connection.phase == Phase::kHandshake) {
    if (auto* const listener = std::get_if<ListenerHandshake>(&connection.handshake->machine))
      note(listener->PollTimeout());
    if (auto* const dialled = std::get_if<ConnectorHandshake>(&connection.handshake->machine))
      note(dialled->PollTimeout());
  }
  if (connection.session) note(connection.session->PollTimeout());
  if (connection.unsent() > 0) note(connection.waiting->progress + kStalledLimit);
  if (connection.phase == Phase::kLingering) note(connection.linger_until);
  if (due >= connection.armed || due.ms == INT64_MAX) return;
  connection.armed = due;
  timers_.Arm(due, static_cast<std::uint64_t>(connection.id));
}

inline void Engine::Wake(Instant now, ConnectionId id) {
  Connection* connection = connections_.Find(id);
  if (connection == nullptr) return;
  connection->armed = Instant{INT64_MAX};
  if (connection->phase == Phase::kLingering && now >= connection->linger_until) return Erase(*connection);
  if (connection->phase == Phase::kConnecting && now >= connection->handshake->deadline) {
    return Close(now, id, {Errc::kTimeout, 0, 0, "connect"}, /*linger=*/false);
  }
  if (connection->unsent() > 0 && now - connection->waiting->progress >= kStalledLimit) {
    return Close(now, id, {Errc::kBusy, 0, 0, "unsent"}, /*linger=*/false);
  }
  if (connection->phase == Phase::kHandshake) {
    auto& machine = connection->handshake->machine;
    if (auto* const listener = std::get_if<ListenerHandshake>(&machine)) listener->HandleTimeout(now);
    if (auto* const dialled = std::get_if<ConnectorHandshake>(&machine)) dialled->HandleTimeout(now);
    DriveHandshake(now, id);
  }
  if (connection = connections_.Find(id); connection != nullptr && connection->session) {
    Read(now, id);  // after we were held up ourselves, the peer's heartbeats wait here
    if (connection = connections_.Find(id); connection == nullptr || !connection->session) return;
    if (const auto failed = connection->session->HandleTimeout(now)) {
      return Close(now, id, failed->error, /*linger=*/false);
    }
    line_.clear();
    if (connection->session->PollTransmit(now, context_.Wall(), context_.ids, context_.self, line_)) {
      Send(now, *connection, line_);
    }
  }
  if (connection = connections_.Find(id); connection != nullptr) Arm(*connection);
}

inline void Engine::Close(Instant now, ConnectionId id, const Error& reason, bool linger) {
  Connection* const connection = connections_.Find(id);
  if (connection == nullptr || connection->phase == Phase::kLingering) return;
  const bool connecting = connection->phase == Phase::kConnecting;
  const std::unique_ptr<Handshaking> handshake = std::move(connection->handshake);
  const std::optional<Identity> peer = connection->peer();
  if (connection->session) --sessions_;
  if (connection->session) EndSendings(id);
  unconfirmed_.erase(id);
  connection->session.reset();
  connection->peer_name.reset();
  if (handshake != nullptr && handshake->challenge) {
    context_.Log(LogLevel::kDebug, "connection from ", handshake->remote.Format().view(),
                 " ended before a session: ", ErrorWords(reason));
    context_.open_challenges.Erase(*handshake->challenge);
    if (tailnet_ != nullptr) tailnet_->Withdraw(id);
    if (const auto gone = pair_queue_.Withdraw(now, id)) {
      TellDecided(*gone, reason.code == Errc::kTimeout ? "expired" : "withdrawn");
    }
  }
  if (linger && !connecting) {
    connection->phase = Phase::kLingering;
    connection->linger_until = now + kLingerLimit;
    Settle(*connection);
    Arm(*connection);
  } else {
    Erase(*connection);
  }
  if (peer) {
    book_.NoteSeen(now, *peer, {});
    book_.peers().HandleClosed(book_.ToSchedule(now), *peer, id, reason.code);
    HandlePeers(now);
    NoteGuestGone(now, *peer);
  }
  if (handshake != nullptr && handshake->dial != 0) HandleAttemptFailed(now, handshake->dial, reason);
}

inline void Engine::Erase(Connection& connection) {
  admission_.HandleSettled(connection.id);  // a stranger's counts as long as it is there, also when all is said
  (void)poller_.Remove(connection.socket.native());
  connections_.Erase(connection.id);
}

inline std::optional<Instant> Engine::NextTimeout() const {
  std::optional<Instant> next = timers_.Next();
  const auto note = [&next](std::optional<Instant> at) { next = at && (!next || *at < *next) ? at : next; };
  note(accept_again_);
  note(book_.WriteDue());
  if (stopping_) return next;
  note(unconfirmed_due_);
  if (lan_ != nullptr) note(lan_->NextTimeout());
  if (tailnet_ != nullptr) note(tailnet_->NextTimeout());
  const Instant now = context_.Now();
  for (const PairSearch& search : searches_) note(now < search.until ? search.until : search.deadline);
  for (const auto& [request, reaching] : reaches_) {
    if (!reaching.searched) note(reaching.search_until);
    if (reaching.dial == 0) note(reaching.deadline);  // else the dial has one
  }
  for (const Sending& sending : sendings_) {
    note(sending.id.empty() ? (std::min)(sending.sent, sending.deadline) : sending.deadline);
  }
  if (const auto dial = book_.PeersTimeout()) note(dial);
  return next;
}

inline void Engine::HandleTimeouts(Instant now) {
  while (const std::optional<std::uint64_t> token = timers_.PopDue(now)) {
    if (*token < kDialTimers) {
      Wake(now, ConnectionId{*token});
    } else if (const auto found = dials_.find(*token - kDialTimers); found != dials_.end()) {
      Dial& dial = found->second;
      if (now >= dial.deadline) {
        FailDial(now, dial.id, dial.error.value_or(Error{Errc::kTimeout, 0, 0, "dial"}));
      } else if (dial.resolve_by && now >= *dial.resolve_by) {
        FailDial(now, dial.id, Error{Errc::kUnreachable, 0, 0, "address"});
      } else if (dial.retry_at && now >= *dial.retry_at) {
        dial.retry_at.reset();
        TryNext(now, dial.id);
      }
    }
  }
  if (accept_again_ && now >= *accept_again_) ResumeAccepting();
  if (const auto due = book_.WriteDue(); due && now >= *due) WriteSomeMetas();
  if (stopping_) return;
  if (unconfirmed_due_ && now >= *unconfirmed_due_) {
    unconfirmed_due_.reset();
    LoadPeers(now);
  }
  HandleSendTimeouts(now);
  if (lan_ != nullptr) {
    lan_->HandleTimeouts(now);
    HandleLan(now);
  }
  if (tailnet_ != nullptr) {
    tailnet_->HandleTimeouts(now);
    HandleTailnet(now);
  }
  ContinueSearches(now);
  ContinueReaches(now);
  book_.peers().HandleTimeout(book_.ToSchedule(now));
  HandlePeers(now);
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_CONNECTIONS_H_
