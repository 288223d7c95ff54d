// SPDX-License-Identifier: MIT
//
// Which run of a program an announcement comes from: 32 random bits, 8 lower-case hexadecimal digits on the wire
// (docs/protocol.md, section 5). It tells our own announcements from those of another machine with our name, and a
// restart from a repetition. Not a secret, and proof of nothing.

#ifndef CCTL_WIRE_INSTANCE_ID_H_
#define CCTL_WIRE_INSTANCE_ID_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"

namespace cctl {

enum class InstanceId : std::uint32_t {};

inline constexpr std::size_t kInstanceIdSize = 8;  // characters

// Reads exactly 8 lower-case digits, untrusted. Errors, part "instance", with the offset: kTruncated, kInvalid,
// kTooLong (value: 8).
constexpr Result<InstanceId> ParseInstanceId(std::string_view text) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < kInstanceIdSize; ++i) {
    const auto offset = static_cast<std::uint32_t>(i);
    if (i == text.size()) return Error{Errc::kTruncated, offset, 0, "instance"};
    const int digit = HexDigitValue(text[i]);
    if (digit < 0 || (text[i] >= 'A' && text[i] <= 'F')) return Error{Errc::kInvalid, offset, 0, "instance"};
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  if (text.size() > kInstanceIdSize) return Error{Errc::kTooLong, kInstanceIdSize, kInstanceIdSize, "instance"};
  return InstanceId{value};
}

constexpr InlineString<kInstanceIdSize> FormatInstanceId(InstanceId id) {
  InlineString<kInstanceIdSize> text;
  for (unsigned shift = 32; shift > 0; shift -= 4) {
    text.push_back(HexDigit(static_cast<std::uint32_t>(id) >> (shift - 4) & 15u));
  }
  return text;
}

// Errors: the source's.
inline Result<InstanceId> GenerateInstanceId(RandomSource& random) {
  std::uint8_t bytes[4];
  if (const auto filled = random.Fill(bytes); !filled) return filled.error();
  return InstanceId{LoadBigEndian32(bytes)};
}

}  // namespace cctl

#endif  // CCTL_WIRE_INSTANCE_ID_H_
