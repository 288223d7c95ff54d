// SPDX-License-Identifier: MIT
//
// Bytes that must not outlive their use: wiped when their owner is destroyed or overwritten, compared in constant time,
// without a way to print them by accident. Not a defence against someone who can read this process's memory.

#ifndef CCTL_BASE_SECRET_H_
#define CCTL_BASE_SECRET_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "cctl/base/bytes.h"

namespace cctl {

// Overwrites memory with zeros in a way that a compiler may not leave out.
inline void Wipe(void* data, std::size_t size) {
  if (size == 0) return;
  std::memset(data, 0, size);
#if defined(__GNUC__) || defined(__clang__)
  __asm__ __volatile__("" : : "r"(data) : "memory");
#else
  for (volatile unsigned char* p = static_cast<unsigned char*>(data); size-- > 0;) *p++ = 0;
#endif
}

// Whether two byte strings of one length are equal, in a time that depends on the length only. Different lengths are
// unequal at once: lengths are not secret.
inline bool ConstantTimeEqual(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

// N secret bytes. Copies are allowed (a key goes to a peer's state and into a message authentication) and each of them
// wipes itself.
template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t kSize = N;

  Secret() = default;
  explicit Secret(std::span<const std::uint8_t, N> bytes) { std::memcpy(bytes_, bytes.data(), N); }
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { Wipe(bytes_, N); }

  [[nodiscard]] ByteView bytes() const { return {bytes_, N}; }
  [[nodiscard]] ByteSpan mutable_bytes() { return {bytes_, N}; }

  friend bool operator==(const Secret& a, const Secret& b) { return ConstantTimeEqual(a.bytes(), b.bytes()); }

 private:
  std::uint8_t bytes_[N] = {};
};

// Wipes a buffer (anything with data() and size()) at the end of a scope. For a string, that is what it holds then: a
// string that has grown may have left an older copy behind, so reserve first.
template <typename Buffer>
class ScopedWipe {
 public:
  explicit ScopedWipe(Buffer& buffer) : buffer_(buffer) {}
  ScopedWipe(const ScopedWipe&) = delete;
  ScopedWipe& operator=(const ScopedWipe&) = delete;
  ~ScopedWipe() { Wipe(buffer_.data(), buffer_.size() * sizeof(*buffer_.data())); }

 private:
  Buffer& buffer_;
};

}  // namespace cctl

#endif  // CCTL_BASE_SECRET_H_
