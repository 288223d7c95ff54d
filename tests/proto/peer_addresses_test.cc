// SPDX-License-Identifier: MIT

#include "cctl/proto/peer_addresses.h"

#include <string>
#include <string_view>
#include <vector>

#include "cctl/proto/session_limits.h"
#include "gtest/gtest.h"

namespace cctl {
namespace {

std::vector<std::string> All(const PeerAddresses& addresses) {
  std::vector<std::string> all;
  for (std::string_view at = addresses.First(); !at.empty(); at = addresses.After(at)) all.emplace_back(at);
  return all;
}

using Texts = std::vector<std::string>;

TEST(PeerAddresses, AreNoneAtFirst) {
  const PeerAddresses addresses;
  EXPECT_TRUE(addresses.empty());
  EXPECT_EQ(addresses.First(), "");
  EXPECT_EQ(addresses.After("a:1"), "");
}

TEST(PeerAddresses, KeepTheOrderTheyArePutIn) {
  PeerAddresses addresses;
  addresses.PutFirst("b:1");
  addresses.PutLast("c:1");
  addresses.PutFirst("a:1");
  addresses.PutLast("d:1");
  EXPECT_EQ(All(addresses), (Texts{"a:1", "b:1", "c:1", "d:1"}));
  EXPECT_EQ(addresses.After("d:1"), "");
  EXPECT_EQ(addresses.After("b"), "") << "a part of an address is none";
}

TEST(PeerAddresses, MoveToTheFrontButNotToTheEnd) {
  PeerAddresses addresses;
  for (const char* text : {"a:1", "b:1", "c:1"}) addresses.PutLast(text);
  addresses.PutFirst("c:1");
  EXPECT_EQ(All(addresses), (Texts{"c:1", "a:1", "b:1"}));
  addresses.PutLast("c:1");
  addresses.PutLast("b:1");
  EXPECT_EQ(All(addresses), (Texts{"c:1", "a:1", "b:1"}));
  addresses.PutFirst(addresses.After("a:1"));  // a view of the list itself
  EXPECT_EQ(All(addresses), (Texts{"b:1", "c:1", "a:1"}));
}

TEST(PeerAddresses, AreEightAtMost) {
  PeerAddresses addresses;
  for (const char c : std::string("abcdefgh")) addresses.PutLast(std::string(1, c) + ":1");
  addresses.PutLast("i:1");
  EXPECT_EQ(All(addresses), (Texts{"a:1", "b:1", "c:1", "d:1", "e:1", "f:1", "g:1", "i:1"}));
  addresses.PutFirst("j:1");
  EXPECT_EQ(All(addresses), (Texts{"j:1", "a:1", "b:1", "c:1", "d:1", "e:1", "f:1", "g:1"}));
  addresses.PutFirst("g:1");
  EXPECT_EQ(All(addresses), (Texts{"g:1", "j:1", "a:1", "b:1", "c:1", "d:1", "e:1", "f:1"}));
}

TEST(PeerAddresses, IgnoreWhatIsNoAddress) {
  PeerAddresses addresses;
  const std::string longest(kMaxPeerAddressSize, 'a');
  for (const std::string& text : {std::string(), longest + "a", std::string("a\nb"), std::string("a\0b", 3)}) {
    addresses.PutFirst(text);
    addresses.PutLast(text);
  }
  EXPECT_TRUE(addresses.empty());
  addresses.PutLast(longest);
  EXPECT_EQ(addresses.First(), longest);
}

TEST(PeerAddresses, TakeEightBytesWhereTheyLive) { EXPECT_EQ(sizeof(PeerAddresses), sizeof(void*)); }

}  // namespace
}  // namespace cctl
