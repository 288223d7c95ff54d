// SPDX-License-Identifier: MIT
//
// The part of Engine (cctl/node/engine.h) that sends applications' messages and waits for their acknowledgement.

#ifndef CCTL_NODE_ENGINE_MESSAGES_H_
#define CCTL_NODE_ENGINE_MESSAGES_H_

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/connection.h"
#include "cctl/node/engine.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/wire/json_string.h"

namespace cctl {

namespace detail {

// Why Session::FormatMessage took no message.
inline Failure SendFailure(const Error& error, const Identity& peer) {
  const std::string who(peer.view());
  switch (error.code) {
    case Errc::kUnsupported:
      return {Errc::kUnsupported,
              who + " is a released claudectl, which ends the connection on a type it does not know"};
    case Errc::kProtocol:
    case Errc::kBusy:
      return {Errc::kUnreachable, "the session with " + who + " has ended"};
    default:
      break;
  }
  const bool type = std::string_view(error.part) == "msg_type";
  std::string message =
      type ? "the type is not one of an application's: the protocol's own, empty, or over 64 bytes"
           : "the payload is no JSON value that fits into a message, at byte " + std::to_string(error.offset);
  return {Errc::kInvalid, std::move(message)};
}

}  // namespace detail

inline RequestId Engine::SendMessage(const Identity& peer, std::string_view type, std::string_view payload,
                                     Duration timeout) {
  const Instant now = context_.Now();
  const RequestId request = ++last_id_;
  const auto id = book_.peers().connection(peer);
  Connection* const connection = id ? connections_.Find(*id) : nullptr;
  if (connection == nullptr || !connection->session) {
    FinishRequest(request, Failure{Errc::kUnreachable, std::string(peer.view()) + " is not connected",
                                   context_.Command("peers")});
    return request;
  }
  Sending sending{request, peer, *id, std::string(type), std::string(payload)};
  // A released peer loses what comes with the handshake: not before it has had a moment.
  sending.sent = (std::max)(now, connection->session->quiet_until());
  sending.deadline = now + timeout;
  sendings_.push_back(std::move(sending));
  HandleSendTimeouts(now);
  return request;
}

// Writes the message that is due.
inline void Engine::TransmitMessage(Instant now, Sending& sending) {
  Connection* const connection = connections_.Find(sending.connection);
  if (connection == nullptr || !connection->session) return;
  std::string line;
  const auto id = connection->session->FormatMessage(now, context_.Wall(), context_.ids, context_.self, sending.type,
                                                     sending.payload, line);
  sending.sent = now;
  if (!id) {
    FinishRequest(sending.request, detail::SendFailure(id.error(), sending.peer));
    sending.request = 0;
    return;
  }
  sending.id = id->view();
  Send(now, *connection, line);
}

inline void Engine::HandleAck(Instant now, const Connection& connection, const JsonString& id) {
  const auto found = std::find_if(sendings_.begin(), sendings_.end(), [&](const Sending& sending) {
    return sending.connection == connection.id && !sending.id.empty() && id == std::string_view(sending.id);
  });
  if (found == sendings_.end()) return;
  const Sending sending = std::move(*found);
  sendings_.erase(found);
  FinishRequest(
      sending.request,
      nlohmann::json{
          {"peer", sending.peer.view()}, {"id", sending.id}, {"acked", true}, {"rtt_ms", (now - sending.sent).ms}});
}

// A connection has ended: what was not acknowledged on it may or may not have arrived.
inline void Engine::EndSendings(ConnectionId closed) {
  for (std::size_t i = sendings_.size(); i-- > 0;) {
    if (sendings_[i].connection != closed) continue;
    const Sending sending = std::move(sendings_[i]);
    sendings_.erase(sendings_.begin() + static_cast<std::ptrdiff_t>(i));
    FinishRequest(sending.request, Failure{Errc::kUnreachable, "the session with " + std::string(sending.peer.view()) +
                                                                   " ended before the message was acknowledged"});
  }
}

inline void Engine::HandleSendTimeouts(Instant now) {
  for (std::size_t i = 0; i < sendings_.size(); ++i) {
    // By number: a write that fails may end the connection, and with it what waits there.
    const Sending& sending = sendings_[i];
    if (sending.id.empty() && now >= sending.sent && now < sending.deadline) TransmitMessage(now, sendings_[i]);
  }
  for (std::size_t i = sendings_.size(); i-- > 0;) {
    Sending& sending = sendings_[i];
    if (sending.request != 0 && now < sending.deadline) continue;
    const Sending over = std::move(sending);
    sendings_.erase(sendings_.begin() + static_cast<std::ptrdiff_t>(i));
    if (over.request == 0) continue;  // it could not be sent, and that was said
    const Connection* const connection = connections_.Find(over.connection);
    const bool ours = connection != nullptr && connection->session && connection->session->peer_is_ours();
    std::string message = std::string(over.peer.view()) + " has not acknowledged the message in time";
    if (!ours) message += "; a released claudectl acknowledges none, so it may have arrived";
    FinishRequest(over.request, Failure{Errc::kTimeout, std::move(message)});
  }
}

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_MESSAGES_H_
