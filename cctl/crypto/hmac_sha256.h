// SPDX-License-Identifier: MIT
//
// HMAC with SHA-256 (RFC 2104, FIPS 198-1). A key that signs more than one message is best kept as an HmacSha256Key:
// two of the five compressions of a short message depend on the key alone and are done once. Key material is wiped on
// destruction. Compare codes by ConstantTimeEqual(), never by ==.
//
//   const cctl::Digest code = cctl::HmacSha256(key, message);
//   const cctl::HmacSha256Key prepared(key);
//   const cctl::Digest same = prepared.Mac(message);

#ifndef CCTL_CRYPTO_HMAC_SHA256_H_
#define CCTL_CRYPTO_HMAC_SHA256_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cctl/base/bytes.h"
#include "cctl/base/secret.h"
#include "cctl/crypto/sha256.h"

namespace cctl {

class HmacSha256Key {
 public:
  // A key of any length; one over 64 bytes is replaced by its digest, as RFC 2104 has it.
  explicit HmacSha256Key(ByteView key) {
    alignas(16) std::uint8_t inner_pad[detail::kSha256BlockSize] = {};
    alignas(16) std::uint8_t outer_pad[detail::kSha256BlockSize];
    if (key.size() > sizeof inner_pad) {
      Digest digest = Sha256::Hash(key);
      std::memcpy(inner_pad, digest.data(), digest.size());
      Wipe(digest.data(), digest.size());
    } else if (!key.empty()) {
      std::memcpy(inner_pad, key.data(), key.size());
    }
    for (std::size_t i = 0; i < sizeof outer_pad; ++i) outer_pad[i] = inner_pad[i] ^ 0x5c;
    for (std::uint8_t& byte : inner_pad) byte ^= 0x36;
    std::memcpy(inner_, detail::kSha256InitialState, sizeof inner_);
    std::memcpy(outer_, detail::kSha256InitialState, sizeof outer_);
    detail::Sha256Compress(inner_, inner_pad, 1);
    detail::Sha256Compress(outer_, outer_pad, 1);
    Wipe(inner_pad, sizeof inner_pad);
    Wipe(outer_pad, sizeof outer_pad);
  }
  HmacSha256Key(const HmacSha256Key&) = default;
  HmacSha256Key& operator=(const HmacSha256Key&) = default;
  ~HmacSha256Key() { Wipe(this, sizeof *this); }

  // The authentication code of a message that is at hand as a whole.
  [[nodiscard]] Digest Mac(ByteView message) const {
    std::uint32_t state[8];
    std::memcpy(state, inner_, sizeof state);
    const Digest inner =
        detail::Sha256End<detail::Sha256Compress>(state, message, detail::kSha256BlockSize + message.size());
    Wipe(state, sizeof state);
    return MacOfInner(inner);
  }

 private:
  friend class HmacSha256Stream;

  [[nodiscard]] Digest MacOfInner(const Digest& inner) const {
    std::uint32_t state[8];
    std::memcpy(state, outer_, sizeof state);
    const Digest mac = detail::Sha256End<detail::Sha256Compress>(state, inner, detail::kSha256BlockSize + inner.size());
    Wipe(state, sizeof state);
    return mac;
  }

  std::uint32_t inner_[8];  // the state after the block of key XOR ipad
  std::uint32_t outer_[8];  // and of key XOR opad
};

inline Digest HmacSha256(ByteView key, ByteView message) { return HmacSha256Key(key).Mac(message); }

// For a message that comes in parts.
class HmacSha256Stream {
 public:
  explicit HmacSha256Stream(const HmacSha256Key& key) : key_(key), inner_(key.inner_, detail::kSha256BlockSize) {}

  void Update(ByteView part) { inner_.Update(part); }

  // The authentication code of everything since construction or the last Finish(). Then begins a new message.
  Digest Finish() {
    const Digest mac = key_.MacOfInner(inner_.Finish());
    inner_ = Sha256(key_.inner_, detail::kSha256BlockSize);
    return mac;
  }

 private:
  HmacSha256Key key_;
  Sha256 inner_;
};

}  // namespace cctl

#endif  // CCTL_CRYPTO_HMAC_SHA256_H_
