// SPDX-License-Identifier: MIT
//
// The machine that decides whom to dial and which session stays, under users, dials, connections and announcements in
// any order. Whatever comes: each dial is asked for once and answered once, a session begins and ends by turns,
// messages go to a connection that is open, and nothing is remembered of who was removed.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/peer_state.h"
#include "cctl/proto/peers.h"
#include "cctl/proto/session_limits.h"
#include "tests/fuzz/program.h"
#include "tests/support/seeded_random.h"

namespace {

using namespace cctl;
using testing::Program;
using testing::Require;

// What a relay keeps beside the machine.
struct Relay {
  std::map<std::string, int> dials;               // asked for and not answered, by peer
  std::map<ConnectionId, std::string> open;       // authenticated connections
  std::set<std::string> in_session;               // by the machine's events
  std::map<std::string, std::string> dialled_at;  // the address that was asked for last
};

void TakeEvents(Peers& peers, Relay& relay) {
  while (const auto event = peers.PollEvent()) {
    if (const auto* dial = std::get_if<Peers::DialWanted>(&*event)) {
      Require(!dial->address.empty() && dial->address.size() <= kMaxPeerAddressSize);
      const std::string name(dial->identity.view());
      ++relay.dials[name];
      relay.dialled_at[name] = dial->address;
    } else if (const auto* close = std::get_if<Peers::CloseWanted>(&*event)) {
      relay.open.erase(close->connection);
    } else if (const auto* connected = std::get_if<Peers::PeerConnected>(&*event)) {
      Require(relay.in_session.insert(std::string(connected->identity.view())).second);
    } else if (const auto* gone = std::get_if<Peers::PeerDisconnected>(&*event)) {
      Require(relay.in_session.erase(std::string(gone->identity.view())) == 1);
    }
  }
}

void Check(const Peers& peers, const Relay& relay) {
  std::size_t dials = 0;
  for (const auto& entry : relay.dials) dials += static_cast<std::size_t>(entry.second);
  Require(dials <= kMaxDials + 8);
  for (const Identity& identity : peers.Identities()) {
    const auto status = peers.Find(identity);
    Require(status.has_value());
    const auto connection = peers.connection(identity);
    Require(connection.has_value() == (status->state == PeerState::kConnected));
    Require(relay.in_session.count(std::string(identity.view())) == (connection ? 1u : 0u));
    if (connection) Require(relay.open.count(*connection) == 1 && relay.open.at(*connection) == identity.view());
  }
  if (peers.size() == 0) Require(!peers.PollTimeout());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Program in(data, size);
  testing::SeededRandom random(in.Byte());
  const Identity self = *Identity::Parse("m");
  Peers peers(self, random);
  Relay relay;
  Instant now{};
  std::uint64_t last_connection = 0;
  const char* const kNames[] = {"a", "B", "zz", "peer-4"};
  const std::string addresses[] = {"10.0.0.1:9847", "desk.example:1", "[fe80::1]:9847", std::string(400, 'x')};

  while (!in.empty()) {
    now = now + in.Pause();
    const std::string name = kNames[in.Below(4)];
    const Identity peer = *Identity::Parse(name);
    const std::string& address = addresses[in.Below(4)];
    switch (in.Below(10)) {
      case 0:
        peers.Add(now, peer, std::span(addresses).first(in.Below(4)));
        break;
      case 1:
        if (peers.Remove(now, peer)) Require(!peers.Find(peer));
        break;
      case 2:
        (void)peers.Connect(now, peer, in.Bit() ? address : std::string());
        break;
      case 3:
        peers.Disconnect(now, peer);
        break;
      case 4:
        peers.HandleAnnounced(now, peer, address, in.Bit());
        break;
      case 5: {  // a dial has succeeded
        if (relay.dials[name] == 0) break;
        --relay.dials[name];
        const ConnectionId id{++last_connection};
        relay.open.emplace(id, name);
        peers.HandleAuthenticated(now, peer, id, /*dialled=*/true, in.Bit(), relay.dialled_at[name]);
        break;
      }
      case 6: {  // or not
        if (relay.dials[name] == 0) break;
        --relay.dials[name];
        constexpr Errc kReasons[] = {Errc::kUnreachable, Errc::kDenied, Errc::kTimeout, Errc::kIdentityMismatch};
        peers.HandleDialFailed(now, peer, kReasons[in.Below(4)], relay.dialled_at[name]);
        break;
      }
      case 7: {  // somebody has dialled us; who is not a peer is Add()ed before
        if (!peers.Find(peer)) break;
        const ConnectionId id{++last_connection};
        relay.open.emplace(id, name);
        peers.HandleAuthenticated(now, peer, id, /*dialled=*/false, in.Bit(), in.Bit() ? address : std::string());
        break;
      }
      case 8: {  // a connection breaks, perhaps one that was to be closed anyway
        const ConnectionId id{in.Byte()};
        const auto found = relay.open.find(id);
        const std::string whose = found == relay.open.end() ? name : found->second;
        relay.open.erase(id);
        peers.HandleClosed(now, *Identity::Parse(whose), id, Errc::kUnreachable);
        break;
      }
      case 9:
        peers.HandleTimeout(now);
        break;
    }
    TakeEvents(peers, relay);
    Check(peers, relay);
    // Once more, nothing is due.
    peers.HandleTimeout(now);
    TakeEvents(peers, relay);
    peers.HandleTimeout(now);
    Require(!peers.PollEvent());
    if (const auto due = peers.PollTimeout()) Require(*due > now);
  }
  for (const Identity& identity : peers.Identities()) peers.Remove(now, identity);
  TakeEvents(peers, relay);
  Check(peers, relay);
  Require(relay.in_session.empty() && relay.open.empty());
  return 0;
}
