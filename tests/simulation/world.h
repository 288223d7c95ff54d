// SPDX-License-Identifier: MIT
//
// A world of some hosts that live through what happens to relays: they are found, paired, connected, cut off, switched
// off and on, forgotten, and their clocks go wrong. A seed decides all of it, so that a life can be had again exactly.
// After every step the rules of docs/simulation.md are held against every relay.
//
//   World world(seed, {.hosts = 5, .verbose = false});
//   world.Live();
//   if (!world.broken().empty()) std::puts(world.broken().c_str());

#ifndef CCTL_TESTS_SIMULATION_WORLD_H_
#define CCTL_TESTS_SIMULATION_WORLD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/machines.h"
#include "tests/simulation/world_host.h"
#include "tests/simulation/world_network.h"
#include "tests/simulation/world_relay.h"
#include "tests/support/seeded_random.h"
#include "tests/support/virtual_clock.h"

namespace cctl::testing {

class World final : private WorldHosts {
 public:
  struct Options {
    std::size_t hosts = 5;
    int acts = 40;         // of users, cables and power, at random times within ten minutes
    bool verbose = false;  // prints what happens
  };

  // How often things have happened: a world in which nothing does would break no rule.
  struct Counts {
    std::size_t steps = 0;
    std::size_t sessions = 0;
    std::size_t pairings = 0;
    std::size_t crashes = 0;
    std::size_t forgotten = 0;
  };

