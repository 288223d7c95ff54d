// SPDX-License-Identifier: MIT
//
// Whom of a tailnet to try, under statuses, probes' answers, connections and pauses in any order: the status is asked
// for once at a time, each probe is of a candidate and is answered once, no more than are allowed run at once, and a
// connected node that is a candidate no longer is dropped.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"
#include "tests/fuzz/program.h"

namespace {

using namespace cctl;
using testing::Program;
using testing::Require;

StableId IdOf(unsigned number) { return *StableId::Parse("n" + std::to_string(number)); }

// A status in which some of 24 nodes are candidates.
TailnetStatus MakeStatus(Program& in) {
  TailnetStatus status;
  status.self.user = 1;
  for (unsigned number = 0; number < 24; ++number) {
    const std::uint8_t bits = in.Byte();
    if ((bits & 1) == 0) continue;
    TailnetNode node;
    node.id = IdOf(number);
    node.name = "node-" + std::to_string(number);
    node.user = 1;
    node.in_network_map = true;
    node.online = true;
    node.addresses = {"100.64.0." + std::to_string((bits & 2) != 0 ? number + 1 : number + 100)};
    status.peers.push_back(node);
  }
  return status;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Program in(data, size);
  Instant now{};
  TailnetProber prober(kTailnetProbeInterval, /*probes=*/in.Byte() != 0, now);
  const TailnetTag tag;
  bool asked = false;
  std::set<StableId> probing;

  while (!in.empty()) {
    now = now + in.Pause();
    const StableId node = IdOf(in.Below(24));
    switch (in.Below(7)) {
      case 0:
        prober.HandleTimeout(now);
        break;
      case 1:
        prober.AskForStatus(now);
        break;
      case 2:
        if (asked) prober.HandleStatus(now, MakeStatus(in), tag);
        asked = false;
        break;
      case 3:
        if (asked) prober.HandleNoStatus(now, in.Bit());
        asked = false;
        break;
      case 4: {
        constexpr TailnetStanding kAnswers[] = {TailnetStanding::kConnected, TailnetStanding::kSilent,
                                                TailnetStanding::kNoRelay, TailnetStanding::kRefused,
                                                TailnetStanding::kPaired};
        if (probing.erase(node) == 1)
          prober.HandleProbed(now, node, kAnswers[in.Below(5)], Identity::Parse("peer").value());
        break;
      }
      case 5:
        prober.HandleConnected(now, node, Identity::Parse("peer").value());
        break;
      case 6:
        prober.HandleDisconnected(now, node);
        break;
    }
    while (const auto event = prober.PollEvent()) {
      if (std::holds_alternative<TailnetProber::StatusWanted>(*event)) {
        Require(!asked);
        asked = true;
      } else if (const auto* probe = std::get_if<TailnetProber::ProbeWanted>(&*event)) {
        Require(probing.insert(probe->node).second);
        Require(probe->patience == kTailnetProbePatience || probe->patience == kTailnetSecondPatience);
      } else {
        const auto known = prober.candidates().find(std::get<TailnetProber::DropWanted>(*event).node);
        Require(known == prober.candidates().end() || known->second.standing != TailnetStanding::kConnected);
      }
    }
    Require(prober.probing() == probing.size() && probing.size() <= kMaxTailnetProbes);
    Require(prober.PollTimeout().has_value() != asked);
    for (const auto& [id, candidate] : prober.candidates()) {
      if (candidate.standing == TailnetStanding::kConnecting) Require(probing.count(id) == 1);
    }
  }
  return 0;
}
