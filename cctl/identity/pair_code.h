// SPDX-License-Identifier: MIT
//
// A pair code: 8 random bytes that two people pass on, by voice or in an invite link, and that both sides make the same
// key of (cctl/identity/psk.h). Written `xxxx-xxxx-xxxx-xxxx` in lower-case hexadecimal, 16 digits without the dashes
// in a link (docs/protocol.md, section 2). A secret: wiped on destruction, compared in constant time.
//
//   cctl::Result<cctl::PairCode> code = cctl::PairCode::Parse("A3F2-9b1c-d4e5-f678");
//   char plain[16];
//   if (code) code->FormatPlain(plain);  // "a3f29b1cd4e5f678"

#ifndef CCTL_IDENTITY_PAIR_CODE_H_
#define CCTL_IDENTITY_PAIR_CODE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/base/text_cursor.h"

namespace cctl {

class PairCode {
 public:
  static constexpr std::size_t kSize = 8;            // bytes
  static constexpr std::size_t kFormattedSize = 19;  // characters, with dashes
  static constexpr std::size_t kPlainSize = 16;      // characters, without

  explicit PairCode(std::span<const std::uint8_t, kSize> bytes) : bytes_(bytes) {}
  explicit PairCode(const Secret<kSize>& bytes) : bytes_(bytes) {}

  // A new code. Errors: the source's.
  static Result<PairCode> Generate(RandomSource& random) {
    Secret<kSize> bytes;
    if (auto filled = random.Fill(bytes.mutable_bytes()); !filled) return filled.error();
    return PairCode(bytes);
  }

  // Reads exactly 16 hexadecimal digits in either case; after the 4th, 8th and 12th a dash may stand. Errors, part
  // "code", with the offset: kTruncated (the text ends there), kInvalid (no digit there), kTrailing (something
  // follows).
  static Result<PairCode> Parse(std::string_view text) {
    Secret<kSize> bytes;
    TextCursor in(text);
    for (std::size_t i = 0; i < kSize; ++i) {
      if (i > 0 && i % 2 == 0) in.Consume("-");
      std::uint8_t& byte = bytes.mutable_bytes()[i];
      for (int half = 0; half < 2; ++half) {
        if (in.AtEnd()) return Error{Errc::kTruncated, in.position(), 0, "code"};
        const int digit = HexDigitValue(in.Peek());
        if (digit < 0) return Error{Errc::kInvalid, in.position(), 0, "code"};
        byte = static_cast<std::uint8_t>(byte << 4 | digit);
        in.Take(1);
      }
    }
    if (!in.AtEnd()) return Error{Errc::kTrailing, in.position(), 0, "code"};
    return PairCode(bytes);
  }

  // Writes `xxxx-xxxx-xxxx-xxxx`. The caller wipes it.
  void Format(std::span<char, kFormattedSize> out) const {
    for (std::size_t group = 0; group < 4; ++group) {
      EncodeHex(bytes().subspan(2 * group, 2), out.data() + 5 * group);
      if (group < 3) out[5 * group + 4] = '-';
    }
  }

  // Writes the 16 digits alone. The caller wipes them.
  void FormatPlain(std::span<char, kPlainSize> out) const { EncodeHex(bytes(), out.data()); }

  [[nodiscard]] ByteView bytes() const { return bytes_.bytes(); }

  friend bool operator==(const PairCode&, const PairCode&) = default;

 private:
  Secret<kSize> bytes_;
};

}  // namespace cctl

#endif  // CCTL_IDENTITY_PAIR_CODE_H_
