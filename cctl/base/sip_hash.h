// SPDX-License-Identifier: MIT
//
// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed hash for tables whose keys
// come from strangers. Who does not know the key cannot choose names that fall into one place. Not a message
// authentication for the wire: 64 bits are few.
//
//   const cctl::SipKey key = {random, random};
//   std::uint64_t place = cctl::SipHash(key, bytes);

#ifndef CCTL_BASE_SIP_HASH_H_
#define CCTL_BASE_SIP_HASH_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "cctl/base/bytes.h"

namespace cctl {

struct SipKey {
  std::uint64_t low = 0;  // the first 8 bytes of the key, little-endian
  std::uint64_t high = 0;
};

namespace detail {

struct SipState {
  std::uint64_t a, b, c, d;

  constexpr void Round() {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    c += b;
    a += d;
    b = std::rotl(b, 17) ^ c;
    d = std::rotl(d, 21) ^ a;
    c = std::rotl(c, 32);
  }

  constexpr void Absorb(std::uint64_t word) {
    d ^= word;
    Round();
    Round();
    a ^= word;
  }
};

}  // namespace detail

constexpr std::uint64_t SipHash(const SipKey& key, ByteView bytes) {
  detail::SipState state{key.low ^ 0x736f6d6570736575u, key.high ^ 0x646f72616e646f6du, key.low ^ 0x6c7967656e657261u,
                         key.high ^ 0x7465646279746573u};
  const auto word_at = [&bytes](std::size_t at, std::size_t size) {
    std::uint64_t word = 0;
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little && size == 8) {
      std::memcpy(&word, bytes.data() + at, 8);
      return word;
    }
    for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{bytes[at + i]} << (8 * i);
    return word;
  };
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) state.Absorb(word_at(at, 8));
  state.Absorb(word_at(at, bytes.size() - at) | std::uint64_t{bytes.size() & 0xff} << 56);
  state.c ^= 0xff;
  for (int i = 0; i < 4; ++i) state.Round();
  return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace cctl

#endif  // CCTL_BASE_SIP_HASH_H_
