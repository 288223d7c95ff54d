// SPDX-License-Identifier: MIT
//
// Whom of a tailnet to connect to, and when (docs/protocol.md, section 6): each interval the status is asked for; each
// candidate in it that is not connected is tried, kMaxTailnetProbes at once; and a connected node that is a candidate
// no longer is dropped. A state machine: it runs no program and opens no socket. Do what the events say:
//
//   cctl::TailnetProber prober(Seconds(60), /*probes=*/true, now);
//   prober.HandleTimeout(now);                       // and again at PollTimeout()
//   while (const auto event = prober.PollEvent()) { ... }
//   prober.HandleStatus(now, status, tag);           // the answer to StatusWanted, or HandleNoStatus
//   prober.HandleProbed(now, node, TailnetStanding::kSilent, {});  // the answer to ProbeWanted
//
// Names in a status come from other nodes. Memory: a record for each candidate, of which a status has 20,000 at most.

#ifndef CCTL_PROTO_TAILNET_PROBER_H_
#define CCTL_PROTO_TAILNET_PROBER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"

namespace cctl {

inline constexpr Duration kTailnetProbeInterval = Seconds(60);

// So many sockets at once: a tailnet of thousands is walked through, not flooded.
inline constexpr std::size_t kMaxTailnetProbes = 16;

// A node that is awake answers in this time. The first packets to one that was not spoken to go by a relay of
// Tailscale's, so whoever has been silent gets one more try.
inline constexpr Duration kTailnetProbePatience = Milliseconds(800);
inline constexpr Duration kTailnetSecondPatience = Seconds(2);

// A session that lasted so long and ended is looked after sooner than at the next interval.
inline constexpr Duration kTailnetStableSession = Seconds(60);
inline constexpr Duration kTailnetReprobeDelay = Seconds(5);

// How a candidate stands.
enum class TailnetStanding : std::uint8_t {
  kUnknown,     // it has not been tried yet
  kConnecting,  // it is being tried
  kConnected,
  kSilent,   // no answer
  kNoRelay,  // something answers, or refuses the connection, and is no relay
  kRefused,  // a relay, and one of the two ends did not let the other in
  kPaired,   // a peer that is paired in another way, or that the user has disconnected: it is left to them
};

inline constexpr std::string_view TailnetStandingName(TailnetStanding standing) {
  constexpr std::string_view kNames[] = {"unknown",  "connecting", "connected", "silent",
                                         "no_relay", "refused",    "paired"};
  return kNames[static_cast<std::size_t>(standing)];
}

class TailnetProber {
 public:
  struct Candidate {
    StableId id;
    std::string name;
    std::string address;  // the first that the status names
    TailnetStanding standing = TailnetStanding::kUnknown;
    std::optional<Identity> identity = {};             // which it last said it has; kConnected: and is known to have
    Instant since = {};                                // kConnected
    TailnetStanding told = TailnetStanding::kUnknown;  // how the last try ended
    bool queued = false;                               // it is to be tried
  };

  // Answer by HandleStatus() or HandleNoStatus().
  struct StatusWanted {};
  // Connect there, wait so long for the connection to come about, and answer by HandleProbed().
  struct ProbeWanted {
    StableId node;
    std::string address;
    Duration patience;
  };
  // End the session with a node.
  struct DropWanted {
    StableId node;
  };
  using Event = std::variant<StatusWanted, ProbeWanted, DropWanted>;

  // `probes`: false only looks, for a command that dials by itself.
  TailnetProber(Duration interval, bool probes, Instant now) : interval_(interval), probes_(probes), due_(now) {}

  // Asks for the status, if it is due.
  void HandleTimeout(Instant now) {
    if (due_ && now >= *due_) AskForStatus(now);
  }
  // The same at once, unless it is being asked for.
  void AskForStatus(Instant now) {
    if (asked_) return;
    asked_ = now;
    due_.reset();
    events_.push_back(StatusWanted{});
  }
  // When HandleTimeout is due; nothing while the status is being asked for.
  [[nodiscard]] std::optional<Instant> PollTimeout() const { return due_; }

