// SPDX-License-Identifier: MIT
//
// What the JSON files of the state folder have in common: one object, bounded in size and depth before anything is
// built of it, no member twice; and members read with their types checked. nlohmann/json with exceptions off: use
// JsonFile and the readers below, not its accessors that throw.

#ifndef CCTL_STORE_JSON_FILE_H_
#define CCTL_STORE_JSON_FILE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"

namespace cctl {

inline constexpr std::size_t kMaxJsonFileSize = 64 * 1024;  // an invite with all its joiners takes 34 KiB
inline constexpr int kMaxJsonFileDepth = 16;                // our own go to 2; the rest is for members to come

using JsonFile = nlohmann::ordered_json;

namespace detail {

// Size and depth of a text, and whether it ends too early, without reading it as JSON. The JSON library takes a zero
// byte for the end of the text and would not see what is behind it.
inline Result<void> CheckJsonOutline(std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  if (text.size() > kMaxJsonFileSize) return Error{Errc::kTooLong, kMaxJsonFileSize, kMaxJsonFileSize, "file"};
  const std::size_t zero = text.find('\0');
  if (zero != std::string_view::npos) return Error{Errc::kInvalid, static_cast<std::uint32_t>(zero), 0, "file"};
  int depth = 0;
  bool in_string = false;
  bool anything = false;
  for (std::uint32_t i = 0; i < size; ++i) {
    const char c = text[i];
    anything = anything || (c != ' ' && c != '\t' && c != '\r' && c != '\n');
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonFileDepth) return Error{Errc::kTooDeep, i, kMaxJsonFileDepth, "file"};
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  if (!anything || in_string || depth > 0) return Error{Errc::kTruncated, size, 0, "file"};
  return {};
}

}  // namespace detail

// Reads one object; a byte order mark in front is ignored (RFC 8259, section 8.1). Errors, part "file": kTooLong and
// kTooDeep (value: the limit), kTruncated, kInvalid (a zero byte, with its offset; no JSON, or no object), kDuplicate
// (of its own members).
inline Result<JsonFile> ParseJsonFile(std::string_view text) {
  if (const auto outline = detail::CheckJsonOutline(text); !outline) return outline.error();
  std::vector<std::string> names;
  bool twice = false;
  const auto note_name = [&](int depth, JsonFile::parse_event_t event, JsonFile& parsed) {
    if (depth == 1 && event == JsonFile::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      twice = twice || std::find(names.begin(), names.end(), name) != names.end();
      names.push_back(name);
    }
    return true;
  };
  JsonFile file = JsonFile::parse(text.begin(), text.end(), note_name, false);
  if (!file.is_object()) return Error{Errc::kInvalid, 0, 0, "file"};
  if (twice) return Error{Errc::kDuplicate, 0, 0, "file"};
  return file;
}

// One line and a newline. What is no UTF-8 is replaced, because the alternative is an exception.
inline std::string FormatJsonFile(const JsonFile& file) {
  return file.dump(-1, ' ', false, JsonFile::error_handler_t::replace) + '\n';
}

// Takes a member out of the object; nothing if it is not there or null. What is left in the end is unknown.
inline std::optional<JsonFile> TakeMember(JsonFile& file, const char* name) {
  const auto it = file.find(name);
  if (it == file.end()) return std::nullopt;
  JsonFile value = std::move(*it);
  file.erase(it);
  if (value.is_null()) return std::nullopt;
  return value;
}

// Reads a string, or kInvalid with `part`. The view lasts as long as the value.
inline Result<std::string_view> JsonText(const JsonFile& value, const char* part) {
  if (!value.is_string()) return Error{Errc::kInvalid, 0, 0, part};
  return std::string_view(value.get_ref<const std::string&>());
}

// Reads an integer from `least` to `most`. Errors, with `part`: kInvalid (no integer, or beyond 64 bits, where the
// library makes a fraction of it), kOutOfRange.
inline Result<std::int64_t> JsonInteger(const JsonFile& value, std::int64_t least, std::int64_t most,
                                        const char* part) {
  if (!value.is_number_integer()) return Error{Errc::kInvalid, 0, 0, part};
  const bool too_big = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (too_big) return Error{Errc::kOutOfRange, 0, 0, part};
  const auto number = value.get<std::int64_t>();
  if (number < least || number > most) return Error{Errc::kOutOfRange, 0, 0, part};
  return number;
}

// Reads a date in milliseconds since 1970; to the year 9999, so that sums with durations of ours stay in range. Errors:
// as JsonInteger.
inline Result<UnixTime> JsonDate(const JsonFile& value, const char* part) {
  const auto ms = JsonInteger(value, 0, kLastRfc3339.ms, part);
  if (!ms) return ms.error();
  return UnixTime{*ms};
}

}  // namespace cctl

#endif  // CCTL_STORE_JSON_FILE_H_
