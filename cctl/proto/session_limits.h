// SPDX-License-Identifier: MIT
//
// Every count and time that bounds a connection, each with its reason (docs/protocol.md, sections 4.1 and 4.3). What
// bounds a line is in cctl/wire/wire_limits.h, what bounds a handshake in cctl/proto/handshake_limits.h.

#ifndef CCTL_PROTO_SESSION_LIMITS_H_
#define CCTL_PROTO_SESSION_LIMITS_H_

#include <cstddef>

#include "cctl/base/time.h"

namespace cctl {

// --- A session ---

// What the released claudectl sends, too. Short enough to keep the state of a home router's address translation alive.
inline constexpr Duration kHeartbeatInterval = Seconds(30);

// Two heartbeats may be lost in a stalled link, and a cable may be out for a minute, before a peer counts as gone.
inline constexpr Duration kSilenceLimit = Seconds(90);

// The released claudectl loses bytes that arrive together with the end of the handshake, so it gets none so early.
inline constexpr Duration kQuietStart = Seconds(1);

// What the program keeps for a peer that reads too slowly: four of the longest lines. Past it, or when the peer has
// taken nothing for the time below, the connection ends.
inline constexpr std::size_t kMaxUnsent = 4 * 1024 * 1024;
inline constexpr Duration kStalledLimit = Seconds(30);

// Application messages that wait for a subscriber, per peer. One that finds the queue full is not acknowledged.
inline constexpr std::size_t kMaxQueuedMessages = 64;

// --- One peer, one session ---

// Two dials that cross are authenticated within a round trip or two of each other; a connection that comes later than
// this replaces one that has probably died.
inline constexpr Duration kCrossedDialWindow = Seconds(5);

// Released peers open a new connection for each thing they send and leave the old one to us.
inline constexpr std::size_t kMaxUnprovedSessions = 4;

// --- Dialling ---

// A session that ended sooner counts as one more failure: a peer that accepts us and hangs up would otherwise be
// dialled every 5 s for good. Longer than kSilenceLimit, so that both ends have heard of each other in a stable one.
inline constexpr Duration kStableSession = Minutes(2);

// How long a peer that refused us is left alone. Its own relay dials us once its user has put things right, so 10
// minutes cost nothing; they make at most 6 wrong proofs an hour, far below what locks an address out of a released
// listener (5 a minute).
inline constexpr Duration kRefusedPause = Minutes(10);

// Announcements are not authenticated: whatever their rate, a peer is not dialled more often than this because of them.
inline constexpr Duration kAnnouncedDialInterval = Seconds(5);

// Dials under way at once, those that the user asked for aside. With a thousand peers that are away, each of which
// takes seconds to time out, this keeps the number of descriptors and half-open connections small.
inline constexpr std::size_t kMaxDials = 128;

// Where one peer may be found: a LAN, a VPN and a public address in both families, with room to spare. Longer lists
// would let whoever can announce make us dial the whole network.
inline constexpr std::size_t kMaxPeerAddresses = 8;
inline constexpr std::size_t kMaxPeerAddressSize = 300;  // bytes: a host name of 253, a port and brackets

// --- Strangers ---

// Connections that have not proved anything yet. With kMaxLineBeforeAuthentication that is at most 2 MiB of memory.
inline constexpr std::size_t kMaxUnauthenticated = 256;
inline constexpr std::size_t kMaxUnauthenticatedPerSource = 32;

// Wrong proofs of one source within kWrongProofWindow that are answered `denied`; more are closed without a word.
inline constexpr std::size_t kMaxWrongProofs = 5;
inline constexpr Duration kWrongProofWindow = Seconds(60);

// Sources whose wrong proofs are remembered at once.
inline constexpr std::size_t kMaxWrongProofSources = 256;

}  // namespace cctl

#endif  // CCTL_PROTO_SESSION_LIMITS_H_
