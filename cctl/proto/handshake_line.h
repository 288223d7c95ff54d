// SPDX-License-Identifier: MIT
//
// What both sides of the handshake ask of a line before they look into its payload: that it is a message, of the type
// whose turn it is, from somebody whose name may be said aloud (docs/protocol.md, section 4.1).

#ifndef CCTL_PROTO_HANDSHAKE_LINE_H_
#define CCTL_PROTO_HANDSHAKE_LINE_H_

#include <optional>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/wire/message_envelope.h"

namespace cctl::detail {

struct HandshakeLine {
  std::optional<Identity> from;  // what the sender says; absent: it left that empty
  std::string_view payload;      // of the line
};

// What a codec finds wrong in a peer's line, as the peer's fault: kProtocol, with part and offset kept.
constexpr Error PeerFault(Error error) {
  error.code = Errc::kProtocol;
  return error;
}

// Errors: kProtocol; part "msg_type" if the message is another one.
inline Result<HandshakeLine> ReadHandshakeLine(std::string_view line, MessageType wanted) {
  const Result<MessageView> message = ParseMessage(line);
  if (!message) return PeerFault(message.error());
  if (message->type != wanted) return Error{Errc::kProtocol, 0, 0, "msg_type"};
  const Result<std::optional<Identity>> from = FromPeer(*message);
  if (!from) return PeerFault(from.error());
  return HandshakeLine{*from, message->payload};
}

}  // namespace cctl::detail

#endif  // CCTL_PROTO_HANDSHAKE_LINE_H_
