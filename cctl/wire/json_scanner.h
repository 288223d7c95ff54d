// SPDX-License-Identifier: MIT
//
// The grammar of RFC 8259, walked over a text in place: no allocation, no recursion, one pass. This is the engine of
// json_reader.h, which is what others include.

#ifndef CCTL_WIRE_JSON_SCANNER_H_
#define CCTL_WIRE_JSON_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/decimal.h"
#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "cctl/base/utf8.h"
#include "cctl/wire/json_plain_text.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

enum class JsonKind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

namespace detail {

// True if some UTF-8 character begins with `text` (1 to 3 bytes, no whole character). The ranges that only the second
// byte decides (overlong, surrogate, above U+10FFFF) each leave the lowest or the highest continuation byte valid.
constexpr bool IsUtf8Prefix(std::string_view text) {
  for (const char fill : {'\x80', '\xbf'}) {
    char padded[4] = {fill, fill, fill, fill};
    for (std::size_t i = 0; i < text.size() && i < 4; ++i) padded[i] = text[i];
    if (DecodeUtf8(std::string_view(padded, 4)).size > text.size()) return true;
  }
  return false;
}

class JsonScanner {
 public:
  JsonScanner(std::string_view text, unsigned max_depth)
      : begin_(text.data()),
        p_(text.data()),
        end_(text.data() + text.size()),
        max_depth_(max_depth < kMaxJsonDepth ? max_depth : kMaxJsonDepth) {}

  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] std::uint32_t position() const { return Offset(p_); }
  [[nodiscard]] std::string_view Since(std::uint32_t offset) const {
    return {begin_ + offset, static_cast<std::size_t>(p_ - begin_) - offset};
  }

