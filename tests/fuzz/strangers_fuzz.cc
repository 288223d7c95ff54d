// SPDX-License-Identifier: MIT
//
// What strangers may cost a relay: the counts of Admission, PairQueue and AutoApproval under connections, wrong proofs,
// pair requests and decisions in any order and at any pace. Whatever comes, each limit of session_limits.h and
// lan_limits.h holds, a request is decided or withdrawn once, and what has been denied is not asked about again for a
// while.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/admission.h"
#include "cctl/proto/auto_approval.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/pair_queue.h"
#include "cctl/proto/session_limits.h"
#include "cctl/wire/version_text.h"
#include "tests/fuzz/program.h"
#include "tests/support/seeded_random.h"

namespace {

using namespace cctl;
using testing::Program;
using testing::Require;

// IPv4 addresses, and IPv6 ones of which some share a network.
AddressKey AddressOf(unsigned number) {
  if (number % 2 == 0) return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, static_cast<std::uint8_t>(number)};
  return {0x20, 1, 0x0d, 0xb8, 0, 0, 0, static_cast<std::uint8_t>(number / 8),
          0,    0, 0,    0,    0, 0, 0, static_cast<std::uint8_t>(number)};
}

struct Denied {
  std::string name;
  AddressKey source;
  Instant at;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Program in(data, size);
  testing::SeededRandom random(in.Byte());
  Instant now{};
  Admission admission;
  PairQueue queue(random);
  AutoApproval approval;
  std::uint64_t last_connection = 0;
  std::map<ConnectionId, AddressKey> counted;  // by Admission
  std::set<ConnectionId> asking;               // in PairQueue
  std::deque<Denied> denied;
  std::deque<Instant> approved;
  std::size_t approvals = 0;

  while (!in.empty()) {
    now = now + in.Pause();
    const AddressKey address = AddressOf(in.Byte());
    switch (in.Below(7)) {
      case 0:
        for (unsigned count = in.Byte(); count > 0; --count) {
          const ConnectionId id{++last_connection};
          if (const auto dropped = admission.HandleAccepted(id, address)) Require(counted.erase(*dropped) == 1);
          counted.emplace(id, address);
        }
        break;
      case 1: {
        const ConnectionId id{in.Byte()};
        counted.erase(id);
        admission.HandleSettled(id);
        break;
      }
      case 2: {
        // The first wrong proofs of a source are answered, whatever others do; a flood of one is not.
        std::size_t answered = 0;
        for (unsigned i = 0; i < 2 * kMaxWrongProofs; ++i) {
          answered += admission.HandleWrongProof(now, address) == Admission::WrongProof::kAnswer ? 1 : 0;
        }
        Require(answered <= kMaxWrongProofs);
        break;
      }
      case 3: {
        const std::string name = "peer-" + std::to_string(in.Below(6));
        const ConnectionId id{++last_connection};
        const auto reception = queue.Receive(now, {id, *Identity::Parse(name), address, VersionText("1.0"), in.Byte()},
                                             kPairRequestTimeout);
        const bool was_denied = std::any_of(denied.begin(), denied.end(), [&](const Denied& denial) {
          return denial.name == name && denial.source == SourceOf(address) && now - denial.at < kDeniedPause;
        });
        if (was_denied) Require(reception == PairQueue::Reception::kDenied);
        if (reception == PairQueue::Reception::kQueued) {
          asking.insert(id);
          Require(queue.requests().back().connection == id);
        }
        break;
      }
      case 4: {
        if (queue.requests().empty()) break;
        const QueuedPair request = queue.requests()[in.Below(static_cast<unsigned>(queue.requests().size()))];
        const bool yes = in.Bit();
        const auto decided = queue.Decide(now, request.id, yes);
        Require(decided && asking.erase(decided->connection) == 1);
        Require(!queue.Decide(now, request.id, yes));
        if (!yes) denied.push_back({std::string(request.identity.view()), SourceOf(request.address), now});
        if (denied.size() > kMaxDenials) denied.pop_front();
        break;
      }
      case 5: {
        const ConnectionId id{in.Byte()};
        Require(queue.Withdraw(now, id).has_value() == (asking.erase(id) == 1));
        break;
      }
      case 6:
        while (!approved.empty() && now - approved.front() >= Minutes(1)) approved.pop_front();
        if (approval.Admit(now)) {
          approved.push_back(now);
          ++approvals;
        }
        Require(approved.size() <= kMaxAutoApprovedPerMinute && approvals <= kMaxAutoApproved);
        break;
    }

    Require(admission.unauthenticated() == counted.size() && counted.size() <= kMaxUnauthenticated);
    std::map<AddressKey, std::size_t> of_source;
    for (const auto& entry : counted) Require(++of_source[SourceOf(entry.second)] <= kMaxUnauthenticatedPerSource);
    Require(queue.requests().size() == asking.size() && asking.size() <= kMaxPairRequests);
    std::map<AddressKey, std::size_t> waiting;
    std::set<PairRequestId> ids;
    for (const QueuedPair& request : queue.requests()) {
      Require(++waiting[SourceOf(request.address)] <= kMaxPairRequestsPerSource);
      Require(ids.insert(request.id).second);
      Require(!queue.Find(FormatPairRequestId(request.id).view()).empty());
    }
  }
  return 0;
}
