// SPDX-License-Identifier: MIT
//
// Any bytes as the content of an invite's file. What is accepted keeps the rules of an invite, has the values that the
// JSON library finds in it (the key too, which never goes through that library otherwise), and is the same after it has
// been written. A key that stands there is found.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/store/invite_file.h"
#include "cctl/store/json_file.h"

namespace {

using cctl::Errc;
using nlohmann::json;

void Check(bool holds) {
  if (!holds) std::abort();
}

bool Same(const cctl::Invite& a, const cctl::Invite& b) {
  return a.id == b.id && a.psk == b.psk && a.created_at == b.created_at && a.ttl == b.ttl && a.uses == b.uses &&
         a.uses_left == b.uses_left && a.label == b.label && a.only_for == b.only_for && a.joined == b.joined &&
         a.host == b.host && a.port == b.port;
}

// Our members as they are written: what may be missing has its default, the key is in lower case.
json Values(std::string_view content) {
  std::size_t names = 0;
  const auto count = [&names](int depth, json::parse_event_t event, const json&) {
    if (depth == 1 && event == json::parse_event_t::key) ++names;
    return true;
  };
  const json file = json::parse(content, count, false);
  Check(file.is_object() && file.size() == names);  // none comes twice
  json values = {{"label", ""}, {"joined", json::array()}, {"for", nullptr}};
  for (const char* const name :
       {"id", "psk", "created_at", "ttl_seconds", "uses", "uses_left", "label", "joined", "for", "host", "port"}) {
    if (file.contains(name) && !file[name].is_null()) values[name] = file[name];
  }
  Check(values["psk"].is_string());
  for (char& c : values["psk"].get_ref<std::string&>()) c = static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
  return values;
}

void CheckError(std::string_view content, const cctl::Error& error) {
  Check(error.offset <= content.size() && cctl::IsFormatError(error.code));
  if (content.find('\0') != std::string_view::npos || content.size() > cctl::kMaxJsonFileSize) {
    Check(error.part == std::string_view("file"));
    return;
  }
  if (error.code == Errc::kTruncated && error.part == std::string_view("file")) Check(!json::accept(content));
  if (error.part != std::string_view("psk")) return;
  // The library finds no better key: escapes aside, and of several members the last.
  const json file = json::parse(content, nullptr, false);
  if (!file.is_object() || content.find("\\u") != std::string_view::npos) return;
  if (content.find("\"psk\"") != content.rfind("\"psk\"")) return;
  switch (error.code) {
    case Errc::kMissing:
      Check(!file.contains("psk") || file["psk"].is_null());
      break;
    case Errc::kInvalid:
    case Errc::kTruncated:
    case Errc::kTooLong:
      Check(file.contains("psk"));
      if (file["psk"].is_string()) Check(!cctl::ParsePskHex(file["psk"].get_ref<const std::string&>()));
      break;
    default:
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  const auto invite = cctl::ParseInviteFile(content);
  if (!invite) {
    CheckError(content, invite.error());
    return 0;
  }
  Check(size <= cctl::kMaxJsonFileSize && content.find('\0') == std::string_view::npos);
  Check(cctl::CheckInvite(*invite).has_value());
  const std::string written = cctl::FormatInviteFile(*invite);
  Check(written.size() <= cctl::kMaxJsonFileSize && written.find('\n') == written.size() - 1);
  Check(Values(written) == Values(content));
  const auto again = cctl::ParseInviteFile(written);
  Check(again && Same(*again, *invite) && cctl::FormatInviteFile(*again) == written);
  return 0;
}
