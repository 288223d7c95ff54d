// SPDX-License-Identifier: MIT
//
// Reads JSON that strangers sent, in place: strictly RFC 8259, UTF-8 checked (RFC 3629, lone surrogates in escapes
// refused), depth and size bounded, without allocation or recursion. What it returns are views of the text.
//
// JsonObjectReader walks the members of one object and checks everything it passes, values of members that nobody
// wanted included. Within that object any name that comes twice is refused, known or not, compared after decoding: so
// that this stays cheap on a line of any length, the object may have 32 members with names of 64 bytes. Objects inside
// values are checked for their grammar only, as nobody has read their names yet.
//
// Errors have the part "json" and the exact offset: kInvalid (the first character that cannot be there; of a lone
// surrogate or broken UTF-8, its first byte), kTruncated (at the end: more text could have made it valid), kTooDeep
// (the bracket), kTooLong (the text's, a name's or the members' limit is in `value`), kDuplicate (the second name),
// kTrailing.
//
//   cctl::JsonObjectReader members(R"({"port":9847,"name":"a"})");
//   while (members.Next()) {
//     if (members.name() == "port") port = members.value().Int64("port");
//   }
//   if (!members.ok()) return members.error();

#ifndef CCTL_WIRE_JSON_READER_H_
#define CCTL_WIRE_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "cctl/base/result.h"
#include "cctl/wire/json_scanner.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

struct JsonLimits {
  std::size_t size = kMaxLine;     // bytes of the text; below 4 GiB
  unsigned depth = kMaxJsonDepth;  // of arrays and objects, the outermost counted as 1; at most kMaxJsonDepth
};

// One checked value.
struct JsonValue {
  JsonKind kind = JsonKind::kNull;
  std::uint32_t offset = 0;  // in the text that the reader walks
  std::string_view text;     // as it is written: a string with its quotes, an object with its braces
  JsonString string;         // of a string

  // The value as what it has to be. Errors, with `part`: kInvalid (something else; offset: of the value), and of Int64
  // kInvalid (offset: of the point or the exponent) and kOutOfRange (offset: of the value).
  [[nodiscard]] Result<JsonString> String(const char* part) const {
    if (kind != JsonKind::kString) return Error{Errc::kInvalid, offset, 0, part};
    return string;
  }

  [[nodiscard]] Result<bool> Bool(const char* part) const {
    if (kind != JsonKind::kBool) return Error{Errc::kInvalid, offset, 0, part};
    return text.front() == 't';
  }

  [[nodiscard]] Result<std::int64_t> Int64(const char* part) const {
    if (kind != JsonKind::kNumber) return Error{Errc::kInvalid, offset, 0, part};
    const std::size_t first = text.front() == '-' ? 1 : 0;
    std::uint64_t magnitude = 0;  // of up to 19 digits; more of them wrap it, but begin with no zero and are too large
    for (std::size_t i = first; i < text.size(); ++i) {
      const auto digit = static_cast<unsigned>(text[i] - '0');
      if (digit > 9) return Error{Errc::kInvalid, static_cast<std::uint32_t>(offset + i), 0, part};
      magnitude = magnitude * 10 + digit;
    }
    constexpr auto kMax = static_cast<std::uint64_t>((std::numeric_limits<std::int64_t>::max)());
    if (text.size() - first > 19 || magnitude > kMax + first) return Error{Errc::kOutOfRange, offset, 0, part};
    return static_cast<std::int64_t>(first == 1 ? 0 - magnitude : magnitude);
  }

