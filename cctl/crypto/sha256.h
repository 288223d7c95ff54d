// SPDX-License-Identifier: MIT
//
// SHA-256 (FIPS 180-4). Uses the processor's SHA instructions where it has them. What passes through is treated as
// secret: buffers are wiped, and no input decides a branch or an address. One object belongs to one thread.
//
//   const cctl::Digest whole = cctl::Sha256::Hash(message);
//   cctl::Sha256 hash;
//   hash.Update(first_part);
//   hash.Update(second_part);
//   const cctl::Digest same = hash.Finish();

#ifndef CCTL_CRYPTO_SHA256_H_
#define CCTL_CRYPTO_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cctl/base/bytes.h"
#include "cctl/base/secret.h"
#include "cctl/base/x86_features.h"
#include "cctl/crypto/sha256_compress_portable.h"
#include "cctl/crypto/sha256_compress_x86.h"

namespace cctl {

using Digest = std::array<std::uint8_t, 32>;

namespace detail {

// Absorbs `count` blocks of 64 bytes into the eight words of `state`.
using Sha256CompressFunction = void(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);

// By the fastest way that this processor has. Other ways are named only by tests and benchmarks.
inline void Sha256Compress(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  if (HasShaInstructions()) return Sha256CompressX86(state, blocks, count);
  Sha256CompressPortable(state, blocks, count);
}

// FIPS 180-4, section 5.3.3.
inline constexpr std::uint32_t kSha256InitialState[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// Section 5.1.1: a one bit, then zeros. Copied, because a lone byte written into a block that is read by sixteens at
// once stalls the processor.
inline constexpr std::uint8_t kSha256Padding[2 * kSha256BlockSize] = {0x80};

// Absorbs the rest of a message of `total` bytes, of which all but `rest` are in the state; pads it and returns the
// digest. What `state` holds then is of no further use.
template <Sha256CompressFunction* kCompress>
[[gnu::always_inline]] inline Digest Sha256End(std::uint32_t* state, ByteView rest, std::uint64_t total) {
  alignas(64) std::uint8_t padded[2 * kSha256BlockSize];
  constexpr std::size_t kLeastPadding = 1 + sizeof(std::uint64_t);
  if (rest.size() > sizeof padded - kLeastPadding) {
    const std::size_t blocks = rest.size() / kSha256BlockSize;
    kCompress(state, rest.data(), blocks);
    rest = rest.subspan(blocks * kSha256BlockSize);
  }
  const std::size_t blocks = rest.size() + kLeastPadding > kSha256BlockSize ? 2 : 1;
  const std::size_t size = blocks * kSha256BlockSize;
  if (!rest.empty()) std::memcpy(padded, rest.data(), rest.size());
  std::memcpy(padded + rest.size(), kSha256Padding, size - rest.size());
  StoreBigEndian64(total * 8, padded + size - sizeof(std::uint64_t));
  kCompress(state, padded, blocks);
  Wipe(padded, size);

  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) StoreBigEndian32(state[i], digest.data() + 4 * i);
  return digest;
}

template <Sha256CompressFunction* kCompress>
Digest Sha256HashBy(ByteView message) {
  std::uint32_t state[8];
  std::memcpy(state, kSha256InitialState, sizeof state);
  const Digest digest = Sha256End<kCompress>(state, message, message.size());
  Wipe(state, sizeof state);
  return digest;
}

}  // namespace detail

class Sha256 {
 public:
  // The digest of one message that is at hand as a whole.
  static Digest Hash(ByteView message) { return detail::Sha256HashBy<detail::Sha256Compress>(message); }

  Sha256() : Sha256(detail::kSha256InitialState, 0) {}
  Sha256(const Sha256&) = default;
  Sha256& operator=(const Sha256&) = default;
  ~Sha256() { Wipe(this, sizeof *this); }

  // Appends to the message; up to 2^61 - 1 bytes in all.
  void Update(ByteView part) {
    if (part.empty()) return;
    const std::size_t held = total_ % detail::kSha256BlockSize;
    total_ += part.size();
    if (held > 0) {
      const std::size_t room = detail::kSha256BlockSize - held;
      if (part.size() < room) {
        std::memcpy(buffer_ + held, part.data(), part.size());
        return;
      }
      std::memcpy(buffer_ + held, part.data(), room);
      detail::Sha256Compress(state_, buffer_, 1);
      Wipe(buffer_, sizeof buffer_);
      part = part.subspan(room);
    }
    const std::size_t blocks = part.size() / detail::kSha256BlockSize;
    if (blocks > 0) detail::Sha256Compress(state_, part.data(), blocks);
    const ByteView rest = part.subspan(blocks * detail::kSha256BlockSize);
    if (!rest.empty()) std::memcpy(buffer_, rest.data(), rest.size());
  }

  // The digest of everything since construction or the last Finish(). Then begins a new message.
  Digest Finish() {
    const ByteView rest(buffer_, total_ % detail::kSha256BlockSize);
    const Digest digest = detail::Sha256End<detail::Sha256Compress>(state_, rest, total_);
    std::memcpy(state_, detail::kSha256InitialState, sizeof state_);
    total_ = 0;
    Wipe(buffer_, rest.size());
    return digest;
  }

 private:
  friend class HmacSha256Stream;

  // Continues after `total` bytes, whole blocks, that left this state.
  Sha256(const std::uint32_t (&state)[8], std::uint64_t total) : total_(total) {
    std::memcpy(state_, state, sizeof state_);
  }

  std::uint32_t state_[8];
  std::uint64_t total_;  // bytes so far
  std::uint8_t
      buffer_[detail::kSha256BlockSize];  // its first total_ % 64: the block begun; nothing of the message behind
};

}  // namespace cctl

#endif  // CCTL_CRYPTO_SHA256_H_
