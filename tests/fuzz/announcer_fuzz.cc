// SPDX-License-Identifier: MIT
//
// What a relay says on the LAN, under queries, pauses and changes of settings in any order: how much can be drawn from
// it is bounded, every datagram of it is one that we would read, it speaks again in time, and after its goodbye never.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/announcer.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/lan_search.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"
#include "tests/fuzz/program.h"
#include "tests/support/seeded_random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cctl;
  using testing::Require;
  testing::Program in(data, size);
  testing::SeededRandom random(in.Byte());
  const Identity self = *Identity::Parse("laptop-a3f2");
  const InstanceId instance = *GenerateInstanceId(random);
  Instant now{};
  Duration interval = kAnnounceInterval;
  Announcer announcer({.self = self, .instance = instance, .port = 9847, .version = VersionText("1.0")}, random, now);
  LanSearch search(self, now);
  int queries = 0;
  bool stopped = false, goodbye = false;
  // Answers since a query was last let through, by the second of the asking.
  std::map<std::int64_t, std::size_t> asked;
  std::size_t answers = 0;

  while (!in.empty()) {
    now = now + in.Pause();
    switch (in.Below(6)) {
      case 0: {
        const RemoteAddress from = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, in.Byte()}, 9848};
        for (unsigned count = in.Byte(); count > 0; --count) {
          announcer.HandleQuery(now, from);
          ++asked[now.ms / 1000];
        }
        break;
      }
      case 1:
        announcer.HandleTimeout(now);
        break;
      case 2:
        interval = Seconds(1 + in.Below(60));
        announcer.set_interval(now, interval);
        break;
      case 3:
        announcer.set_paired_count(in.Byte());
        break;
      case 4:
        if (in.Byte() == 0) {
          announcer.Stop();
          stopped = true;
        }
        break;
      case 5:
        if (in.Bit()) search.Restart(now), queries = 0;
        search.HandleTimeout(now);
        while (const auto query = search.PollTransmit()) {
          const auto read = ParseLanDatagram(*query);
          Require(read && std::get<LanQuery>(*read).identity == self && ++queries <= kSearchQueries);
        }
        if (!search.PollTimeout()) Require(queries == kSearchQueries);
        break;
    }
    while (const auto transmit = announcer.PollTransmit()) {
      Require(!goodbye);
      const auto read = ParseLanDatagram(transmit->datagram);
      Require(read.has_value());
      if (const auto* said = std::get_if<Announcement>(&*read)) {
        Require(said->identity == self && said->port == 9847 && said->instance == instance && !stopped);
      } else {
        goodbye = true;
        Require(stopped && std::get<Goodbye>(*read).instance == instance);
      }
      if (transmit->to) ++answers;
    }
    std::size_t allowed = 0;
    for (const auto& second : asked) allowed += second.second < 2 * kMaxAnswers ? second.second : 2 * kMaxAnswers;
    Require(answers <= allowed);
    const auto due = announcer.PollTimeout();
    Require(due.has_value() != stopped);
    if (due) Require(*due <= now + interval || *due <= now + kAnnounceInterval);
  }
  return 0;
}
