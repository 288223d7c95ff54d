// SPDX-License-Identifier: MIT
//
// The handshake's lines put together by hand, as a stranger does, without newlines: tests say what stands on the wire,
// right or wrong, and do not ask the writers that they test.

#ifndef CCTL_TESTS_SUPPORT_HANDSHAKE_TEXT_H_
#define CCTL_TESTS_SUPPORT_HANDSHAKE_TEXT_H_

#include <string>
#include <string_view>

#include "cctl/base/hex.h"
#include "cctl/identity/proof.h"

namespace cctl::testing {

inline std::string Quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

inline std::string Hex(const Proof& proof) {
  std::string digits(2 * proof.size(), '\0');
  EncodeHex(proof, digits.data());
  return digits;
}

// `payload`: the JSON text of it.
inline std::string Envelope(std::string_view type, std::string_view from, std::string_view payload) {
  return R"({"id":"m1","msg_type":)" + Quoted(type) + R"(,"from_peer":)" + Quoted(from) +
         R"(,"timestamp":1795422026237,"payload":)" + std::string(payload) + "}";
}

inline std::string ChallengeText(std::string_view from, std::string_view nonce) {
  return Envelope("challenge", from, R"({"nonce":)" + Quoted(nonce) + "}");
}

// `more`: further members with a comma before each, such as `,"rekey":true`.
inline std::string HandshakeText(std::string_view from, std::string_view proof, std::string_view more = "") {
  return Envelope("handshake", from, R"({"proof":)" + Quoted(proof) + R"(,"version":"1.0")" + std::string(more) + "}");
}

inline std::string AckText(std::string_view from, std::string_view status, std::string_view more = "") {
  return Envelope("handshake_ack", from, R"({"status":)" + Quoted(status) + std::string(more) + "}");
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_HANDSHAKE_TEXT_H_