  World(std::uint64_t seed, const Options& options) : options_(options), random_(seed), network_(clock_, random_) {
    hosts_.reserve(options_.hosts);
    for (std::size_t i = 0; i < options_.hosts; ++i) {
      WorldHost host{.identity = *Identity::Parse("host-" + std::string(1, static_cast<char>('a' + i)))};
      host.boot = Instant{static_cast<std::int64_t>(random_.Below(1'000'000'000))};
      host.date_error = Hours(static_cast<std::int64_t>(random_.Below(200)) - 100);
      hosts_.push_back(host);
    }
    relays_.resize(options_.hosts);
    for (std::size_t i = 0; i < options_.hosts; ++i) SwitchOn(i);
  }

  // Ten minutes in which anything may happen, then 20 without faults, after which whoever is paired is connected.
  void Live() {
    network_.set_faults({.lost_percent = static_cast<unsigned>(random_.Below(40)),
                         .doubled_percent = static_cast<unsigned>(random_.Below(20)),
                         .delay_ms = static_cast<std::int64_t>(1 + random_.Below(400))});
    for (int i = 0; i < options_.acts; ++i) {
      clock_.After(Milliseconds(static_cast<std::int64_t>(random_.Below(600'000))), [this] { Act(); });
    }
    RunFor(Minutes(10));
    network_.set_faults({.lost_percent = 0, .doubled_percent = 0, .delay_ms = 30});
    network_.HealAll();
    for (std::size_t i = 0; i < relays_.size(); ++i) {
      if (relays_[i] == nullptr) SwitchOn(i);
    }
    RunFor(Minutes(20));
    if (broken_.empty()) CheckSettled();
  }

  // The rule that was broken first, when and by whom; empty: none.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  // A pair request that nobody decides is the longest.
  static constexpr Duration kLongestHandshake =
      kPairRequestTimeout + kPairAnswerSlack + kApprovedLimit + kListenerHandshakeLimit;

  std::size_t host_count() const override { return hosts_.size(); }
  std::shared_ptr<WorldRelay> relay(HostIndex host) override { return relays_[host]; }
  void Note(HostIndex host, std::string_view what, std::string_view whom) override {
    if (what == "is connected to") ++counts_.sessions;
    if (what == "approves") ++counts_.pairings;
    if (what == "forgets") ++counts_.forgotten;
    Say(host, std::string(what) + " " + std::string(whom));
  }

  void Say(HostIndex host, const std::string& what) const {
    if (!options_.verbose) return;
    std::printf("%9.3f s  %s %s\n", static_cast<double>((clock_.now() - Instant{}).ms) / 1000,
                std::string(hosts_[host].identity.view()).c_str(), what.c_str());
  }

  void SwitchOn(HostIndex host) {
    Say(host, "is switched on");
    WorldHosts& world = *this;
    relays_[host] = std::make_shared<WorldRelay>(host, hosts_[host], world, network_, clock_, random_);
    relays_[host]->Start();
  }

  // One thing that happens.
  void Act() {
    const HostIndex host = random_.Below(hosts_.size());
    const HostIndex other = (host + 1 + random_.Below(hosts_.size() - 1)) % hosts_.size();
    const Identity& whom = hosts_[other].identity;
    const std::uint64_t what = random_.Below(100);
    if (what < 12) {
      network_.Cut(host, other);
      Say(host, "is cut off from " + std::string(whom.view()));
      clock_.After(Milliseconds(static_cast<std::int64_t>(random_.Below(120'000))),
                   [this, host, other] { network_.Heal(host, other); });
    } else if (what < 17) {
      hosts_[host].date_error = Hours(static_cast<std::int64_t>(random_.Below(200)) - 100);
      Say(host, "has its clock set");
    } else if (relays_[host] == nullptr) {
      SwitchOn(host);
    } else if (what < 30) {
      const bool exits = random_.Below(2) == 0;
      Say(host, exits ? "ends" : "loses power");
      if (exits) relays_[host]->Exit();
      relays_[host].reset();
      ++counts_.crashes;
    } else if (what < 70) {
      relays_[host]->PairWith(whom);
      // People in one room often do the same thing at the same time.
      if (random_.Below(3) == 0) {
        const HostIndex again = random_.Below(2) == 0 ? host : other;
        const Identity peer = hosts_[again == host ? other : host].identity;
        clock_.After(Milliseconds(static_cast<std::int64_t>(random_.Below(3000))), [this, again, peer] {
          if (relays_[again] != nullptr) relays_[again]->PairWith(peer);
        });
      }
    } else if (what < 85) {
      relays_[host]->Forget(whom);
    } else if (what < 92) {
      relays_[host]->Disconnect(whom);
    } else {
      relays_[host]->Connect(whom);
    }
  }

  void RunFor(Duration duration) {
    const Instant end = clock_.now() + duration;
    while (broken_.empty() && clock_.RunOne(end)) {
      ++counts_.steps;
      Check();
    }
  }

  void Break(HostIndex host, const std::string& rule) {
    if (!broken_.empty()) return;
    broken_ = std::string(hosts_[host].identity.view()) + " at " + std::to_string((clock_.now() - Instant{}).ms) +
              " ms: " + rule;
    Say(host, "BREAKS A RULE: " + rule);
  }

  [[nodiscard]] std::size_t IndexOf(const Identity& identity) const {
    return static_cast<std::size_t>(identity.view().back() - 'a');
  }

  // The rules that hold after every step.
  void Check() {
    for (HostIndex host = 0; host < relays_.size(); ++host) {
      if (relays_[host] == nullptr) continue;
      const WorldRelay& relay = *relays_[host];
      for (const auto& session : relay.sessions()) CheckSession(host, session);
      if (relay.open_challenges() != relay.listening()) Break(host, "a challenge outlives its handshake");
      if (relay.waiting_requests() > hosts_.size() * kMaxPairRequestsPerSource) Break(host, "pair requests pile up");
      // An instance that was switched off stays for half a minute beside the one that follows it.
      if (relay.nearby_count() > 4 * hosts_.size()) Break(host, "many more hosts are near than there are");
      if (relay.peer_count() > hosts_.size()) Break(host, "more peers than hosts");
      if (relay.connection_count() > 16 * hosts_.size()) Break(host, "connections pile up");
      const auto oldest = relay.oldest_handshake();
      if (oldest && clock_.now() - *oldest > kLongestHandshake) Break(host, "a handshake does not end");
    }
  }

  void CheckSession(HostIndex host, const WorldRelay::SessionView& session) {
    const HostIndex other = IndexOf(session.peer);
    const std::string name(session.peer.view()), own(hosts_[host].identity.view());
    if (!hosts_[host].agreed[name]) return Break(host, "connected to " + name + " without having agreed");
    if (!hosts_[other].ever[own]) return Break(host, "connected to " + name + ", who never agreed");
    if (hosts_[host].disk.count(name) == 0) return Break(host, "connected to " + name + " without a key on disk");
    // The other end of the same stream, if it is in a session, has the same key and the right name.
    if (relays_[other] == nullptr) return;
    for (const auto& back : relays_[other]->sessions()) {
      if (back.link != session.link) continue;
      if (back.peer != hosts_[host].identity) Break(host, "at the other end of its session somebody else is meant");
      const bool confirmed = session.confirmed && back.confirmed;
      if (confirmed && hosts_[other].disk[own].key != hosts_[host].disk[name].key)
        Break(host, "shares a session with " + name + " and not a key");
    }
    // Two who have both proved a key have the same.
    const WorldPeer& mine = hosts_[host].disk[name];
    const auto theirs = hosts_[other].disk.find(own);
    if (theirs != hosts_[other].disk.end() && mine.proved && theirs->second.proved && mine.key != theirs->second.key) {
      Break(host, "has another key than " + name);
    }
  }

  // And once nothing has gone wrong for a while: whoever is paired, and wants it, is connected, by one session.
  void CheckSettled() {
    for (HostIndex host = 0; host < relays_.size(); ++host) {
      for (const auto& [name, peer] : hosts_[host].disk) {
        const HostIndex other = static_cast<std::size_t>(name.back() - 'a');
        const std::string own(hosts_[host].identity.view());
        const auto theirs = hosts_[other].disk.find(own);
        if (theirs == hosts_[other].disk.end() || theirs->second.key != peer.key) continue;
        const auto status = relays_[host]->StatusOf(hosts_[other].identity);
        const auto back = relays_[other]->StatusOf(hosts_[host].identity);
        if (!status || !back) {
          Break(host, "has a key of " + name + ", and does not know it");
        } else if (status->state == PeerState::kHeld || back->state == PeerState::kHeld) {
          continue;  // a user wants it so
        } else if (status->state != PeerState::kConnected) {
          Break(host, "is paired with " + name + ", and not connected after 20 minutes");
        }
      }
      std::vector<std::string> seen;
      for (const auto& session : relays_[host]->sessions()) {
        const std::string name(session.peer.view());
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) Break(host, "has two sessions with " + name);
        seen.push_back(name);
      }
      if (relays_[host]->nearby_count() != hosts_.size() - 1) Break(host, "does not know who is near");
    }
  }

  Options options_;
  VirtualClock clock_;
  SeededRandom random_;
  WorldNetwork network_;
  std::vector<WorldHost> hosts_;
  std::vector<std::shared_ptr<WorldRelay>> relays_;
  Counts counts_;
  std::string broken_;
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SIMULATION_WORLD_H_
