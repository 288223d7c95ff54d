// SPDX-License-Identifier: MIT
//
// What two peers send to prove that they hold the same key, and the key that they make of it when they pair: all of
// them HMAC-SHA256 over a text that names its purpose (docs/protocol.md, section 4.1). Only the connector's is over a
// bare nonce, because released peers speak it so; a Nonce is 64 hexadecimal digits and can spell none of the other
// texts. Compare proofs by ConstantTimeEqual(), never by ==.
//
//   const cctl::Proof expected = cctl::ConnectorProof(psk, challenge);
//   const cctl::Result<cctl::Proof> given = cctl::ParseProof(text);
//   const bool proved = given && cctl::ConstantTimeEqual(expected, *given);

#ifndef CCTL_IDENTITY_PROOF_H_
#define CCTL_IDENTITY_PROOF_H_

#include <initializer_list>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/crypto/hmac_sha256.h"
#include "cctl/crypto/sha256.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/psk.h"

namespace cctl {

using Proof = Digest;

namespace detail {

// The authentication code of the parts with a colon between each two.
inline Digest MacOfJoined(const Psk& psk, std::initializer_list<std::string_view> parts) {
  HmacSha256Stream mac{HmacSha256Key(psk.bytes())};
  bool first = true;
  for (const std::string_view part : parts) {
    if (!first) mac.Update(AsBytes(":"));
    first = false;
    mac.Update(AsBytes(part));
  }
  return mac.Finish();
}

}  // namespace detail

// The connector's answer to the listener's challenge.
inline Proof ConnectorProof(const Psk& psk, const Nonce& challenge) {
  return HmacSha256(psk.bytes(), AsBytes(challenge.view()));
}

// The listener's answer to the connector's `client_nonce`. It names both ends: one cannot be passed off as another's.
inline Proof ListenerProof(const Psk& psk, const Identity& listener, const Identity& connector,
                           const Nonce& client_nonce, const Nonce& nonce) {
  return detail::MacOfJoined(psk, {"server", listener.view(), connector.view(), client_nonce.view(), nonce.view()});
}

// The key that both store in place of the link's, which may live on in a chat history.
inline Psk RotatePsk(const Psk& psk, const Nonce& client_nonce, const Nonce& nonce, const Identity& joiner,
                     const Identity& listener) {
  Digest key = detail::MacOfJoined(psk, {"pair", client_nonce.view(), nonce.view(), joiner.view(), listener.view()});
  const ScopedWipe wipe(key);
  return Psk(key);
}

// Proof that the joiner has stored the rotated key.
inline Proof ConfirmProof(const Psk& rotated, const Nonce& client_nonce, const Nonce& nonce) {
  return detail::MacOfJoined(rotated, {"confirm", client_nonce.view(), nonce.view()});
}

// Reads exactly 64 digits in either case, untrusted. Errors, part "proof": as DecodeHex.
inline Result<Proof> ParseProof(std::string_view text) {
  Proof proof{};
  if (auto decoded = DecodeHex(text, proof, "proof"); !decoded) return decoded.error();
  return proof;
}

}  // namespace cctl

#endif  // CCTL_IDENTITY_PROOF_H_
