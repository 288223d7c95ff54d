// SPDX-License-Identifier: MIT
//
// The name of one instance: a letter or digit, then up to 127 letters, digits, `_` and `-`. It becomes a file name, a
// log line and a word on a terminal, so there is no way to hold one that breaks this rule (docs/protocol.md, section
// 1). Names that differ only in case are one name when asking "already paired?": file systems may fold them together.
//
//   cctl::Result<cctl::Identity> peer = cctl::Identity::Parse("laptop-a3f2");
//   if (!peer) return peer.error();
//   Print(peer->view());

#ifndef CCTL_IDENTITY_IDENTITY_H_
#define CCTL_IDENTITY_IDENTITY_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"

namespace cctl {

inline constexpr std::size_t kMaxIdentitySize = 128;  // in bytes, all of them ASCII

namespace detail {

// The same in every locale, which <cctype> is not.
constexpr char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool IsAsciiAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace detail

class Identity {
 public:
  // Reads exactly one identity, untrusted. Errors, part "identity": kTruncated (offset 0: there is nothing), kInvalid
  // (offset: the first character that may not stand there), kTooLong (offset and value: kMaxIdentitySize).
  static constexpr Result<Identity> Parse(std::string_view text) {
    if (text.empty()) return Error{Errc::kTruncated, 0, 0, "identity"};
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i == kMaxIdentitySize) return Error{Errc::kTooLong, kMaxIdentitySize, kMaxIdentitySize, "identity"};
      const bool inner = i > 0 && (text[i] == '_' || text[i] == '-');
      if (!inner && !detail::IsAsciiAlphanumeric(text[i])) {
        return Error{Errc::kInvalid, static_cast<std::uint32_t>(i), 0, "identity"};
      }
    }
    return Identity(text);
  }

  [[nodiscard]] constexpr std::string_view view() const { return text_.view(); }

  // Byte for byte. The order decides which of two simultaneous connections stays (docs/protocol.md, section 4.1).
  friend constexpr bool operator==(const Identity& a, const Identity& b) { return a.view() == b.view(); }
  friend constexpr std::strong_ordering operator<=>(const Identity& a, const Identity& b) {
    return a.view().compare(b.view()) <=> 0;
  }

 private:
  constexpr explicit Identity(std::string_view valid) : text_(valid) {}

  InlineString<kMaxIdentitySize> text_;
};

// Whether two identities are equal but for the case of letters.
constexpr bool SameName(const Identity& a, const Identity& b) {
  const std::string_view x = a.view();
  const std::string_view y = b.view();
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (detail::AsciiLower(x[i]) != detail::AsciiLower(y[i])) return false;
  }
  return true;
}

}  // namespace cctl

#endif  // CCTL_IDENTITY_IDENTITY_H_
