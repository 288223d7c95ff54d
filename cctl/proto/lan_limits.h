// SPDX-License-Identifier: MIT
//
// Every count and time of discovery and of pairing by approval, each with its reason (docs/protocol.md, sections 4.2
// and 5). Everybody on the network can send announcements and requests at any rate, under any name and, on most
// networks, from any address: what they can make us hold and do is bounded here.

#ifndef CCTL_PROTO_LAN_LIMITS_H_
#define CCTL_PROTO_LAN_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "cctl/base/time.h"

namespace cctl {

// --- Announcing ---

// The spec's: a machine that comes is seen within 10 s even by those who never ask.
inline constexpr Duration kAnnounceInterval = Seconds(10);

// Announcements that nobody hears any more: three in a row are lost by chance once in 125 times at 20 % loss.
inline constexpr int kMissedAnnouncements = 3;

// Answers to one query are spread over this time, so that a thousand relays do not overrun the asker's buffer.
inline constexpr std::int64_t kAnswerSpreadMs = 50;

// A second's answers to one address, and in all. Whoever looks around (LanSearch) asks 15 times a second; an answer is
// about as long as two queries, so nobody gains by asking in another's name.
inline constexpr std::size_t kMaxAnswersPerAddress = 20;
inline constexpr std::size_t kMaxAnswers = 200;

// --- Looking around ---

// A query, and each answer to it, is lost once in five on a bad wireless network. Of a thousand relays a search of 15
// queries then misses one in about 5,000 searches; three queries would miss 47 each time.
inline constexpr Duration kQueryInterval = Milliseconds(60);
inline constexpr int kSearchQueries = 15;

// How long after the last query answers may come: spread, sent and read.
inline constexpr Duration kSearchTime = Seconds(1);

// --- Who is near ---

// Identities that have shown to be more than one datagram, with up to four addresses each: about 1.5 MiB in all.
inline constexpr std::size_t kMaxNearby = 4096;
inline constexpr std::size_t kMaxNearbyAddresses = 4;

// What comes again from the same address within this time says nothing new.
inline constexpr Duration kRepetition = Milliseconds(100);

// Newcomers, and how many of them one address may bring: a flood pushes out nothing but newcomers, and one machine's
// flood only its own.
inline constexpr std::size_t kMaxProbation = 1024;
inline constexpr std::size_t kMaxProbationPerSource = 64;

// Newcomers that are told of (PeerFound) in one second; the others are when they have stayed. A flood must not fill a
// screen or a log.
inline constexpr int kMaxFoundPerSecond = 20;

// Newcomers are asked whether a relay answers there only while there is a crowd of them, and one in this time: each of
// these probes is a connection that the other side sees come and go.
inline constexpr Duration kProbeInterval = Milliseconds(50);

// How often a machine that has our identity is reported.
inline constexpr Duration kDuplicateReportInterval = Minutes(10);

// --- Pair requests ---

// How long somebody may take to answer y or n, unless the configuration says otherwise.
inline constexpr Duration kPairRequestTimeout = Seconds(120);

// After `approved`: the requester stores a key and sends one line.
inline constexpr Duration kApprovedLimit = Seconds(10);

// How much longer than the other side's patience a requester waits for its answer, which may be on its way.
inline constexpr Duration kPairAnswerSlack = Seconds(5);

// Undecided requests: more than a person will read, and each holds a connection. Of one address: a household behind
// one.
inline constexpr std::size_t kMaxPairRequests = 32;
inline constexpr std::size_t kMaxPairRequestsPerSource = 4;

// Requests in a minute that anybody is asked about, of one address and in all; more are answered `busy`. They bound
// what a screen or a log is made to show by somebody who asks and hangs up again and again.
inline constexpr std::size_t kMaxPairRequestsPerMinutePerSource = 10;
inline constexpr std::size_t kMaxPairRequestsPerMinute = 100;

// A name that was denied at an address is not asked about again for so long: nobody can make a person say no all day.
inline constexpr Duration kDeniedPause = Seconds(60);
inline constexpr std::size_t kMaxDenials = 64;

// `auto_approve_lan`: enough for a team that comes in on a morning, too few for a flood to be worth it.
inline constexpr std::size_t kMaxAutoApprovedPerMinute = 10;
inline constexpr std::size_t kMaxAutoApproved = 256;

// A key that was approved and never proved.
inline constexpr Duration kUnconfirmedTime = Minutes(10);

}  // namespace cctl

#endif  // CCTL_PROTO_LAN_LIMITS_H_
