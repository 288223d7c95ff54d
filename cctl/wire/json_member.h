// SPDX-License-Identifier: MIT
//
// Members of a stranger's JSON object that have to be texts of a form: an identity, a version, a key. The form's own
// parser says what is right; what it finds wrong is told with the member's name and where in the object it stands.

#ifndef CCTL_WIRE_JSON_MEMBER_H_
#define CCTL_WIRE_JSON_MEMBER_H_

#include <cstddef>
#include <string_view>

#include "cctl/base/result.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/json_string.h"

namespace cctl::detail {

// Reads a string member by a parser of plain texts. An error of it points at the character, where the string holds no
// escape, else at the string.
template <std::size_t kMaxSize, typename Parser>
auto ParseStringMember(const JsonValue& value, const char* part, Parser parse) -> decltype(parse(std::string_view())) {
  const Result<JsonString> string = value.String(part);
  if (!string) return string.error();
  char decoded[kMaxSize];
  const Result<std::string_view> text = string->Text(decoded, part);
  auto parsed = text ? parse(*text) : decltype(parse(std::string_view()))(text.error());
  if (parsed) return parsed;
  Error error = parsed.error();
  error.part = part;
  error.offset = string->escaped() ? value.offset : value.offset + 1 + error.offset;
  return error;
}

}  // namespace cctl::detail

#endif  // CCTL_WIRE_JSON_MEMBER_H_
