// SPDX-License-Identifier: MIT
//
// An IPv4 or IPv6 address as a value: read strictly, written as RFC 5952 says, and asked what kind of address it is.
// Usable in a constant expression; no socket, no look-up, no allocation. Text is untrusted: names, zones (`%eth0`),
// leading zeros, octal and shortened IPv4 forms, which some system readers take, are errors.
//
//   auto ip = cctl::IpAddress::Parse("192.168.1.50");
//   ip->IsPrivate();  // true

#ifndef CCTL_NET_IP_ADDRESS_H_
#define CCTL_NET_IP_ADDRESS_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/text_cursor.h"

namespace cctl {

// The longest is eight groups of four digits.
inline constexpr std::size_t kMaxIpAddressText = 39;
using IpAddressText = InlineString<kMaxIpAddressText>;

class IpAddress {
 public:
  constexpr IpAddress() = default;  // 0.0.0.0

  static constexpr IpAddress V4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return V4(std::array<std::uint8_t, 4>{a, b, c, d});
  }
  static constexpr IpAddress V4(const std::array<std::uint8_t, 4>& bytes) {
    IpAddress ip;
    for (std::size_t i = 0; i < 4; ++i) ip.bytes_[i] = bytes[i];
    return ip;
  }
  static constexpr IpAddress V6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress ip;
    ip.v6_ = true;
    ip.bytes_ = bytes;
    return ip;
  }

  // `1.2.3.4`, or the forms of RFC 4291, section 2.2. Errors, part "address": kTruncated (the text ends too early),
  // kInvalid (offset: the first character that cannot be there), kOutOfRange (offset: the number over 255).
  static constexpr Result<IpAddress> Parse(std::string_view text);

  // The one form of RFC 5952: lower case, the longest run of zero groups shortened, `::ffff:1.2.3.4` if mapped.
  [[nodiscard]] constexpr IpAddressText Format() const;

  [[nodiscard]] constexpr bool IsV4() const { return !v6_; }
  [[nodiscard]] constexpr bool IsV6() const { return v6_; }
  // In network order: 4 or 16.
  [[nodiscard]] constexpr std::span<const std::uint8_t> bytes() const {
    return std::span<const std::uint8_t>(bytes_).first(size());
  }
  [[nodiscard]] constexpr unsigned bits() const { return v6_ ? 128 : 32; }

  // Whether the first `prefix` bits are those of `network`; false for another family or a prefix over bits().
  [[nodiscard]] constexpr bool IsIn(const IpAddress& network, unsigned prefix) const {
    if (network.v6_ != v6_ || prefix > bits()) return false;
    std::size_t i = 0;
    for (; prefix >= 8; prefix -= 8, ++i) {
      if (bytes_[i] != network.bytes_[i]) return false;
    }
    return prefix == 0 || (bytes_[i] ^ network.bytes_[i]) >> (8 - prefix) == 0;
  }

  // All of these judge the address as written: ask Unmapped() where an IPv4-mapped one may come in.
  [[nodiscard]] constexpr bool IsUnspecified() const { return *this == (v6_ ? V6({}) : V4({})); }
  [[nodiscard]] constexpr bool IsLoopback() const {
    return v6_ ? *this == V6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) : bytes_[0] == 127;
  }
  // RFC 1918 for IPv4, RFC 4193 (unique local) for IPv6.
  [[nodiscard]] constexpr bool IsPrivate() const {
    if (v6_) return (bytes_[0] & 0xfe) == 0xfc;
    return bytes_[0] == 10 || IsIn(V4(172, 16, 0, 0), 12) || IsIn(V4(192, 168, 0, 0), 16);
  }
  // RFC 3927 for IPv4, RFC 4291 for IPv6.
  [[nodiscard]] constexpr bool IsLinkLocal() const {
    return v6_ ? bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80 : IsIn(V4(169, 254, 0, 0), 16);
  }
  [[nodiscard]] constexpr bool IsMulticast() const { return v6_ ? bytes_[0] == 0xff : (bytes_[0] & 0xf0) == 0xe0; }
  [[nodiscard]] constexpr bool IsLimitedBroadcast() const { return *this == V4(255, 255, 255, 255); }
  [[nodiscard]] constexpr bool IsV4Mapped() const {
    return v6_ && IsIn(V6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}), 96);
  }

  // The IPv4 address inside an IPv4-mapped one (RFC 4291, section 2.5.5.2); any other address as it is.
  [[nodiscard]] constexpr IpAddress Unmapped() const {
    return IsV4Mapped() ? V4(bytes_[12], bytes_[13], bytes_[14], bytes_[15]) : *this;
  }

  // IPv4 before IPv6, then by bytes.
  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  [[nodiscard]] constexpr std::size_t size() const { return v6_ ? 16 : 4; }

  bool v6_ = false;
  std::array<std::uint8_t, 16> bytes_ = {};  // behind the four of IPv4: zeros
};

