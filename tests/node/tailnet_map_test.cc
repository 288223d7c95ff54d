// SPDX-License-Identifier: MIT

#include "cctl/node/tailnet_map.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/net/ip_address.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"
#include "cctl/tailnet/tailnet_whois.h"

namespace cctl {
namespace {

IpAddress Ip(std::string_view text) { return *IpAddress::Parse(text); }
StableId Id(std::string_view text) { return *StableId::Parse(text); }

TailnetNode Node(const std::string& id, std::vector<std::string> addresses) {
  TailnetNode node;
  node.id = Id(id);
  node.name = id + ".tail1234.ts.net";
  node.addresses = std::move(addresses);
  node.tags = {"tag:claudectl"};
  node.online = true;
  node.in_network_map = true;
  return node;
}

TailnetStatus Status() {
  TailnetStatus status;
  status.state = TailnetState::kRunning;
  status.self = Node("nSELF", {"100.101.0.10", "fd7a:115c:a1e0::1a01:650a"});
  status.peers = {Node("nBOB", {"100.101.0.12", "fd7a:115c:a1e0::1a01:650c"}), Node("nCAROL", {"100.101.0.13"}),
                  Node("nAWAY", {"100.101.0.14"}), Node("nGONE", {"100.101.0.15"}),
                  Node("nODD", {"100.101.0.016", ""})};
  status.peers[2].online = false;
  status.peers[3].in_network_map = false;
  return status;
}

const TailnetMap kMap(Status());
const TailnetPath kPath{Ip("100.101.0.10"), Ip("100.101.0.12")};
const TailnetWhois kBob{Id("nBOB"), {"100.101.0.12", "fd7a:115c:a1e0::1a01:650c"}};

std::string FoundAt(std::string_view address) {
  const TailnetNode* const node = kMap.FindNode(Ip(address));
  return node == nullptr ? "" : std::string(node->id->view());
}

TEST(TailnetMap, KnowsWhoHasAnAddressInWhateverForm) {
  EXPECT_EQ(FoundAt("100.101.0.12"), "nBOB");
  EXPECT_EQ(FoundAt("::ffff:100.101.0.12"), "nBOB");
  EXPECT_EQ(FoundAt("fd7a:115c:a1e0:0::1a01:650c"), "nBOB");
  EXPECT_EQ(FoundAt("100.101.0.14"), "nAWAY");
  EXPECT_EQ(FoundAt("100.101.0.15"), "") << "it is no longer of this tailnet";
  EXPECT_EQ(FoundAt("100.101.0.16"), "") << "a status that says an address in a way of its own says none";
  EXPECT_EQ(FoundAt("100.101.0.10"), "") << "that is this machine";
  EXPECT_TRUE(kMap.IsOwn(Ip("::ffff:100.101.0.10")));
  EXPECT_FALSE(kMap.IsOwn(Ip("100.101.0.12")));
}

TEST(TailnetMap, FindsAMachineByItsName) {
  const auto found = [](std::string_view name) {
    const TailnetNode* const node = kMap.FindNamed(name);
    return node == nullptr ? std::string() : std::string(node->id->view());
  };
  EXPECT_EQ(found("nBOB.tail1234.ts.net"), "nBOB");
  EXPECT_EQ(found("nBOB.tail1234.ts.net."), "nBOB");
  EXPECT_EQ(found("nBOB"), "nBOB");
  EXPECT_EQ(found("nBO"), "");
  EXPECT_EQ(found("nGONE"), "");
  TailnetStatus twice = Status();
  twice.peers[1].name = "nBOB.other.ts.net";
  const TailnetMap map(twice);
  EXPECT_EQ(map.FindNamed("nBOB"), nullptr) << "two have that name";
  EXPECT_NE(map.FindNamed("nBOB.other.ts.net"), nullptr);
}

TEST(TailnetMap, PathIsInsideOnlyWithBothItsEnds) {
  EXPECT_EQ(kMap.FindInside(kPath), kMap.FindNode(kPath.remote));
  EXPECT_EQ(kMap.FindInside({Ip("10.77.0.1"), kPath.remote}), nullptr);
  EXPECT_EQ(kMap.FindInside({kPath.local, Ip("10.77.0.2")}), nullptr);
  EXPECT_EQ(kMap.FindInside({kPath.local, Ip("100.101.0.99")}), nullptr) << "never by its range";
}

TEST(TailnetMap, PeerIsACandidateAtTheOtherEnd) {
  const TailnetTag tag;
  ASSERT_NE(kMap.FindPeer(tag, kPath), nullptr);
  EXPECT_EQ(kMap.FindPeer(tag, {Ip("10.77.0.1"), kPath.remote}), nullptr);
  EXPECT_EQ(kMap.FindPeer(tag, {kPath.local, Ip("100.101.0.14")}), nullptr) << "offline";
  EXPECT_EQ(kMap.FindPeer({"tag:other", true}, kPath), nullptr);
  TailnetStatus nameless = Status();
  nameless.self.id.reset();
  EXPECT_EQ(TailnetMap(nameless).FindPeer(tag, kPath), nullptr);
}

// Each of what has to be true, wrong by itself.
TEST(TailnetMap, VouchesForNobodyWhereAnythingIsWrong) {
  const TailnetTag tag;
  EXPECT_TRUE(kMap.IsVouchedFor(Id("nBOB"), tag, kPath, kBob));
  EXPECT_FALSE(kMap.IsVouchedFor(Id("nBOB"), tag, kPath, std::nullopt)) << "Tailscale says nothing";
  EXPECT_FALSE(kMap.IsVouchedFor(Id("nCAROL"), tag, kPath, kBob)) << "the key was another's";
  const TailnetWhois carol{Id("nCAROL"), kBob.addresses};
  EXPECT_FALSE(kMap.IsVouchedFor(Id("nBOB"), tag, kPath, carol)) << "Tailscale says another";
  EXPECT_FALSE(kMap.IsVouchedFor(Id("nCAROL"), tag, kPath, carol)) << "the status says another";
  const TailnetWhois elsewhere{Id("nBOB"), {"100.101.0.13"}};
  EXPECT_FALSE(kMap.IsVouchedFor(Id("nBOB"), tag, kPath, elsewhere)) << "the address is not its own";
  EXPECT_FALSE(kMap.IsVouchedFor(Id("nBOB"), tag, {Ip("10.77.0.1"), kPath.remote}, kBob)) << "not by the tailnet";
  EXPECT_FALSE(kMap.IsVouchedFor(Id("nBOB"), {"tag:other", true}, kPath, kBob)) << "it has lost the tag";
}

}  // namespace
}  // namespace cctl
