// SPDX-License-Identifier: MIT
//
// Any bytes as an invite link. An error names a part and an offset inside the text. What is accepted is the same link
// with white space around it, another query, the scheme in upper case, and after it has been written; its host is what
// the system's own readers of addresses take it for.

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/invite/invite_link.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

constexpr std::string_view kSpaces = " \t\n\v\f\r";

bool Same(const cctl::Result<cctl::InviteLink>& a, const cctl::InviteLink& b) {
  return a && a->identity == b.identity && a->host == b.host && a->port == b.port && a->code == b.code;
}

void CheckError(std::string_view text, const cctl::Error& error) {
  constexpr std::string_view kParts[] = {"scheme", "identity", "host", "port", "path", "code", "query"};
  Check(std::find(std::begin(kParts), std::end(kParts), error.part) != std::end(kParts));
  Check(cctl::IsFormatError(error.code) && error.offset <= text.size());
  // The offset counts from the start of the text as it is given; behind its end is nothing.
  if (text.find_first_not_of(kSpaces) == std::string_view::npos) return;
  const auto shifted = cctl::ParseInviteLink("\t " + std::string(text) + "\r\n");
  Check(!shifted);
  Check(shifted.error() == cctl::Error{error.code, error.offset + 2, error.value, error.part});
}

void CheckHost(const cctl::Host& host) {
  const std::string text(host.view());
  std::uint8_t address[16];
  const bool ipv4 = inet_pton(AF_INET, text.c_str(), address) == 1;
  const bool ipv6 = inet_pton(AF_INET6, text.c_str(), address) == 1;
  Check(ipv4 == (host.kind() == cctl::HostKind::kIpv4));
  Check(ipv6 == (host.kind() == cctl::HostKind::kIpv6));
#ifndef _WIN32
  // No name is one that a resolver takes for an address: 127.1, 0x7f000001, 017700000001.
  in_addr old{};
  if (host.kind() == cctl::HostKind::kDnsName) Check(inet_aton(text.c_str(), &old) == 0);
#endif
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto link = cctl::ParseInviteLink(text);
  if (!link) {
    CheckError(text, link.error());
    return 0;
  }
  CheckHost(link->host);
  Check(cctl::Identity::Parse(link->identity.view()).has_value() && link->port != 0);
  // Identity, host and port stand in the text as they were understood.
  const bool ipv6 = link->host.kind() == cctl::HostKind::kIpv6;
  const std::string before_port = "//" + std::string(link->identity.view()) + "@" + (ipv6 ? "[" : "") +
                                  std::string(link->host.view()) + (ipv6 ? "]" : "");
  const bool default_port = text.find(before_port + "/k/") != std::string_view::npos;
  if (default_port) Check(link->port == 9847);
  if (!default_port) Check(text.find(before_port + ":" + std::to_string(link->port) + "/k/") != std::string_view::npos);

  std::string bare(text.substr(0, text.find('?')));
  bare.erase(bare.find_last_not_of(kSpaces) + 1);
  for (const char* const behind : {"", "?", "?x=1&y=%20", " ", "?\n"})
    Check(Same(cctl::ParseInviteLink(bare + behind), *link));
  for (const char* const behind : {"/", "#x", "? x", "?\x7f", "0"}) Check(!cctl::ParseInviteLink(bare + behind));
  std::string upper = bare;
  for (std::size_t i = 0; upper[i] != ':'; ++i) {
    if (upper[i] >= 'a') upper[i] = static_cast<char>(upper[i] - 'a' + 'A');
  }
  Check(Same(cctl::ParseInviteLink("\v\f" + upper), *link));

  cctl::InviteLinkText written;
  cctl::FormatInviteLink(*link, written);
  Check(!written.overflowed());
  for (const char c : written.view()) Check(c > ' ' && c < '\x7f');
  const auto again = cctl::ParseInviteLink(written);
  Check(Same(again, *link));
  cctl::InviteLinkText rewritten;
  cctl::FormatInviteLink(*again, rewritten);
  Check(rewritten == written);
  // Each part of a link is needed.
  for (std::size_t i = 0; i < written.size(); ++i) Check(!cctl::ParseInviteLink(written.view().substr(0, i)));
  return 0;
}
