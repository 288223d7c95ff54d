// SPDX-License-Identifier: MIT
//
// The pre-shared key of two peers: 32 secret bytes, made of a pair code or straight from a random source. On disk and
// in a pair request it is 64 hexadecimal digits (docs/protocol.md, section 2).
//
//   const cctl::Psk psk = cctl::DerivePsk(code);
//   char digits[cctl::kPskHexSize];
//   cctl::FormatPskHex(psk, digits);

#ifndef CCTL_IDENTITY_PSK_H_
#define CCTL_IDENTITY_PSK_H_

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/crypto/sha256.h"
#include "cctl/identity/pair_code.h"

namespace cctl {

using Psk = Secret<32>;

inline constexpr std::size_t kPskHexSize = 2 * Psk::kSize;  // characters

// The canonical key of a code: the code's 8 bytes, then bytes 8 to 31 of their SHA-256. The code stands in it in clear
// because released peers make it so; the key is worth the code's 64 bits, no more.
inline Psk DerivePsk(const PairCode& code) {
  Digest digest = Sha256::Hash(code.bytes());
  const ScopedWipe wipe(digest);
  std::memcpy(digest.data(), code.bytes().data(), PairCode::kSize);
  return Psk(digest);
}

// Reads exactly 64 digits in either case. Errors, part "psk": as DecodeHex.
inline Result<Psk> ParsePskHex(std::string_view text) {
  Psk psk;
  if (auto decoded = DecodeHex(text, psk.mutable_bytes(), "psk"); !decoded) return decoded.error();
  return psk;
}

// Writes 64 lower-case digits. The caller wipes them.
inline void FormatPskHex(const Psk& psk, std::span<char, kPskHexSize> out) { EncodeHex(psk.bytes(), out.data()); }

}  // namespace cctl

#endif  // CCTL_IDENTITY_PSK_H_
