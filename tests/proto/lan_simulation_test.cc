// SPDX-License-Identifier: MIT
//
// A LAN of many relays on a virtual clock: each datagram reaches each receiver with 20 % loss, now and then twice,
// after up to 5 ms, so that datagrams overtake each other. Whoever looks around finds everybody; who is there stays
// listed, and who leaves goes.

#include <gtest/gtest.h>

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

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/announcer.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/lan_search.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

constexpr Instant kStart{1'000'000};

AddressKey AddressOf(std::size_t host) {
  AddressKey key{};
  key[10] = key[11] = 0xff;
  key[12] = 10;
  key[14] = static_cast<std::uint8_t>(host >> 8);
  key[15] = static_cast<std::uint8_t>(host);
  return key;
}

std::string NameOf(std::size_t host) { return "relay-" + std::to_string(host); }

class Lan {
 public:
  explicit Lan(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] Instant now() const { return now_; }

  // A relay that announces itself, and hears the others where `hears`.
  void AddRelay(bool hears) {
    const std::size_t host = hosts_.size();
    Host added;
    const auto instance = InstanceId{static_cast<std::uint32_t>(random_.Next())};
    const Identity self = *Identity::Parse(NameOf(host));
    added.announcer = std::make_unique<Announcer>(
        Announcer::Config{
            .self = self, .instance = instance, .port = 9847, .version = VersionText("1.0.0"), .paired_count = 0},
        random_, now_);
    if (hears) {
      added.nearby = std::make_unique<NearbyPeers>(
          NearbyPeers::Config{.self = self, .instance = instance, .hash_key = {random_.Next(), random_.Next()}}, now_);
    }
    hosts_.push_back(std::move(added));
    Wake(host);
  }

  // Somebody who looks around for a second, as `discover` does; how many were found.
  std::size_t Search() {
    const std::size_t host = hosts_.size();
    Host added;
    const Identity self = *Identity::Parse("looking-around");
    added.search = std::make_unique<LanSearch>(self, now_);
    added.nearby = std::make_unique<NearbyPeers>(
        NearbyPeers::Config{
            .self = self, .instance = {}, .hash_key = {random_.Next(), random_.Next()}, .max_probation = kMaxNearby},
        now_);
    hosts_.push_back(std::move(added));
    answers_ = 0;
    queries_ = 0;
    Wake(host);
    Run(kSearchTime);
    const std::size_t found = hosts_[host].nearby->size();
    hosts_.pop_back();
    return found;
  }

  void Stop(std::size_t host, bool goodbye) {
    if (goodbye) {
      hosts_[host].announcer->Stop();
      Transmit(host);
    }
    hosts_[host].announcer.reset();
    hosts_[host].nearby.reset();
  }

  // Lets time pass.
  void Run(Duration time) {
    const Instant end = now_ + time;
    while (!due_.empty() && due_.begin()->first <= end) {
      const auto first = due_.begin();
      now_ = first->first;
      const Arrival arrival = std::move(first->second);
      due_.erase(first);
      if (arrival.to >= hosts_.size()) continue;
      arrival.datagram ? Deliver(arrival) : Wake(arrival.to);
    }
    now_ = end;
  }

  [[nodiscard]] const NearbyPeers& nearby(std::size_t host) const { return *hosts_[host].nearby; }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] std::size_t answers() const { return answers_; }
  [[nodiscard]] std::size_t queries() const { return queries_; }

 private:
  struct Host {
    std::unique_ptr<Announcer> announcer;
    std::unique_ptr<LanSearch> search;
    std::unique_ptr<NearbyPeers> nearby;
  };
  // A datagram on its way, parsed once for all who get it; or, without one, a host's timeout.
  struct Arrival {
    std::size_t to = 0;
    std::size_t from = 0;
    std::shared_ptr<const LanDatagram> datagram;
  };

  void Wake(std::size_t host) {
    Host& here = hosts_[host];
    if (here.announcer) here.announcer->HandleTimeout(now_);
    if (here.search) here.search->HandleTimeout(now_);
    if (here.nearby) here.nearby->HandleTimeout(now_);
    Transmit(host);
    std::optional<Instant> next;
    const auto note = [&next](std::optional<Instant> at) { next = at && (!next || *at < *next) ? at : next; };
    if (here.announcer) note(here.announcer->PollTimeout());
    if (here.search) note(here.search->PollTimeout());
    if (here.nearby) note(here.nearby->PollTimeout());
    if (next) due_.emplace(std::max(*next, now_ + Milliseconds(1)), Arrival{host, host, nullptr});
  }

  void Transmit(std::size_t host) {
    Host& here = hosts_[host];
    if (here.search) {
      while (const auto query = here.search->PollTransmit()) {
        ++queries_;
        Broadcast(host, *query);
      }
    }
    if (!here.announcer) return;
    while (const auto transmit = here.announcer->PollTransmit()) {
      if (!transmit->to) {
        Broadcast(host, transmit->datagram);
        continue;
      }
      ++answers_;
      Send(transmit->to->port, host, Parse(transmit->datagram));  // the port is the asker's number
    }
  }

  static std::shared_ptr<const LanDatagram> Parse(std::string_view datagram) {
    return std::make_shared<const LanDatagram>(ParseLanDatagram(datagram).value());
  }

  void Broadcast(std::size_t from, std::string_view text) {
    const auto datagram = Parse(text);
    const bool query = std::holds_alternative<LanQuery>(*datagram);
    for (std::size_t to = 0; to < hosts_.size(); ++to) {
      if (query ? hosts_[to].announcer != nullptr : hosts_[to].nearby != nullptr) Send(to, from, datagram);
    }
  }

  void Send(std::size_t to, std::size_t from, const std::shared_ptr<const LanDatagram>& datagram) {
    const std::size_t copies = random_.Below(20) == 0 ? 2 : 1;
    for (std::size_t copy = 0; copy < copies; ++copy) {
      if (random_.Below(5) == 0) continue;  // lost
      due_.emplace(now_ + Milliseconds(static_cast<std::int64_t>(random_.Below(6))), Arrival{to, from, datagram});
    }
  }

  void Deliver(const Arrival& arrival) {
    Host& here = hosts_[arrival.to];
    const AddressKey from = AddressOf(arrival.from);
    if (const auto* announcement = std::get_if<Announcement>(&*arrival.datagram)) {
      if (!here.nearby) return;
      here.nearby->HandleAnnouncement(now_, from, *announcement);
      while (here.nearby->PollEvent()) {
      }
    } else if (const auto* goodbye = std::get_if<Goodbye>(&*arrival.datagram)) {
      if (here.nearby) here.nearby->HandleGoodbye(from, *goodbye);
    } else if (here.announcer) {
      here.announcer->HandleQuery(now_, {from, static_cast<std::uint16_t>(arrival.from)});
      Wake(arrival.to);
    }
  }

  testing::SeededRandom random_;
  Instant now_ = kStart;
  std::vector<Host> hosts_;
  std::multimap<Instant, Arrival> due_;
  std::size_t answers_ = 0;
  std::size_t queries_ = 0;
};

