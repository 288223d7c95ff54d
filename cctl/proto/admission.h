// SPDX-License-Identifier: MIT
//
// How much strangers may cost (docs/protocol.md, section 4.1): which connection goes when too many have proved nothing
// yet, and which wrong proof is still answered. A right proof is never held up by either: keys have 64 random bits at
// least, so locking a source out would not protect them, and would let one neighbour behind an address lock out
// another.
//
// Memory: at most kMaxUnauthenticated records of 32 bytes and kMaxWrongProofSources of 72, about 26 KiB. An attacker
// with more sources than that pushes the longest quiet one out, which is then answered five more times: no more than
// the new source costs anyway. A call looks through one of the two lists, in about a microsecond.

#ifndef CCTL_PROTO_ADMISSION_H_
#define CCTL_PROTO_ADMISSION_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/session_limits.h"

namespace cctl {

class Admission {
 public:
  enum class WrongProof : std::uint8_t {
    kAnswer,       // `denied`, and log it
    kCloseAndLog,  // no answer: the first of a run of them
    kClose,        // no answer, no log line
  };

  // A connection was accepted. If there are too many, returns the one to close: the oldest of the source that holds
  // most; of the source itself, if that has too many. It is no longer counted.
  std::optional<ConnectionId> HandleAccepted(ConnectionId connection, const AddressKey& address) {
    const AddressKey source = SourceOf(address);
    std::size_t held = 0;
    for (const Pending& pending : pending_) held += pending.source == source ? 1u : 0u;
    std::optional<ConnectionId> dropped;
    if (held == kMaxUnauthenticatedPerSource) {
      dropped =
          Drop(std::find_if(pending_.begin(), pending_.end(), [&](const Pending& p) { return p.source == source; }));
    } else if (pending_.size() == kMaxUnauthenticated) {
      // The first of the greatest, so of sources that hold equally many the one with the oldest connection.
      dropped = Drop(std::max_element(pending_.begin(), pending_.end(),
                                      [](const Pending& a, const Pending& b) { return a.held < b.held; }));
    }
    pending_.push_back({connection, source, 0});
    Recount(source);
    return dropped;
  }

  // A connection is a stranger's no longer: it was authenticated, waits for a decision about its pair request, or was
  // closed. One that is not counted is ignored.
  void HandleSettled(ConnectionId connection) {
    const auto found = std::find_if(pending_.begin(), pending_.end(),
                                    [connection](const Pending& pending) { return pending.connection == connection; });
    if (found != pending_.end()) Drop(found);
  }

  // A wrong proof came from `address`. (Right ones are not reported: nothing here concerns them.)
  WrongProof HandleWrongProof(Instant now, const AddressKey& address) {
    Source& source = SourceRecord(now, SourceOf(address));
    Instant& oldest = source.recent[source.next];
    const bool answer = now - oldest >= kWrongProofWindow;
    oldest = now;
    source.next = static_cast<std::uint8_t>((source.next + 1) % kMaxWrongProofs);
    const bool log = !answer && !source.unanswered;
    source.unanswered = !answer;
    if (answer) return WrongProof::kAnswer;
    return log ? WrongProof::kCloseAndLog : WrongProof::kClose;
  }

  // Connections that are counted now.
  [[nodiscard]] std::size_t unauthenticated() const { return pending_.size(); }

 private:
  struct Pending {
    ConnectionId connection;
    AddressKey source;
    std::uint32_t held;  // how many of the list have this source
  };

  struct Source {
    AddressKey source{};
    std::array<Instant, kMaxWrongProofs> recent{};  // a ring of the last ones, answered or not
    std::uint8_t next = 0;                          // the oldest of them
    bool unanswered = false;                        // the last one was
  };

  ConnectionId Drop(std::vector<Pending>::iterator position) {
    const Pending dropped = *position;
    pending_.erase(position);
    Recount(dropped.source);
    return dropped.connection;
  }

  void Recount(const AddressKey& source) {
    std::uint32_t held = 0;
    for (const Pending& pending : pending_) held += pending.source == source ? 1u : 0u;
    for (Pending& pending : pending_) {
      if (pending.source == source) pending.held = held;
    }
  }

  static Instant LastOf(const Source& source) {
    return source.recent[(source.next + kMaxWrongProofs - 1) % kMaxWrongProofs];
  }

  // The record of a source; a new one takes the place of the longest quiet when there is no room.
  Source& SourceRecord(Instant now, const AddressKey& key) {
    auto found = std::find_if(sources_.begin(), sources_.end(), [&key](const Source& s) { return s.source == key; });
    if (found != sources_.end()) return *found;
    if (sources_.size() < kMaxWrongProofSources) {
      found = sources_.insert(sources_.end(), Source{});
    } else {
      found = std::min_element(sources_.begin(), sources_.end(),
                               [](const Source& a, const Source& b) { return LastOf(a) < LastOf(b); });
      *found = Source{};
    }
    found->source = key;
    found->recent.fill(now - kWrongProofWindow);
    return *found;
  }

  std::vector<Pending> pending_;  // the oldest first
  std::vector<Source> sources_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_ADMISSION_H_
