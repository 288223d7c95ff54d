// SPDX-License-Identifier: MIT
//
// An IP address and a port: what a socket is bound or connected to. Text is `1.2.3.4:80` or `[::1]:80`, always with the
// port, always numeric; names are cctl/net/name_resolver.h's business. Usable in a constant expression.

#ifndef CCTL_NET_ENDPOINT_H_
#define CCTL_NET_ENDPOINT_H_

#include <compare>
#include <cstdint>
#include <string_view>

#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/text_cursor.h"
#include "cctl/net/ip_address.h"

namespace cctl {

// `[` address `]:` and five digits.
using EndpointText = InlineString<kMaxIpAddressText + 8>;

struct Endpoint {
  IpAddress ip;
  std::uint16_t port = 0;  // 0: any that is free, where one listens
  // The interface of a link-local IPv6 address as the system numbers it, as it came from a socket; 0 where there is
  // none. It means nothing on another machine, so text does not carry it.
  std::uint32_t scope = 0;

  // Errors: those of IpAddress::Parse (offset in the whole text; also kInvalid and kTruncated for a bracket), and with
  // part "port": kMissing (no `:`), kTruncated, kInvalid, kOutOfRange (over 65535; offset: where the number starts).
  static constexpr Result<Endpoint> Parse(std::string_view text);
  [[nodiscard]] constexpr EndpointText Format() const;

  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

namespace detail {

// One to five digits without leading zeros, to the end of the text.
constexpr Result<std::uint16_t> ParsePort(TextCursor& in) {
  const std::uint32_t start = in.position();
  const auto error = [](Errc code, std::uint32_t offset) { return Error{code, offset, 0, "port"}; };
  unsigned value = 0;
  for (; !in.AtEnd(); in.Take(1)) {
    const bool leading_zero = value == 0 && in.position() > start;
    if (in.Peek() < '0' || in.Peek() > '9' || leading_zero) return error(Errc::kInvalid, in.position());
    value = value * 10 + static_cast<unsigned>(in.Peek() - '0');
    if (value > 65'535) return error(Errc::kOutOfRange, start);
  }
  if (in.position() == start) return error(Errc::kTruncated, start);
  return static_cast<std::uint16_t>(value);
}

}  // namespace detail

constexpr Result<Endpoint> Endpoint::Parse(std::string_view text) {
  TextCursor in(text);
  const bool bracketed = in.Consume("[");
  const std::uint32_t start = in.position();
  const std::string_view host = in.TakeUntil(bracketed ? ']' : ':');
  const Result<IpAddress> ip = IpAddress::Parse(host);
  if (!ip) {
    Error error = ip.error();
    error.offset += start;
    if (error.code == Errc::kTruncated && error.offset < text.size()) error.code = Errc::kInvalid;  // ends, goes on
    return error;
  }
  if (bracketed) {
    if (ip->IsV4()) return detail::IpAddressError(Errc::kInvalid, start);
    if (!in.Consume("]")) return detail::IpAddressError(in);
  }
  if (!in.Consume(":")) return Error{Errc::kMissing, in.position(), 0, "port"};
  const Result<std::uint16_t> port = detail::ParsePort(in);
  if (!port) return port.error();
  return Endpoint{*ip, *port};
}

constexpr EndpointText Endpoint::Format() const {
  EndpointText out;
  if (ip.IsV6()) out.push_back('[');
  out.append(ip.Format());
  out.append(ip.IsV6() ? "]:" : ":");
  for (unsigned divisor = 10'000; divisor > 0; divisor /= 10) {
    if (port >= divisor || divisor == 1) out.push_back(static_cast<char>('0' + port / divisor % 10));
  }
  return out;
}

}  // namespace cctl

#endif  // CCTL_NET_ENDPOINT_H_
