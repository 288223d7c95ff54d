// SPDX-License-Identifier: MIT

#include "cctl/net/endpoint.h"

#include <gtest/gtest.h>

namespace cctl {
namespace {

static_assert(Endpoint::Parse("192.168.1.50:9847")->port == 9847);

TEST(Endpoint, IsReadAndWritten) {
  for (const char* const text : {"1.2.3.4:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80", "[2001:db8::1]:9847",
                                 "[1111:2222:3333:4444:5555:6666:7777:8888]:65535"}) {
    const auto endpoint = Endpoint::Parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->Format().view(), text);
  }
}

struct Reject {
  std::string_view text;
  Error error;
};

constexpr Reject kRejects[] = {
    {"", {Errc::kTruncated, 0, 0, "address"}},
    {"1.2.3.4", {Errc::kMissing, 7, 0, "port"}},
    {"1.2.3.4:", {Errc::kTruncated, 8, 0, "port"}},
    {"1.2.3.4:x", {Errc::kInvalid, 8, 0, "port"}},
    {"1.2.3.4:80x", {Errc::kInvalid, 10, 0, "port"}},
    {"1.2.3.4:080", {Errc::kInvalid, 9, 0, "port"}},
    {"1.2.3.4:00", {Errc::kInvalid, 9, 0, "port"}},
    {"1.2.3.4:+80", {Errc::kInvalid, 8, 0, "port"}},
    {"1.2.3.4:65536", {Errc::kOutOfRange, 8, 0, "port"}},
    {"1.2.3.4:4294967376", {Errc::kOutOfRange, 8, 0, "port"}},
    {"1.2.3:80", {Errc::kInvalid, 5, 0, "address"}},
    {"1.2.3.256:80", {Errc::kOutOfRange, 6, 0, "address"}},
    {":80", {Errc::kInvalid, 0, 0, "address"}},
    {"::1:80", {Errc::kInvalid, 0, 0, "address"}},
    {"[::1", {Errc::kTruncated, 4, 0, "address"}},
    {"[::1]", {Errc::kMissing, 5, 0, "port"}},
    {"[::1]80", {Errc::kMissing, 5, 0, "port"}},
    {"[::1]:", {Errc::kTruncated, 6, 0, "port"}},
    {"[1.2.3.4]:80", {Errc::kInvalid, 1, 0, "address"}},
    {"[]:80", {Errc::kInvalid, 1, 0, "address"}},
    {"[fe80::1%2]:80", {Errc::kInvalid, 8, 0, "address"}},
    {"localhost:80", {Errc::kInvalid, 0, 0, "address"}},
};

TEST(Endpoint, RejectsWhatIsNone) {
  for (const Reject& reject : kRejects) {
    const auto endpoint = Endpoint::Parse(reject.text);
    ASSERT_FALSE(endpoint) << reject.text;
    EXPECT_EQ(endpoint.error(), reject.error) << reject.text << ": " << ErrcName(endpoint.error().code) << " at "
                                              << endpoint.error().offset << ", " << endpoint.error().part;
  }
}

TEST(Endpoint, EveryPrefixIsAnErrorUnlessItsPortIsShorter) {
  for (const std::string_view text : {"10.20.30.40:9847", "[2001:db8::1]:9847"}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_EQ(Endpoint::Parse(text.substr(0, size)).has_value(), size > text.rfind(':') + 1) << size;
    }
  }
}

TEST(Endpoint, ScopeTellsLinkLocalAddressesApart) {
  const IpAddress ip = IpAddress::Parse("fe80::1").value();
  EXPECT_NE((Endpoint{ip, 80, 2}), (Endpoint{ip, 80, 3}));
  EXPECT_EQ((Endpoint{ip, 80, 2}).Format().view(), "[fe80::1]:80");
}

}  // namespace
}  // namespace cctl
