// SPDX-License-Identifier: MIT

#include "cctl/node/nearby_events.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/identity/identity.h"
#include "cctl/net/ip_address.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/node_events.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/wire/version_text.h"

namespace cctl {
namespace {

const Identity kSelf = *Identity::Parse("laptop-a3f2");
const Identity kPeer = *Identity::Parse("desktop-b7c1");
const AddressKey kAddress = ToAddressKey(IpAddress::V4(192, 168, 1, 42));

TEST(NearbyEvents, TellWhoComesAndGoes) {
  const auto found =
      ToNodeEvent(NearbyPeers::PeerFound{kPeer, {kAddress, 9847}, VersionText("0.36.0"), /*paired=*/true}, kSelf);
  ASSERT_TRUE(found);
  const auto& discovered = std::get<PeerDiscovered>(*found);
  EXPECT_EQ(discovered.peer, kPeer);
  EXPECT_EQ(discovered.addr, "192.168.1.42:9847");
  EXPECT_EQ(discovered.version, "0.36.0");
  EXPECT_TRUE(discovered.paired);
  const auto gone = ToNodeEvent(NearbyPeers::PeerLost{kPeer, {kAddress, 9847}, /*goodbye=*/true}, kSelf);
  ASSERT_TRUE(gone);
  EXPECT_TRUE(std::get<PeerLost>(*gone).goodbye);
}

TEST(NearbyEvents, NameAMachineWithOurNameAndWhatToDo) {
  const auto event = ToNodeEvent(NearbyPeers::DuplicateIdentity{kAddress}, kSelf);
  ASSERT_TRUE(event);
  const auto& warning = std::get<WarningRaised>(*event);
  EXPECT_EQ(warning.code, Errc::kAmbiguous);
  EXPECT_NE(warning.message.find("192.168.1.42"), std::string::npos);
  EXPECT_NE(warning.message.find("laptop-a3f2"), std::string::npos);
  EXPECT_NE(warning.message.find("identity --regenerate"), std::string::npos);
}

TEST(NearbyEvents, AProbeIsNobodysBusiness) {
  EXPECT_FALSE(ToNodeEvent(NearbyPeers::ProbeWanted{kPeer, std::nullopt, {kAddress, 9847}}, kSelf));
}

}  // namespace
}  // namespace cctl
