// SPDX-License-Identifier: MIT

#include "cctl/net/ip_address.h"

#include <gtest/gtest.h>

#ifndef _WIN32
#include <arpa/inet.h>
#endif

#include <cstring>
#include <random>
#include <string>

namespace cctl {
namespace {

static_assert(IpAddress::Parse("192.168.1.50")->IsPrivate());
static_assert(IpAddress::Parse("::1")->IsLoopback());
static_assert(IpAddress::Parse("2001:DB8::1")->Format() == "2001:db8::1");

struct Form {
  const char* text;
  const char* canonical;
};

// RFC 5952, sections 1, 2 and 4; RFC 4291, section 2.2.
constexpr Form kForms[] = {
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"10.0.100.9", "10.0.100.9"},
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"2001:0db8::0001", "2001:db8::1"},
    {"2001:db8::1:0:0:1", "2001:db8::1:0:0:1"},
    {"2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"},
    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
    {"0:0:0:0:0:FFFF:129.144.52.38", "::ffff:129.144.52.38"},
    {"::13.1.68.3", "::d01:4403"},
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
};

TEST(IpAddress, IsWrittenInItsOneForm) {
  for (const Form& form : kForms) {
    const auto ip = IpAddress::Parse(form.text);
    ASSERT_TRUE(ip) << form.text;
    EXPECT_EQ(ip->Format().view(), form.canonical) << form.text;
    const auto again = IpAddress::Parse(form.canonical);
    ASSERT_TRUE(again) << form.canonical;
    EXPECT_EQ(*again, *ip) << form.text;
  }
}

struct Reject {
  std::string_view text;
  Errc code;
  std::uint32_t offset;
};

constexpr Reject kRejects[] = {
    {"", Errc::kTruncated, 0},
    {"1", Errc::kTruncated, 1},
    {"1.2.3", Errc::kTruncated, 5},
    {"1.2.3.", Errc::kTruncated, 6},
    {"1..3.4", Errc::kInvalid, 2},
    {"1.2.3.4.", Errc::kInvalid, 7},
    {"1.2.3.4 ", Errc::kInvalid, 7},
    {" 1.2.3.4", Errc::kInvalid, 0},
    {"1.2.3.256", Errc::kOutOfRange, 6},
    {"1.2.3.99999999999999999999", Errc::kOutOfRange, 6},
    {"01.2.3.4", Errc::kInvalid, 1},
    {"1.2.3.04", Errc::kInvalid, 7},
    {"0x1.2.3.4", Errc::kInvalid, 1},
    {"-1.2.3.4", Errc::kInvalid, 0},
    {"localhost", Errc::kInvalid, 0},
    {std::string_view("1.2.3.4\0", 8), Errc::kInvalid, 7},
    {":", Errc::kInvalid, 0},
    {":1", Errc::kInvalid, 0},
    {"1:", Errc::kTruncated, 2},
    {"1:2:3:4:5:6:7", Errc::kTruncated, 13},
    {"1:2:3:4:5:6:7:", Errc::kTruncated, 14},
    {"1:2:3:4:5:6:7:8:9", Errc::kInvalid, 15},
    {"1:2:3:4:5:6:7:8:", Errc::kInvalid, 15},
    {"1::2::3", Errc::kInvalid, 5},
    {":::", Errc::kInvalid, 2},
    {"1:::2", Errc::kInvalid, 3},
    {"::1:2:3:4:5:6:7:8", Errc::kInvalid, 17},
    {"1:2:3:4:5:6:7:8::", Errc::kInvalid, 15},
    {"12345::", Errc::kInvalid, 4},
    {"::g", Errc::kInvalid, 2},
    {"fe80::1%eth0", Errc::kInvalid, 7},
    {"::1.2.3", Errc::kTruncated, 7},
    {"::1.2.3.4:5", Errc::kInvalid, 9},
    {"::1.2.3.256", Errc::kOutOfRange, 8},
    {"1:2:3:4:5:6:7:1.2.3.4", Errc::kInvalid, 15},
    {"[::1]", Errc::kInvalid, 0},
    {"::1/64", Errc::kInvalid, 3},
};

TEST(IpAddress, RejectsWhatIsNone) {
  for (const Reject& reject : kRejects) {
    const auto ip = IpAddress::Parse(reject.text);
    ASSERT_FALSE(ip) << reject.text;
    EXPECT_EQ(ip.error(), (Error{reject.code, reject.offset, 0, "address"}))
        << reject.text << ": " << ErrcName(ip.error().code) << " at " << ip.error().offset;
  }
}

TEST(IpAddress, EveryPrefixIsAnAddressOrAnError) {
  for (const Form& form : kForms) {
    const std::string_view text = form.text;
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto ip = IpAddress::Parse(text.substr(0, size));
      if (ip) {
        EXPECT_TRUE(IpAddress::Parse(ip->Format()).has_value());
      } else {
        EXPECT_LE(ip.error().offset, size);
      }
    }
  }
}

#ifndef _WIN32

