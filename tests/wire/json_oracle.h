// SPDX-License-Identifier: MIT
//
// What nlohmann/json says of a text, and whether cctl says the same. Used by json_differential_test.cc and by
// tests/fuzz/json_reader_fuzz.cc. The two differ, on purpose, in exactly this:
//
//   nlohmann accepts, cctl refuses    a byte order mark in front; a zero byte after the value, and whatever follows it
//                                     (nlohmann takes it for the end); more than 128 levels, more than 1 MiB
//   and in JsonObjectReader           a name that comes twice in the object itself, more than 32 members, a name of
//   more
//                                     than 64 bytes
//   nlohmann refuses, cctl accepts    a number beyond the range of double (the grammar sets no range; Int64 does)

#ifndef CCTL_TESTS_WIRE_JSON_ORACLE_H_
#define CCTL_TESTS_WIRE_JSON_ORACLE_H_

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/json_scanner.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/wire_limits.h"
#include "nlohmann/json.hpp"

namespace cctl::testing {

// nlohmann's walk over a text: its verdict, the depth, and the names of the outermost object.
class OracleWalk : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit OracleWalk(std::string_view text) { accepted_ = nlohmann::json::sax_parse(text, this); }

  bool accepted() const { return accepted_; }
  bool beyond_double() const { return beyond_double_; }
  unsigned deepest() const { return deepest_; }
  const std::vector<std::string>& names() const { return names_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return Open(); }
  bool key(string_t& name) override {
    if (depth_ == 1) names_.push_back(name);
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    beyond_double_ = error.id == 406;
    return false;
  }

 private:
  bool Open() {
    deepest_ = std::max(deepest_, ++depth_);
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }

  bool accepted_ = false;
  bool beyond_double_ = false;
  unsigned depth_ = 0;
  unsigned deepest_ = 0;
  std::vector<std::string> names_;
};

// Bytes between the quotes of the string that `text`, valid JSON, begins with.
inline std::size_t RawStringSize(std::string_view text) {
  std::size_t end = 1;
  while (text.at(end) != '"') end += text[end] == '\\' ? 2 : 1;
  return end - 1;
}

// Whether a value reads as nlohmann reads it. Returns what differs, or nothing.
inline std::string DifferenceOfValue(const JsonValue& value, const nlohmann::json& oracle) {
  using Kind = nlohmann::json::value_t;
  const Result<std::int64_t> number = value.Int64("");
  switch (oracle.type()) {
    case Kind::null:
      return value.kind == JsonKind::kNull ? "" : "null";
    case Kind::boolean: {
      const Result<bool> read = value.Bool("");
      return read && *read == oracle.get<bool>() ? "" : "boolean";
    }
    case Kind::number_integer:
      return number && *number == oracle.get<std::int64_t>() ? "" : "integer";
    case Kind::number_unsigned: {
      const auto want = oracle.get<std::uint64_t>();
      if (want > INT64_MAX) return number.error().code == Errc::kOutOfRange ? "" : "integer out of range";
      return number && *number == static_cast<std::int64_t>(want) ? "" : "integer";
    }
    case Kind::number_float: {
      const bool integer = value.text.find_first_of(".eE") == std::string_view::npos;
      return number.error().code == (integer ? Errc::kOutOfRange : Errc::kInvalid) ? "" : "float";
    }
    case Kind::string: {
      const Result<JsonString> read = value.String("");
      if (!read) return "no string";
      std::string text;
      read->AppendTo(text);
      const bool same = text == oracle.get_ref<const std::string&>() && read->size() == text.size() && *read == text;
      return same ? "" : "string";
    }
    case Kind::array:
      return value.kind == JsonKind::kArray && nlohmann::json::parse(value.text) == oracle ? "" : "array";
    case Kind::object:
      return value.kind == JsonKind::kObject && nlohmann::json::parse(value.text) == oracle ? "" : "object";
    default:
      return "unknown";
  }
}

// Reads `text` in both ways. Returns what differs, or nothing.
inline std::string DifferenceFromOracle(std::string_view text) {
  const Result<void> ours = ValidateJson(text);
  if (ours.error().offset > text.size()) return "offset outside the text";
  const OracleWalk oracle(text);
  if (oracle.beyond_double()) return "";

  bool want = oracle.accepted() && text.substr(0, 3) != "\xef\xbb\xbf" && text.size() <= kMaxLine;
  if (oracle.accepted() && text.find('\0') != std::string_view::npos) want = false;
  if (oracle.accepted() && oracle.deepest() > kMaxJsonDepth) {
    want = false;
    if (ours.error().code != Errc::kTooDeep && ours.error().code != Errc::kTooLong) return "depth";
  }
  if (ours.has_value() != want) return want ? "refused what is valid" : "accepted what is not";

  JsonObjectReader members(text);
  std::vector<std::string> names;
  const nlohmann::json dom = want ? nlohmann::json::parse(text) : nlohmann::json();
  while (members.Next()) {
    std::string name;
    members.name().AppendTo(name);
    names.push_back(name);
    if (!want) continue;
    // Where a name comes twice nlohmann keeps the last; the reader never gets there.
    if (std::count(oracle.names().begin(), oracle.names().end(), name) > 1) continue;
    const std::string difference = DifferenceOfValue(members.value(), dom.at(name));
    if (!difference.empty()) return "member \"" + name + "\": " + difference;
  }
  if (members.ok()) {
    if (!want || !dom.is_object()) return "the object reader accepted what is no object";
    if (names != oracle.names()) return "names";
    if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) return "duplicate names accepted";
    return "";
  }
  const Error& error = members.error();
  if (error.offset > text.size()) return "offset outside the text";
  if (!want) return "";
  switch (error.code) {
    case Errc::kDuplicate: {
      const std::string& second = oracle.names().at(names.size());
      return std::count(names.begin(), names.end(), second) == 1 ? "" : "duplicate";
    }
    case Errc::kTooLong:
      if (error.value == kMaxJsonMembers) return oracle.names().size() > kMaxJsonMembers ? "" : "members";
      return RawStringSize(text.substr(error.offset)) > kMaxJsonName ? "" : "name";
    default:
      return dom.is_object() ? "the object reader refused an object" : "";
  }
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_WIRE_JSON_ORACLE_H_
