// SPDX-License-Identifier: MIT

#include "cctl/net/native_address.h"

#include <gtest/gtest.h>

namespace cctl {
namespace {

TEST(NativeAddress, KeepsAnEndpoint) {
  for (const char* const text : {"1.2.3.4:80", "[2001:db8::1]:9847"}) {
    const Endpoint endpoint = Endpoint::Parse(text).value();
    const auto back = NativeAddress(endpoint).ToEndpoint();
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(*back, endpoint);
  }
}

TEST(NativeAddress, KeepsTheScope) {
  const Endpoint endpoint = {IpAddress::Parse("fe80::1").value(), 9847, 7};
  EXPECT_EQ(NativeAddress(endpoint).ToEndpoint().value(), endpoint);
}

TEST(NativeAddress, RefusesOtherFamilies) {
  NativeAddress address;
  address.get()->sa_family = AF_UNIX;
  EXPECT_EQ(address.ToEndpoint().error().code, Errc::kUnsupported);
  EXPECT_EQ(NativeAddress::ToEndpoint(nullptr).error().code, Errc::kUnsupported);
}

}  // namespace
}  // namespace cctl
