// SPDX-License-Identifier: MIT
//
// Reads the members of a command's answer for its text form. The answer may be that of a running relay of another
// version, and names in it come from peers: what is missing or of another type is a dash or zero, and every text is
// made printable.

#ifndef CCTL_TOOLS_CLAUDECTL_ANSWER_H_
#define CCTL_TOOLS_CLAUDECTL_ANSWER_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cctl/base/printable_text.h"
#include "cctl/identity/identity.h"

namespace cctl::cli {

// What is longer than a line has room for is cut; but not a name, of which each character counts.
inline std::string TextOf(const nlohmann::json& object, const char* member) {
  const auto it = object.find(member);
  if (it == object.end() || !it->is_string()) return "-";
  const auto& text = it->get_ref<const std::string&>();
  return Identity::Parse(text) ? text : std::string(Printable(text).view());
}

// The text as it is, for what is longer than a line and made by us; empty where there is none.
inline std::string RawTextOf(const nlohmann::json& object, const char* member) {
  const auto it = object.find(member);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

inline std::int64_t NumberOf(const nlohmann::json& object, const char* member) {
  const auto it = object.find(member);
  return it != object.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
}

inline bool FlagOf(const nlohmann::json& object, const char* member) {
  const auto it = object.find(member);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

// The elements of a list; none where there is no list.
inline std::vector<nlohmann::json> ListOf(const nlohmann::json& object, const char* member) {
  const auto it = object.find(member);
  return it != object.end() && it->is_array() ? it->get<std::vector<nlohmann::json>>() : std::vector<nlohmann::json>();
}

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_ANSWER_H_
