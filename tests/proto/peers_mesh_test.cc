// SPDX-License-Identifier: MIT
//
// Several relays that are all paired with each other, on a virtual clock: they start together, so that dials cross;
// for two minutes dials fail, acks are lost, connections break and users ask for more of them. Then the network is
// quiet, and soon each pair must have exactly one connection, the same one at both ends, and keep it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/random_source.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/peers.h"
#include "gtest/gtest.h"
#include "tests/support/seeded_random.h"
#include "tests/support/virtual_clock.h"

namespace cctl {
namespace {

constexpr Instant kCalm{120'000};
constexpr Instant kSettled = kCalm + Minutes(5);
constexpr Instant kEnd = kCalm + Minutes(15);

class Mesh {
 public:
  Mesh(std::uint64_t seed, std::size_t count, Duration latency, bool disturbed)
      : random_(seed), latency_(latency), disturbed_(disturbed) {
    for (std::size_t i = 0; i < count; ++i) {
      const Identity identity =
          *Identity::Parse("relay-" + std::to_string(random_.Below(1'000'000)) + "-" + std::to_string(i));
      relays_.push_back(std::make_unique<Relay>(identity, random_));
    }
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        const std::string address = std::to_string(j);
        if (i != j) relays_[i]->peers.Add(clock_.now(), relays_[j]->identity, {&address, 1});
      }
      clock_.After(Milliseconds(Random(300)), [this, i] { Wake(i); });
    }
    clock_.After(Milliseconds(Random(1'000)), [this] { Disturb(); });
    clock_.Run();
  }

  // What is wrong at the end; empty if nothing is.
  [[nodiscard]] std::string Fault() const {
    for (std::size_t i = 0; i < relays_.size(); ++i) {
      for (std::size_t j = i + 1; j < relays_.size(); ++j) {
        const std::string pair = std::to_string(i) + "-" + std::to_string(j) + ": ";
        const auto here = relays_[i]->peers.connection(relays_[j]->identity);
        const auto there = relays_[j]->peers.connection(relays_[i]->identity);
        if (!here || !there) return pair + "not connected";
        if (relays_[i]->ends.at(*here) != relays_[j]->ends.at(*there)) return pair + "two different connections";
        const auto live = std::count_if(links_.begin(), links_.end(), [&](const Link& link) {
          return (link.open[0] || link.open[1]) && std::min(link.relay[0], link.relay[1]) == i &&
                 std::max(link.relay[0], link.relay[1]) == j;
        });
        if (live != 1) return pair + std::to_string(live) + " connections";
      }
    }
    if (last_lost_ > kSettled) return "a session was lost at " + std::to_string(last_lost_.ms);
    return {};
  }

  // Connections that were authenticated while there was another.
  [[nodiscard]] int crossed() const { return crossed_; }
  [[nodiscard]] std::size_t dials() const { return links_.size(); }
  // Times that a relay had no session any more.
  [[nodiscard]] int lost() const { return lost_; }

 private:
  struct Relay {
    Relay(const Identity& name, RandomSource& random) : identity(name), peers(name, random) {}
    Identity identity;
    Peers peers;
    std::map<ConnectionId, std::size_t> ends;  // to the link
  };
  struct Link {
    std::size_t relay[2];  // the connector, the listener
    ConnectionId id[2] = {};
    bool open[2] = {false, false};  // authenticated and not closed, as that end sees it
    Instant acked = {};             // when the listener's ack reaches the connector
  };

  std::int64_t Random(std::int64_t bound) {
    return static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(bound)));
  }
  Duration Latency() { return Milliseconds(Random(latency_.ms) + 1); }
  bool Chaos() const { return disturbed_ && clock_.now() < kCalm; }

  void Wake(std::size_t i) {
    relays_[i]->peers.HandleTimeout(clock_.now());
    Drain(i);
  }

  void Drain(std::size_t i) {
    Relay& relay = *relays_[i];
    while (const std::optional<Peers::Event> event = relay.peers.PollEvent()) {
      if (const auto* dial = std::get_if<Peers::DialWanted>(&*event)) {
        Dial(i, static_cast<std::size_t>(std::stoul(dial->address)));
      } else if (const auto* close = std::get_if<Peers::CloseWanted>(&*event)) {
        CloseEnd(relay.ends.at(close->connection), i, Errc::kInterrupted);
      } else if (std::holds_alternative<Peers::PeerDisconnected>(*event)) {
        last_lost_ = clock_.now();
        ++lost_;
      }
    }
    if (const auto due = relay.peers.PollTimeout(); due && *due < kEnd) {
      clock_.At(*due, [this, i] { Wake(i); });
    }
  }

  void Dial(std::size_t from, std::size_t to) {
    const std::uint64_t fate = Chaos() ? random_.Below(10) : 9;
    if (fate < 3) {
      clock_.After(Milliseconds(Random(3'000)), [this, from, to] { FailDial(from, to, Errc::kUnreachable); });
      return;
    }
    const std::size_t link = links_.size();
    links_.push_back(Link{.relay = {from, to}});
    clock_.After(Latency() + Latency(), [this, link, ack_lost = fate == 3] { Accept(link, ack_lost); });
  }

  void FailDial(std::size_t from, std::size_t to, Errc reason) {
    relays_[from]->peers.HandleDialFailed(clock_.now(), relays_[to]->identity, reason, std::to_string(to));
    Drain(from);
  }

  void Accept(std::size_t link, bool ack_lost) {
    // The listener is always the first to know.
    links_[link].acked = clock_.now() + (ack_lost ? Seconds(10) : Latency());
    Open(link, 1);
    clock_.At(links_[link].acked, [this, link, ack_lost] {
      if (!ack_lost) return Open(link, 0);
      FailDial(links_[link].relay[0], links_[link].relay[1], Errc::kTimeout);
      CloseLater(link, 1);
    });
  }

  void Open(std::size_t link, std::size_t end) {
    const ConnectionId id = static_cast<ConnectionId>(++last_id_);
    const std::size_t self = links_[link].relay[end];
    const std::size_t other = links_[link].relay[1 - end];
    Relay& relay = *relays_[self];
    links_[link].id[end] = id;
    links_[link].open[end] = true;
    relay.ends[id] = link;
    if (relay.peers.connection(relays_[other]->identity)) ++crossed_;
    relay.peers.HandleAuthenticated(clock_.now(), relays_[other]->identity, id, end == 0, true, std::to_string(other));
    Drain(self);
  }

  // One end closes; the other learns of it after what was sent before, the ack.
  void CloseEnd(std::size_t link, std::size_t self, Errc reason) {
    const std::size_t end = links_[link].relay[0] == self ? 0 : 1;
    if (!links_[link].open[end]) return;
    links_[link].open[end] = false;
    relays_[self]->peers.HandleClosed(clock_.now(), relays_[links_[link].relay[1 - end]]->identity,
                                      links_[link].id[end], reason);
    Drain(self);
    CloseLater(link, 1 - end);
  }

  void CloseLater(std::size_t link, std::size_t end) {
    const Instant learned = std::max(clock_.now() + Latency(), links_[link].acked + Milliseconds(1));
    clock_.At(learned, [this, link, end] { CloseEnd(link, links_[link].relay[end], Errc::kProtocol); });
  }

  void Disturb() {
    if (!Chaos()) return;
    const auto i = static_cast<std::size_t>(Random(static_cast<std::int64_t>(relays_.size())));
    const std::size_t j = (i + 1) % relays_.size();
    if (Random(3) == 0) {
      (void)relays_[i]->peers.Connect(clock_.now(), relays_[j]->identity);
      Drain(i);
    } else if (Random(2) == 0) {
      relays_[i]->peers.HandleAnnounced(clock_.now(), relays_[j]->identity, std::to_string(j), Random(2) == 0);
      Drain(i);
    } else if (!links_.empty()) {
      const auto link = static_cast<std::size_t>(Random(static_cast<std::int64_t>(links_.size())));
      CloseEnd(link, links_[link].relay[Random(2)], Errc::kTimeout);
    }
    clock_.After(Milliseconds(Random(4'000)), [this] { Disturb(); });
  }

  testing::SeededRandom random_;
  Duration latency_;
  bool disturbed_;
  testing::VirtualClock clock_;
  std::vector<std::unique_ptr<Relay>> relays_;
  std::vector<Link> links_;
  std::uint64_t last_id_ = 0;
  int crossed_ = 0;
  int lost_ = 0;
  Instant last_lost_;
};

TEST(PeersMesh, DialsNobodyTwiceWhereDialsCross) {
  int crossed = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::size_t count = 2 + seed % 4;
    const Mesh mesh(seed, count, Milliseconds(400), false);
    EXPECT_EQ(mesh.Fault(), "") << "seed " << seed;
    EXPECT_LE(mesh.dials(), count * (count - 1)) << "seed " << seed;
    crossed += mesh.crossed();
  }
  EXPECT_GT(crossed, 500) << "or nothing was put to the test";
}

TEST(PeersMesh, EndsWithOneConnectionForEachPair) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Mesh mesh(seed, 2 + seed % 4, Milliseconds(200), true);
    EXPECT_EQ(mesh.Fault(), "") << "seed " << seed;
    lost += mesh.lost();
  }
  EXPECT_GT(lost, 1'000) << "or nothing was put to the test";
}

TEST(PeersMesh, EndsWithOneConnectionForEachPairThoughTheNetworkIsSlowerThanTheWindowForCrossedDials) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    EXPECT_EQ(Mesh(seed, 2 + seed % 2, Seconds(8), true).Fault(), "") << "seed " << seed;
  }
}

TEST(PeersMesh, EndsWithOneConnectionForEachPairOfALargeMesh) {
  EXPECT_EQ(Mesh(1, 24, Milliseconds(500), true).Fault(), "");
}

}  // namespace
}  // namespace cctl
