// SPDX-License-Identifier: MIT
//
// The invite link: all that another machine needs to pair with this one (docs/protocol.md, section 3).
//
//   cctl://<identity>@<host>:<port>/k/<16 hex digits>
//
// A link is pasted from anywhere, so its text is untrusted; it carries the pair code, so whoever holds the text wipes
// it and never logs it. No allocation.
//
//   cctl::Result<cctl::InviteLink> link = cctl::ParseInviteLink("cctl://laptop-a3f2@192.168.1.50/k/a3f29b1cd4e5f678");
//   if (!link) return link.error();  // names the part that is wrong and where
//   Dial(link->host, link->port);    // 9847

#ifndef CCTL_INVITE_INVITE_LINK_H_
#define CCTL_INVITE_INVITE_LINK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cctl/base/decimal.h"
#include "cctl/base/host_name.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/profile.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/base/text_cursor.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"

namespace cctl {

struct InviteLink {
  Identity identity;   // who must answer
  Host host;           // where
  std::uint16_t port;  // 1 to 65535
  PairCode code;       // the secret
};

// Room for every link of a scheme of up to 32 characters.
inline constexpr std::size_t kMaxInviteLinkSize = 32 + 3 + kMaxIdentitySize + 1 + kMaxHostSize + 8 + 3 + 16;

// A place to format a link into that allocates nothing; give it a ScopedWipe.
using InviteLinkText = InlineString<kMaxInviteLinkSize>;

// Reads a link: the scheme in either case, white space around it trimmed, the profile's port where none is given, the
// code with or without dashes, a query (visible ASCII) skipped. Everything else must be as above. The error's
// part is "scheme", "identity", "host", "port", "path", "code" or "query", its offset counts from the start of `text`
// as it was handed in: kTruncated (the text ends where this part should stand or go on), kInvalid, kOutOfRange (port),
// and what Identity, Host and PairCode find. A text of another kind, such as the released claudectl's relay codes and
// word phrases, is kInvalid, "scheme".
inline Result<InviteLink> ParseInviteLink(std::string_view text, const Profile& profile = kClaudectlProfile);

// Appends the link to anything with append(std::string_view): always with its port, the code in lower case.
template <typename Sink>
void FormatInviteLink(const InviteLink& link, Sink& out, const Profile& profile = kClaudectlProfile) {
  out.append(profile.link_scheme);
  out.append(std::string_view("://"));
  out.append(link.identity.view());
  out.append(std::string_view("@"));
  AppendHostPort(link.host, link.port, out);
  out.append(std::string_view("/k/"));
  char code[16];
  const std::span<char, 16> digits(code);
  const ScopedWipe wipe(digits);
  link.code.FormatPlain(digits);
  out.append(std::string_view(code, sizeof code));
}

namespace detail {

// What is wrong where something else was wanted at the cursor: the end is too early, or the character is wrong.
constexpr Error LinkErrorAt(const TextCursor& in, const char* part) {
  return {in.AtEnd() ? Errc::kTruncated : Errc::kInvalid, in.position(), 0, part};
}

// The error of a part that starts at `start` of the text.
constexpr Error AtOffset(Error error, std::uint32_t start) {
  error.offset += start;
  return error;
}

constexpr bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The text without the white space at its end; what is in front stays, for the offsets' sake.
constexpr std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// Moves past `literal`, whose letters are lower case, in either case; else stops where the text differs.
constexpr bool ConsumeFolded(TextCursor& in, std::string_view literal) {
  for (const char wanted : literal) {
    if (in.AtEnd() || AsciiLower(in.Peek()) != wanted) return false;
    in.Take(1);
  }
  return true;
}

constexpr Result<Host> ReadLinkHost(TextCursor& in) {
  const bool brackets = in.Consume("[");
  const std::uint32_t start = in.position();
  const std::string_view text =
      brackets ? in.TakeUntil(']') : in.TakeWhile([](char c) { return c != ':' && c != '/' && c != '?' && c != '#'; });
  auto host = brackets ? Host::ParseIpv6(text) : Host::Parse(text);
  if (!host) return AtOffset(host.error(), start);
  if (brackets && !in.Consume("]")) return LinkErrorAt(in, "host");
  if (!in.AtEnd() && in.Peek() != ':' && in.Peek() != '/') return LinkErrorAt(in, "host");
  return host;
}

// Reads `:port` if it is there.
constexpr Result<std::uint16_t> ReadLinkPort(TextCursor& in, std::uint16_t missing) {
  if (!in.Consume(":")) return missing;
  const std::uint32_t start = in.position();
  const std::string_view digits = in.TakeWhile(IsDecimalDigit);
  if (digits.empty() || (!in.AtEnd() && in.Peek() != '/')) return LinkErrorAt(in, "port");
  if (digits.size() > 1 && digits[0] == '0') return Error{Errc::kInvalid, start, 0, "port"};
  std::uint32_t port = 0;
  for (const char c : digits.substr(0, 6)) port = 10 * port + static_cast<std::uint32_t>(c - '0');
  if (port == 0 || port > 65'535) return Error{Errc::kOutOfRange, start, 65'535, "port"};
  return static_cast<std::uint16_t>(port);
}

// Reads `?query` if it is there; nothing in it has a meaning yet.
constexpr Result<void> SkipLinkQuery(TextCursor& in) {
  if (!in.Consume("?")) return {};
  in.TakeWhile([](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!in.AtEnd()) return LinkErrorAt(in, "query");
  return {};
}

}  // namespace detail

inline Result<InviteLink> ParseInviteLink(std::string_view text, const Profile& profile) {
  TextCursor in(detail::TrimEnd(text));
  in.TakeWhile(detail::IsSpace);
  if (!detail::ConsumeFolded(in, profile.link_scheme) || !detail::ConsumeFolded(in, "://")) {
    return detail::LinkErrorAt(in, "scheme");
  }
  std::uint32_t start = in.position();
  const auto identity = Identity::Parse(in.TakeWhile([](char c) { return c != '@' && c != '/'; }));
  if (!identity) return detail::AtOffset(identity.error(), start);
  if (!in.Consume("@")) return detail::LinkErrorAt(in, "identity");
  const auto host = detail::ReadLinkHost(in);
  if (!host) return host.error();
  const auto port = detail::ReadLinkPort(in, profile.tcp_port);
  if (!port) return port.error();
  for (const std::string_view step : {"/", "k", "/"}) {
    if (!in.Consume(step)) return detail::LinkErrorAt(in, "path");
  }
  start = in.position();
  const auto code = PairCode::Parse(in.TakeUntil('?'));
  if (!code) return detail::AtOffset(code.error(), start);
  if (const auto query = detail::SkipLinkQuery(in); !query) return query.error();
  return InviteLink{*identity, *host, *port, *code};
}

}  // namespace cctl

#endif  // CCTL_INVITE_INVITE_LINK_H_
