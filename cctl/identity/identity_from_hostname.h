// SPDX-License-Identifier: MIT
//
// The identity that an installation gives itself: made of the host's name, so that people know the machine by it, and
// of two random bytes, so that two machines of one name differ (docs/protocol.md, section 1).
//
//   cctl::IdentityFromHostname("Laptop.example.org", random);  // laptop-a3f2

#ifndef CCTL_IDENTITY_IDENTITY_FROM_HOSTNAME_H_
#define CCTL_IDENTITY_IDENTITY_FROM_HOSTNAME_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "cctl/identity/identity.h"

namespace cctl {

// The identity of a new installation, `<short host name>-<4 hex>`. The short name is `hostname` (anything at all) up to
// its first dot, in lower case, with each other character replaced by `-`, without `-` and `_` at either end; an empty
// one becomes `host`.
constexpr Identity IdentityFromHostname(std::string_view hostname, const std::uint8_t random[2]) {
  constexpr std::size_t kSuffixSize = 5;
  char text[kMaxIdentitySize] = {};
  std::size_t size = 0;
  for (const char c : hostname.substr(0, hostname.find('.'))) {
    const bool continues_character = (static_cast<unsigned char>(c) & 0xc0) == 0x80;  // UTF-8, RFC 3629 section 3
    const bool allowed = detail::IsAsciiAlphanumeric(c) || c == '_';
    if (continues_character || (size == 0 && !detail::IsAsciiAlphanumeric(c))) continue;
    if (size == kMaxIdentitySize - kSuffixSize) break;
    text[size++] = allowed ? detail::AsciiLower(c) : '-';
  }
  while (size > 0 && (text[size - 1] == '-' || text[size - 1] == '_')) --size;
  if (size == 0) {
    for (const char c : std::string_view("host")) text[size++] = c;
  }
  text[size++] = '-';
  EncodeHex(ByteView(random, 2), text + size);
  return *Identity::Parse(std::string_view(text, size + 4));
}

}  // namespace cctl

#endif  // CCTL_IDENTITY_IDENTITY_FROM_HOSTNAME_H_
