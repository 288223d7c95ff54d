// SPDX-License-Identifier: MIT
//
// `host:port` as `connect` takes it: an IPv4 address, an IPv6 address in brackets, or a name; the port may be left out.

#ifndef CCTL_BASE_HOST_PORT_H_
#define CCTL_BASE_HOST_PORT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/decimal.h"
#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/base/text_cursor.h"

namespace cctl {

struct HostPort {
  Host host;
  std::uint16_t port;
};

// Errors, with offsets from the start of `text`: those of Host ("host"), and "port": kTruncated, kInvalid, kOutOfRange
// (value: 65535).
constexpr Result<HostPort> ParseHostPort(std::string_view text, std::uint16_t missing_port) {
  TextCursor in(text);
  const bool brackets = in.Consume("[");
  const std::uint32_t start = in.position();
  const std::string_view name = in.TakeUntil(brackets ? ']' : ':');
  const auto host = brackets ? Host::ParseIpv6(name) : Host::Parse(name);
  if (!host) return Error{host.error().code, host.error().offset + start, host.error().value, "host"};
  const auto here = [&in](const char* part) {
    return Error{in.AtEnd() ? Errc::kTruncated : Errc::kInvalid, in.position(), 0, part};
  };
  if (brackets && !in.Consume("]")) return here("host");
  if (in.AtEnd()) return HostPort{*host, missing_port};
  if (!in.Consume(":")) return here("port");
  const std::uint32_t digits_start = in.position();
  const std::string_view digits = in.TakeWhile(IsDecimalDigit);
  if (digits.empty() || !in.AtEnd()) return here("port");
  std::uint32_t port = 0;
  for (const char c : digits.substr(0, 6)) port = 10 * port + static_cast<std::uint32_t>(c - '0');
  if (port == 0 || port > 65'535) return Error{Errc::kOutOfRange, digits_start, 65'535, "port"};
  return HostPort{*host, static_cast<std::uint16_t>(port)};
}

}  // namespace cctl

#endif  // CCTL_BASE_HOST_PORT_H_
