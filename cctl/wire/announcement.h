// SPDX-License-Identifier: MIT
//
// What relays tell each other on a LAN, one JSON object in one datagram (docs/protocol.md, section 5): that they are
// there, that somebody looks for them, that they are going. Everybody on the network can send these: nothing of them is
// proved, and all of it is checked before anything is returned. No allocation.
//
//   {"type":"announce","identity":"laptop-a3f2","port":9847,"version":"0.36.0","paired_count":1,"instance":"5b0c9a12"}
//   {"type":"query","identity":"desktop-b7c1"}
//   {"type":"goodbye","identity":"laptop-a3f2","instance":"5b0c9a12"}
//
// The four bytes `CCTL` may stand in front: the only form that the released claudectl reads. In that form an
// announcement need not have `type` and `paired_count`.

#ifndef CCTL_WIRE_ANNOUNCEMENT_H_
#define CCTL_WIRE_ANNOUNCEMENT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/json_member.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/json_writer.h"
#include "cctl/wire/version_text.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

// What stands in front of the JSON in the released claudectl's form.
inline constexpr std::string_view kReleasedFormPrefix = "CCTL";

struct Announcement {
  Identity identity;
  std::uint16_t port = 0;  // where it listens, 1 to 65535
  VersionText version;
  std::uint32_t paired_count = 0;      // how many peers it says it has
  std::optional<InstanceId> instance;  // absent: the spec's form without our addition
};

struct LanQuery {
  Identity identity;  // who asks
};

struct Goodbye {
  Identity identity;
  InstanceId instance;
};

using LanDatagram = std::variant<Announcement, LanQuery, Goodbye>;

namespace detail {

// The members of all three kinds; which of them a kind needs is seen at the end. Texts are read only then: each copy of
// a name would cost as much as finding it.
struct LanMembers {
  std::optional<JsonString> type;
  std::optional<JsonValue> identity;
  std::optional<JsonValue> version;
  std::optional<JsonValue> instance;
  std::optional<std::uint16_t> port;
  std::optional<std::uint32_t> paired_count;
};

// By the length of the name first: comparing each name with all six would take longer than reading the rest.
inline Result<void> ReadLanMember(const JsonString& name, const JsonValue& value, LanMembers& out) {
  switch (name.size()) {
    case 4:
      if (name == "type") {
        const Result<JsonString> type = value.String("type");
        if (!type) return type.error();
        out.type = *type;
      } else if (name == "port") {
        const Result<std::uint16_t> port = value.Port("port");
        if (!port) return port.error();
        if (*port == 0) return Error{Errc::kOutOfRange, value.offset, 0, "port"};
        out.port = *port;
      }
      break;
    case 7:
      if (name == "version") out.version = value;
      break;
    case 8:
      if (name == "identity") {
        out.identity = value;
      } else if (name == "instance") {
        out.instance = value;
      }
      break;
    case 12:
      if (name == "paired_count") {
        const Result<std::int64_t> count = value.Int64("paired_count");
        if (!count) return count.error();
        if (*count < 0 || *count > INT64_C(0xffffffff)) {
          return Error{Errc::kOutOfRange, value.offset, 0, "paired_count"};
        }
        out.paired_count = static_cast<std::uint32_t>(*count);
      }
      break;
    default:
      break;
  }
  return {};
}

}  // namespace detail

// Reads one datagram. Errors: kTooLong (part "datagram"; value: 1,024), those of JsonObjectReader, with the member's
// name as part kMissing, kInvalid, kOutOfRange (port 0, too), kTooLong and kTruncated, and kUnsupported (part "type":
// another kind, as a later version may send). Offsets count from the start of the JSON.
inline Result<LanDatagram> ParseLanDatagram(std::string_view bytes) {
  if (bytes.size() > kMaxDatagram) return Error{Errc::kTooLong, kMaxDatagram, kMaxDatagram, "datagram"};
  const bool released_form = bytes.starts_with(kReleasedFormPrefix);
  if (released_form) bytes.remove_prefix(kReleasedFormPrefix.size());
  detail::LanMembers read;
  JsonObjectReader members(bytes);
  while (members.Next()) {
    if (const Result<void> taken = detail::ReadLanMember(members.name(), members.value(), read); !taken) {
      return taken.error();
    }
  }
  if (!members.ok()) return members.error();
  if (!read.type && !released_form) return members.Missing("type");
  if (!read.identity) return members.Missing("identity");
  const auto identity = detail::ParseStringMember<kMaxIdentitySize>(*read.identity, "identity", Identity::Parse);
  if (!identity) return identity.error();
  std::optional<InstanceId> instance;
  if (read.instance) {
    const auto parsed = detail::ParseStringMember<kInstanceIdSize>(*read.instance, "instance", ParseInstanceId);
    if (!parsed) return parsed.error();
    instance = *parsed;
  }
  if (!read.type || *read.type == "announce") {
    if (!read.port) return members.Missing("port");
    if (!read.version) return members.Missing("version");
    if (!read.paired_count && !released_form) return members.Missing("paired_count");
    const auto version = detail::ParseStringMember<kMaxVersion>(*read.version, "version", ParseVersion);
    if (!version) return version.error();
    return LanDatagram(std::in_place_type<Announcement>,
                       Announcement{*identity, *read.port, *version, read.paired_count.value_or(0), instance});
  }
  if (*read.type == "query") return LanDatagram(LanQuery{*identity});
  if (*read.type != "goodbye") return Error{Errc::kUnsupported, 0, 0, "type"};
  if (!instance) return members.Missing("instance");
  return LanDatagram(Goodbye{*identity, *instance});
}

// Appends the JSON; the other form is kReleasedFormPrefix and the same. `Sink`: as JsonWriter's. What is appended has
// 300 bytes at most.
template <typename Sink>
void AppendAnnouncement(Sink& out, const Announcement& announcement) {
  JsonWriter json(out);
  json.BeginObject().Name("type").String("announce").Name("identity").String(announcement.identity.view());
  json.Name("port").Int(announcement.port).Name("version").String(announcement.version.view());
  json.Name("paired_count").Int(announcement.paired_count);
  if (announcement.instance) json.Name("instance").String(FormatInstanceId(*announcement.instance).view());
  json.EndObject();
}

template <typename Sink>
void AppendLanQuery(Sink& out, const LanQuery& query) {
  JsonWriter json(out);
  json.BeginObject().Name("type").String("query").Name("identity").String(query.identity.view()).EndObject();
}

template <typename Sink>
void AppendGoodbye(Sink& out, const Goodbye& goodbye) {
  JsonWriter json(out);
  json.BeginObject().Name("type").String("goodbye").Name("identity").String(goodbye.identity.view());
  json.Name("instance").String(FormatInstanceId(goodbye.instance).view()).EndObject();
}

}  // namespace cctl

#endif  // CCTL_WIRE_ANNOUNCEMENT_H_
