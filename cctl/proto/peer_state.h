// SPDX-License-Identifier: MIT
//
// Where a relay stands with one of its peers, and what takes it from one position to the next: the one table of it
// (docs/protocol.md, sections 4.1 and 4.3). What is done on the way is in cctl/proto/peers.h.

#ifndef CCTL_PROTO_PEER_STATE_H_
#define CCTL_PROTO_PEER_STATE_H_

#include <cstddef>
#include <cstdint>

#include "cctl/base/errc.h"

namespace cctl {

enum class PeerState : std::uint8_t {
  kIdle,        // no session, and none of our making to come: the peer dials us, or has no address
  kWaiting,     // no session; dialled when its time has come
  kConnecting,  // being dialled
  kConnected,   // there is a session
  kRefused,     // it refused us, or was not who it should be; left alone for a while
  kHeld,        // the user disconnected it: not dialled, and refused if it dials, until the user connects it
};
inline constexpr std::size_t kPeerStates = 6;

enum class PeerEvent : std::uint8_t {
  kConnectAsked,     // by the user
  kDisconnectAsked,  // by the user
  kDialDue,          // its time has come
  kAnnounced,        // heard on the LAN
  kReappeared,       // heard on the LAN in a new instance; or the first address of it became known
  kRoundFailed,      // every address was dialled in vain
  kRoundRefused,     // the same, and at one of them we were refused
  kAuthenticated,    // a connection, whoever dialled it
  kLostOurs,         // the last connection, and it is for us to dial again
  kLostTheirs,       // the last connection, and the peer dials again
};
inline constexpr std::size_t kPeerEvents = 10;

namespace detail {

// clang-format off
inline constexpr PeerState kPeerTransitions[kPeerStates][kPeerEvents] = {
    // The columns in the order of PeerEvent, the rows in that of PeerState.
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kIdle, PeerState::kIdle, PeerState::kWaiting,
     PeerState::kIdle, PeerState::kIdle, PeerState::kConnected, PeerState::kIdle, PeerState::kIdle},
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kConnecting, PeerState::kWaiting, PeerState::kWaiting,
     PeerState::kWaiting, PeerState::kWaiting, PeerState::kConnected, PeerState::kWaiting, PeerState::kWaiting},
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kConnecting, PeerState::kConnecting, PeerState::kConnecting,
     PeerState::kWaiting, PeerState::kRefused, PeerState::kConnected, PeerState::kConnecting, PeerState::kConnecting},
    {PeerState::kConnected, PeerState::kHeld, PeerState::kConnected, PeerState::kConnected, PeerState::kConnected,
     PeerState::kConnected, PeerState::kConnected, PeerState::kConnected, PeerState::kWaiting, PeerState::kIdle},
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kConnecting, PeerState::kRefused, PeerState::kWaiting,
     PeerState::kRefused, PeerState::kRefused, PeerState::kConnected, PeerState::kRefused, PeerState::kRefused},
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kHeld, PeerState::kHeld, PeerState::kHeld,
     PeerState::kHeld, PeerState::kHeld, PeerState::kHeld, PeerState::kHeld, PeerState::kHeld},
};
// clang-format on

}  // namespace detail

constexpr PeerState NextPeerState(PeerState state, PeerEvent event) {
  return detail::kPeerTransitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

// Whether dialling again soon is pointless, because only a user can change the answer: the other side does not know our
// key (any more), proves nothing, or is somebody else.
constexpr bool IsRefusal(Errc code) {
  return code == Errc::kDenied || code == Errc::kAuthFailed || code == Errc::kUnproven ||
         code == Errc::kIdentityMismatch || code == Errc::kExpired;
}

}  // namespace cctl

#endif  // CCTL_PROTO_PEER_STATE_H_
