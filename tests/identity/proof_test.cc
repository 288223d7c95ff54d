// SPDX-License-Identifier: MIT

#include "cctl/identity/proof.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/crypto/hmac_sha256.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/psk.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

// A join recorded from the released claudectl 0.64.0: tests/testdata/pairing.json, "recorded_join".
constexpr std::string_view kPsk = "e6e285ae9cb36d94d38f9cd6c51083f7f6be45867ff4c120641ac54f3ec82d4a";
constexpr std::string_view kNonce = "5610a8506b7cbad460c722fe0880e0a69db7d45f9d39aab4dd5ce15760767489";
constexpr std::string_view kConnectorProof = "e3cbf03394d2e1417ecda69ea2b1fba0988e79bc33fb8eae81ebff923501694b";

// The released program sends none.
constexpr std::string_view kClientNonce = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

std::string Hex(ByteView bytes) {
  std::string text(2 * bytes.size(), '\0');
  EncodeHex(bytes, text.data());
  return text;
}

class ProofTest : public ::testing::Test {
 protected:
  const Psk psk_ = ParsePskHex(kPsk).value();
  const Nonce nonce_ = Nonce::Parse(kNonce).value();
  const Nonce client_nonce_ = Nonce::Parse(kClientNonce).value();
  const Identity alpha_ = Identity::Parse("alpha-cda2c8d3").value();
  const Identity beta_ = Identity::Parse("beta-18c17d7e").value();
};

TEST_F(ProofTest, TheConnectorsIsTheOneOfTheRecordedJoin) {
  EXPECT_EQ(Hex(ConnectorProof(psk_, nonce_)), kConnectorProof);
}

// The texts are those of docs/protocol.md, section 4.1; the values were computed by Python 3.11's hmac module.
TEST_F(ProofTest, TheOthersAreOverTheDocumentedTexts) {
  EXPECT_EQ(Hex(ListenerProof(psk_, alpha_, beta_, client_nonce_, nonce_)),
            "2f234b1065db59e18b2f3ceabf5156acb3ea02897f7c87bb7ac015e4f1886b3d");
  const Psk rotated = RotatePsk(psk_, client_nonce_, nonce_, beta_, alpha_);
  EXPECT_EQ(Hex(rotated.bytes()), "3ede3bf3222d888598f7c1726dc867ebab8592762c20383d601bedd4ddfe3a30");
  EXPECT_EQ(Hex(ConfirmProof(rotated, client_nonce_, nonce_)),
            "100ee59be8a62204e575c020ccbc56c84b8a11e8f5f438e9bc0aa19c88e85f88");
}

TEST_F(ProofTest, EveryInputMattersAndSoDoesItsPlace) {
  const Psk other_psk = ParsePskHex(kClientNonce).value();
  const std::string proofs[] = {
      Hex(ConnectorProof(psk_, nonce_)),
      Hex(ConnectorProof(psk_, client_nonce_)),
      Hex(ConnectorProof(other_psk, nonce_)),
      Hex(ListenerProof(psk_, alpha_, beta_, client_nonce_, nonce_)),
      Hex(ListenerProof(psk_, beta_, alpha_, client_nonce_, nonce_)),
      Hex(ListenerProof(psk_, alpha_, beta_, nonce_, client_nonce_)),
      Hex(ListenerProof(psk_, alpha_, alpha_, client_nonce_, nonce_)),
      Hex(ListenerProof(other_psk, alpha_, beta_, client_nonce_, nonce_)),
      Hex(RotatePsk(psk_, client_nonce_, nonce_, beta_, alpha_).bytes()),
      Hex(RotatePsk(psk_, client_nonce_, nonce_, alpha_, beta_).bytes()),
      Hex(RotatePsk(psk_, nonce_, client_nonce_, beta_, alpha_).bytes()),
      Hex(RotatePsk(other_psk, client_nonce_, nonce_, beta_, alpha_).bytes()),
      Hex(ConfirmProof(psk_, client_nonce_, nonce_)),
      Hex(ConfirmProof(psk_, nonce_, client_nonce_)),
      Hex(ConfirmProof(other_psk, client_nonce_, nonce_)),
  };
  EXPECT_EQ(std::set<std::string>(std::begin(proofs), std::end(proofs)).size(), std::size(proofs));
}

TEST_F(ProofTest, TheLongestNamesAreSignedWhole) {
  const std::string long_name(kMaxIdentitySize, 'x');
  const Identity long_identity = Identity::Parse(long_name).value();
  const std::string text =
      "server:" + long_name + ":" + long_name + ":" + std::string(kClientNonce) + ":" + std::string(kNonce);
  EXPECT_EQ(ListenerProof(psk_, long_identity, long_identity, client_nonce_, nonce_),
            HmacSha256(psk_.bytes(), AsBytes(text)));
}

TEST_F(ProofTest, IsReadInEitherCase) {
  const Proof proof = ConnectorProof(psk_, nonce_);
  std::string upper(kConnectorProof);
  for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  EXPECT_TRUE(ConstantTimeEqual(ParseProof(kConnectorProof).value(), proof));
  EXPECT_TRUE(ConstantTimeEqual(ParseProof(upper).value(), proof));
}

TEST_F(ProofTest, RejectsEveryProperPrefix) {
  for (std::size_t size = 0; size < kConnectorProof.size(); ++size) {
    const Result<Proof> proof = ParseProof(kConnectorProof.substr(0, size));
    ASSERT_FALSE(proof) << size;
    EXPECT_EQ(proof.error(), (Error{Errc::kTruncated, static_cast<std::uint32_t>(size), 0, "proof"}));
  }
}

TEST_F(ProofTest, RejectsWithTheExactOffset) {
  const std::string good(kConnectorProof);
  const struct {
    std::string text;
    Error error;
  } kRejects[] = {
      {"x" + good.substr(1), {Errc::kInvalid, 0, 0, "proof"}},
      {good.substr(0, 40) + "-" + good.substr(41), {Errc::kInvalid, 40, 0, "proof"}},
      {good + "0", {Errc::kTooLong, 64, 64, "proof"}},
  };
  for (const auto& reject : kRejects) {
    const Result<Proof> proof = ParseProof(reject.text);
    ASSERT_FALSE(proof) << reject.text;
    EXPECT_EQ(proof.error(), reject.error) << reject.text;
  }
}

TEST_F(ProofTest, DiffersIfASingleBitDoes) {
  const Proof proof = ConnectorProof(psk_, nonce_);
  const Proof same = ConnectorProof(psk_, nonce_);
  EXPECT_TRUE(ConstantTimeEqual(proof, same));
  for (std::size_t bit = 0; bit < 8 * proof.size(); ++bit) {
    Proof wrong = proof;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ 1u << bit % 8);
    EXPECT_FALSE(ConstantTimeEqual(proof, wrong)) << bit;
    EXPECT_FALSE(Psk(proof) == Psk(wrong)) << bit;
  }
}

TEST_F(ProofTest, DifferencesInTwoPlacesDoNotCancelOut) {
  const Proof proof = ConnectorProof(psk_, nonce_);
  Proof wrong = proof;
  wrong[0] ^= 0x80;
  wrong[31] ^= 0x80;
  EXPECT_FALSE(ConstantTimeEqual(proof, wrong));
}

TEST_F(ProofTest, APartOfOneIsNotEqualToIt) {
  const Proof proof = ConnectorProof(psk_, nonce_);
  EXPECT_FALSE(ConstantTimeEqual(proof, ByteView(proof).first(31)));
  EXPECT_FALSE(ConstantTimeEqual(ByteView(proof).first(0), proof));
}

}  // namespace
}  // namespace cctl
