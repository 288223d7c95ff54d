// SPDX-License-Identifier: MIT

#include "cctl/identity/identity_from_hostname.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "cctl/identity/identity.h"

namespace cctl {
namespace {

TEST(IdentityFromHostname, MakesAShortLowerCaseNameWithASuffix) {
  constexpr std::uint8_t kRandom[2] = {0xa3, 0xf2};
  const struct {
    std::string hostname;
    std::string identity;
  } kNames[] = {
      {"laptop", "laptop-a3f2"},
      {"Laptop.example.org", "laptop-a3f2"},
      {"Joe's MacBook.local", "joe-s-macbook-a3f2"},
      {"ci_runner", "ci_runner-a3f2"},
      {"--x--", "x-a3f2"},
      {"_-x_-", "x-a3f2"},
      {"m\xc3\xbcller", "m-ller-a3f2"},  // one character, one dash
      {"", "host-a3f2"},
      {".", "host-a3f2"},
      {".local", "host-a3f2"},
      {"---", "host-a3f2"},
      {"\xe6\x97\xa5\xe6\x9c\xac", "host-a3f2"},
      {"\xff\x80\x80", "host-a3f2"},  // not UTF-8
      {std::string("a\0b", 3), "a-b-a3f2"},
      {std::string(300, 'x'), std::string(123, 'x') + "-a3f2"},
      {std::string(122, 'x') + "-yz", std::string(122, 'x') + "-a3f2"},  // trimmed after it is cut
  };
  for (const auto& name : kNames) {
    const Identity identity = IdentityFromHostname(name.hostname, kRandom);
    EXPECT_EQ(identity.view(), name.identity);
    EXPECT_TRUE(Identity::Parse(identity.view())) << name.hostname;
  }
}

}  // namespace
}  // namespace cctl
