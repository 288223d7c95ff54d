// SPDX-License-Identifier: MIT
//
// The two messages of pairing by approval (docs/protocol.md, section 4.2). They come in place of a handshake and have
// no envelope:
//
//   {"type":"pair_request","from":"desktop-b7c1","psk_proposal":"<64 hex>","version":"0.1.0","port":9847}
//   {"type":"pair_response","from":"laptop-a3f2","status":"approved"}
//
// `version` and `port` are ours; the spec's form has neither. Lines are a stranger's. A request holds a key: whoever
// keeps its text wipes it.

#ifndef CCTL_WIRE_PAIR_MESSAGES_H_
#define CCTL_WIRE_PAIR_MESSAGES_H_

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/wire/json_member.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/json_writer.h"
#include "cctl/wire/version_text.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

struct PairRequest {
  Identity from;
  Psk proposal;
  VersionText version;                // empty: not sent
  std::optional<std::uint16_t> port;  // where the requester listens; 0: nowhere
};

enum class PairStatus : std::uint8_t { kApproved, kDenied, kExpired, kBusy };

// The texts of PairStatus, in its order.
inline constexpr std::string_view kPairStatusTexts[] = {"approved", "denied", "expired", "busy"};

struct PairResponse {
  Identity from;
  PairStatus status = PairStatus::kDenied;
};

// Reads a request. Errors: those of JsonObjectReader; kUnsupported, part "type": it is another message (an envelope,
// for one, which has no `type`); with the member's name as part kMissing, kInvalid, kOutOfRange, kTooLong, kTruncated.
inline Result<PairRequest> ParsePairRequest(std::string_view line) {
  bool is_request = false;
  std::optional<Identity> from;
  std::optional<Psk> proposal;
  VersionText version;
  std::optional<std::uint16_t> port;
  std::optional<Error> wrong;  // told only if it is a request at all
  const auto note = [&wrong](const Error& error) {
    if (!wrong) wrong = error;
  };
  JsonObjectReader members(line);
  while (members.Next()) {
    const JsonString& name = members.name();
    const JsonValue& value = members.value();
    if (name == "type") {
      const Result<JsonString> type = value.String("type");
      is_request = type && *type == "pair_request";
    } else if (name == "from") {
      const Result<Identity> parsed = detail::ParseStringMember<kMaxIdentitySize>(value, "from", Identity::Parse);
      if (parsed) from = *parsed;
      if (!parsed) note(parsed.error());
    } else if (name == "psk_proposal") {
      const Result<Psk> parsed = detail::ParseStringMember<kPskHexSize>(value, "psk_proposal", ParsePskHex);
      if (parsed) proposal = *parsed;
      if (!parsed) note(parsed.error());
    } else if (name == "version") {
      const Result<VersionText> parsed = detail::ParseStringMember<kMaxVersion>(value, "version", ParseVersion);
      if (parsed) version = *parsed;
      if (!parsed) note(parsed.error());
    } else if (name == "port") {
      const Result<std::uint16_t> parsed = value.Port("port");
      if (parsed) port = *parsed;
      if (!parsed) note(parsed.error());
    }
  }
  if (!members.ok()) return members.error();
  if (!is_request) return Error{Errc::kUnsupported, 0, 0, "type"};
  if (wrong) return *wrong;
  if (!from) return members.Missing("from");
  if (!proposal) return members.Missing("psk_proposal");
  return PairRequest{*from, *proposal, version, port};
}

// Reads a response. Errors: as ParsePairRequest; an unknown status is kInvalid, part "status".
inline Result<PairResponse> ParsePairResponse(std::string_view line) {
  std::optional<JsonString> type;
  std::optional<Identity> from;
  std::optional<PairStatus> status;
  JsonObjectReader members(line);
  while (members.Next()) {
    const JsonValue& value = members.value();
    if (members.name() == "type") {
      const Result<JsonString> text = value.String("type");
      if (!text) return text.error();
      type = *text;
    } else if (members.name() == "from") {
      const Result<Identity> parsed = detail::ParseStringMember<kMaxIdentitySize>(value, "from", Identity::Parse);
      if (!parsed) return parsed.error();
      from = *parsed;
    } else if (members.name() == "status") {
      const Result<JsonString> text = value.String("status");
      if (!text) return text.error();
      for (std::size_t i = 0; i < std::size(kPairStatusTexts); ++i) {
        if (*text == kPairStatusTexts[i]) status = static_cast<PairStatus>(i);
      }
      if (!status) return Error{Errc::kInvalid, value.offset, 0, "status"};
    }
  }
  if (!members.ok()) return members.error();
  if (!type) return members.Missing("type");
  if (*type != "pair_response") return Error{Errc::kUnsupported, 0, 0, "type"};
  if (!from) return members.Missing("from");
  if (!status) return members.Missing("status");
  return PairResponse{*from, *status};
}

// Append a whole line with its newline. `Sink`: as JsonWriter's, with push_back(char).
template <typename Sink>
void AppendPairRequest(Sink& out, const PairRequest& request) {
  std::array<char, kPskHexSize> digits;
  const ScopedWipe wipe(digits);
  FormatPskHex(request.proposal, digits);
  JsonWriter json(out);
  json.BeginObject().Name("type").String("pair_request").Name("from").String(request.from.view());
  json.Name("psk_proposal").String(std::string_view(digits.data(), digits.size()));
  if (!request.version.empty()) json.Name("version").String(request.version.view());
  if (request.port) json.Name("port").Int(*request.port);
  json.EndObject();
  out.push_back('\n');
}

template <typename Sink>
void AppendPairResponse(Sink& out, const PairResponse& response) {
  JsonWriter json(out);
  json.BeginObject().Name("type").String("pair_response").Name("from").String(response.from.view());
  json.Name("status").String(kPairStatusTexts[static_cast<std::size_t>(response.status)]).EndObject();
  out.push_back('\n');
}

}  // namespace cctl

#endif  // CCTL_WIRE_PAIR_MESSAGES_H_
