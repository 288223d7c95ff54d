// SPDX-License-Identifier: MIT
//
// What an invite's file contains (relay/invites/<id>.json; docs/protocol.md, section 7), a JSON object:
//
//   {"id":"5b0c9a12","psk":"<64 hex digits>","created_at":1795422026237,"ttl_seconds":86400,"uses":1,"uses_left":1,
//    "label":"for Ann","joined":[],"for":"ci-runner","host":"192.168.1.50","port":9847}
//
// `uses` and `uses_left` may both be "unlimited"; `label`, `joined` and `for` may be missing; other members are
// ignored. The key never goes through the JSON library, whose buffers are not wiped.

#ifndef CCTL_STORE_INVITE_FILE_H_
#define CCTL_STORE_INVITE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/store/json_file.h"

namespace cctl {

namespace detail {

inline constexpr std::string_view kUnlimitedWord = "unlimited";

// Where the value of the first member "psk" stands, by its quotes: offset of its first character and its length.
struct TextRange {
  std::size_t start = 0;
  std::size_t size = 0;
};

// Finds the string value of the object's own member "psk". The text has passed CheckJsonOutline. Errors, part "psk":
// kMissing (not there, or null), kInvalid (no string; offset: where the value starts).
inline Result<TextRange> FindPsk(std::string_view text) {
  std::string_view name;  // the last string at the object's own level
  bool named = false;     // a colon has followed it
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ',' && depth == 1) named = false;
    if (c == ':' && depth == 1) {
      named = true;
      if (name != "psk") continue;
      std::size_t value = i + 1;
      while (value < text.size() && std::string_view(" \t\r\n").find(text[value]) != std::string_view::npos) ++value;
      if (text.substr(value, 4) == "null") break;
      if (text.substr(value, 1) != "\"") return Error{Errc::kInvalid, static_cast<std::uint32_t>(value), 0, "psk"};
    }
    if (c != '"') continue;
    const std::size_t start = ++i;
    while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
    if (depth != 1) continue;
    const std::string_view found = text.substr(start, i - start);
    if (named && name == "psk") return TextRange{start, found.size()};
    if (!named) name = found;
  }
  return Error{Errc::kMissing, 0, 0, "psk"};
}

inline Result<std::uint32_t> ReadUses(const JsonFile& value, const char* part) {
  if (value == kUnlimitedWord) return kUnlimitedUses;
  const auto number = JsonInteger(value, 0, kUnlimitedUses - 1, part);
  if (!number) return number.error();
  return static_cast<std::uint32_t>(*number);
}

}  // namespace detail

