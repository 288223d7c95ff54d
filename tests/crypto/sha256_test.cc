// SPDX-License-Identifier: MIT

#include "cctl/crypto/sha256.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "gtest/gtest.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

std::string Hex(ByteView bytes) {
  std::string text(2 * bytes.size(), '\0');
  EncodeHex(bytes, text.data());
  return text;
}

std::vector<std::uint8_t> Unhex(std::string_view digits) {
  std::vector<std::uint8_t> bytes(digits.size() / 2);
  EXPECT_TRUE(DecodeHex(digits, bytes, "vector"));
  return bytes;
}

Digest HashPortable(ByteView message) { return detail::Sha256HashBy<detail::Sha256CompressPortable>(message); }

struct Vector {
  const char* message;  // hexadecimal
  const char* digest;
};

// NIST Cryptographic Algorithm Validation Program, SHA test vectors for bit-oriented and byte-oriented messages
// (shabytetestvectors.zip), SHA256ShortMsg.rsp: Len = 0, 8, 16, 24, 32 and 512.
constexpr Vector kCavpShort[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
    {"11af", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"},
    {"b4190e", "dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2"},
    {"74ba2521", "b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e"},
    {"5a86b737eaea8ee976a0a24da63e7ed7eefad18a101c1211e2b3650c5187c2a8"
     "a650547208251f6d4237e661c7bf4c77f335390394c37fa1a9f9be836ac28509",
     "42e61e174fbb3897d6dd6cef3dd2802fe67b331953b06114a65c772859dfc1aa"},
};

TEST(Sha256, GivesTheDigestsOfNistsShortMessages) {
  for (const Vector& vector : kCavpShort) {
    const std::vector<std::uint8_t> message = Unhex(vector.message);
    EXPECT_EQ(Hex(Sha256::Hash(message)), vector.digest);
    EXPECT_EQ(Hex(HashPortable(message)), vector.digest);
  }
}

// FIPS 180-2, appendix B.1 and B.2.
TEST(Sha256, GivesTheDigestsOfTheStandardsExamples) {
  EXPECT_EQ(Hex(Sha256::Hash(AsBytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256::Hash(AsBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// FIPS 180-2, appendix B.3.
TEST(Sha256, GivesTheDigestOfAMillionLettersA) {
  constexpr const char* kDigest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  const std::string message(1'000'000, 'a');
  EXPECT_EQ(Hex(Sha256::Hash(AsBytes(message))), kDigest);
  EXPECT_EQ(Hex(HashPortable(AsBytes(message))), kDigest);

  Sha256 hash;
  for (std::string_view rest = message; !rest.empty(); rest.remove_prefix(std::min<std::size_t>(rest.size(), 997))) {
    hash.Update(AsBytes(rest.substr(0, 997)));  // a prime: every position in a block is met
  }
  EXPECT_EQ(Hex(hash.Finish()), kDigest);
}

// FIPS 180-4, sections 4.2.2 and 5.3.3: the first 32 bits of the fractional parts of the cube roots of the first 64
// primes and of the square roots of the first 8.
TEST(Sha256, ConstantsAreFractionsOfRootsOfPrimes) {
  const auto fraction = [](long double root) {
    return static_cast<std::uint32_t>(std::ldexp(root - std::floor(root), 32));
  };
  std::size_t index = 0;
  for (unsigned n = 2; index < 64; ++n) {
    bool prime = true;
    for (unsigned divisor = 2; divisor * divisor <= n; ++divisor) prime = prime && n % divisor != 0;
    if (!prime) continue;
    EXPECT_EQ(detail::kSha256RoundConstants[index], fraction(std::cbrt(static_cast<long double>(n)))) << n;
    if (index < 8) {
      EXPECT_EQ(detail::kSha256InitialState[index], fraction(std::sqrt(static_cast<long double>(n)))) << n;
    }
    ++index;
  }
}

TEST(Sha256, DoesNotDependOnHowTheMessageIsCut) {
  testing::SeededRandom random(256);
  std::vector<std::uint8_t> message(200);
  ASSERT_TRUE(random.Fill(message));
  for (std::size_t size = 0; size <= message.size(); ++size) {
    const ByteView whole = ByteView(message).first(size);
    const Digest expected = HashPortable(whole);
    EXPECT_EQ(Sha256::Hash(whole), expected) << size;
    for (std::size_t cut = 0; cut <= size; ++cut) {
      Sha256 hash;
      hash.Update(whole.first(cut));
      hash.Update(whole.subspan(cut));
      EXPECT_EQ(hash.Finish(), expected) << size << " bytes cut at " << cut;
    }
  }
}

TEST(Sha256, TakesAMessageByteByByte) {
  const std::string message(130, 'x');
  Sha256 hash;
  for (const char& c : message) hash.Update(AsBytes({&c, 1}));
  EXPECT_EQ(hash.Finish(), Sha256::Hash(AsBytes(message)));
}

TEST(Sha256, BeginsANewMessageAfterFinish) {
  Sha256 hash;
  hash.Update(AsBytes("something else"));
  EXPECT_EQ(hash.Finish(), Sha256::Hash(AsBytes("something else")));
  hash.Update(AsBytes("abc"));
  EXPECT_EQ(hash.Finish(), Sha256::Hash(AsBytes("abc")));
}

TEST(Sha256, ACopyContinuesByItself) {
  Sha256 hash;
  hash.Update(AsBytes("a"));
  Sha256 copy = hash;
  copy.Update(AsBytes("bc"));
  hash.Update(AsBytes("xyz"));
  EXPECT_EQ(copy.Finish(), Sha256::Hash(AsBytes("abc")));
  EXPECT_EQ(hash.Finish(), Sha256::Hash(AsBytes("axyz")));
}

TEST(Sha256, LeavesNothingBehindWhenItIsDestroyed) {
  alignas(Sha256) std::uint8_t storage[sizeof(Sha256)] = {};
  auto* const hash = new (storage) Sha256();
  hash->Update(AsBytes("a secret"));
  ASSERT_NE(AsText(storage).find("a secret"), std::string_view::npos);
  hash->~Sha256();
  EXPECT_EQ(std::count(std::begin(storage), std::end(storage), 0), std::ssize(storage));
}

TEST(Sha256, KeepsNothingOfAFinishedMessage) {
  alignas(Sha256) std::uint8_t storage[sizeof(Sha256)] = {};
  auto* const hash = new (storage) Sha256();
  hash->Update(AsBytes("a secret"));
  (void)hash->Finish();
  EXPECT_EQ(AsText(storage).find("secret"), std::string_view::npos);
  // Neither where the block that held it was filled up by what came later.
  hash->Update(AsBytes(std::string(40, '.') + "a secret"));
  hash->Update(AsBytes(std::string(40, '.')));
  (void)hash->Finish();
  EXPECT_EQ(AsText(storage).find("secret"), std::string_view::npos);
  hash->~Sha256();
}

}  // namespace
}  // namespace cctl
