// SPDX-License-Identifier: MIT
//
// Six digits that both ends of a pair request show, so that two people can tell that they speak of the same one
// (docs/protocol.md, section 4.2): whoever swaps a request for another under the same name cannot keep the number. It
// says nothing about a key that a listener on the way has only read.

#ifndef CCTL_IDENTITY_CHECK_NUMBER_H_
#define CCTL_IDENTITY_CHECK_NUMBER_H_

#include <cstdint>

#include "cctl/base/bytes.h"
#include "cctl/base/inline_string.h"
#include "cctl/crypto/sha256.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"

namespace cctl {

using CheckNumberText = InlineString<7>;

// 0 to 999,999: the first 4 bytes, big-endian, of HMAC-SHA256(proposal, "check:" + nonce), modulo a million. `nonce`:
// the listener's challenge.
inline std::uint32_t CheckNumber(const Psk& proposal, const Nonce& nonce) {
  const Digest mac = detail::MacOfJoined(proposal, {"check", nonce.view()});
  return LoadBigEndian32(mac.data()) % 1'000'000;
}

// "481 516": three and three digits, as people read them to each other.
constexpr CheckNumberText FormatCheckNumber(std::uint32_t check) {
  CheckNumberText text;
  for (std::uint32_t divisor = 100'000; divisor > 0; divisor /= 10) {
    text.push_back(static_cast<char>('0' + check / divisor % 10));
    if (divisor == 1'000) text.push_back(' ');
  }
  return text;
}

}  // namespace cctl

#endif  // CCTL_IDENTITY_CHECK_NUMBER_H_
