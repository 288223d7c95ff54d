// SPDX-License-Identifier: MIT
//
// Where a relay can be reached: an IPv4 address, an IPv6 address or a DNS name, checked and kept as the text it was
// (docs/protocol.md, section 3). The text may come from anybody; nothing here asks a name service. No allocation;
// usable in a constant expression.
//
//   cctl::Result<cctl::Host> host = cctl::Host::Parse("fe80::1");
//   host->kind() == cctl::HostKind::kIpv6

#ifndef CCTL_BASE_HOST_NAME_H_
#define CCTL_BASE_HOST_NAME_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/decimal.h"
#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/text_cursor.h"

namespace cctl {

inline constexpr std::size_t kMaxHostSize = 253;  // of a DNS name as text (RFC 1035, section 2.3.4: 255 on the wire)

enum class HostKind : std::uint8_t { kIpv4, kIpv6, kDnsName };

class Host {
 public:
  // Reads, without brackets around an IPv6 address:
  //   IPv4   four numbers from 0 to 255 without leading zeros, joined by dots
  //   IPv6   the forms of RFC 4291, section 2.2; no zone id, which means something on one machine only
  //   name   labels of RFC 1123, section 2.1, joined by dots, 253 characters in all. A last label that is a number
  //          (decimal, or hexadecimal after 0x) is refused: resolvers take such a name for an address.
  // Errors, part "host", each at the first character that cannot be right: kTruncated, kInvalid, kOutOfRange (value:
  // the limit), kTooLong (value: the limit).
  static constexpr Result<Host> Parse(std::string_view text);

  // The same, for a place where only an IPv6 address may stand (inside brackets).
  static constexpr Result<Host> ParseIpv6(std::string_view text);

  [[nodiscard]] constexpr std::string_view view() const { return text_.view(); }
  [[nodiscard]] constexpr HostKind kind() const { return kind_; }
  [[nodiscard]] constexpr bool is_numeric() const { return kind_ != HostKind::kDnsName; }

  // As texts: two ways to write one address are different hosts.
  friend constexpr bool operator==(const Host&, const Host&) = default;

 private:
  constexpr Host(std::string_view text, HostKind kind) : text_(text), kind_(kind) {}

  InlineString<kMaxHostSize> text_;
  HostKind kind_;
};

// Appends host:port, or [host]:port for an IPv6 address, to anything with append(std::string_view).
template <typename Sink>
constexpr void AppendHostPort(const Host& host, std::uint16_t port, Sink& out) {
  const bool brackets = host.kind() == HostKind::kIpv6;
  if (brackets) out.append(std::string_view("["));
  out.append(host.view());
  out.append(std::string_view(brackets ? "]:" : ":"));
  AppendDecimal(port, out);
}

namespace detail {

inline constexpr std::size_t kMaxLabelSize = 63;  // RFC 1035, section 2.3.4

constexpr Error HostError(Errc code, std::size_t offset, std::uint32_t value = 0) {
  return {code, static_cast<std::uint32_t>(offset), value, "host"};
}

// What is wrong where something else was wanted at the cursor: the end is too early, or the character is wrong.
constexpr Error HostErrorAt(const TextCursor& in) {
  return HostError(in.AtEnd() ? Errc::kTruncated : Errc::kInvalid, in.position());
}

constexpr bool IsLabelCharacter(char c) {
  return IsDecimalDigit(c) || c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Reads an IPv4 address, which must end where the text does.
constexpr Result<void> ReadIpv4(TextCursor& in) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && !in.Consume(".")) return HostErrorAt(in);
    const std::size_t start = in.position();
    const std::string_view digits = in.TakeWhile(IsDecimalDigit);
    if (digits.empty()) return HostErrorAt(in);
    if (digits.size() > 1 && digits[0] == '0') return HostError(Errc::kInvalid, start);
    unsigned value = 0;
    for (const char c : digits.substr(0, 4)) value = 10 * value + static_cast<unsigned>(c - '0');
    if (value > 255) return HostError(Errc::kOutOfRange, start, 255);
  }
  if (!in.AtEnd()) return HostErrorAt(in);
  return {};
}

