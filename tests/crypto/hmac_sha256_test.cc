// SPDX-License-Identifier: MIT

#include "cctl/crypto/hmac_sha256.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "cctl/crypto/sha256.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

std::string Hex(ByteView bytes) {
  std::string text(2 * bytes.size(), '\0');
  EncodeHex(bytes, text.data());
  return text;
}

struct Vector {
  std::string key;
  std::string message;
  std::string mac;  // hexadecimal
};

// RFC 4231, sections 4.2 to 4.8, the lines HMAC-SHA-256. The fifth is truncated to 128 bits there.
std::vector<Vector> Rfc4231() {
  std::string counting;
  for (char c = 0x01; c <= 0x19; ++c) counting += c;
  return {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(20, '\x0c'), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
       "hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
}

TEST(HmacSha256, GivesTheCodesOfRfc4231) {
  for (const Vector& vector : Rfc4231()) {
    const Digest mac = HmacSha256(AsBytes(vector.key), AsBytes(vector.message));
    EXPECT_EQ(Hex(mac).substr(0, vector.mac.size()), vector.mac) << vector.message;
  }
}

TEST(HmacSha256, AKeptKeySignsAnyNumberOfMessages) {
  for (const Vector& vector : Rfc4231()) {
    const HmacSha256Key key(AsBytes(vector.key));
    EXPECT_EQ(key.Mac(AsBytes("another message")), HmacSha256(AsBytes(vector.key), AsBytes("another message")));
    EXPECT_EQ(Hex(key.Mac(AsBytes(vector.message))).substr(0, vector.mac.size()), vector.mac);
  }
}

TEST(HmacSha256, AStreamDoesNotDependOnHowTheMessageIsCut) {
  for (const Vector& vector : Rfc4231()) {
    const std::string_view message = vector.message;
    HmacSha256Stream stream{HmacSha256Key(AsBytes(vector.key))};  // and takes up again after each Finish()
    for (std::size_t cut = 0; cut <= message.size(); ++cut) {
      stream.Update(AsBytes(message.substr(0, cut)));
      stream.Update(AsBytes(message.substr(cut)));
      EXPECT_EQ(Hex(stream.Finish()).substr(0, vector.mac.size()), vector.mac) << message << " cut at " << cut;
    }
  }
}

// RFC 2104, section 2: H(K XOR opad, H(K XOR ipad, text)), at the key and message lengths around the block size.
TEST(HmacSha256, DoesWhatTheStandardSaysForAnyLength) {
  for (const std::size_t key_size : {0, 1, 31, 32, 63, 64, 65, 128}) {
    const std::string key(key_size, 'k');
    std::string block = key_size <= 64 ? key : std::string(AsText(Sha256::Hash(AsBytes(key))));
    block.resize(64, '\0');
    std::string inner_pad = block;
    for (char& c : inner_pad) c = static_cast<char>(c ^ 0x36);
    std::string outer_pad = block;
    for (char& c : outer_pad) c = static_cast<char>(c ^ 0x5c);
    for (std::size_t size = 0; size <= 200; ++size) {
      const std::string message(size, 'm');
      const Digest inner = Sha256::Hash(AsBytes(inner_pad + message));
      const Digest expected = Sha256::Hash(AsBytes(outer_pad + std::string(AsText(inner))));
      EXPECT_EQ(HmacSha256(AsBytes(key), AsBytes(message)), expected) << key_size << ", " << size;
    }
  }
}

TEST(HmacSha256, AKeyLeavesNothingBehindWhenItIsDestroyed) {
  alignas(HmacSha256Key) std::uint8_t storage[sizeof(HmacSha256Key)] = {};
  auto* const key = new (storage) HmacSha256Key(AsBytes("a secret"));
  ASSERT_NE(std::count(std::begin(storage), std::end(storage), 0), std::ssize(storage));
  key->~HmacSha256Key();
  EXPECT_EQ(std::count(std::begin(storage), std::end(storage), 0), std::ssize(storage));
}

TEST(HmacSha256, AStreamLeavesNothingBehindWhenItIsDestroyed) {
  alignas(HmacSha256Stream) std::uint8_t storage[sizeof(HmacSha256Stream)] = {};
  auto* const stream = new (storage) HmacSha256Stream(HmacSha256Key(AsBytes("key")));
  stream->Update(AsBytes("a secret"));
  ASSERT_NE(AsText(storage).find("a secret"), std::string_view::npos);
  stream->~HmacSha256Stream();
  EXPECT_EQ(std::count(std::begin(storage), std::end(storage), 0), std::ssize(storage));
}

}  // namespace
}  // namespace cctl
