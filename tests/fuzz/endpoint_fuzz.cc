// SPDX-License-Identifier: MIT
//
// Any bytes as an address and as an address with a port. The system's inet_pton decides which addresses are accepted
// and what they are, a plain description of the form decides about brackets and port; what is accepted is the same
// after it has been written, and is written as inet_ntop writes it.

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"

namespace {

using cctl::Errc;
using cctl::Error;

void Check(bool holds) {
  if (!holds) std::abort();
}

std::optional<cctl::IpAddress> SystemAddress(std::string_view text, int family) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // the system's text would end there
  std::array<std::uint8_t, 16> bytes = {};
  if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
  if (family == AF_INET6) return cctl::IpAddress::V6(bytes);
  return cctl::IpAddress::V4(bytes[0], bytes[1], bytes[2], bytes[3]);
}

std::optional<std::uint16_t> PlainPort(std::string_view digits) {
  if (digits.empty() || digits.size() > 5 || digits.find_first_not_of("0123456789") != std::string_view::npos ||
      (digits.size() > 1 && digits[0] == '0')) {
    return std::nullopt;
  }
  const unsigned long port = std::strtoul(std::string(digits).c_str(), nullptr, 10);
  return port <= 65'535 ? std::optional(static_cast<std::uint16_t>(port)) : std::nullopt;
}

// The text around its last colon: `address:port` or `[address]:port`.
std::optional<cctl::Endpoint> PlainEndpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  const auto ip = SystemAddress(host, brackets ? AF_INET6 : AF_INET);
  const auto port = PlainPort(text.substr(colon + 1));
  if (!ip || !port) return std::nullopt;
  return cctl::Endpoint{*ip, *port};
}

// Eight groups beside a `::` are found to be too many only when all of them have been read.
bool EndsWithTooManyGroups(std::string_view text) {
  return text.find("::") != std::string_view::npos && std::count(text.begin(), text.end(), ':') >= 7;
}

void CheckAddressError(std::string_view text, const Error& error) {
  Check(error.offset <= text.size() && error.part == std::string_view("address") && error.value == 0);
  const std::string_view before = text.substr(0, error.offset);
  switch (error.code) {
    case Errc::kTruncated:
      Check(error.offset == text.size());
      break;
    case Errc::kOutOfRange:
      Check(std::strtoul(std::string(text.substr(error.offset, 4)).c_str(), nullptr, 10) > 255);
      break;
    case Errc::kInvalid: {
      // What stands before it is an address or the start of one, whose family a colon behind it may have decided.
      const bool v6 = text.find(':') != std::string_view::npos && before.find(':') == std::string_view::npos;
      const auto start = cctl::IpAddress::Parse(v6 ? "::" + std::string(before) : std::string(before));
      Check(start || start.error().code == Errc::kTruncated || EndsWithTooManyGroups(before));
      break;
    }
    default:
      std::abort();
  }
}

void CheckAddress(std::string_view text) {
  const auto ip = cctl::IpAddress::Parse(text);
  const auto system = SystemAddress(text, text.find(':') == std::string_view::npos ? AF_INET : AF_INET6);
  Check(ip.has_value() == system.has_value());
  if (!ip) {
    CheckAddressError(text, ip.error());
    return;
  }
  Check(*ip == *system);
  const cctl::IpAddressText written = ip->Format();
  Check(!written.overflowed() && cctl::IpAddress::Parse(written).value() == *ip);
  // The system writes ::1.2.3.4 where RFC 5952, section 5, leaves that open.
  const auto bytes = ip->bytes();
  if (ip->IsV6() && std::all_of(bytes.begin(), bytes.begin() + 12, [](std::uint8_t b) { return b == 0; })) return;
  char system_text[INET6_ADDRSTRLEN];
  Check(inet_ntop(ip->IsV6() ? AF_INET6 : AF_INET, bytes.data(), system_text, sizeof system_text) != nullptr);
  Check(written == std::string_view(system_text));
}

void CheckEndpoint(std::string_view text) {
  const auto endpoint = cctl::Endpoint::Parse(text);
  const auto plain = PlainEndpoint(text);
  Check(endpoint.has_value() == plain.has_value());
  if (!endpoint) {
    const Error& error = endpoint.error();
    Check(error.offset <= text.size() && cctl::IsFormatError(error.code));
    Check(error.part == std::string_view("address") || error.part == std::string_view("port"));
    if (error.code == Errc::kTruncated) Check(error.offset == text.size());
    if (error.code == Errc::kMissing) Check(text.substr(error.offset, 1) != ":");
    if (error.code == Errc::kInvalid && error.offset == text.size()) Check(EndsWithTooManyGroups(text));
    return;
  }
  Check(*endpoint == *plain);
  const cctl::EndpointText written = endpoint->Format();
  Check(!written.overflowed() && cctl::Endpoint::Parse(written).value() == *endpoint);
  Check(written.view().ends_with(text.substr(text.rfind(':'))));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckAddress(text);
  CheckEndpoint(text);
  return 0;
}