// Reads an IPv6 address, which must end where the text does.
constexpr Result<void> ReadIpv6(TextCursor& in) {
  int groups = 0;  // of 16 bits, seen so far
  int most = 8;    // 7 once there is a gap, which stands for one group at least (RFC 4291, section 2.2, form 2)
  const auto consume_gap = [&in, &most] {
    if (most == 7 || !in.Consume("::")) return false;
    most = 7;
    return true;
  };
  if (consume_gap() && in.AtEnd()) return {};
  while (true) {
    if (groups == most) return HostErrorAt(in);
    TextCursor group = in;
    const std::string_view digits = group.TakeWhile([](char c) { return HexDigitValue(c) >= 0; });
    if (digits.empty()) return HostErrorAt(in);
    if (group.Peek() == '.') {  // the last 32 bits as IPv4
      if (groups + 2 > most) return HostErrorAt(group);
      if (const auto tail = ReadIpv4(in); !tail) return tail;
      groups += 2;
      break;
    }
    if (digits.size() > 4) return HostError(Errc::kTooLong, in.position() + 4, 4);
    in = group;
    ++groups;
    if (in.AtEnd()) break;
    if (groups == most) return HostErrorAt(in);
    if (consume_gap()) {
      if (in.AtEnd()) break;
    } else if (!in.Consume(":")) {
      return HostErrorAt(in);
    }
  }
  if (most == 8 && groups < 8) return HostErrorAt(in);
  return {};
}

// Whether a resolver would take the label for (a part of) an address in numbers.
constexpr bool IsNumber(std::string_view label) {
  const bool hex = label.size() >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
  for (const char c : label.substr(hex ? 2 : 0)) {
    if (hex ? HexDigitValue(c) < 0 : !IsDecimalDigit(c)) return false;
  }
  return true;
}

constexpr Result<void> ReadDnsName(TextCursor& in) {
  while (true) {
    const std::size_t start = in.position();
    const std::string_view label = in.TakeWhile(IsLabelCharacter);
    if (label.empty()) return HostErrorAt(in);
    if (label[0] == '-') return HostError(Errc::kInvalid, start);
    if (label.size() > kMaxLabelSize) return HostError(Errc::kTooLong, start + kMaxLabelSize, kMaxLabelSize);
    if (!in.AtEnd() && in.Peek() != '.') return HostErrorAt(in);
    if (label.back() == '-') return HostError(Errc::kInvalid, in.position() - 1);
    if (in.AtEnd()) return IsNumber(label) ? Result<void>(HostError(Errc::kInvalid, start)) : Result<void>();
    in.Consume(".");
  }
}

// Whether nothing but an IPv4 address can be meant: digits and dots only.
constexpr bool LooksLikeIpv4(std::string_view text) {
  for (const char c : text) {
    if (!IsDecimalDigit(c) && c != '.') return false;
  }
  return !text.empty();
}

}  // namespace detail

constexpr Result<Host> Host::Parse(std::string_view text) {
  if (text.size() > kMaxHostSize) return detail::HostError(Errc::kTooLong, kMaxHostSize, kMaxHostSize);
  TextCursor in(text);
  if (text.find(':') != std::string_view::npos) return ParseIpv6(text);
  const bool ipv4 = detail::LooksLikeIpv4(text);
  if (const auto read = ipv4 ? detail::ReadIpv4(in) : detail::ReadDnsName(in); !read) return read.error();
  return Host(text, ipv4 ? HostKind::kIpv4 : HostKind::kDnsName);
}

constexpr Result<Host> Host::ParseIpv6(std::string_view text) {
  if (text.size() > kMaxHostSize) return detail::HostError(Errc::kTooLong, kMaxHostSize, kMaxHostSize);
  TextCursor in(text);
  if (const auto read = detail::ReadIpv6(in); !read) return read.error();
  return Host(text, HostKind::kIpv6);
}

}  // namespace cctl

#endif  // CCTL_BASE_HOST_NAME_H_
