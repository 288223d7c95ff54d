// SPDX-License-Identifier: MIT
//
// Pair requests that wait for somebody's yes or no (docs/protocol.md, section 4.2): at most 32, 4 of one address. What
// a request says of itself is a stranger's; the check number and the address are what a person can go by. Time limits
// are the handshakes' own (cctl/proto/listener_handshake.h): what ends there is withdrawn here.
//
//   const auto received = queue.Receive(now, {connection, identity, address, version, check}, timeout);
//   ...
//   if (const auto request = queue.Decide(now, id, /*approved=*/true)) Answer(request->connection);

#ifndef CCTL_PROTO_PAIR_QUEUE_H_
#define CCTL_PROTO_PAIR_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/random_source.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/wire/version_text.h"

namespace cctl {

// What a person types to name a request: 4 lower-case hexadecimal digits.
enum class PairRequestId : std::uint16_t {};

constexpr InlineString<4> FormatPairRequestId(PairRequestId id) {
  InlineString<4> text;
  for (unsigned shift = 16; shift > 0; shift -= 4) {
    text.push_back(HexDigit(static_cast<std::uint16_t>(id) >> (shift - 4) & 15u));
  }
  return text;
}

struct QueuedPair {
  PairRequestId id{};
  ConnectionId connection{};
  Identity identity;
  AddressKey address{};
  VersionText version;      // empty: not said
  std::uint32_t check = 0;  // CheckNumber
  Instant received;
  Instant expires;
};

class PairQueue {
 public:
  struct Arrival {
    ConnectionId connection{};
    Identity identity;
    AddressKey address{};
    VersionText version = {};
    std::uint32_t check = 0;
  };

  enum class Reception : std::uint8_t {
    kQueued,
    kBusy,    // too many wait, or came within a minute
    kDenied,  // that name was denied at that address within the last minute
  };

  // `random` outlives this. Should it fail, ids are counted instead.
  explicit PairQueue(RandomSource& random) : random_(random) {}

  // A request has come that may be asked about: of an identity that is neither ours nor paired.
  Reception Receive(Instant now, const Arrival& arrival, Duration timeout) {
    const AddressKey source = SourceOf(arrival.address);
    std::erase_if(denials_, [now](const Denial& denial) { return now >= denial.until; });
    for (const Denial& denial : denials_) {
      if (denial.source == source && SameName(denial.identity, arrival.identity)) return Reception::kDenied;
    }
    const auto waiting = std::count_if(requests_.begin(), requests_.end(), [&source](const QueuedPair& request) {
      return SourceOf(request.address) == source;
    });
    if (requests_.size() >= kMaxPairRequests || waiting >= std::ptrdiff_t{kMaxPairRequestsPerSource}) {
      return Reception::kBusy;
    }
    if (!NoteArrival(now, source)) return Reception::kBusy;
    requests_.push_back({NewId(), arrival.connection, arrival.identity, arrival.address, arrival.version, arrival.check,
                         now, now + timeout});
    return Reception::kQueued;
  }

  // Those that wait, the oldest first. The latest is back() after kQueued.
  [[nodiscard]] std::span<const QueuedPair> requests() const { return requests_; }

  // Those that a word names: an id, or the name of who asks. Two of one name are two requests.
  [[nodiscard]] std::vector<QueuedPair> Find(std::string_view word) const {
    std::vector<QueuedPair> found;
    for (const QueuedPair& request : requests_) {
      if (FormatPairRequestId(request.id) == word) return {request};
      if (request.identity.view() == word) found.push_back(request);
    }
    return found;
  }

  // Takes a request out; nothing if it has been decided, or withdrawn.
  std::optional<QueuedPair> Decide(Instant now, PairRequestId id, bool approved) {
    const auto found =
        std::find_if(requests_.begin(), requests_.end(), [id](const QueuedPair& request) { return request.id == id; });
    if (found == requests_.end()) return std::nullopt;
    if (!approved) {
      if (denials_.size() == kMaxDenials) denials_.erase(denials_.begin());
      denials_.push_back({found->identity, SourceOf(found->address), now + kDeniedPause});
    }
    return Take(found);
  }

  // The connection is gone, or its time is over.
  std::optional<QueuedPair> Withdraw(Instant now, ConnectionId connection) {
    const auto found = std::find_if(requests_.begin(), requests_.end(), [connection](const QueuedPair& request) {
      return request.connection == connection;
    });
    if (found == requests_.end()) return std::nullopt;
    if (gone_.size() == kMaxDenials) gone_.erase(gone_.begin());
    gone_.push_back({found->identity, now});
    return Take(found);
  }

  // Whether a request of that name was withdrawn a short time ago: then the one that is there may not be the one that
  // somebody has looked at, and is to be named by its id.
  [[nodiscard]] bool HasChanged(Instant now, const Identity& identity) const {
    return std::any_of(gone_.begin(), gone_.end(), [&](const Gone& gone) {
      return now - gone.at < kPairRequestTimeout && gone.identity == identity;
    });
  }

 private:
  struct Gone {
    Identity identity;
    Instant at;
  };
  struct Denial {
    Identity identity;
    AddressKey source;
    Instant until;
  };
  struct Recent {
    Instant at;
    AddressKey source;
  };

  // Counts a request that will be asked about; false: there have been too many.
  bool NoteArrival(Instant now, const AddressKey& source) {
    std::erase_if(recent_, [now](const Recent& recent) { return now - recent.at >= Minutes(1); });
    const auto same =
        std::count_if(recent_.begin(), recent_.end(), [&](const Recent& recent) { return recent.source == source; });
    if (recent_.size() >= kMaxPairRequestsPerMinute) return false;
    if (same >= std::ptrdiff_t{kMaxPairRequestsPerMinutePerSource}) return false;
    recent_.push_back({now, source});
    return true;
  }

  PairRequestId NewId() {
    std::uint8_t bytes[2] = {};
    std::uint16_t id = ++last_id_;
    if (random_.Fill(bytes)) id = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
    const auto is_taken = [this](std::uint16_t value) {
      return std::any_of(requests_.begin(), requests_.end(),
                         [value](const QueuedPair& request) { return request.id == PairRequestId{value}; });
    };
    while (is_taken(id)) ++id;
    return PairRequestId{last_id_ = id};
  }

  QueuedPair Take(std::vector<QueuedPair>::iterator position) {
    QueuedPair taken = *position;
    requests_.erase(position);
    return taken;
  }

  RandomSource& random_;
  std::vector<QueuedPair> requests_;  // the oldest first
  std::vector<Denial> denials_;       // the oldest first
  std::vector<Gone> gone_;            // the oldest first
  std::vector<Recent> recent_;
  std::uint16_t last_id_ = 0;
};

}  // namespace cctl

#endif  // CCTL_PROTO_PAIR_QUEUE_H_
