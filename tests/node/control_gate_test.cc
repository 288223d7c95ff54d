// SPDX-License-Identifier: MIT
//
// The gate of a control connection as docs/protocol.md, section 8, has it: what the file says, and the two ends, with
// codes that this test makes by itself.

#include "cctl/node/control_gate.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/crypto/hmac_sha256.h"

namespace cctl {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kTokenDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

GateToken Token() {
  GateToken token;
  for (std::size_t i = 0; i < GateToken::kSize; ++i) token.mutable_bytes()[i] = static_cast<std::uint8_t>(i);
  return token;
}

GateNonce NonceOf(std::uint8_t byte) {
  GateNonce nonce;
  nonce.fill(byte);
  return nonce;
}

// HMAC-SHA256 of the end's line and the two nonces, the caller's first.
Bytes Code(const GateToken& token, std::string_view line, const GateNonce& callers, const GateNonce& relays) {
  Bytes message(line.begin(), line.end());
  message.insert(message.end(), callers.begin(), callers.end());
  message.insert(message.end(), relays.begin(), relays.end());
  const Digest code = HmacSha256(token.bytes(), message);
  return {code.begin(), code.end()};
}

Bytes CallersCode(const GateToken& token, const GateNonce& callers, const GateNonce& relays) {
  return Code(token, "cctl-control-v1 caller\n", callers, relays);
}

GateState Receive(ControlGate& gate, const Bytes& bytes) {
  ByteView in(bytes);
  const GateState state = gate.Receive(in);
  EXPECT_TRUE(in.empty());
  return state;
}

TEST(GateFile, SaysPortAndToken) {
  const std::string text = FormatGateFile({.port = 50123, .token = Token()});
  EXPECT_EQ(text, "50123 " + std::string(kTokenDigits) + "\n");
  const auto read = ParseGateFile(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->port, 50123);
  EXPECT_EQ(read->token, Token());
}

TEST(GateFile, RefusesEverythingElse) {
  const std::string digits(kTokenDigits);
  for (const std::string& text :
       {std::string(), std::string("\n"), "50123" + digits + "\n", "50123 " + digits, "50123  " + digits + "\n",
        "0 " + digits + "\n", "65536 " + digits + "\n", "-1 " + digits + "\n", " 1 " + digits + "\n",
        "1x " + digits + "\n", " " + digits + "\n", "1 " + digits.substr(1) + "\n", "1 " + digits + "0\n",
        "1 g" + digits.substr(1) + "\n", "1 " + digits + "\n\n", "1 " + digits + "\n1"}) {
    EXPECT_FALSE(ParseGateFile(text)) << text;
  }
}

TEST(ControlGate, OpensForWhoeverHasTheToken) {
  ControlGate gate(Token(), NonceOf(2));
  ASSERT_EQ(Receive(gate, Bytes(32, 1)), GateState::kGreeted);
  const auto greeting = gate.greeting();
  const Bytes relays(greeting.begin(), greeting.begin() + 32);
  EXPECT_EQ(relays, Bytes(32, 2));
  EXPECT_EQ(Bytes(greeting.begin() + 32, greeting.end()),
            Code(Token(), "cctl-control-v1 relay\n", NonceOf(1), NonceOf(2)));
  EXPECT_EQ(Receive(gate, CallersCode(Token(), NonceOf(1), NonceOf(2))), GateState::kOpen);
}

TEST(ControlGate, TakesBytesOneByOneAndLeavesWhatFollows) {
  ControlGate gate(Token(), NonceOf(2));
  for (int i = 0; i < 31; ++i) ASSERT_EQ(Receive(gate, {1}), GateState::kWaiting);
  ASSERT_EQ(Receive(gate, {1}), GateState::kGreeted);
  Bytes code = CallersCode(Token(), NonceOf(1), NonceOf(2));
  const std::uint8_t last = code.back();
  code.pop_back();
  for (const std::uint8_t byte : code) ASSERT_EQ(Receive(gate, {byte}), GateState::kWaiting);
  const Bytes rest = {last, '{', '}'};
  ByteView in(rest);
  EXPECT_EQ(gate.Receive(in), GateState::kOpen);
  EXPECT_EQ(AsText(in), "{}");
}

TEST(ControlGate, RefusesEveryOtherCode) {
  const Bytes right = CallersCode(Token(), NonceOf(1), NonceOf(2));
  GateToken other = Token();
  other.mutable_bytes()[31] ^= 1;
  std::vector<Bytes> wrong = {Bytes(32, 0), CallersCode(other, NonceOf(1), NonceOf(2)),
                              CallersCode(Token(), NonceOf(1), NonceOf(3)),  // of another connection
                              Code(Token(), "cctl-control-v1 relay\n", NonceOf(1), NonceOf(2))};  // the relay's own
  for (std::size_t bit = 0; bit < 256; ++bit) {
    wrong.push_back(right);
    wrong.back()[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
  for (const Bytes& code : wrong) {
    ControlGate gate(Token(), NonceOf(2));
    ASSERT_EQ(Receive(gate, Bytes(32, 1)), GateState::kGreeted);
    EXPECT_EQ(Receive(gate, code), GateState::kRefused);
  }
}

TEST(AnswerGate, AnswersWhoeverWroteTheFileAlone) {
  ControlGate gate(Token(), NonceOf(2));
  ASSERT_EQ(Receive(gate, Bytes(32, 1)), GateState::kGreeted);
  auto greeting = gate.greeting();
  const auto answer = AnswerGate(Token(), NonceOf(1), greeting);
  ASSERT_TRUE(answer);
  EXPECT_EQ(Bytes(answer->begin(), answer->end()), CallersCode(Token(), NonceOf(1), NonceOf(2)));
  EXPECT_FALSE(AnswerGate(Token(), NonceOf(3), greeting)) << "a greeting for another call";
  GateToken other = Token();
  other.mutable_bytes()[0] ^= 0x80;
  EXPECT_FALSE(AnswerGate(other, NonceOf(1), greeting)) << "a relay that is gone";
  for (std::uint8_t& byte : greeting) {
    byte ^= 0x10;
    EXPECT_FALSE(AnswerGate(Token(), NonceOf(1), greeting));
    byte ^= 0x10;
  }
}

}  // namespace
}  // namespace cctl
