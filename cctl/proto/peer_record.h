// SPDX-License-Identifier: MIT
//
// What cctl/proto/peers.h remembers of one peer, kept small: there may be ten thousand of them.

#ifndef CCTL_PROTO_PEER_RECORD_H_
#define CCTL_PROTO_PEER_RECORD_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/peer_addresses.h"
#include "cctl/proto/peer_state.h"
#include "cctl/proto/reconnect_backoff.h"

namespace cctl::detail {

struct PeerConnection {
  ConnectionId id{};
  bool dialled = false;
  bool proved = false;
};

struct PeerRecord {
  PeerAddresses addresses;
  PeerConnection newest;  // kConnected only
  std::unique_ptr<std::vector<PeerConnection>>
      others;     // kConnected only, the oldest first: of peers that prove nothing
  Instant since;  // of the newest connection; else of the last dial
  Instant due;    // of the next dial: kWaiting, kRefused
  ReconnectBackoff backoff;
  PeerState state = PeerState::kIdle;
  std::optional<Errc> error;
  bool dialled = false;   // by us, since the last stable session that the peer had dialled
  bool dialling = false;  // a DialWanted has not been answered
  bool refused = false;   // in this round of addresses
  bool restart = false;   // the round begins again after this dial: the user has named an address
};

static_assert(sizeof(PeerRecord) <= 56);

// The order of names without regard to the case of letters: those that SameName calls the same are equal.
struct PeerNameLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return AsciiLower(x) < AsciiLower(y); });
  }
};

}  // namespace cctl::detail

#endif  // CCTL_PROTO_PEER_RECORD_H_
