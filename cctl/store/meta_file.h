// SPDX-License-Identifier: MIT
//
// What is known of a paired peer besides its key (relay/peers/<identity>.meta; docs/protocol.md, section 7), a JSON
// object:
//
//   {"addr":"192.168.1.50:9847","last_seen":1795422026237,"host":"laptop.local","paired_at":1795422026000,
//    "via":"invite","proved":true,"invite":"5b0c9a12"}
//
// The released claudectl writes the first two and reads what we write. Every member may be missing. Members that this
// version does not know are kept when a file is written again.

#ifndef CCTL_STORE_META_FILE_H_
#define CCTL_STORE_META_FILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/decimal.h"
#include "cctl/base/host_name.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/invite/invite_id.h"
#include "cctl/store/json_file.h"

namespace cctl {

// Of the members that we do not know, as we write them: leaves room for ours, which take under 1 KiB, so that whatever
// is written can be read again.
inline constexpr std::size_t kMaxUnknownMeta = kMaxJsonFileSize - 1024;

// How a key came to be.
enum class PairedVia : std::uint8_t { kInvite, kLan, kProject, kManual };

// The word in the file.
constexpr std::string_view PairedViaName(PairedVia via) {
  switch (via) {
    case PairedVia::kInvite:
      return "invite";
    case PairedVia::kLan:
      return "lan";
    case PairedVia::kProject:
      return "project";
    case PairedVia::kManual:
      return "manual";
  }
  return "manual";
}

struct PeerMeta {
  InlineString<64> addr;              // ip:port or [ip]:port of the last proven session; empty: there was none
  std::optional<UnixTime> last_seen;  // the end of that session, or its start while it lasts
  std::optional<Host> host;           // as the link or the project file had it
  std::optional<UnixTime> paired_at;
  std::optional<PairedVia> via;
  std::optional<bool> proved;      // whether both sides have shown that they hold the key
  std::optional<InviteId> invite;  // the invite that made the key
  std::string unknown;             // a JSON object of the other members, or empty

  friend bool operator==(const PeerMeta&, const PeerMeta&) = default;
};

namespace detail {

// Whether a text is a numeric address with a port, as socket addresses are printed. A zone index is allowed: the file
// stays on the machine where it means something.
constexpr bool IsNumericHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  std::uint32_t number = 0;
  for (const char c : port) {
    if (!IsDecimalDigit(c) || number > 65'535) return false;
    number = 10 * number + static_cast<std::uint32_t>(c - '0');
  }
  if (port.empty() || port[0] == '0' || number > 65'535) return false;
  if (!host.starts_with('[')) return LooksLikeIpv4(host) && Host::Parse(host).has_value();
  if (!host.ends_with(']')) return false;
  host = host.substr(1, host.size() - 2);
  if (const std::size_t zone = host.find('%'); zone != std::string_view::npos) {
    for (const char c : host.substr(zone + 1)) {
      if (!IsDecimalDigit(c)) return false;
    }
    if (zone + 1 == host.size()) return false;
    host = host.substr(0, zone);
  }
  return Host::ParseIpv6(host).has_value();
}

inline Result<PairedVia> ParsePairedVia(const JsonFile& value) {
  for (const PairedVia via : {PairedVia::kInvite, PairedVia::kLan, PairedVia::kProject, PairedVia::kManual}) {
    if (value == PairedViaName(via)) return via;
  }
  return Error{Errc::kInvalid, 0, 0, "via"};
}

}  // namespace detail

// Reads the content. Errors: those of ParseJsonFile (kTooLong also for kMaxUnknownMeta: numbers may be written longer
// than they were read); kInvalid or kOutOfRange with the member's name as part.
inline Result<PeerMeta> ParseMetaFile(std::string_view content) {
  auto file = ParseJsonFile(content);
  if (!file) return file.error();
  PeerMeta meta;
  if (const auto value = TakeMember(*file, "addr")) {
    const auto text = JsonText(*value, "addr");
    if (!text) return text.error();
    if (text->size() > meta.addr.kCapacity || !detail::IsNumericHostPort(*text)) {
      return Error{Errc::kInvalid, 0, 0, "addr"};
    }
    meta.addr.append(*text);
  }
  if (const auto value = TakeMember(*file, "last_seen")) {
    const auto date = JsonDate(*value, "last_seen");
    if (!date) return date.error();
    meta.last_seen = *date;
  }
  if (const auto value = TakeMember(*file, "host")) {
    const auto text = JsonText(*value, "host");
    if (!text) return text.error();
    const auto host = Host::Parse(*text);
    if (!host) return Error{Errc::kInvalid, 0, 0, "host"};
    meta.host = *host;
  }
  if (const auto value = TakeMember(*file, "paired_at")) {
    const auto date = JsonDate(*value, "paired_at");
    if (!date) return date.error();
    meta.paired_at = *date;
  }
  if (const auto value = TakeMember(*file, "via")) {
    const auto via = detail::ParsePairedVia(*value);
    if (!via) return via.error();
    meta.via = *via;
  }
  if (const auto value = TakeMember(*file, "proved")) {
    if (!value->is_boolean()) return Error{Errc::kInvalid, 0, 0, "proved"};
    meta.proved = value->get<bool>();
  }
  if (const auto value = TakeMember(*file, "invite")) {
    const auto text = JsonText(*value, "invite");
    if (!text) return text.error();
    const auto id = InviteId::Parse(*text);
    if (!id) return Error{Errc::kInvalid, 0, 0, "invite"};
    meta.invite = *id;
  }
  if (!file->empty()) meta.unknown = file->dump();
  if (meta.unknown.size() > kMaxUnknownMeta) return Error{Errc::kTooLong, 0, kMaxUnknownMeta, "file"};
  return meta;
}

// Writes the content.
inline std::string FormatMetaFile(const PeerMeta& meta) {
  JsonFile file = JsonFile::object();
  if (!meta.addr.empty()) file["addr"] = meta.addr.view();
  if (meta.last_seen) file["last_seen"] = meta.last_seen->ms;
  if (meta.host) file["host"] = meta.host->view();
  if (meta.paired_at) file["paired_at"] = meta.paired_at->ms;
  if (meta.via) file["via"] = PairedViaName(*meta.via);
  if (meta.proved) file["proved"] = *meta.proved;
  if (meta.invite) file["invite"] = meta.invite->view();
  if (auto unknown = ParseJsonFile(meta.unknown); unknown) {
    for (auto& [name, value] : unknown->items()) {
      if (!file.contains(name)) file[name] = std::move(value);
    }
  }
  return FormatJsonFile(file);
}

}  // namespace cctl

#endif  // CCTL_STORE_META_FILE_H_