// Reads the content, which the caller wipes. Whether the id is that of the file's name is for the caller to see.
// Errors: those of ParseJsonFile and CheckInvite; kMissing, kInvalid, kOutOfRange, kTooLong with the member's name as
// part; for "psk" with the offset in `content`.
inline Result<Invite> ParseInviteFile(std::string_view content) {
  if (const auto outline = detail::CheckJsonOutline(content); !outline) return outline.error();
  const auto missing = [](const char* part) { return Error{Errc::kMissing, 0, 0, part}; };

  const auto range = detail::FindPsk(content);
  if (!range) return range.error();
  auto psk = ParsePskHex(content.substr(range->start, range->size));
  if (!psk) {
    Error error = psk.error();
    error.offset += static_cast<std::uint32_t>(range->start);
    return error;
  }
  std::string without_key;
  without_key.reserve(content.size());
  without_key.append(content.substr(0, range->start)).append(content.substr(range->start + range->size));
  auto file = ParseJsonFile(without_key);
  if (!file) return file.error();

  const auto id_value = TakeMember(*file, "id");
  if (!id_value) return missing("id");
  const auto id_text = JsonText(*id_value, "id");
  if (!id_text) return id_text.error();
  const auto id = InviteId::Parse(*id_text);
  if (!id) return Error{Errc::kInvalid, 0, 0, "id"};

  const auto host_value = TakeMember(*file, "host");
  if (!host_value) return missing("host");
  const auto host_text = JsonText(*host_value, "host");
  if (!host_text) return host_text.error();
  const auto host = Host::Parse(*host_text);
  if (!host) return Error{Errc::kInvalid, 0, 0, "host"};

  Invite invite{.id = *id, .psk = *psk, .host = *host};

  const auto created_at = TakeMember(*file, "created_at");
  if (!created_at) return missing("created_at");
  const auto date = JsonDate(*created_at, "created_at");
  if (!date) return date.error();
  invite.created_at = *date;

  const auto ttl = TakeMember(*file, "ttl_seconds");
  if (!ttl) return missing("ttl_seconds");
  const auto seconds = JsonInteger(*ttl, kMinInviteTtl.ms / 1000, kMaxInviteTtl.ms / 1000, "ttl_seconds");
  if (!seconds) return seconds.error();
  invite.ttl = Seconds(*seconds);

  const auto uses = TakeMember(*file, "uses");
  if (!uses) return missing("uses");
  const auto made_for = detail::ReadUses(*uses, "uses");
  if (!made_for) return made_for.error();
  invite.uses = *made_for;

  const auto uses_left = TakeMember(*file, "uses_left");
  if (!uses_left) return missing("uses_left");
  const auto left = detail::ReadUses(*uses_left, "uses_left");
  if (!left) return left.error();
  invite.uses_left = *left;

  const auto port = TakeMember(*file, "port");
  if (!port) return missing("port");
  const auto number = JsonInteger(*port, 1, 65'535, "port");
  if (!number) return number.error();
  invite.port = static_cast<std::uint16_t>(*number);

  if (const auto label = TakeMember(*file, "label")) {
    const auto text = JsonText(*label, "label");
    if (!text) return text.error();
    invite.label.append(*text);  // CheckInvite says when it does not fit
  }
  if (const auto only_for = TakeMember(*file, "for")) {
    const auto text = JsonText(*only_for, "for");
    if (!text) return text.error();
    const auto identity = Identity::Parse(*text);
    if (!identity) return Error{Errc::kInvalid, 0, 0, "for"};
    invite.only_for = *identity;
  }
  if (const auto joined = TakeMember(*file, "joined")) {
    if (!joined->is_array()) return Error{Errc::kInvalid, 0, 0, "joined"};
    for (const JsonFile& joiner : *joined) {
      const auto text = JsonText(joiner, "joined");
      if (!text) return text.error();
      const auto identity = Identity::Parse(*text);
      if (!identity) return Error{Errc::kInvalid, 0, 0, "joined"};
      if (HasUnprovedJoiner(invite, *identity)) return Error{Errc::kDuplicate, 0, 0, "joined"};
      invite.joined.push_back(*identity);
    }
  }
  if (const auto checked = CheckInvite(invite); !checked) return checked.error();
  return invite;
}

// Writes the content, which the caller wipes.
inline std::string FormatInviteFile(const Invite& invite) {
  const auto uses = [](std::uint32_t n) {
    return n == kUnlimitedUses ? JsonFile(detail::kUnlimitedWord) : JsonFile(n);
  };
  JsonFile file = JsonFile::object();
  file["created_at"] = invite.created_at.ms;
  file["ttl_seconds"] = invite.ttl.ms / 1000;
  file["uses"] = uses(invite.uses);
  file["uses_left"] = uses(invite.uses_left);
  file["label"] = invite.label.view();
  file["joined"] = JsonFile::array();
  for (const Identity& joiner : invite.joined) file["joined"].push_back(joiner.view());
  if (invite.only_for) file["for"] = invite.only_for->view();
  file["host"] = invite.host.view();
  file["port"] = invite.port;
  const std::string rest = FormatJsonFile(file);

  char digits[kPskHexSize];
  const std::span<char, kPskHexSize> key(digits);
  const ScopedWipe wipe(key);
  FormatPskHex(invite.psk, key);
  std::string content;
  content.reserve(64 + kPskHexSize + rest.size());  // so that no shorter buffer with the key is left behind
  content.append("{\"id\":\"").append(invite.id.view()).append("\",\"psk\":\"").append(digits, sizeof digits);
  content.append("\",").append(rest, 1);
  return content;
}

}  // namespace cctl

#endif  // CCTL_STORE_INVITE_FILE_H_
