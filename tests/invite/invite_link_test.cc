// SPDX-License-Identifier: MIT

#include "cctl/invite/invite_link.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

namespace {
int allocations = 0;
}  // namespace

// Counts, so that a test can show that reading and writing a link does none. Not inlined: g++ 12 would see a free() of
// what a `new` made.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace cctl {
namespace {

constexpr std::string_view kLink = "cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678";

std::string Text(const InviteLink& link, const Profile& profile = kClaudectlProfile) {
  std::string out;
  FormatInviteLink(link, out, profile);
  return out;
}

// The first is the specification's example, the second was made by the released claudectl 0.64.0.
TEST(InviteLink, ReadsAndWritesTheReleasedProgramsLinks) {
  const struct {
    std::string_view link, identity, host;
    std::uint16_t port;
    std::string_view code;
  } kVectors[] = {
      {kLink, "laptop-a3f2", "192.168.1.50", 9847, "a3f2-9b1c-d4e5-f678"},
      {"cctl://alpha-cda2c8d3@127.0.0.1:9950/k/e6e285ae9cb36d94", "alpha-cda2c8d3", "127.0.0.1", 9950,
       "e6e2-85ae-9cb3-6d94"},
  };
  for (const auto& vector : kVectors) {
    const auto link = ParseInviteLink(vector.link);
    ASSERT_TRUE(link) << vector.link;
    EXPECT_EQ(link->identity.view(), vector.identity);
    EXPECT_EQ(link->host.view(), vector.host);
    EXPECT_EQ(link->port, vector.port);
    EXPECT_EQ(link->code, *PairCode::Parse(vector.code));
    EXPECT_EQ(Text(*link), vector.link);
  }
}

TEST(InviteLink, OtherFormsAreReadAndWrittenInOne) {
  const struct {
    std::string_view read, written;
  } kVectors[] = {
      {"CCTL://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678", kLink},
      {"cCtL://laptop-a3f2@192.168.1.50/k/a3f29b1cd4e5f678", kLink},
      {" \t\r\n\v\fcctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678\r\n ", kLink},
      {"cctl://laptop-a3f2@192.168.1.50:9847/k/A3F2-9B1C-D4E5-F678", kLink},
      {"cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1c-d4e5f678", kLink},
      {"cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678?", kLink},
      {"cctl://laptop-a3f2@192.168.1.50/k/a3f29b1cd4e5f678?utm_source=chat&x=/k/?%20", kLink},
      {"cctl://a@[2001:db8::1]:1/k/a3f29b1cd4e5f678", "cctl://a@[2001:db8::1]:1/k/a3f29b1cd4e5f678"},
      {"cctl://a@[::1]/k/a3f29b1cd4e5f678", "cctl://a@[::1]:9847/k/a3f29b1cd4e5f678"},
      {"cctl://a@Laptop.local:65535/k/a3f29b1cd4e5f678", "cctl://a@Laptop.local:65535/k/a3f29b1cd4e5f678"},
  };
  for (const auto& [read, written] : kVectors) {
    const auto link = ParseInviteLink(read);
    ASSERT_TRUE(link) << read;
    EXPECT_EQ(Text(*link), written) << read;
  }
}

TEST(InviteLink, OfTheUsualCaseIsShort) {
  const auto link = ParseInviteLink("cctl://macbook-pro-of-ann-a3f2@192.168.100.150:65535/k/a3f29b1cd4e5f678");
  ASSERT_TRUE(link);
  EXPECT_LT(Text(*link).size(), 80u);
  EXPECT_EQ(Text(*ParseInviteLink(kLink)).size(), 55u);
}

TEST(InviteLink, TheLongestFitsItsBuffer) {
  const std::string label(63, 'a');
  const std::string longest = "cctl://" + std::string(kMaxIdentitySize, 'a') + "@" + label + "." + label + "." + label +
                              "." + label.substr(0, 61) + ":65535/k/a3f29b1cd4e5f678";
  const auto link = ParseInviteLink(longest);
  ASSERT_TRUE(link);
  InviteLinkText text;
  FormatInviteLink(*link, text);
  EXPECT_FALSE(text.overflowed());
  EXPECT_EQ(text.view(), longest);
}

TEST(InviteLink, AnotherProgramHasItsOwnSchemeAndPort) {
  Profile other;
  other.link_scheme = "fleet";
  other.tcp_port = 4000;
  const auto link = ParseInviteLink("FLEET://a@h/k/a3f29b1cd4e5f678", other);
  ASSERT_TRUE(link);
  EXPECT_EQ(Text(*link, other), "fleet://a@h:4000/k/a3f29b1cd4e5f678");
  EXPECT_EQ(ParseInviteLink(kLink, other).error(), (Error{Errc::kInvalid, 0, 0, "scheme"}));
}

TEST(InviteLink, RejectsWithThePartAndTheOffset) {
  const struct {
    std::string_view text;
    Error error;
  } kRejects[] = {
      {"", {Errc::kTruncated, 0, 0, "scheme"}},
      {" \n", {Errc::kTruncated, 0, 0, "scheme"}},
      {"http://a@h/k/a3f29b1cd4e5f678", {Errc::kInvalid, 0, 0, "scheme"}},
      {"  cctl:/a@h/k/a3f29b1cd4e5f678", {Errc::kInvalid, 8, 0, "scheme"}},
      {"cctl//a@h/k/a3f29b1cd4e5f678", {Errc::kInvalid, 4, 0, "scheme"}},
      {"claudectl relay join cctl://a@h/k/a3f29b1cd4e5f678", {Errc::kInvalid, 1, 0, "scheme"}},
      {"a3f2-9b1c-d4e5-f678", {Errc::kInvalid, 0, 0, "scheme"}},  // a pair code
      {"YCU-ADM-SYU-PZJ-WHQ", {Errc::kInvalid, 0, 0, "scheme"}},  // a relay code of the released claudectl
      {"CCT-ADM-SYU-PZJ-WHQ", {Errc::kInvalid, 3, 0, "scheme"}},  // one that begins alike
      {"brave-tiger-quiet-river-bold-calm-lake-moss-fern", {Errc::kInvalid, 0, 0, "scheme"}},  // a word phrase

      {"cctl://@h/k/a3f29b1cd4e5f678", {Errc::kTruncated, 7, 0, "identity"}},
      {"cctl://h/k/a3f29b1cd4e5f678", {Errc::kInvalid, 8, 0, "identity"}},
      {"cctl://192.168.1.50:9847/k/a3f29b1cd4e5f678", {Errc::kInvalid, 10, 0, "identity"}},
      {"cctl://hive/0123?a=a@1.2.3.4:1&k=a3f29b1cd4e5f678", {Errc::kInvalid, 11, 0, "identity"}},
      {" cctl://lap top@h/k/a3f29b1cd4e5f678", {Errc::kInvalid, 11, 0, "identity"}},
      {"cctl://-a@h/k/a3f29b1cd4e5f678", {Errc::kInvalid, 7, 0, "identity"}},
      {"cctl://../k/a3f29b1cd4e5f678", {Errc::kInvalid, 7, 0, "identity"}},

      {"cctl://a@/k/a3f29b1cd4e5f678", {Errc::kTruncated, 9, 0, "host"}},
      {"cctl://a@:9847/k/a3f29b1cd4e5f678", {Errc::kTruncated, 9, 0, "host"}},
      {"cctl://a@b@c/k/a3f29b1cd4e5f678", {Errc::kInvalid, 10, 0, "host"}},
      {"cctl://a@1.2.3/k/a3f29b1cd4e5f678", {Errc::kTruncated, 14, 0, "host"}},
      {"cctl://a@1.2.3.300:1/k/a3f29b1cd4e5f678", {Errc::kOutOfRange, 15, 255, "host"}},
      {"cctl://a@h?x/k/a3f29b1cd4e5f678", {Errc::kInvalid, 10, 0, "host"}},
      {"cctl://a@[::1/k/a3f29b1cd4e5f678", {Errc::kInvalid, 13, 0, "host"}},
      {"cctl://a@[::1", {Errc::kTruncated, 13, 0, "host"}},
      {"cctl://a@[]/k/a3f29b1cd4e5f678", {Errc::kTruncated, 10, 0, "host"}},
      {"cctl://a@[1.2.3.4]:1/k/a3f29b1cd4e5f678", {Errc::kTruncated, 17, 0, "host"}},
      {"cctl://a@[fe80::1%25eth0]:1/k/a3f29b1cd4e5f678", {Errc::kInvalid, 17, 0, "host"}},
      {"cctl://a@[::1]9847/k/a3f29b1cd4e5f678", {Errc::kInvalid, 14, 0, "host"}},
      {"cctl://a@::1/k/a3f29b1cd4e5f678", {Errc::kTruncated, 9, 0, "host"}},

      {"cctl://a@h:/k/a3f29b1cd4e5f678", {Errc::kInvalid, 11, 0, "port"}},
      {"cctl://a@h:0/k/a3f29b1cd4e5f678", {Errc::kOutOfRange, 11, 65'535, "port"}},
      {"cctl://a@h:65536/k/a3f29b1cd4e5f678", {Errc::kOutOfRange, 11, 65'535, "port"}},
      {"cctl://a@h:4294977143/k/a3f29b1cd4e5f678", {Errc::kOutOfRange, 11, 65'535, "port"}},
      {"cctl://a@h:09847/k/a3f29b1cd4e5f678", {Errc::kInvalid, 11, 0, "port"}},
      {"cctl://a@h:+1/k/a3f29b1cd4e5f678", {Errc::kInvalid, 11, 0, "port"}},
      {"cctl://a@h:98x/k/a3f29b1cd4e5f678", {Errc::kInvalid, 13, 0, "port"}},
      {"cctl://a@fe80::1/k/a3f29b1cd4e5f678", {Errc::kInvalid, 14, 0, "port"}},
      {"cctl://a@h:1?x", {Errc::kInvalid, 12, 0, "port"}},

      {"cctl://a@h//k/a3f29b1cd4e5f678", {Errc::kInvalid, 11, 0, "path"}},
      {"cctl://a@h/K/a3f29b1cd4e5f678", {Errc::kInvalid, 11, 0, "path"}},
      {"cctl://a@h/ka3f29b1cd4e5f678", {Errc::kInvalid, 12, 0, "path"}},
      {"cctl://a@h:1/?k/a3f29b1cd4e5f678", {Errc::kInvalid, 13, 0, "path"}},

      {"cctl://a@h/k/?a3f29b1cd4e5f678", {Errc::kTruncated, 13, 0, "code"}},
      {"cctl://a@h/k/a3f29b1cd4e5f67", {Errc::kTruncated, 28, 0, "code"}},
      {"cctl://a@h/k/a3f29b1cd4e5f6789", {Errc::kTrailing, 29, 0, "code"}},
      {"cctl://a@h/k/a3f29b1cd4e5f678/", {Errc::kTrailing, 29, 0, "code"}},
      {"cctl://a@h/k/a3f29b1cd4e5f678#x", {Errc::kTrailing, 29, 0, "code"}},
      {"cctl://a@h/k/a3f29b1cd4e5f678 x", {Errc::kTrailing, 29, 0, "code"}},
      {"cctl://a@h/k/g3f29b1cd4e5f678", {Errc::kInvalid, 13, 0, "code"}},
      {"\tcctl://a@h/k/a3f2--9b1cd4e5f678", {Errc::kInvalid, 19, 0, "code"}},

      {"cctl://a@h/k/a3f29b1cd4e5f678?x y", {Errc::kInvalid, 31, 0, "query"}},
      {"cctl://a@h/k/a3f29b1cd4e5f678?x#y", {Errc::kInvalid, 31, 0, "query"}},
      {"cctl://a@h/k/a3f29b1cd4e5f678?\x1b[2J", {Errc::kInvalid, 30, 0, "query"}},
      {"cctl://a@h/k/a3f29b1cd4e5f678?\xc3\xbc", {Errc::kInvalid, 30, 0, "query"}},
  };
  for (const auto& [text, error] : kRejects) {
    const auto link = ParseInviteLink(text);
    ASSERT_FALSE(link) << text;
    EXPECT_EQ(link.error(), error) << text << ": " << ErrcName(link.error().code) << " " << link.error().part << " at "
                                   << link.error().offset;
  }
}

TEST(InviteLink, RejectsAZeroAnywhere) {
  for (std::size_t i = 0; i < kLink.size(); ++i) {
    std::string text(kLink);
    text[i] = '\0';
    const auto link = ParseInviteLink(text);
    ASSERT_FALSE(link) << i;
    EXPECT_LE(link.error().offset, i);
  }
}

TEST(InviteLink, RejectsEveryProperPrefix) {
  for (const std::string_view text : {kLink, std::string_view("cctl://a@[2001:db8::1]:1/k/a3f2-9b1c-d4e5-f678")}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto link = ParseInviteLink(text.substr(0, size));
      ASSERT_FALSE(link) << size;
      EXPECT_EQ(link.error().code, Errc::kTruncated) << size;
      EXPECT_EQ(link.error().offset, size);
    }
  }
}

TEST(InviteLink, IsReadAndWrittenWithoutAllocating) {
  const int at_first = allocations;
  ::operator delete(::operator new(1));
  const int before = allocations;
  ASSERT_EQ(before, at_first + 1);  // the counter counts
  const auto link = ParseInviteLink("  CCTL://a@[2001:db8::1]/k/a3f2-9b1c-d4e5-f678?x=1\n");
  InviteLinkText text;
  const bool read = link.has_value();
  if (read) FormatInviteLink(*link, text);
  const bool refused = !ParseInviteLink("cctl://a@h:0/k/a3f29b1cd4e5f678");
  const int after = allocations;
  EXPECT_EQ(after, before);
  EXPECT_TRUE(read && refused);
  EXPECT_EQ(text.view(), "cctl://a@[2001:db8::1]:9847/k/a3f29b1cd4e5f678");
}

}  // namespace
}  // namespace cctl
