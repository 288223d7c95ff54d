// SPDX-License-Identifier: MIT
//
// What follows authentication on one connection: heartbeats both ways, application messages, acknowledgements
// (docs/protocol.md, sections 4 and 4.3). A peer that is silent for 90 s, or breaks the rules, ends it. A line makes at
// most one event, which HandleLine returns, so that an idle session holds nothing but its times: 40 bytes. Lines are
// untrusted even here. In a session `from_peer` is ignored: the sender is whoever was authenticated.
//
//   cctl::Session session(now, {.peer_is_ours = true});
//   const cctl::Session::Event event = session.HandleLine(now, line);
//   if (const auto* failed = std::get_if<cctl::Session::Failed>(&event)) return Close(failed->error);
//   ...
//   session.PollTransmit(now, wall, ids, self, out);  // appends a line if one is due

#ifndef CCTL_PROTO_SESSION_H_
#define CCTL_PROTO_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/proof.h"
#include "cctl/proto/session_limits.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

class Session {
 public:
  struct Config {
    bool peer_is_ours = false;                   // it proved the key or sent a client_nonce: no released claudectl
    std::optional<Proof> expected_confirm = {};  // listener, after a join that rotated the key
    std::optional<Proof> confirm = {};           // joiner, once it has stored the rotated key; at most one of the two
  };

  // A message for the application, of any type that the protocol does not use itself. Views of the line.
  struct MessageReceived {
    MessageView message;
  };
  // The peer has passed on, or queued, the message of ours with this id (of any text: compare it by ==).
  struct AckReceived {
    JsonString id;
  };
  // The joiner has stored the rotated key. At most once in a session.
  struct KeyConfirmed {};
  // The connection is to be closed. kTimeout, part "session": silent for 90 s. kProtocol: the line is no message
  // (part and offset as ParseMessage), is one of the handshake's (part "msg_type"), or an ack without an id
  // ("payload").
  struct Failed {
    Error error;
  };
  using Event = std::variant<std::monostate, MessageReceived, AckReceived, KeyConfirmed, Failed>;

  // Bytes of a payload at most: what kMaxLine leaves beside the longest envelope (id 54, type 64, either end's identity
  // 128, all of it escaped at worst).
  static constexpr std::size_t kMaxPayload = kMaxLine - 1024;

  Session(Instant now, const Config& config)
      : last_heard_(now),
        next_heartbeat_(config.confirm ? now : now + kHeartbeatInterval),
        quiet_until_(config.peer_is_ours ? now : now + kQuietStart),
        peer_is_ours_(config.peer_is_ours) {
    if (config.confirm) {
      confirm_ = std::make_unique<Proof>(*config.confirm);
      confirm_use_ = ConfirmUse::kToSend;
    } else if (config.expected_confirm) {
      confirm_ = std::make_unique<Proof>(*config.expected_confirm);
      confirm_use_ = ConfirmUse::kExpected;
    }
  }

  // Takes one line without its newline. A handshake message in a session fails it: its meaning would have been to make
  // the sender somebody else. After a failure every call returns nothing.
  Event HandleLine(Instant now, std::string_view line) {
    if (failed_) return {};
    const Result<MessageView> message = ParseMessage(line);
    if (!message) return Fail(message.error());
    last_heard_ = now;
    switch (message->type) {
      case MessageType::kChallenge:
      case MessageType::kHandshake:
      case MessageType::kHandshakeAck:
        return Fail(Error{Errc::kProtocol, 0, 0, "msg_type"});
      case MessageType::kHeartbeat:
        return HandleHeartbeat(message->payload);
      case MessageType::kAck:
        return HandleAck(message->payload);
      case MessageType::kApplication:
      case MessageType::kOther:
        break;
    }
    return MessageReceived{*message};
  }

  // When PollTransmit or HandleTimeout has something to do; nothing after a failure.
  [[nodiscard]] std::optional<Instant> PollTimeout() const {
    if (failed_) return std::nullopt;
    const Instant silent = last_heard_ + kSilenceLimit;
    return next_heartbeat_ < silent ? next_heartbeat_ : silent;
  }

  // Ends a session whose peer has been silent for too long. Call it after what has arrived was read: after this process
  // was held up itself, the peer's heartbeats may be waiting.
  std::optional<Failed> HandleTimeout(Instant now) {
    if (failed_ || now - last_heard_ < kSilenceLimit) return std::nullopt;
    return Fail(Error{Errc::kTimeout, 0, 0, "session"});
  }

  // Appends the heartbeat or the confirmation that is due, if one is, as a whole line, and says whether it did. `Sink`:
  // append(std::string_view) and push_back(char).
  template <typename Sink>
  bool PollTransmit(Instant now, UnixTime wall, MessageIds& ids, const Identity& self, Sink& out) {
    if (failed_ || now < next_heartbeat_) return false;
    const MessageId id = ids.Next(wall);
    const bool confirms = confirm_use_ == ConfirmUse::kToSend;
    AppendHeartbeat(out, MessageHeader{id, self.view(), wall}, confirms ? confirm_.get() : nullptr);
    if (confirms) ForgetConfirm();
    next_heartbeat_ = now + kHeartbeatInterval;
    return true;
  }

