// SPDX-License-Identifier: MIT
//
// When somebody who looks around on the LAN asks (docs/protocol.md, section 5): 15 queries in 60 ms each, so that an
// answer comes although queries and answers get lost. A relay searches when it starts, `discover` and `pair-with` when
// they are called.
//
//   cctl::LanSearch search(self, now);
//   search.HandleTimeout(now);  // and again at PollTimeout()
//   while (const auto datagram = search.PollTransmit()) Broadcast(*datagram);
//   if (search.done(now)) ...   // who has not answered by now is not there

#ifndef CCTL_PROTO_LAN_SEARCH_H_
#define CCTL_PROTO_LAN_SEARCH_H_

#include <optional>
#include <string_view>
#include <utility>

#include "cctl/base/inline_string.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/wire/announcement.h"

namespace cctl {

class LanSearch {
 public:
  LanSearch(const Identity& self, Instant now) : next_(now), end_(now + kSearchTime) {
    AppendLanQuery(query_, LanQuery{self});
  }

  // Begins anew.
  void Restart(Instant now) {
    next_ = now;
    end_ = now + kSearchTime;
    left_ = kSearchQueries;
  }

  void HandleTimeout(Instant now) {
    if (left_ == 0 || now < next_) return;
    --left_;
    due_ = true;
    next_ = now + kQueryInterval;
  }

  // A query to send to every interface; valid as long as this object.
  std::optional<std::string_view> PollTransmit() {
    if (!std::exchange(due_, false)) return std::nullopt;
    return query_.view();
  }

  // When HandleTimeout is due; nothing once all queries have been sent.
  [[nodiscard]] std::optional<Instant> PollTimeout() const {
    return left_ == 0 ? std::nullopt : std::optional<Instant>(next_);
  }

  [[nodiscard]] bool done(Instant now) const { return now >= end_; }
  [[nodiscard]] Instant end() const { return end_; }

 private:
  Instant next_;
  Instant end_;
  int left_ = kSearchQueries;
  bool due_ = false;
  InlineString<kMaxIdentitySize + 40> query_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_LAN_SEARCH_H_
