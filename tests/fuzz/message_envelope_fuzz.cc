// SPDX-License-Identifier: MIT
//
// Any bytes as one line. Whatever is accepted is valid JSON, keeps the limits, and says the same after it has been
// written again; its payload goes through every reader of payloads, and what one of them accepts comes back the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/wire_limits.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

std::string Decoded(const cctl::JsonString& string) {
  std::string text;
  string.AppendTo(text);
  return text;
}

// The message of a line that one of our writers has made.
cctl::MessageView Reread(std::string_view line) {
  const auto message = cctl::ParseMessage(line);
  Check(message.has_value() && line.find('\n') == line.size() - 1);
  return *message;
}

void CheckPayload(std::string_view payload, const cctl::MessageHeader& header) {
  std::string line;
  if (const auto challenge = cctl::ParseChallenge(payload)) {
    cctl::AppendChallenge(line, header, challenge->nonce);
    Check(cctl::ParseChallenge(Reread(line).payload)->nonce == challenge->nonce);
    line.clear();
  }
  if (const auto read = cctl::ParseHandshake(payload)) {
    Check(!(read->client_nonce && read->client_nonce_malformed));
    Check(!read->rekey || read->client_nonce || read->client_nonce_malformed);
    if (read->proof && !read->client_nonce_malformed) {
      cctl::AppendHandshake(line, header, {*read->proof, read->version, read->client_nonce, read->port, read->rekey});
      const auto again = cctl::ParseHandshake(Reread(line).payload);
      Check(again && again->proof == read->proof && again->version == read->version && again->port == read->port &&
            again->client_nonce == read->client_nonce && again->rekey == read->rekey);
      line.clear();
    }
  }
  if (const auto read = cctl::ParseHandshakeAck(payload)) {
    Check(!(read->proof && read->proof_malformed));
    cctl::AppendHandshakeAck(line, header, read->status, read->proof ? &*read->proof : nullptr);
    const auto again = cctl::ParseHandshakeAck(Reread(line).payload);
    Check(again && again->status == read->status && again->proof == read->proof);
    line.clear();
  }
  if (const auto read = cctl::ParseHeartbeat(payload)) Check(!(read->confirm && read->confirm_malformed));
  if (const auto read = cctl::ParseAck(payload)) {
    cctl::AppendAck(line, header, read->id);
    Check(Decoded(cctl::ParseAck(Reread(line).payload)->id) == Decoded(read->id));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto message = cctl::ParseMessage(line);
  if (!message) {
    Check(message.error().offset <= size);
    return 0;
  }
  Check(cctl::ValidateJson(line).has_value() && cctl::ValidateJson(message->payload).has_value());
  Check(message->id.size() >= 1 && message->id.size() <= cctl::kMaxMessageId);
  Check(message->type_text.size() >= 1 && message->type_text.size() <= cctl::kMaxMessageType);
  const auto from = cctl::FromPeer(*message);
  if (from && *from) Check(message->from_peer == (*from)->view());

  const std::string id = Decoded(message->id);
  const std::string from_peer = Decoded(message->from_peer);
  const std::string type = Decoded(message->type_text);
  const cctl::MessageHeader header{id, from_peer, cctl::UnixTime{message->timestamp}};
  CheckPayload(message->payload, header);
  if (message->payload.find('\n') != std::string_view::npos) return 0;  // white space that AppendMessage does not take
  std::string written;
  cctl::AppendMessage(written, header, type, message->payload);
  if (written.size() > cctl::kMaxLine) return 0;
  const cctl::MessageView again = Reread(written);
  Check(again.id == id && again.type_text == type && again.type == message->type && again.from_peer == from_peer &&
        again.timestamp == message->timestamp && again.payload == message->payload &&
        again.payload_kind == message->payload_kind);
  return 0;
}
