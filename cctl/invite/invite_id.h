// SPDX-License-Identifier: MIT
//
// The name of one invite in lists, in `revoke` and in the state folder: 8 lower-case hexadecimal digits. Not a secret;
// random only so that two machines' lists are not mixed up.

#ifndef CCTL_INVITE_INVITE_ID_H_
#define CCTL_INVITE_INVITE_ID_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"

namespace cctl {

class InviteId {
 public:
  static constexpr std::size_t kSize = 8;  // characters

  // Reads exactly one id, untrusted. Errors, part "invite id", with the offset: kTruncated, kInvalid (an upper-case
  // digit too: the id is a file name), kTooLong (value: kSize).
  static constexpr Result<InviteId> Parse(std::string_view text) {
    for (std::size_t i = 0; i < kSize; ++i) {
      const auto offset = static_cast<std::uint32_t>(i);
      if (i == text.size()) return Error{Errc::kTruncated, offset, 0, "invite id"};
      if (!IsLowerHex(text.substr(i, 1), 1)) return Error{Errc::kInvalid, offset, 0, "invite id"};
    }
    if (text.size() > kSize) return Error{Errc::kTooLong, kSize, kSize, "invite id"};
    return InviteId(text);
  }

  // A new id; whether it is taken is for the caller to see. Errors: the source's.
  static Result<InviteId> Generate(RandomSource& random) {
    std::uint8_t bytes[kSize / 2];
    if (const auto filled = random.Fill(bytes); !filled) return filled.error();
    char digits[kSize];
    EncodeHex(bytes, digits);
    return InviteId(std::string_view(digits, kSize));
  }

  [[nodiscard]] constexpr std::string_view view() const { return text_.view(); }

  friend constexpr bool operator==(const InviteId&, const InviteId&) = default;

 private:
  constexpr explicit InviteId(std::string_view valid) : text_(valid) {}

  InlineString<kSize> text_;
};

}  // namespace cctl

#endif  // CCTL_INVITE_INVITE_ID_H_