TEST(IpAddress, AgreesWithTheSystemOnRandomText) {
  std::minstd_rand random(1);
  constexpr std::string_view kAlphabet = "0123456789afAF:::...";
  int read = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = i % 2 == 0 ? std::string(kForms[random() % std::size(kForms)].text) : std::string();
    for (auto edits = i % 2 == 0 ? 1 + random() % 3 : random() % 12; edits > 0; --edits) {
      text.insert(random() % (text.size() + 1), 1, kAlphabet[random() % kAlphabet.size()]);
      if (random() % 2 == 0) text.erase(random() % text.size(), 1);
    }
    std::uint8_t system[16] = {};
    const int family = text.find(':') == std::string::npos ? AF_INET : AF_INET6;
    const bool good = inet_pton(family, text.c_str(), system) == 1;
    const auto ip = IpAddress::Parse(text);
    ASSERT_EQ(ip.has_value(), good) << text;
    if (!good) continue;
    ++read;
    ASSERT_EQ(std::memcmp(ip->bytes().data(), system, ip->bytes().size()), 0) << text;
  }
  EXPECT_GT(read, 1'000);
}

TEST(IpAddress, IsWrittenAsTheSystemWritesIt) {
  std::minstd_rand random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::array<std::uint8_t, 16> bytes = {};
    bytes[0] = 0x20;  // the system writes ::1.2.3.4 for what RFC 5952 leaves open
    for (std::size_t j = 1; j < 16; ++j) {
      if (random() % 3 == 0) bytes[j] = static_cast<std::uint8_t>(random() % 256);
    }
    char system[INET6_ADDRSTRLEN];
    ASSERT_NE(inet_ntop(AF_INET6, bytes.data(), system, sizeof system), nullptr);
    ASSERT_EQ(IpAddress::V6(bytes).Format().view(), system);
  }
}

#endif

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

TEST(IpAddress, KnowsItsKind) {
  EXPECT_TRUE(Ip("127.255.255.255").IsLoopback());
  EXPECT_FALSE(Ip("128.0.0.1").IsLoopback());
  EXPECT_FALSE(Ip("::2").IsLoopback());
  for (const char* const text :
       {"10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fd00::1"}) {
    EXPECT_TRUE(Ip(text).IsPrivate()) << text;
  }
  for (const char* const text : {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.1.1",
                                 "192.169.0.0", "100.64.0.1", "169.254.0.1", "fe80::1", "2001:db8::1"}) {
    EXPECT_FALSE(Ip(text).IsPrivate()) << text;
  }
  EXPECT_TRUE(Ip("169.254.0.1").IsLinkLocal());
  EXPECT_FALSE(Ip("169.253.0.1").IsLinkLocal());
  EXPECT_TRUE(Ip("febf::1").IsLinkLocal());
  EXPECT_FALSE(Ip("fec0::1").IsLinkLocal());
  EXPECT_TRUE(Ip("224.0.0.1").IsMulticast());
  EXPECT_TRUE(Ip("239.1.1.1").IsMulticast());
  EXPECT_FALSE(Ip("240.0.0.1").IsMulticast());
  EXPECT_TRUE(Ip("ff02::1").IsMulticast());
  EXPECT_TRUE(Ip("0.0.0.0").IsUnspecified());
  EXPECT_TRUE(Ip("::").IsUnspecified());
  EXPECT_TRUE(Ip("255.255.255.255").IsLimitedBroadcast());
  EXPECT_FALSE(Ip("255.255.255.254").IsLimitedBroadcast());
}

TEST(IpAddress, FamiliesAreNeverEqual) {
  EXPECT_NE(Ip("0.0.0.0"), Ip("::"));
  EXPECT_LT(Ip("255.255.255.255"), Ip("::"));
}

TEST(IpAddress, UnmapsWhatIsMapped) {
  EXPECT_TRUE(Ip("::ffff:10.1.2.3").IsV4Mapped());
  EXPECT_EQ(Ip("::ffff:10.1.2.3").Unmapped(), Ip("10.1.2.3"));
  EXPECT_FALSE(Ip("::fffe:10.1.2.3").IsV4Mapped());
  EXPECT_EQ(Ip("::10.1.2.3").Unmapped(), Ip("::10.1.2.3"));
  EXPECT_EQ(Ip("10.1.2.3").Unmapped(), Ip("10.1.2.3"));
}

TEST(IpAddress, IsInItsNetworksOnly) {
  EXPECT_TRUE(Ip("192.168.1.50").IsIn(Ip("192.168.1.0"), 24));
  EXPECT_FALSE(Ip("192.168.2.50").IsIn(Ip("192.168.1.0"), 24));
  EXPECT_TRUE(Ip("192.168.1.129").IsIn(Ip("192.168.1.200"), 25));
  EXPECT_FALSE(Ip("192.168.1.127").IsIn(Ip("192.168.1.200"), 25));
  EXPECT_TRUE(Ip("1.2.3.4").IsIn(Ip("1.2.3.4"), 32));
  EXPECT_FALSE(Ip("1.2.3.5").IsIn(Ip("1.2.3.4"), 32));
  EXPECT_FALSE(Ip("1.2.3.4").IsIn(Ip("1.2.3.4"), 33));
  EXPECT_TRUE(Ip("1.2.3.4").IsIn(Ip("9.9.9.9"), 0));
  EXPECT_FALSE(Ip("::1").IsIn(Ip("0.0.0.0"), 0));
  EXPECT_TRUE(Ip("::1").IsIn(Ip("::1"), 128));
}

}  // namespace
}  // namespace cctl