  // The next character that is no white space, or '\0' at the end; a zero in the text is an error wherever it is met.
  char SkipSpace() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
    return p_ == end_ ? '\0' : *p_;
  }
  [[nodiscard]] bool AtEnd() const { return p_ == end_; }
  void Advance() { ++p_; }

  // Records the error at the current position, kTruncated if the text ends here. Returns false, as all below do then.
  bool Unexpected() { return Fail(p_ == end_ ? Errc::kTruncated : Errc::kInvalid, p_); }
  bool Fail(Errc code, const char* at, std::size_t value = 0) {
    error_ = Error{code, Offset(at), static_cast<std::uint32_t>(value), "json"};
    return false;
  }
  bool FailAt(Errc code, std::uint32_t offset, std::size_t value = 0) { return Fail(code, begin_ + offset, value); }

  // A string; the opening quote is next.
  bool TakeString(JsonString& string) {
    const char* const start = ++p_;
    std::size_t saved = 0;  // bytes by which the decoded form is shorter
    for (;;) {
      p_ = SkipPlainJsonText(p_, end_);
      if (p_ == end_) return Unexpected();
      if (*p_ == '"') break;
      if (*p_ == '\\' ? !TakeEscape(saved) : !TakeNonAscii()) return false;
    }
    const auto size = static_cast<std::size_t>(p_ - start);
    string = JsonString(std::string_view(start, size), size - saved);
    ++p_;
    return true;
  }

  // A member's name and the colon; white space has been skipped.
  bool TakeName(JsonString& name) {
    if (p_ == end_ || *p_ != '"') return Unexpected();
    if (!TakeString(name)) return false;
    if (SkipSpace() != ':') return Unexpected();
    ++p_;
    SkipSpace();
    return true;
  }

  // A value inside `depth` arrays and objects; white space has been skipped. `string` is set if it is a string.
  bool TakeValue(unsigned depth, JsonKind& kind, JsonString& string) {
    if (p_ == end_) return Unexpected();
    if (*p_ != '{' && *p_ != '[') return TakeScalar(kind, string);
    kind = *p_ == '{' ? JsonKind::kObject : JsonKind::kArray;
    return TakeContainer(depth);
  }

 private:
  [[nodiscard]] std::uint32_t Offset(const char* p) const { return static_cast<std::uint32_t>(p - begin_); }

  bool TakeScalar(JsonKind& kind, JsonString& string) {
    switch (*p_) {
      case '"':
        kind = JsonKind::kString;
        return TakeString(string);
      case 't':
        kind = JsonKind::kBool;
        return TakeLiteral("true");
      case 'f':
        kind = JsonKind::kBool;
        return TakeLiteral("false");
      case 'n':
        kind = JsonKind::kNull;
        return TakeLiteral("null");
      default:
        kind = JsonKind::kNumber;
        return TakeNumber();
    }
  }

  bool TakeLiteral(std::string_view literal) {
    for (const char c : literal) {
      if (p_ == end_ || *p_ != c) return Unexpected();
      ++p_;
    }
    return true;
  }

  bool TakeDigits() {
    if (p_ == end_ || !IsDecimalDigit(*p_)) return Unexpected();
    do ++p_;
    while (p_ != end_ && IsDecimalDigit(*p_));
    return true;
  }

  bool TakeNumber() {
    if (*p_ == '-') ++p_;
    if (p_ != end_ && *p_ == '0') {
      ++p_;  // a zero leads only itself
    } else if (!TakeDigits()) {
      return false;
    }
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      if (!TakeDigits()) return false;
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!TakeDigits()) return false;
    }
    return true;
  }

  // The whole array or object that opens here. Which of the two each open level is, is kept as one bit.
  bool TakeContainer(unsigned depth) {
    std::uint64_t objects[kMaxJsonDepth / 64] = {};
    const unsigned outside = depth;
    JsonString unread;
    JsonKind kind;
    for (;;) {
      // A value is next.
      if (p_ == end_) return Unexpected();
      const bool opens_object = *p_ == '{';
      if (opens_object || *p_ == '[') {
        if (depth >= max_depth_) return Fail(Errc::kTooDeep, p_, max_depth_);
        ++p_;
        const std::uint64_t bit = std::uint64_t{1} << (depth % 64);
        std::uint64_t& word = objects[depth / 64];
        word = opens_object ? word | bit : word & ~bit;
        ++depth;
        if (SkipSpace() != (opens_object ? '}' : ']')) {
          if (opens_object && !TakeName(unread)) return false;
          continue;
        }
        ++p_;
        --depth;
      } else if (!TakeScalar(kind, unread)) {
        return false;
      }
      // A value has ended: so may the arrays and objects around it.
      for (;;) {
        if (depth == outside) return true;
        const unsigned level = depth - 1;
        const bool in_object = (objects[level / 64] >> (level % 64) & 1) != 0;
        const char c = SkipSpace();
        if (c == ',') {
          ++p_;
          SkipSpace();
          if (in_object && !TakeName(unread)) return false;
          break;
        }
        if (c != (in_object ? '}' : ']')) return Unexpected();
        ++p_;
        --depth;
      }
    }
  }

  // An escape; its backslash is next.
  bool TakeEscape(std::size_t& saved) {
    const char* const start = p_++;
    if (p_ == end_) return Unexpected();
    switch (*p_) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        ++p_;
        saved += 1;
        return true;
      case 'u':
        break;
      default:
        return Unexpected();
    }
    unsigned unit = 0;
    if (!TakeUnit(unit)) return false;
    if (unit < 0xd800 || unit > 0xdfff) {
      saved += unit < 0x80 ? 5 : unit < 0x800 ? 4 : 3;
      return true;
    }
    // Half of a pair: the first half must be followed by a second one.
    if (unit >= 0xdc00) return Fail(Errc::kInvalid, start);
    for (const char c : {'\\', 'u'}) {
      if (p_ == end_) return Unexpected();
      if (*p_ != c) return Fail(Errc::kInvalid, start);
      if (c == '\\') ++p_;
    }
    if (!TakeUnit(unit)) return false;
    if (unit < 0xdc00 || unit > 0xdfff) return Fail(Errc::kInvalid, start);
    saved += 8;
    return true;
  }

  // The `u` and four digits of an escape.
  bool TakeUnit(unsigned& unit) {
    unit = 0;
    ++p_;
    for (int i = 0; i < 4; ++i, ++p_) {
      const int digit = p_ == end_ ? -1 : HexDigitValue(*p_);
      if (digit < 0) return Unexpected();
      unit = unit << 4 | static_cast<unsigned>(digit);
    }
    return true;
  }

  // A control character (an error) or a run of characters beyond ASCII.
  bool TakeNonAscii() {
    do {
      const std::string_view rest(p_, static_cast<std::size_t>(end_ - p_));
      if (static_cast<unsigned char>(*p_) < 0x80) return Unexpected();
      const std::size_t size = DecodeUtf8(rest).size;
      if (size == 0) {
        return rest.size() < 4 && IsUtf8Prefix(rest) ? Fail(Errc::kTruncated, end_) : Fail(Errc::kInvalid, p_);
      }
      p_ += size;
    } while (p_ != end_ && static_cast<unsigned char>(*p_) >= 0x80);
    return true;
  }

  const char* begin_;
  const char* p_;
  const char* end_;
  unsigned max_depth_;
  Error error_;
};

}  // namespace detail
}  // namespace cctl

#endif  // CCTL_WIRE_JSON_SCANNER_H_
