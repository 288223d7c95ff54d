// SPDX-License-Identifier: MIT
//
// Every limit that the wire itself sets, each with its reason (docs/protocol.md, sections 4 and 5). Limits of counts
// and times (connections, retries) belong to the machines of proto/.

#ifndef CCTL_WIRE_WIRE_LIMITS_H_
#define CCTL_WIRE_WIRE_LIMITS_H_

#include <cstddef>

namespace cctl {

// A line before authentication, its newline not counted. The longest that anyone has a reason to send there, a
// handshake with every member, is under 600 bytes; the rest is room for members of later versions. A stranger can make
// us hold this much, 256 times over.
inline constexpr std::size_t kMaxLineBeforeAuthentication = 8 * 1024;

// A line of an authenticated peer, its newline not counted: a knowledge snapshot is the largest message there is.
inline constexpr std::size_t kMaxLine = 1024 * 1024;

// A datagram: with room to spare below 1,232 bytes, what every path carries unfragmented.
inline constexpr std::size_t kMaxDatagram = 1024;

// Arrays and objects inside each other, the outermost counted as 1. What serde_json, which the released claudectl
// reads with, allows too; and it bounds whoever parses an application's payload by recursion.
inline constexpr unsigned kMaxJsonDepth = 128;

// Members of an object that this library reads the members of, and the bytes of a member's name as it is written. The
// largest such object has 7 members, the longest name 12 bytes. With both bounded, looking for duplicates takes no
// memory and, on a line of any length, at most 496 comparisons of 64 bytes.
inline constexpr std::size_t kMaxJsonMembers = 32;
inline constexpr std::size_t kMaxJsonName = 64;

// Bytes of `msg_type`; the longest known, knowledge_snapshot, has 18.
inline constexpr std::size_t kMaxMessageType = 64;

// Bytes of `id`. Ours has 53 at most; a UUID has 36.
inline constexpr std::size_t kMaxMessageId = 128;

// Bytes of `version`: "0.64.0", or "1.0.0-rc.1+20270101" with room to spare.
inline constexpr std::size_t kMaxVersion = 32;

}  // namespace cctl

#endif  // CCTL_WIRE_WIRE_LIMITS_H_
