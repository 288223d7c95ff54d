// SPDX-License-Identifier: MIT
//
// The content of a JSON string that a reader has checked: a view of the text it stands in, decoded only when somebody
// asks for it, and then into the caller's memory. Most strings hold no escape, and for them the view is the text.
//
//   char scratch[64];
//   cctl::Result<std::string_view> name = string.Text(scratch, "name");  // kTooLong if it does not fit

#ifndef CCTL_WIRE_JSON_STRING_H_
#define CCTL_WIRE_JSON_STRING_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "cctl/base/utf8.h"

namespace cctl {
namespace detail {

// The character that the escape at `p` (a backslash) stands for, and moves `p` past it. The escape has been checked.
constexpr char32_t TakeJsonEscape(const char*& p) {
  const auto unit = [](const char* digits) {
    char32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 4 | static_cast<char32_t>(HexDigitValue(digits[i]));
    return value;
  };
  const char kind = p[1];
  if (kind == 'u') {
    const char32_t high = unit(p + 2);
    p += 6;
    if (high < 0xd800 || high > 0xdbff) return high;
    const char32_t low = unit(p + 2);
    p += 6;
    return 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00));
  }
  p += 2;
  switch (kind) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return static_cast<unsigned char>(kind);  // quote, backslash, slash
  }
}

}  // namespace detail

class JsonString {
 public:
  constexpr JsonString() = default;
  // `raw`: what stands between the quotes, checked; `size`: of its decoded form. For readers.
  constexpr JsonString(std::string_view raw, std::size_t size)
      : raw_(raw.data()), raw_size_(static_cast<std::uint32_t>(raw.size())), size_(static_cast<std::uint32_t>(size)) {}

  // What stands between the quotes. Written between quotes again, it is the same string.
  [[nodiscard]] constexpr std::string_view raw() const { return {raw_, raw_size_}; }

  // Bytes of the decoded form (UTF-8; it may hold zeros). Every escape is longer than what it stands for.
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr bool escaped() const { return raw_size_ != size_; }

  // Appends the decoded form to anything with append(std::string_view) and push_back(char).
  template <typename Sink>
  constexpr void AppendTo(Sink& out) const {
    if (!escaped()) {
      out.append(raw());
      return;
    }
    const char* const end = raw_ + raw_size_;
    for (const char* p = raw_; p != end;) {
      if (*p == '\\') {
        AppendUtf8(detail::TakeJsonEscape(p), out);
        continue;
      }
      const char* const run = p;
      while (p != end && *p != '\\') ++p;
      out.append(std::string_view(run, static_cast<std::size_t>(p - run)));
    }
  }

  // The decoded form: the view itself where nothing is escaped, else a view of `scratch`. A text longer than `scratch`
  // is kTooLong in either case, with the limit as offset and value.
  constexpr Result<std::string_view> Text(std::span<char> scratch, const char* part) const {
    if (size_ > scratch.size()) {
      const auto limit = static_cast<std::uint32_t>(scratch.size());
      return Error{Errc::kTooLong, limit, limit, part};
    }
    if (!escaped()) return raw();
    SpanSink sink{scratch.data()};
    AppendTo(sink);
    return std::string_view(scratch.data(), size_);
  }

  // Equality of the decoded form. Inlined, a comparison with a literal is one of a number and a few bytes, and reading
  // a line makes a dozen of them.
  [[gnu::always_inline]] friend constexpr bool operator==(const JsonString& a, std::string_view b) {
    if (a.size_ != b.size()) return false;
    return a.escaped() ? a.EqualsDecoded(b) : a.raw() == b;
  }

 private:
  struct SpanSink {
    char* out;
    constexpr void push_back(char c) { *out++ = c; }
    constexpr void append(std::string_view text) {
      for (const char c : text) *out++ = c;
    }
  };
  struct Comparison {
    std::string_view rest;  // of the other text, which is as long
    bool equal = true;
    constexpr void push_back(char c) { append(std::string_view(&c, 1)); }
    constexpr void append(std::string_view text) {
      equal = equal && rest.substr(0, text.size()) == text;
      rest.remove_prefix(text.size());
    }
  };

  constexpr bool EqualsDecoded(std::string_view text) const {
    Comparison comparison{text};
    AppendTo(comparison);
    return comparison.equal;
  }

  const char* raw_ = "";
  std::uint32_t raw_size_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace cctl

#endif  // CCTL_WIRE_JSON_STRING_H_
