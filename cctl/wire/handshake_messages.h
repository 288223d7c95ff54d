// SPDX-License-Identifier: MIT
//
// The payloads of the protocol's own messages (docs/protocol.md, sections 4 and 4.1). Parse* read MessageView::payload,
// of which nothing may be believed yet; Append* write a whole message with its newline. Members that are not known are
// ignored.
//
// What a peer can get wrong comes in two kinds. Most of it ends the connection and is an error here: those of
// JsonObjectReader, and with the member's name as part kMissing, kInvalid, kOutOfRange, kTooLong and kTruncated;
// offsets count from the start of the payload. But a proof or client nonce that is no such thing is answered like a
// wrong one, and so it is a result: `*_malformed`.

#ifndef CCTL_WIRE_HANDSHAKE_MESSAGES_H_
#define CCTL_WIRE_HANDSHAKE_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/wire/json_member.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/json_writer.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/version_text.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {
namespace detail {

inline std::optional<Nonce> NonceMember(const JsonValue& value) {
  const Result<Nonce> nonce = ParseStringMember<Nonce::kSize>(value, "nonce", Nonce::Parse);
  return nonce ? std::optional<Nonce>(*nonce) : std::nullopt;
}

inline std::optional<Proof> ProofMember(const JsonValue& value) {
  const Result<Proof> proof = ParseStringMember<2 * sizeof(Proof)>(value, "proof", ParseProof);
  return proof ? std::optional<Proof>(*proof) : std::nullopt;
}

template <typename Sink>
void WriteProof(JsonWriter<Sink>& json, std::string_view name, const Proof& proof) {
  char digits[2 * sizeof(Proof)];
  EncodeHex(proof, digits);
  json.Name(name).String(std::string_view(digits, sizeof(digits)));
}

}  // namespace detail

// --- challenge: the listener's first line
// -----------------------------------------------------------------------------

struct ChallengeView {
  Nonce nonce;
};

inline Result<ChallengeView> ParseChallenge(std::string_view payload) {
  std::optional<Nonce> nonce;
  JsonObjectReader members(payload);
  while (members.Next()) {
    if (members.name() != "nonce") continue;
    const Result<Nonce> parsed = detail::ParseStringMember<Nonce::kSize>(members.value(), "nonce", Nonce::Parse);
    if (!parsed) return parsed.error();
    nonce = *parsed;
  }
  if (!members.ok()) return members.error();
  if (!nonce) return members.Missing("nonce");
  return ChallengeView{*nonce};
}

template <typename Sink>
void AppendChallenge(Sink& out, const MessageHeader& header, const Nonce& nonce) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kChallenge),
                         [&nonce](auto& json) { json.BeginObject().Name("nonce").String(nonce.view()).EndObject(); });
}

// --- handshake: the connector's answer
// --------------------------------------------------------------------------------

struct HandshakeView {
  std::optional<Proof> proof;  // none: malformed, which counts as a wrong one
  VersionText version;
  std::optional<Nonce> client_nonce;  // none: not sent, or malformed
  bool client_nonce_malformed = false;
  std::optional<std::uint16_t> port;  // where the connector listens; 0: it does not
  bool rekey = false;                 // the joiner wants the key rotated; only with a client nonce, if a malformed one
};

inline Result<HandshakeView> ParseHandshake(std::string_view payload) {
  HandshakeView handshake;
  bool has_proof = false;
  bool has_version = false;
  std::optional<std::uint32_t> rekey_at;
  JsonObjectReader members(payload);
  while (members.Next()) {
    const JsonString& name = members.name();
    const JsonValue& value = members.value();
    if (name == "proof") {
      handshake.proof = detail::ProofMember(value);
      has_proof = true;
    } else if (name == "version") {
      const Result<VersionText> version = detail::ParseStringMember<kMaxVersion>(value, "version", ParseVersion);
      if (!version) return version.error();
      handshake.version = *version;
      has_version = true;
    } else if (name == "client_nonce") {
      handshake.client_nonce = detail::NonceMember(value);
      handshake.client_nonce_malformed = !handshake.client_nonce;
    } else if (name == "port") {
      const Result<std::uint16_t> port = value.Port("port");
      if (!port) return port.error();
      handshake.port = *port;
    } else if (name == "rekey") {
      const Result<bool> rekey = value.Bool("rekey");
      if (!rekey) return rekey.error();
      handshake.rekey = *rekey;
      rekey_at = value.offset;
    }
  }
  if (!members.ok()) return members.error();
  if (!has_proof) return members.Missing("proof");
  if (!has_version) return members.Missing("version");
  if (handshake.rekey && !handshake.client_nonce && !handshake.client_nonce_malformed) {
    return Error{Errc::kInvalid, *rekey_at, 0, "rekey"};
  }
  return handshake;
}