// Each relay answers each query that reaches it once, so a search of 15 queries costs 15 answers of a relay at most.
TEST(LanSimulation, ASearchAmongAThousandRelaysFindsEachOfThem) {
  constexpr std::size_t kRelays = 1'000;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Lan lan(seed);
    for (std::size_t i = 0; i < kRelays; ++i) lan.AddRelay(/*hears=*/false);
    EXPECT_EQ(lan.Search(), kRelays) << "seed " << seed;
    EXPECT_EQ(lan.queries(), static_cast<std::size_t>(kSearchQueries));
    EXPECT_LE(lan.answers(), kRelays * kSearchQueries * 2) << "a query that arrives twice is answered twice";
    EXPECT_GE(lan.answers(), kRelays * kSearchQueries / 2);
  }
}

TEST(LanSimulation, AThousandRelaysHearEachOther) {
  constexpr std::size_t kRelays = 1'000;
  constexpr std::size_t kListening = 10;  // the others' lists would say the same, and cost a hundred times as much
  Lan lan(77);
  for (std::size_t i = 0; i < kRelays; ++i) lan.AddRelay(/*hears=*/i < kListening);
  lan.Run(Seconds(60));
  for (std::size_t i = 0; i < kListening; ++i) {
    // Three announcements in a row, of two forms each, are lost once in 15,000 times.
    EXPECT_GE(lan.nearby(i).size(), kRelays - 3) << i;
    EXPECT_LE(lan.nearby(i).size(), kRelays - 1) << i;
    EXPECT_LE(lan.nearby(i).probation(), kMaxProbation);
  }
}

// A week of a small office.
TEST(LanSimulation, TenThousandMinutesOfAnnouncing) {
  constexpr std::size_t kRelays = 8;
  Lan lan(5);
  for (std::size_t i = 0; i < kRelays; ++i) lan.AddRelay(/*hears=*/true);
  lan.Run(Minutes(1));
  std::size_t missing = 0;
  std::size_t looks = 0;
  for (int minute = 0; minute < 10'000; ++minute) {
    lan.Run(Minutes(1));
    for (std::size_t i = 0; i < kRelays; ++i) {
      ASSERT_LE(lan.nearby(i).size(), kRelays - 1);
      missing += kRelays - 1 - lan.nearby(i).size();
      looks += kRelays - 1;
    }
  }
  // Missing is who was not heard three times in a row in either form: once in 15,000 looks, for 10 s.
  EXPECT_LE(missing, looks / 5'000) << looks;
  EXPECT_GT(looks, 500'000u);

  lan.Stop(7, /*goodbye=*/true);
  lan.Run(Milliseconds(10));
  std::size_t told = 0;
  for (std::size_t i = 0; i < 7; ++i) told += lan.nearby(i).Find(*Identity::Parse(NameOf(7))).empty() ? 1 : 0;
  EXPECT_GE(told, 3u) << "a goodbye is lost to one in five";
  lan.Stop(6, /*goodbye=*/false);
  lan.Run(Seconds(31));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_TRUE(lan.nearby(i).Find(*Identity::Parse(NameOf(6))).empty());
    EXPECT_TRUE(lan.nearby(i).Find(*Identity::Parse(NameOf(7))).empty());
  }
}

}  // namespace
}  // namespace cctl
