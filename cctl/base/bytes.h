// SPDX-License-Identifier: MIT
//
// Views of bytes, and fixed-width integers in network byte order (RFC 791, appendix B). No allocation, no errors.

#ifndef CCTL_BASE_BYTES_H_
#define CCTL_BASE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cctl {

using ByteView = std::span<const std::uint8_t>;
using ByteSpan = std::span<std::uint8_t>;

// The bytes of a text.
inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The text that bytes spell; whether it is UTF-8 is for the caller to know.
inline std::string_view AsText(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

constexpr std::uint32_t LoadBigEndian32(const std::uint8_t* in) {
  return std::uint32_t{in[0]} << 24 | std::uint32_t{in[1]} << 16 | std::uint32_t{in[2]} << 8 | std::uint32_t{in[3]};
}

constexpr std::uint64_t LoadBigEndian64(const std::uint8_t* in) {
  return std::uint64_t{LoadBigEndian32(in)} << 32 | LoadBigEndian32(in + 4);
}

constexpr void StoreBigEndian32(std::uint32_t value, std::uint8_t* out) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

constexpr void StoreBigEndian64(std::uint64_t value, std::uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

}  // namespace cctl

#endif  // CCTL_BASE_BYTES_H_