// What a connector sends. `version` must be one; `rekey` needs `client_nonce`.
struct Handshake {
  Proof proof{};
  std::string_view version;
  std::optional<Nonce> client_nonce;
  std::optional<std::uint16_t> port;
  bool rekey = false;
};

template <typename Sink>
void AppendHandshake(Sink& out, const MessageHeader& header, const Handshake& handshake) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kHandshake), [&handshake](auto& json) {
    json.BeginObject();
    detail::WriteProof(json, "proof", handshake.proof);
    json.Name("version").String(handshake.version);
    if (handshake.client_nonce) json.Name("client_nonce").String(handshake.client_nonce->view());
    if (handshake.port) json.Name("port").Int(*handshake.port);
    if (handshake.rekey) json.Name("rekey").Bool(true);
    json.EndObject();
  });
}

// --- handshake_ack: the listener's decision
// ---------------------------------------------------------------------------

enum class AckStatus : std::uint8_t { kOk, kDenied, kExpired, kBusy };

// The texts of AckStatus, in its order.
inline constexpr std::string_view kAckStatusTexts[] = {"ok", "denied", "expired", "busy"};

struct HandshakeAckView {
  AckStatus status = AckStatus::kDenied;
  std::optional<Proof> proof;  // none: not sent, or malformed
  bool proof_malformed = false;
};

inline Result<HandshakeAckView> ParseHandshakeAck(std::string_view payload) {
  HandshakeAckView ack;
  bool has_status = false;
  JsonObjectReader members(payload);
  while (members.Next()) {
    const JsonValue& value = members.value();
    if (members.name() == "status") {
      const Result<JsonString> text = value.String("status");
      if (!text) return text.error();
      for (std::size_t i = 0; i < std::size(kAckStatusTexts); ++i) {
        if (*text != kAckStatusTexts[i]) continue;
        ack.status = static_cast<AckStatus>(i);
        has_status = true;
      }
      if (!has_status) return Error{Errc::kInvalid, value.offset, 0, "status"};
    } else if (members.name() == "proof") {
      ack.proof = detail::ProofMember(value);
      ack.proof_malformed = !ack.proof;
    }
  }
  if (!members.ok()) return members.error();
  if (!has_status) return members.Missing("status");
  return ack;
}

// `proof`: the listener's, or null.
template <typename Sink>
void AppendHandshakeAck(Sink& out, const MessageHeader& header, AckStatus status, const Proof* proof = nullptr) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kHandshakeAck), [status, proof](auto& json) {
    json.BeginObject().Name("status").String(kAckStatusTexts[static_cast<std::size_t>(status)]);
    if (proof != nullptr) detail::WriteProof(json, "proof", *proof);
    json.EndObject();
  });
}

// --- heartbeat
// --------------------------------------------------------------------------------------------------------

struct HeartbeatView {
  std::optional<Proof> confirm;  // that the joiner has stored the rotated key; none: not sent, or malformed
  bool confirm_malformed = false;
};

// Any payload is a heartbeat's; one that is no object confirms nothing. Errors: of an object, JsonObjectReader's.
inline Result<HeartbeatView> ParseHeartbeat(std::string_view payload) {
  HeartbeatView heartbeat;
  if (payload.empty() || payload.front() != '{') return heartbeat;
  JsonObjectReader members(payload);
  while (members.Next()) {
    if (members.name() != "confirm") continue;
    heartbeat.confirm = detail::ProofMember(members.value());
    heartbeat.confirm_malformed = !heartbeat.confirm;
  }
  if (!members.ok()) return members.error();
  return heartbeat;
}

// `confirm`: the joiner's, in its first heartbeat, or null.
template <typename Sink>
void AppendHeartbeat(Sink& out, const MessageHeader& header, const Proof* confirm = nullptr) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kHeartbeat), [confirm](auto& json) {
    json.BeginObject();
    if (confirm != nullptr) detail::WriteProof(json, "confirm", *confirm);
    json.EndObject();
  });
}

// --- ack: an application message has been passed on or queued
// ---------------------------------------------------------

struct AckView {
  JsonString id;  // of the message, 1 to 128 bytes; a view of the payload
};

inline Result<AckView> ParseAck(std::string_view payload) {
  std::optional<JsonString> id;
  JsonObjectReader members(payload);
  while (members.Next()) {
    if (members.name() != "id") continue;
    const Result<JsonString> text = detail::TextMember(members.value(), kMaxMessageId, "id");
    if (!text) return text.error();
    id = *text;
  }
  if (!members.ok()) return members.error();
  if (!id) return members.Missing("id");
  return AckView{*id};
}

// `id`: of the message that is acknowledged, a std::string_view, or the JsonString that was read.
template <typename Sink, typename Id>
void AppendAck(Sink& out, const MessageHeader& header, const Id& id) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kAck),
                         [&id](auto& json) { json.BeginObject().Name("id").String(id).EndObject(); });
}

}  // namespace cctl

#endif  // CCTL_WIRE_HANDSHAKE_MESSAGES_H_
