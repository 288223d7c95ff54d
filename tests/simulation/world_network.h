// SPDX-License-Identifier: MIT
//
// The network of a simulated world: hosts that hear each other's datagrams, some of which are lost, late, doubled or
// out of order, and streams between them, whose bytes come late and in pieces, but in order. Two hosts may be cut off
// from each other: then datagrams are lost, and streams stand still until that is over, or break. Everything that
// happens is planned on the clock and drawn from the seed.

#ifndef CCTL_TESTS_SIMULATION_WORLD_NETWORK_H_
#define CCTL_TESTS_SIMULATION_WORLD_NETWORK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/time.h"
#include "tests/support/seeded_random.h"
#include "tests/support/virtual_clock.h"

namespace cctl::testing {

using HostIndex = std::size_t;

// One end of a stream. What is sent here comes out at the other end.
class WorldStream {
 public:
  virtual ~WorldStream() = default;
  virtual void HandleBytes(std::string_view bytes) = 0;
  // The other end has closed, or the way there is broken.
  virtual void HandleEnd() = 0;
};

class WorldNetwork {
 public:
  struct Faults {
    unsigned lost_percent = 0;     // of datagrams
    unsigned doubled_percent = 0;  // of those that arrive
    std::int64_t delay_ms = 30;    // at most, of anything
  };

  WorldNetwork(VirtualClock& clock, SeededRandom& random) : clock_(clock), random_(random) {}

  void set_faults(const Faults& faults) { faults_ = faults; }
  void Cut(HostIndex a, HostIndex b) { cut_.insert(Pair(a, b)); }
  void Heal(HostIndex a, HostIndex b) { cut_.erase(Pair(a, b)); }
  void HealAll() { cut_.clear(); }
  [[nodiscard]] bool IsCut(HostIndex a, HostIndex b) const { return cut_.count(Pair(a, b)) > 0; }

  // A datagram, which `deliver` is called with once, twice or never.
  void SendDatagram(HostIndex from, HostIndex to, std::function<void()> deliver) {
    if (random_.Below(100) < faults_.lost_percent) return;
    const int copies = random_.Below(100) < faults_.doubled_percent ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      clock_.After(Delay(), [this, from, to, deliver] {
        if (!IsCut(from, to)) deliver();
      });
    }
  }

  Duration Delay() {
    return Milliseconds(static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(faults_.delay_ms) + 1)));
  }

  // A stream between two hosts. Weak: an end that is gone, because its host has lost power, hears nothing and says
  // nothing.
  struct Link {
    struct Piece {
      Instant due;
      std::function<void(WorldStream&)> deliver;
    };
    HostIndex hosts[2];  // 0: who dialled
    std::weak_ptr<WorldStream> ends[2];
    std::deque<Piece> pieces[2];      // on the way to that end, in order
    bool moving[2] = {false, false};  // a delivery is planned
    bool closed[2] = {false, false};  // by that end
  };
  std::shared_ptr<Link> MakeLink(HostIndex dialler, HostIndex listener) {
    return std::make_shared<Link>(Link{{dialler, listener}, {}, {}});
  }

  // Sends from one end to the other.
  void Send(const std::shared_ptr<Link>& link, int from, std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string piece(bytes.substr(0, 1 + random_.Below(bytes.size())));
      bytes.remove_prefix(piece.size());
      Plan(link, 1 - from, [piece](WorldStream& end) { end.HandleBytes(piece); });
    }
  }
  // Ends the stream: the other end hears so after what was sent before.
  void Close(const std::shared_ptr<Link>& link, int from) {
    if (std::exchange(link->closed[from], true)) return;
    Plan(link, 1 - from, [](WorldStream& end) { end.HandleEnd(); });
  }

 private:
  static constexpr Duration kRetransmission = Milliseconds(500);
  static constexpr int kMaxRetransmissions = 60;  // then the stream breaks for the end that waits

  static std::pair<HostIndex, HostIndex> Pair(HostIndex a, HostIndex b) { return std::minmax({a, b}); }

  void Plan(const std::shared_ptr<Link>& link, int to, std::function<void(WorldStream&)> deliver) {
    link->pieces[to].push_back({clock_.now() + Delay(), std::move(deliver)});
    if (!std::exchange(link->moving[to], true)) Move(link, to, link->pieces[to].front().due, 0);
  }

  // Delivers the first piece at `when`, or tries again as long as the hosts are cut off.
  void Move(const std::shared_ptr<Link>& link, int to, Instant when, int attempt) {
    clock_.At(when, [this, link, to, attempt] {
      const auto end = link->ends[to].lock();
      if (end == nullptr || link->closed[to]) {
        link->pieces[to].clear();
      } else if (!IsCut(link->hosts[0], link->hosts[1])) {
        const auto deliver = std::move(link->pieces[to].front().deliver);
        link->pieces[to].pop_front();
        deliver(*end);
      } else if (attempt < kMaxRetransmissions) {
        return Move(link, to, clock_.now() + kRetransmission, attempt + 1);
      } else {
        link->pieces[to].clear();
        link->closed[to] = true;
        end->HandleEnd();
      }
      link->moving[to] = !link->pieces[to].empty();
      if (link->moving[to]) Move(link, to, link->pieces[to].front().due, 0);
    });
  }

  VirtualClock& clock_;
  SeededRandom& random_;
  Faults faults_;
  std::set<std::pair<HostIndex, HostIndex>> cut_;
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SIMULATION_WORLD_NETWORK_H_