  // A status in which Tailscale is running, with a network device of its own.
  void HandleStatus(Instant now, const TailnetStatus& status, const TailnetTag& tag) {
    failures_ = 0;
    Replan(now);
    std::map<StableId, Candidate> former = std::exchange(candidates_, {});
    for (const TailnetNode& node : status.peers) {
      if (JudgeTailnetNode(status.self, node, tag) != TailnetVerdict::kCandidate) continue;
      Candidate candidate{*node.id, node.name, node.addresses[0]};
      const auto known = former.find(*node.id);
      // One that is reached elsewhere now begins anew.
      const bool stays = known != former.end() && std::find(node.addresses.begin(), node.addresses.end(),
                                                            known->second.address) != node.addresses.end();
      if (stays) {
        candidate.standing = known->second.standing;
        candidate.identity = known->second.identity;
        candidate.since = known->second.since;
        candidate.told = known->second.told;
        candidate.queued = known->second.queued;
        former.erase(known);
      }
      candidates_.emplace(*node.id, std::move(candidate));
    }
    Drop(former);
    if (!probes_) return;
    for (auto& [id, candidate] : candidates_) {
      const bool settled =
          candidate.standing == TailnetStanding::kConnected || candidate.standing == TailnetStanding::kConnecting;
      if (settled || std::exchange(candidate.queued, true)) continue;
      queue_.push_back({id, kTailnetProbePatience});
    }
    Probe();
  }

  // There is no such status. `certain`: because Tailscale does not run; else because the program gave no answer, which
  // is put up with once.
  void HandleNoStatus(Instant now, bool certain) {
    Replan(now);
    if (!certain && ++failures_ < 2) return;
    queue_.clear();
    Drop(std::exchange(candidates_, {}));
  }

  // What became of a probe, anything but kUnknown and kConnecting. `identity`: which the relay there said it has.
  void HandleProbed(Instant now, const StableId& node, TailnetStanding standing,
                    const std::optional<Identity>& identity) {
    const auto probe = probing_.find(node);
    if (probe == probing_.end()) return;
    const Duration patience = probe->second;
    probing_.erase(probe);
    const auto found = candidates_.find(node);
    if (found == candidates_.end()) {
      if (standing == TailnetStanding::kConnected) events_.push_back(DropWanted{node});
    } else {
      Candidate& candidate = found->second;
      if (identity) candidate.identity = identity;
      candidate.told = standing;
      // It may have come to us in the meantime.
      if (candidate.standing != TailnetStanding::kConnected) {
        candidate.standing = standing;
        candidate.since = now;
        if (standing == TailnetStanding::kSilent && patience < kTailnetSecondPatience) {
          candidate.queued = true;
          queue_.push_front({node, kTailnetSecondPatience});
        }
      }
    }
    Probe();
  }

  // A node has connected to us.
  void HandleConnected(Instant now, const StableId& node, const Identity& identity) {
    const auto found = candidates_.find(node);
    if (found == candidates_.end()) {
      events_.push_back(DropWanted{node});
      return;
    }
    found->second.standing = TailnetStanding::kConnected;
    found->second.identity = identity;
    found->second.since = now;
  }

  // The session with a node has ended.
  void HandleDisconnected(Instant now, const StableId& node) {
    const auto found = candidates_.find(node);
    if (found == candidates_.end() || found->second.standing != TailnetStanding::kConnected) return;
    found->second.standing = TailnetStanding::kUnknown;
    const bool stable = now - found->second.since >= kTailnetStableSession;
    if (stable && due_) due_ = (std::min)(*due_, now + kTailnetReprobeDelay);
  }

  std::optional<Event> PollEvent() {
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }

  [[nodiscard]] const std::map<StableId, Candidate>& candidates() const { return candidates_; }
  // Probes that are under way.
  [[nodiscard]] std::size_t probing() const { return probing_.size(); }

  void set_interval(Instant now, Duration interval) {
    interval_ = interval;
    if (due_) due_ = (std::min)(*due_, now + interval);
  }

 private:
  struct Queued {
    StableId node;
    Duration patience;
  };

  void Replan(Instant now) {
    const Instant asked = asked_.value_or(now);
    asked_.reset();
    due_ = (std::max)(asked + interval_, now);
  }

  void Probe() {
    while (!queue_.empty() && probing_.size() < kMaxTailnetProbes) {
      const Queued next = queue_.front();
      queue_.pop_front();
      const auto found = candidates_.find(next.node);
      if (found == candidates_.end()) continue;
      found->second.queued = false;
      if (found->second.standing == TailnetStanding::kConnected || probing_.contains(next.node)) continue;
      found->second.standing = TailnetStanding::kConnecting;
      probing_.emplace(next.node, next.patience);
      events_.push_back(ProbeWanted{next.node, found->second.address, next.patience});
    }
  }

  void Drop(const std::map<StableId, Candidate>& gone) {
    for (const auto& [id, candidate] : gone) {
      if (candidate.standing == TailnetStanding::kConnected) events_.push_back(DropWanted{id});
    }
  }

  Duration interval_;
  bool probes_;
  std::optional<Instant> due_;    // of the next status
  std::optional<Instant> asked_;  // when this one was asked for
  int failures_ = 0;              // in a row
  std::map<StableId, Candidate> candidates_;
  std::deque<Queued> queue_;
  std::map<StableId, Duration> probing_;  // and how long each connection may take
  std::deque<Event> events_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_TAILNET_PROBER_H_
