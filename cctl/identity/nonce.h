// SPDX-License-Identifier: MIT
//
// A nonce: 32 random bytes, sent and signed as their 64 lower-case hexadecimal digits, so that is what it holds
// (docs/protocol.md, section 4.1). Nothing else may be called a nonce: a listener that could choose the text would get
// any text signed, "server:..." included. Public, not a secret.

#ifndef CCTL_IDENTITY_NONCE_H_
#define CCTL_IDENTITY_NONCE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"

namespace cctl {

class Nonce {
 public:
  static constexpr std::size_t kSize = 64;  // characters

  // A new nonce. Errors: the source's.
  static Result<Nonce> Generate(RandomSource& random) {
    std::uint8_t bytes[kSize / 2];
    if (auto filled = random.Fill(bytes); !filled) return filled.error();
    char digits[kSize];
    EncodeHex(bytes, digits);
    return Nonce(std::string_view(digits, kSize));
  }

  // Reads exactly 64 lower-case digits, untrusted. Errors, part "nonce": kTruncated (offset: where the text ends),
  // kInvalid (offset: the first character that is none of 0-9 and a-f), kTooLong (offset and value: 64).
  static constexpr Result<Nonce> Parse(std::string_view text) {
    for (std::size_t i = 0; i < kSize; ++i) {
      const auto offset = static_cast<std::uint32_t>(i);
      if (i == text.size()) return Error{Errc::kTruncated, offset, 0, "nonce"};
      if (!IsLowerHex(text.substr(i, 1), 1)) return Error{Errc::kInvalid, offset, 0, "nonce"};
    }
    if (text.size() > kSize) return Error{Errc::kTooLong, kSize, kSize, "nonce"};
    return Nonce(text);
  }

  [[nodiscard]] constexpr std::string_view view() const { return digits_.view(); }

  friend constexpr bool operator==(const Nonce&, const Nonce&) = default;

 private:
  constexpr explicit Nonce(std::string_view valid) : digits_(valid) {}

  InlineString<kSize> digits_;
};

}  // namespace cctl

#endif  // CCTL_IDENTITY_NONCE_H_
