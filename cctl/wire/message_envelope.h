// SPDX-License-Identifier: MIT
//
// The envelope of every message but the two of pairing (docs/protocol.md, section 4): one JSON object on one line,
//
//   {"id":"msg_1795422026237_0","msg_type":"heartbeat","from_peer":"laptop-a3f2","timestamp":1795422026237,"payload":{}}
//
// with these five members in any order; others are allowed and ignored. The line is a stranger's: all of it is checked,
// the payload too (its grammar, that is), before anything of it is returned. What is returned are views of the line.

#ifndef CCTL_WIRE_MESSAGE_ENVELOPE_H_
#define CCTL_WIRE_MESSAGE_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/json_writer.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

enum class MessageType : std::uint8_t {
  kChallenge,
  kHandshake,
  kHandshakeAck,
  kHeartbeat,
  kAck,
  kApplication,  // one of kApplicationTypes: carried unread; the released claudectl knows these, too
  kOther,        // carried unread between relays of ours; the released claudectl ends the connection on it
};

// The types' texts, in the order of MessageType.
inline constexpr std::string_view kProtocolTypes[] = {"challenge", "handshake", "handshake_ack", "heartbeat", "ack"};
inline constexpr std::string_view kApplicationTypes[] = {
    "delegate_task",  "task_status",       "task_handoff",       "task_interrupt",
    "knowledge_sync", "knowledge_request", "knowledge_snapshot",
};

// The text of one of the protocol's own types; empty for kApplication and kOther, which stand for many.
constexpr std::string_view MessageTypeText(MessageType type) {
  return type < MessageType::kApplication ? kProtocolTypes[static_cast<std::size_t>(type)] : std::string_view();
}

// The type that a text names. `Text`: std::string_view or JsonString.
template <typename Text>
constexpr MessageType MessageTypeOf(const Text& text) {
  for (std::size_t i = 0; i < std::size(kProtocolTypes); ++i) {
    if (text == kProtocolTypes[i]) return static_cast<MessageType>(i);
  }
  for (const std::string_view application : kApplicationTypes) {
    if (text == application) return MessageType::kApplication;
  }
  return MessageType::kOther;
}

// One message that was read. The views are of the line.
struct MessageView {
  JsonString id;                           // 1 to 128 bytes
  JsonString type_text;                    // 1 to 64 bytes
  MessageType type = MessageType::kOther;  // what type_text names
  JsonString from_peer;                    // any string: see FromPeer
  std::int64_t timestamp = 0;              // as the sender says, Unix milliseconds
  std::string_view payload;                // one JSON value as it is written
  JsonKind payload_kind = JsonKind::kNull;
};

namespace detail {

// A string member of 1 to `limit` bytes.
inline Result<JsonString> TextMember(const JsonValue& value, std::size_t limit, const char* part) {
  const Result<JsonString> text = value.String(part);
  if (!text) return text.error();
  if (text->empty()) return Error{Errc::kInvalid, value.offset, 0, part};
  if (text->size() > limit) return Error{Errc::kTooLong, value.offset, static_cast<std::uint32_t>(limit), part};
  return text;
}

}  // namespace detail

// Reads a line; white space and '\r' around it are ignored. Errors: those of JsonObjectReader (part "json"), and with
// the member's name as part kMissing (offset: the closing brace), kInvalid (not the kind of value it has to be, or an
// empty `id` or `msg_type`; offset: the value; of a fraction or exponent, that), kOutOfRange and kTooLong (offset: the
// value, Error::value: the limit).
inline Result<MessageView> ParseMessage(std::string_view line) {
  enum : unsigned { kId = 1, kType = 2, kFrom = 4, kTimestamp = 8, kPayload = 16 };
  MessageView message;
  unsigned seen = 0;
  JsonObjectReader members(line);
  while (members.Next()) {
    const JsonString& name = members.name();
    const JsonValue& value = members.value();
    if (name == "id") {
      const Result<JsonString> text = detail::TextMember(value, kMaxMessageId, "id");
      if (!text) return text.error();
      message.id = *text;
      seen |= kId;
    } else if (name == "msg_type") {
      const Result<JsonString> text = detail::TextMember(value, kMaxMessageType, "msg_type");
      if (!text) return text.error();
      message.type_text = *text;
      seen |= kType;
    } else if (name == "from_peer") {
      const Result<JsonString> text = value.String("from_peer");
      if (!text) return text.error();
      message.from_peer = *text;
      seen |= kFrom;
    } else if (name == "timestamp") {
      const Result<std::int64_t> number = value.Int64("timestamp");
      if (!number) return number.error();
      message.timestamp = *number;
      seen |= kTimestamp;
    } else if (name == "payload") {
      message.payload = value.text;
      message.payload_kind = value.kind;
      seen |= kPayload;
    }
  }
  if (!members.ok()) return members.error();
  if ((seen & kId) == 0) return members.Missing("id");
  if ((seen & kType) == 0) return members.Missing("msg_type");
  if ((seen & kFrom) == 0) return members.Missing("from_peer");
  if ((seen & kTimestamp) == 0) return members.Missing("timestamp");
  if ((seen & kPayload) == 0) return members.Missing("payload");
  message.type = MessageTypeOf(message.type_text);
  return message;
}

// Who the sender says it is; nothing if it leaves that empty, as a released listener does in its challenge. Only the
// handshake asks: in a session the sender is the authenticated peer, whatever the message says. Errors as those of
// Identity::Parse, with the part "from_peer" and offsets in the name.
inline Result<std::optional<Identity>> FromPeer(const MessageView& message) {
  if (message.from_peer.empty()) return std::optional<Identity>();
  char decoded[kMaxIdentitySize];
  const Result<std::string_view> text = message.from_peer.Text(decoded, "from_peer");
  if (!text) return text.error();
  const Result<Identity> identity = Identity::Parse(*text);
  if (!identity) {
    Error error = identity.error();
    error.part = "from_peer";
    return error;
  }
  return std::optional<Identity>(*identity);
}

// What a writer puts around every payload.
struct MessageHeader {
  std::string_view id;         // 1 to 128 bytes
  std::string_view from_peer;  // our identity
  UnixTime timestamp;
};

namespace detail {

// Appends one line; `write_payload` is called with the writer and writes one value.
template <typename Sink, typename WritePayload>
void AppendEnvelope(Sink& out, const MessageHeader& header, std::string_view type, WritePayload write_payload) {
  JsonWriter json(out);
  json.BeginObject();
  json.Name("id").String(header.id);
  json.Name("msg_type").String(type);
  json.Name("from_peer").String(header.from_peer);
  json.Name("timestamp").Int(header.timestamp.ms);
  json.Name("payload");
  write_payload(json);
  json.EndObject();
  out.push_back('\n');
}

}  // namespace detail

// Appends a message with the newline that ends it. `payload` must be one valid JSON value without a raw newline, which
// ValidateJson and the line it came from guarantee, or a JsonWriter. `Sink`: as JsonWriter's, with push_back(char).
template <typename Sink>
void AppendMessage(Sink& out, const MessageHeader& header, std::string_view type, std::string_view payload) {
  detail::AppendEnvelope(out, header, type, [payload](auto& json) { json.Raw(payload); });
}

}  // namespace cctl

#endif  // CCTL_WIRE_MESSAGE_ENVELOPE_H_
