// SPDX-License-Identifier: MIT
//
// What a key file contains (relay/peers/<identity>.key and _pending.key; docs/protocol.md, section 7): the key as 64
// hexadecimal digits, as the released claudectl writes them, perhaps with white space behind. Anything else is an
// error and never "no key": a pairing must not be lost to a damaged file.

#ifndef CCTL_STORE_KEY_FILE_H_
#define CCTL_STORE_KEY_FILE_H_

#include <cstddef>
#include <span>
#include <string_view>

#include "cctl/base/result.h"
#include "cctl/identity/psk.h"

namespace cctl {

inline constexpr std::size_t kKeyFileSize = kPskHexSize + 1;  // as written
inline constexpr std::size_t kMaxKeyFileSize = 1024;          // as read: digits and white space

// Reads the content. Errors, part "psk", with the offset: kTruncated, kInvalid (no digit), kTrailing (something other
// than white space behind), kTooLong (value: kMaxKeyFileSize).
inline Result<Psk> ParseKeyFile(std::string_view content) {
  if (content.size() > kMaxKeyFileSize) return Error{Errc::kTooLong, kMaxKeyFileSize, kMaxKeyFileSize, "psk"};
  std::string_view behind = content.substr(content.size() < kPskHexSize ? content.size() : kPskHexSize);
  while (!behind.empty() && (behind[0] == ' ' || (behind[0] >= '\t' && behind[0] <= '\r'))) behind.remove_prefix(1);
  if (behind.empty()) return ParsePskHex(content.substr(0, kPskHexSize));
  return Error{Errc::kTrailing, static_cast<std::uint32_t>(content.size() - behind.size()), 0, "psk"};
}

// Writes the 64 digits and a newline. The caller wipes them.
inline void FormatKeyFile(const Psk& psk, std::span<char, kKeyFileSize> out) {
  FormatPskHex(psk, out.first<kPskHexSize>());
  out[kPskHexSize] = '\n';
}

}  // namespace cctl

#endif  // CCTL_STORE_KEY_FILE_H_