  // An integer from 0 to 65535: kOutOfRange outside it.
  [[nodiscard]] Result<std::uint16_t> Port(const char* part) const {
    const Result<std::int64_t> number = Int64(part);
    if (!number) return number.error();
    if (*number < 0 || *number > 65'535) return Error{Errc::kOutOfRange, offset, 0, part};
    return static_cast<std::uint16_t>(*number);
  }
};

// One value of any kind with white space around it, and nothing else. Names that come twice are not looked for.
inline Result<void> ValidateJson(std::string_view text, JsonLimits limits = {}) {
  if (text.size() > limits.size) {
    const auto limit = static_cast<std::uint32_t>(limits.size);
    return Error{Errc::kTooLong, limit, limit, "json"};
  }
  detail::JsonScanner scanner(text, limits.depth);
  JsonKind kind;
  JsonString string;
  scanner.SkipSpace();
  if (!scanner.TakeValue(0, kind, string)) return scanner.error();
  scanner.SkipSpace();
  if (!scanner.AtEnd()) return Error{Errc::kTrailing, scanner.position(), 0, "json"};
  return {};
}

class JsonObjectReader {
 public:
  // `text`: one object with white space around it. It must outlive the reader and what the reader returns.
  explicit JsonObjectReader(std::string_view text, JsonLimits limits = {}) : scanner_(text, limits.depth) {
    if (text.size() > limits.size) {
      failed_ = !scanner_.FailAt(Errc::kTooLong, static_cast<std::uint32_t>(limits.size), limits.size);
    } else if (scanner_.SkipSpace() != '{') {
      failed_ = !scanner_.Unexpected();
    } else if (limits.depth == 0) {
      failed_ = !scanner_.FailAt(Errc::kTooDeep, scanner_.position());
    }
  }

  // Moves to the next member. False after the last one, when what follows the object has been checked, and on an error.
  bool Next() {
    if (failed_ || done_) return false;
    if (count_ == 0) {
      scanner_.Advance();  // the opening brace
      if (scanner_.SkipSpace() == '}') return Finish();
    } else {
      const char c = scanner_.SkipSpace();
      if (c == '}') return Finish();
      if (c != ',') return Stop(scanner_.Unexpected());
      scanner_.Advance();
      scanner_.SkipSpace();
    }
    return TakeMember() || Stop(false);
  }

  // Of the member that Next() moved to.
  [[nodiscard]] const JsonString& name() const { return name_; }
  [[nodiscard]] const JsonValue& value() const { return value_; }

  // Whether all is good so far; after Next() has said false, whether the whole text is. Act on nothing before that.
  [[nodiscard]] bool ok() const { return !failed_; }
  [[nodiscard]] const Error& error() const { return scanner_.error(); }

  // The error of an object that lacks a member: kMissing at its closing brace. Once Next() has said false and ok().
  [[nodiscard]] Error Missing(const char* part) const { return Error{Errc::kMissing, end_, 0, part}; }

 private:
  // A name of this object. No initialisers: filling 32 of them would take longer than reading a heartbeat's members.
  struct Name {
    const char* raw;
    std::uint32_t raw_size;
    std::uint32_t size;
  };

  bool Stop(bool) {
    failed_ = true;
    return false;
  }

  bool Finish() {
    end_ = scanner_.position();
    scanner_.Advance();
    scanner_.SkipSpace();
    done_ = true;
    return scanner_.AtEnd() ? false : Stop(scanner_.FailAt(Errc::kTrailing, scanner_.position()));
  }

  bool TakeMember() {
    const std::uint32_t start = scanner_.position();
    if (!scanner_.TakeName(name_)) return false;
    if (name_.raw().size() > kMaxJsonName) return scanner_.FailAt(Errc::kTooLong, start, kMaxJsonName);
    if (count_ == kMaxJsonMembers) return scanner_.FailAt(Errc::kTooLong, start, kMaxJsonMembers);
    for (std::size_t i = 0; i < count_; ++i) {
      if (names_[i].size == name_.size() && IsName(names_[i])) return scanner_.FailAt(Errc::kDuplicate, start);
    }
    names_[count_++] = Name{name_.raw().data(), static_cast<std::uint32_t>(name_.raw().size()),
                            static_cast<std::uint32_t>(name_.size())};
    value_.offset = scanner_.position();
    if (!scanner_.TakeValue(1, value_.kind, value_.string)) return false;
    value_.text = scanner_.Since(value_.offset);
    return true;
  }

  // Whether the current name is `other`, both decoded.
  [[nodiscard]] bool IsName(const Name& other) const {
    const std::string_view raw(other.raw, other.raw_size);
    if (other.raw_size == other.size) return name_ == raw;
    char decoded[kMaxJsonName];
    return name_ == *JsonString(raw, other.size).Text(decoded, "json");
  }

  detail::JsonScanner scanner_;
  JsonString name_;
  JsonValue value_;
  std::size_t count_ = 0;
  std::uint32_t end_ = 0;
  bool failed_ = false;
  bool done_ = false;
  Name names_[kMaxJsonMembers];
};

}  // namespace cctl

#endif  // CCTL_WIRE_JSON_READER_H_
