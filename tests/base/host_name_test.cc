// SPDX-License-Identifier: MIT

#include "cctl/base/host_name.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace cctl {
namespace {

static_assert(std::is_trivially_copyable_v<Host>);
static_assert(Host::Parse("192.168.1.50")->kind() == HostKind::kIpv4);
static_assert(Host::Parse("fe80::1")->kind() == HostKind::kIpv6);
static_assert(Host::Parse("laptop.local")->kind() == HostKind::kDnsName);

Error HostErr(Errc code, std::uint32_t offset, std::uint32_t value = 0) { return {code, offset, value, "host"}; }

TEST(Host, ReadsAddressesAndNames) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + label.substr(0, 61);
  ASSERT_EQ(longest.size(), kMaxHostSize);
  const struct {
    std::string_view text;
    HostKind kind;
  } kVectors[] = {
      {"0.0.0.0", HostKind::kIpv4},
      {"255.255.255.255", HostKind::kIpv4},
      // RFC 4291, section 2.2
      {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", HostKind::kIpv6},
      {"2001:DB8:0:0:8:800:200C:417A", HostKind::kIpv6},
      {"2001:DB8::8:800:200C:417A", HostKind::kIpv6},
      {"FF01::101", HostKind::kIpv6},
      {"::1", HostKind::kIpv6},
      {"::", HostKind::kIpv6},
      {"0:0:0:0:0:0:13.1.68.3", HostKind::kIpv6},
      {"0:0:0:0:0:FFFF:129.144.52.38", HostKind::kIpv6},
      {"::13.1.68.3", HostKind::kIpv6},
      {"::FFFF:129.144.52.38", HostKind::kIpv6},
      {"1::", HostKind::kIpv6},
      {"1:2:3:4:5:6:7::", HostKind::kIpv6},
      {"::2:3:4:5:6:7:8", HostKind::kIpv6},
      {"1::3:4:5:6:7:8", HostKind::kIpv6},
      {"1:2:3:4:5::1.2.3.4", HostKind::kIpv6},
      {"localhost", HostKind::kDnsName},
      {"Laptop-2.example.org", HostKind::kDnsName},
      {"3com.com", HostKind::kDnsName},
      {"1.2.3.4.example", HostKind::kDnsName},
      {"a--b", HostKind::kDnsName},
      {"1-2", HostKind::kDnsName},
      {"0xyz", HostKind::kDnsName},
      {label, HostKind::kDnsName},
      {longest, HostKind::kDnsName},
  };
  for (const auto& [text, kind] : kVectors) {
    const auto host = Host::Parse(text);
    ASSERT_TRUE(host) << text << " at " << host.error().offset;
    EXPECT_EQ(host->kind(), kind) << text;
    EXPECT_EQ(host->view(), text);
    EXPECT_EQ(host->is_numeric(), kind != HostKind::kDnsName);
  }
}

TEST(Host, RejectsWithTheExactOffset) {
  const std::string label(64, 'a');
  const std::string too_long(254, 'a');
  const struct {
    std::string_view text;
    Error error;
  } kRejects[] = {
      {"", HostErr(Errc::kTruncated, 0)},
      // IPv4
      {"1", HostErr(Errc::kTruncated, 1)},
      {"1.2.3", HostErr(Errc::kTruncated, 5)},
      {"1.2.3.", HostErr(Errc::kTruncated, 6)},
      {"1.2.3.4.", HostErr(Errc::kInvalid, 7)},
      {"1.2.3.4.5", HostErr(Errc::kInvalid, 7)},
      {"1..3.4", HostErr(Errc::kInvalid, 2)},
      {".1.2.3", HostErr(Errc::kInvalid, 0)},
      {"1.2.3.256", HostErr(Errc::kOutOfRange, 6, 255)},
      {"4294967297.2.3.4", HostErr(Errc::kOutOfRange, 0, 255)},
      {"1.02.3.4", HostErr(Errc::kInvalid, 2)},
      {"2130706433", HostErr(Errc::kOutOfRange, 0, 255)},
      // IPv6
      {":", HostErr(Errc::kInvalid, 0)},
      {":1", HostErr(Errc::kInvalid, 0)},
      {"1:", HostErr(Errc::kTruncated, 2)},
      {"1:2:3:4:5:6:7", HostErr(Errc::kTruncated, 13)},
      {"1:2:3:4:5:6:7:", HostErr(Errc::kTruncated, 14)},
      {"1:2:3:4:5:6:7:8:", HostErr(Errc::kInvalid, 15)},
      {"1:2:3:4:5:6:7:8:9", HostErr(Errc::kInvalid, 15)},
      {"1:2:3:4:5:6:7:8::", HostErr(Errc::kInvalid, 15)},
      {"1:2:3:4::5:6:7:8", HostErr(Errc::kInvalid, 14)},
      {"::1:2:3:4:5:6:7:8", HostErr(Errc::kInvalid, 15)},
      {"1:2:3:4:5:6:7::8", HostErr(Errc::kInvalid, 15)},
      {"1::2::3", HostErr(Errc::kInvalid, 5)},
      {":::", HostErr(Errc::kInvalid, 2)},
      {"1:::2", HostErr(Errc::kInvalid, 3)},
      {"::1:", HostErr(Errc::kTruncated, 4)},
      {"12345::", HostErr(Errc::kTooLong, 4, 4)},
      {"g::", HostErr(Errc::kInvalid, 0)},
      {"fe80::1%eth0", HostErr(Errc::kInvalid, 7)},
      {"fe80::1%1", HostErr(Errc::kInvalid, 7)},
      {"[::1]", HostErr(Errc::kInvalid, 0)},
      {"::1.2.3", HostErr(Errc::kTruncated, 7)},
      {"::1.2.3.256", HostErr(Errc::kOutOfRange, 8, 255)},
      {"::1.2.3.4:5", HostErr(Errc::kInvalid, 9)},
      {"1:2:3:4:5:6:7:1.2.3.4", HostErr(Errc::kInvalid, 15)},
      {"1:2:3:4:5:6::1.2.3.4", HostErr(Errc::kInvalid, 14)},
      {"1:2:3:4:5:1.2.3.4", HostErr(Errc::kTruncated, 17)},
      {"::a.2.3.4", HostErr(Errc::kInvalid, 2)},
      // names
      {".", HostErr(Errc::kInvalid, 0)},
      {"host.", HostErr(Errc::kTruncated, 5)},
      {"a..b", HostErr(Errc::kInvalid, 2)},
      {"-a", HostErr(Errc::kInvalid, 0)},
      {"a.-b", HostErr(Errc::kInvalid, 2)},
      {"a-", HostErr(Errc::kInvalid, 1)},
      {"a-.b", HostErr(Errc::kInvalid, 1)},
      {"a_b", HostErr(Errc::kInvalid, 1)},
      {"a b", HostErr(Errc::kInvalid, 1)},
      {"b\xc3\xbcro", HostErr(Errc::kInvalid, 1)},
      {"a%2eb", HostErr(Errc::kInvalid, 1)},
      {"example.1", HostErr(Errc::kInvalid, 8)},
      {"0x7f000001", HostErr(Errc::kInvalid, 0)},
      {"127.0.0.0x1", HostErr(Errc::kInvalid, 8)},
      {"a.0X", HostErr(Errc::kInvalid, 2)},
      {label, HostErr(Errc::kTooLong, 63, 63)},
      {too_long, HostErr(Errc::kTooLong, 253, 253)},
  };
  for (const auto& [text, error] : kRejects) {
    const auto host = Host::Parse(text);
    ASSERT_FALSE(host) << text;
    EXPECT_EQ(host.error(), error) << text << ": " << ErrcName(host.error().code) << " at " << host.error().offset;
  }
}

TEST(Host, InsideBracketsOnlyIpv6IsRead) {
  EXPECT_EQ(Host::ParseIpv6("::1")->view(), "::1");
  EXPECT_EQ(Host::ParseIpv6("").error(), HostErr(Errc::kTruncated, 0));
  EXPECT_EQ(Host::ParseIpv6("1.2.3.4").error(), HostErr(Errc::kTruncated, 7));
  EXPECT_EQ(Host::ParseIpv6("host").error(), HostErr(Errc::kInvalid, 0));
  EXPECT_EQ(Host::ParseIpv6("abcd").error(), HostErr(Errc::kTruncated, 4));
}

TEST(Host, IsComparedAsText) {
  EXPECT_EQ(*Host::Parse("host"), *Host::Parse("host"));
  EXPECT_FALSE(*Host::Parse("host") == *Host::Parse("HOST"));
}

TEST(AppendHostPort, PutsBracketsAroundIpv6Only) {
  const auto text = [](std::string_view host, std::uint16_t port) {
    std::string out;
    AppendHostPort(*Host::Parse(host), port, out);
    return out;
  };
  EXPECT_EQ(text("192.168.1.50", 9847), "192.168.1.50:9847");
  EXPECT_EQ(text("::1", 1), "[::1]:1");
  EXPECT_EQ(text("laptop.local", 65'535), "laptop.local:65535");
}

}  // namespace
}  // namespace cctl
