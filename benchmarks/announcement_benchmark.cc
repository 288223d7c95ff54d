// SPDX-License-Identifier: MIT
//
// An announcement read, against simdjson's on-demand reader; and one that is judged and cached in a full cache, against
// receiving it from a socket: whoever floods a relay is to pay more than the relay does. The limit is twice the time of
// receiving, the aim 0.15 of it.

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/ratio.h"
#include "cctl/base/bytes.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/udp_socket.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"

namespace {

using cctl::bench::RunPaired;

constexpr std::string_view kAnnouncement =
    R"({"type":"announce","identity":"laptop-a3f2","port":9847,"version":"0.36.0","paired_count":1})";
static_assert(kAnnouncement.size() == 92);

auto Ours() {
  return [] {
    const auto datagram = cctl::ParseLanDatagram(kAnnouncement);
    if (!datagram) std::abort();
    benchmark::DoNotOptimize(std::get<cctl::Announcement>(*datagram).port);
  };
}

auto Simdjson() {
  // The parser and the padded copy are made once: the peer is measured at its best.
  const auto parser = std::make_shared<simdjson::ondemand::parser>();
  const auto padded = std::make_shared<simdjson::padded_string>(kAnnouncement);
  return [parser, padded] {
    simdjson::ondemand::document document = parser->iterate(*padded);
    const std::string_view type = document["type"];
    const std::string_view identity = document["identity"];
    const std::uint64_t port = document["port"];
    const std::string_view version = document["version"];
    const std::uint64_t paired = document["paired_count"];
    benchmark::DoNotOptimize(type.size() + identity.size() + port + version.size() + paired);
  };
}

const auto* const kRead = RunPaired("Announcement/read", Ours(), Simdjson(), 1.7);

// ---- a full cache against a socket ----

struct Heard {
  cctl::AddressKey from;
  std::string datagram;
};

// As many machines as the cache holds, in an order that no cache of the processor foresees.
std::vector<Heard> Crowd() {
  std::vector<Heard> crowd;
  std::uint64_t random = 1;
  for (std::size_t i = 0; i < cctl::kMaxNearby + cctl::kMaxProbation; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    Heard heard{};
    heard.from[10] = heard.from[11] = 0xff;
    heard.from[12] = 10;
    heard.from[13] = static_cast<std::uint8_t>(i >> 8);
    heard.from[14] = static_cast<std::uint8_t>(i);
    const auto name = cctl::Identity::Parse("host-" + std::to_string(random >> 40));
    cctl::AppendAnnouncement(heard.datagram,
                             cctl::Announcement{*name, 9847, cctl::VersionText("0.36.0"), 1,
                                                cctl::InstanceId{static_cast<std::uint32_t>(random >> 16)}});
    crowd.push_back(std::move(heard));
  }
  for (std::size_t i = crowd.size(); i-- > 1;) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    std::swap(crowd[i], crowd[(random >> 33) % (i + 1)]);
  }
  return crowd;
}

constexpr std::size_t kBatch = 128;  // fits the receive buffer that every system gives

template <typename Function>
double Nanoseconds(Function function) {
  const auto start = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / kBatch;
}

void JudgedAndCached(benchmark::State& state) {
  const std::vector<Heard> crowd = Crowd();
  cctl::NearbyPeers nearby({.self = *cctl::Identity::Parse("laptop-a3f2"), .instance = {}, .hash_key = {1, 2}},
                           cctl::Instant{});
  const auto hear = [&nearby](const Heard& heard, cctl::Instant now) {
    const auto datagram = cctl::ParseLanDatagram(heard.datagram);
    if (!datagram) std::abort();
    benchmark::DoNotOptimize(nearby.HandleAnnouncement(now, heard.from, std::get<cctl::Announcement>(*datagram)));
  };
  // As many as may be newcomers at a time are heard, and heard again; the last ones stay newcomers.
  for (std::size_t first = 0; first < crowd.size(); first += cctl::kMaxProbation) {
    for (const std::int64_t ms : {0, 5'000}) {
      for (std::size_t i = 0; i < cctl::kMaxProbation; ++i) hear(crowd[first + i], cctl::Instant{ms});
    }
  }
  while (nearby.PollEvent()) {
  }
  const auto near = cctl::UdpSocket::Bind({cctl::IpAddress::V4(127, 0, 0, 1), 0}, cctl::PortUse::kAlone);
  const auto far = cctl::UdpSocket::Bind({cctl::IpAddress::V4(127, 0, 0, 1), 0}, cctl::PortUse::kAlone);
  if (!near || !far || nearby.size() != cctl::kMaxNearby + cctl::kMaxProbation) std::abort();

  std::vector<double> ours, peer, ratios;
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    // What has just been received is in the processor's cache, and the cache of the relay is not.
    std::vector<Heard> received_now;
    for (std::size_t i = 0; i < kBatch; ++i)
      received_now.push_back(crowd[std::exchange(next, (next + 1) % crowd.size())]);
    for (std::size_t i = 0; i < kBatch; ++i) {
      if (!near->Send(cctl::AsBytes(crowd[i].datagram), far->local())) std::abort();
    }
    std::array<std::uint8_t, 1025> bytes;
    const double received = Nanoseconds([&] {
      for (std::size_t i = 0; i < kBatch; ++i) {
        if (far->Receive(bytes).status != cctl::IoStatus::kOk) std::abort();
      }
    });
    const double judged = Nanoseconds([&] {
      for (std::size_t i = 0; i < kBatch; ++i) hear(received_now[i], cctl::Instant{6'000});
    });
    ours.push_back(judged);
    peer.push_back(received);
    ratios.push_back(judged / received);
    state.SetIterationTime(judged * 1e-9);
  }
  state.counters["ours_ns"] = cctl::bench::detail::Median(ours);
  state.counters["peer_ns"] = cctl::bench::detail::Median(peer);
  state.counters["ratio"] = cctl::bench::detail::Median(ratios);
  state.counters["aim"] = 0.15;
}
BENCHMARK(JudgedAndCached)->Name("Announcement/judged_and_cached")->UseManualTime()->Iterations(501);

}  // namespace

BENCHMARK_MAIN();
