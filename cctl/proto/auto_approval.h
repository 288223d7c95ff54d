// SPDX-License-Identifier: MIT
//
// How many pair requests `auto_approve_lan` lets in without a question (docs/protocol.md, section 4.2): 10 a minute,
// 256 in all until the program ends. Which addresses it is meant for is decided where interfaces are known
// (cctl/net/lan_links.h).

#ifndef CCTL_PROTO_AUTO_APPROVAL_H_
#define CCTL_PROTO_AUTO_APPROVAL_H_

#include <cstddef>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/proto/lan_limits.h"

namespace cctl {

class AutoApproval {
 public:
  // Whether one more may be let in now; it is counted.
  bool Admit(Instant now) {
    std::erase_if(recent_, [now](Instant at) { return now - at >= Minutes(1); });
    if (approved_ >= kMaxAutoApproved || recent_.size() >= kMaxAutoApprovedPerMinute) return false;
    recent_.push_back(now);
    ++approved_;
    return true;
  }

 private:
  std::vector<Instant> recent_;
  std::size_t approved_ = 0;
};

}  // namespace cctl

#endif  // CCTL_PROTO_AUTO_APPROVAL_H_