  // Whether a message of this type may go to this peer. A released claudectl ends the connection on types it does not
  // know. The handshake's types go to nobody.
  [[nodiscard]] bool MaySend(std::string_view type) const {
    const MessageType known = MessageTypeOf(type);
    if (known == MessageType::kHeartbeat || known == MessageType::kApplication) return true;
    return peer_is_ours_ && (known == MessageType::kAck || known == MessageType::kOther);
  }

  // The first moment at which FormatMessage may be used: now, or a second after authentication.
  [[nodiscard]] Instant quiet_until() const { return quiet_until_; }
  [[nodiscard]] bool peer_is_ours() const { return peer_is_ours_; }

  // Appends an application's message as a whole line and returns its id, which an ack will name. `payload`: one JSON
  // value. Errors, with nothing appended: kUnsupported (part "msg_type": see MaySend), kInvalid or kTooLong (part
  // "msg_type": one of the protocol's own, empty, or over 64 bytes), kBusy (before quiet_until()), kProtocol (the
  // session has failed), and those of ValidateJson with the part "payload".
  template <typename Sink>
  Result<MessageId> FormatMessage(Instant now, UnixTime wall, MessageIds& ids, const Identity& self,
                                  std::string_view type, std::string_view payload, Sink& out) const {
    if (failed_) return Error{Errc::kProtocol, 0, 0, "session"};
    if (type.empty() || MessageTypeOf(type) < MessageType::kApplication) return Error{Errc::kInvalid, 0, 0, "msg_type"};
    if (type.size() > kMaxMessageType) return Error{Errc::kTooLong, kMaxMessageType, kMaxMessageType, "msg_type"};
    if (!MaySend(type)) return Error{Errc::kUnsupported, 0, 0, "msg_type"};
    if (now < quiet_until_) return Error{Errc::kBusy, 0, 0, "session"};
    if (auto valid = ValidateJson(payload, {.size = kMaxPayload, .depth = kMaxJsonDepth - 1}); !valid) {
      Error error = valid.error();
      error.part = "payload";
      return error;
    }
    if (payload.find('\n') == std::string_view::npos) return Append(wall, ids, self, type, payload, out);
    // Between the tokens of JSON, the only place where a raw newline may stand, any white space is as good.
    std::string on_one_line(payload);
    for (char& c : on_one_line) {
      if (c == '\n') c = ' ';
    }
    return Append(wall, ids, self, type, on_one_line, out);
  }

  // Appends the acknowledgement of a message that was received. To a peer that is not ours none is sent: false.
  template <typename Sink>
  bool FormatAck(UnixTime wall, MessageIds& ids, const Identity& self, const JsonString& message_id, Sink& out) const {
    if (failed_ || !peer_is_ours_) return false;
    const MessageId id = ids.Next(wall);
    AppendAck(out, MessageHeader{id, self.view(), wall}, message_id);
    return true;
  }

 private:
  enum class ConfirmUse : std::uint8_t { kNone, kToSend, kExpected };

  Event HandleHeartbeat(std::string_view payload) {
    if (confirm_use_ != ConfirmUse::kExpected) return {};
    // Any payload is a heartbeat; one that confirms nothing, or another key, leaves this one unproved.
    const Result<HeartbeatView> heartbeat = ParseHeartbeat(payload);
    if (!heartbeat || !heartbeat->confirm || !ConstantTimeEqual(*heartbeat->confirm, *confirm_)) return {};
    ForgetConfirm();
    return KeyConfirmed{};
  }

  Event HandleAck(std::string_view payload) {
    const Result<AckView> ack = ParseAck(payload);
    if (!ack) return Fail(Error{Errc::kProtocol, 0, 0, "payload"});
    return AckReceived{ack->id};
  }

  Failed Fail(Error error) {
    failed_ = true;
    if (error.code != Errc::kTimeout) error.code = Errc::kProtocol;
    return Failed{error};
  }

  void ForgetConfirm() {
    confirm_.reset();
    confirm_use_ = ConfirmUse::kNone;
  }

  template <typename Sink>
  static MessageId Append(UnixTime wall, MessageIds& ids, const Identity& self, std::string_view type,
                          std::string_view payload, Sink& out) {
    const MessageId id = ids.Next(wall);
    AppendMessage(out, MessageHeader{id, self.view(), wall}, type, payload);
    return id;
  }

  std::unique_ptr<Proof> confirm_;  // held only until it has been used
  Instant last_heard_;
  Instant next_heartbeat_;
  Instant quiet_until_;
  ConfirmUse confirm_use_ = ConfirmUse::kNone;
  bool peer_is_ours_;
  bool failed_ = false;
};

static_assert(sizeof(Session) <= 64, "ten thousand idle peers may cost 256 bytes each in all");

}  // namespace cctl

#endif  // CCTL_PROTO_SESSION_H_