namespace detail {

constexpr Error IpAddressError(Errc code, std::size_t offset) {
  return {code, static_cast<std::uint32_t>(offset), 0, "address"};
}

// Where reading stopped: the text is over, or it goes on with something else.
constexpr Error IpAddressError(const TextCursor& in) {
  return IpAddressError(in.AtEnd() ? Errc::kTruncated : Errc::kInvalid, in.position());
}

// A number from 0 to 255 without leading zeros.
constexpr Result<std::uint8_t> ParseIpV4Octet(TextCursor& in) {
  const std::uint32_t start = in.position();
  unsigned value = 0;
  for (int digits = 0; in.Peek() >= '0' && in.Peek() <= '9'; ++digits) {
    if (digits > 0 && value == 0) return IpAddressError(Errc::kInvalid, in.position());
    value = value * 10 + static_cast<unsigned>(in.Peek() - '0');
    if (value > 255) return IpAddressError(Errc::kOutOfRange, start);
    in.Take(1);
  }
  if (in.position() == start) return IpAddressError(in);
  return static_cast<std::uint8_t>(value);
}

// Four octets, to the end of the text.
constexpr Result<void> ParseIpV4(TextCursor& in, std::uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && !in.Consume(".")) return IpAddressError(in);
    const Result<std::uint8_t> octet = ParseIpV4Octet(in);
    if (!octet) return octet.error();
    out[i] = *octet;
  }
  if (!in.AtEnd()) return IpAddressError(in);
  return {};
}

// Up to eight groups with at most one `::`, the last two perhaps as IPv4, to the end of the text.
constexpr Result<void> ParseIpV6(TextCursor& in, std::array<std::uint8_t, 16>& out) {
  std::size_t size = 0;  // bytes read so far
  std::size_t gap = 16;  // where `::` stands; 16: nowhere
  if (in.Consume("::")) {
    gap = 0;
  }
  while (size < 16 && !(in.AtEnd() && gap == size)) {
    const std::string_view digits = TextCursor(in.rest()).TakeWhile([](char c) { return HexDigitValue(c) >= 0; });
    if (digits.size() < in.rest().size() && in.rest()[digits.size()] == '.' && !digits.empty() && size <= 12) {
      const Result<void> tail = ParseIpV4(in, &out[size]);
      if (!tail) return tail.error();
      size += 4;
      break;
    }
    const std::string_view group = in.Take(digits.size() < 4 ? digits.size() : 4);
    if (group.empty()) return IpAddressError(in);
    unsigned value = 0;
    for (const char c : group) value = value << 4 | static_cast<unsigned>(HexDigitValue(c));
    out[size++] = static_cast<std::uint8_t>(value >> 8);
    out[size++] = static_cast<std::uint8_t>(value & 0xff);
    if (in.AtEnd() || size == 16) break;
    if (gap == 16 && in.Consume("::")) {
      gap = size;
    } else if (!in.Consume(":")) {
      return IpAddressError(in);
    } else if (in.AtEnd()) {
      return IpAddressError(in);
    }
  }
  if (!in.AtEnd()) return IpAddressError(in);
  if (gap == 16 && size < 16) return IpAddressError(in);
  if (gap < 16) {
    // `::` stands for one group of zeros at least (RFC 4291); eight groups beside it leave it none.
    if (size > 14) return IpAddressError(Errc::kInvalid, in.position());
    for (std::size_t i = size; i > gap; --i) {
      out[i - 1 + 16 - size] = out[i - 1];
    }
    for (std::size_t i = gap; i < gap + 16 - size; ++i) out[i] = 0;
  }
  return {};
}

constexpr void AppendIpV4(std::span<const std::uint8_t> bytes, IpAddressText& out) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out.push_back('.');
    const unsigned value = bytes[i];
    if (value >= 100) out.push_back(static_cast<char>('0' + value / 100));
    if (value >= 10) out.push_back(static_cast<char>('0' + value / 10 % 10));
    out.push_back(static_cast<char>('0' + value % 10));
  }
}

}  // namespace detail

constexpr Result<IpAddress> IpAddress::Parse(std::string_view text) {
  TextCursor in(text);
  IpAddress ip;
  ip.v6_ = text.find(':') != std::string_view::npos;
  const Result<void> read = ip.v6_ ? detail::ParseIpV6(in, ip.bytes_) : detail::ParseIpV4(in, ip.bytes_.data());
  if (!read) return read.error();
  return ip;
}

constexpr IpAddressText IpAddress::Format() const {
  IpAddressText out;
  if (!v6_) {
    detail::AppendIpV4(bytes(), out);
    return out;
  }
  if (IsV4Mapped()) {
    out.append("::ffff:");
    detail::AppendIpV4(bytes().subspan(12), out);
    return out;
  }
  const auto group = [this](std::size_t i) { return static_cast<unsigned>(bytes_[2 * i] << 8 | bytes_[2 * i + 1]); };
  // The first longest run of two or more zero groups (RFC 5952, section 4.2).
  std::size_t gap = 8;
  std::size_t gap_size = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && group(end) == 0) ++end;
    if (end - i > gap_size) {
      gap = i;
      gap_size = end - i;
    }
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == gap) {
      out.append("::");
      i += gap_size - 1;
      continue;
    }
    if (i > 0 && i != gap + gap_size) out.push_back(':');
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
      const unsigned digit = group(i) >> shift & 15u;
      started = started || digit != 0 || shift == 0;
      if (started) out.push_back(HexDigit(digit));
    }
  }
  return out;
}

}  // namespace cctl

#endif  // CCTL_NET_IP_ADDRESS_H_
