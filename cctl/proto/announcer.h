// SPDX-License-Identifier: MIT
//
// When a relay says on the LAN that it is there, and to whom (docs/protocol.md, section 5): at start, then every
// interval with up to a tenth taken off, in both forms; to whoever asks; and a goodbye at the end. A state machine
// without sockets: what it gives out goes to every interface, or to the one address that asked.
//
//   cctl::Announcer announcer({.self = self, .instance = instance, .port = 9847, .version = version}, random, now);
//   announcer.HandleQuery(now, from);
//   announcer.HandleTimeout(now);  // and again at PollTimeout()
//   while (const auto transmit = announcer.PollTransmit()) Send(transmit->to, transmit->datagram);

#ifndef CCTL_PROTO_ANNOUNCER_H_
#define CCTL_PROTO_ANNOUNCER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/random_source.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"

namespace cctl {

class Announcer {
 public:
  struct Config {
    Identity self;
    InstanceId instance;
    std::uint16_t port = 0;  // where the relay listens
    VersionText version;
    Duration interval = kAnnounceInterval;
    std::uint32_t paired_count = 0;
  };

  // One datagram to send now.
  struct Transmit {
    std::optional<RemoteAddress> to;  // absent: every interface's broadcast addresses
    std::string_view datagram;        // valid until the next call
  };

  // `random` outlives this. Should it fail, nothing is spread.
  Announcer(const Config& config, RandomSource& random, Instant now)
      : config_(config), random_(random), next_announcement_(now), second_(now) {}

  // Somebody on the link asks. An answer is planned, unless there have been too many in this second.
  void HandleQuery(Instant now, const RemoteAddress& from) {
    if (stopped_) return;
    if (now - second_ >= Seconds(1)) {
      second_ = now;
      answered_.clear();
    }
    const auto same = [&from](const RemoteAddress& other) { return other.ip == from.ip; };
    const auto to_address = static_cast<std::size_t>(std::count_if(answered_.begin(), answered_.end(), same));
    if (answered_.size() >= kMaxAnswers || to_address >= kMaxAnswersPerAddress) {
      ++refused_;
      return;
    }
    answered_.push_back(from);
    const std::int64_t wait = Random(kAnswerSpreadMs + 1);
    answers_.push_back({now + Milliseconds(wait), from});
  }

  // The time that PollTimeout() named has come. Too early, it does nothing.
  void HandleTimeout(Instant now) {
    if (stopped_) return;
    if (now >= next_announcement_) {
      pending_ = Pending::kPlain;
      const std::int64_t tenth = config_.interval.ms / 10;
      next_announcement_ = now + Duration{config_.interval.ms - Random(tenth + 1)};
    }
    for (Answer& answer : answers_) answer.due = answer.due <= now ? kDue : answer.due;
  }

  std::optional<Transmit> PollTransmit() {
    text_.clear();
    switch (pending_) {
      case Pending::kPlain:
        pending_ = Pending::kReleased;
        return Announce(std::nullopt);
      case Pending::kReleased:
        pending_ = Pending::kNothing;
        text_.append(kReleasedFormPrefix);
        return Announce(std::nullopt);
      case Pending::kGoodbye:
        pending_ = Pending::kNothing;
        AppendGoodbye(text_, Goodbye{config_.self, config_.instance});
        return Transmit{std::nullopt, text_.view()};
      case Pending::kNothing:
        break;
    }
    const auto due = std::find_if(answers_.begin(), answers_.end(), [](const Answer& a) { return a.due == kDue; });
    if (due == answers_.end()) return std::nullopt;
    const RemoteAddress to = due->to;
    answers_.erase(due);
    return Announce(to);
  }

  // When HandleTimeout is due; nothing after Stop().
  [[nodiscard]] std::optional<Instant> PollTimeout() const {
    if (stopped_) return std::nullopt;
    Instant due = next_announcement_;
    for (const Answer& answer : answers_) due = (std::min)(due, answer.due);
    return due;
  }

  // The last thing to be sent is a goodbye.
  void Stop() {
    if (stopped_) return;
    stopped_ = true;
    answers_.clear();
    pending_ = Pending::kGoodbye;
  }

  // From the next announcement on; that one comes within the new interval.
  void set_interval(Instant now, Duration interval) {
    config_.interval = interval;
    next_announcement_ = (std::min)(next_announcement_, now + interval);
  }
  void set_paired_count(std::uint32_t count) { config_.paired_count = count; }

  [[nodiscard]] InstanceId instance() const { return config_.instance; }
  // Queries that were not answered because of their number.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  enum class Pending : std::uint8_t { kNothing, kPlain, kReleased, kGoodbye };

  struct Answer {
    Instant due;
    RemoteAddress to;
  };
  static constexpr Instant kDue{INT64_MIN};

  Transmit Announce(const std::optional<RemoteAddress>& to) {
    AppendAnnouncement(
        text_, Announcement{config_.self, config_.port, config_.version, config_.paired_count, config_.instance});
    return {to, text_.view()};
  }

  // From 0 to `count` - 1, `count` below 2^16 or of no importance beyond it.
  std::int64_t Random(std::int64_t count) {
    std::uint8_t bytes[4] = {};
    if (count <= 0 || !random_.Fill(bytes)) return 0;
    return LoadBigEndian32(bytes) % count;
  }

  Config config_;
  RandomSource& random_;
  Instant next_announcement_;
  Pending pending_ = Pending::kNothing;
  std::vector<Answer> answers_;          // to come: as many as answered_ at most, of two seconds
  Instant second_;                       // when the counting of answered_ began
  std::vector<RemoteAddress> answered_;  // since then
  std::uint64_t refused_ = 0;
  bool stopped_ = false;
  InlineString<384> text_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_ANNOUNCER_H_
