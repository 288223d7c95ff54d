// SPDX-License-Identifier: MIT
//
// The challenges that the listeners of this process have sent and that are still open. A connector of the same process
// answers none of them: otherwise a stranger who connects to us, and whom we dial at the same time, could have our own
// challenge answered by us and hand the proof back (docs/protocol.md, section 4.1).

#ifndef CCTL_PROTO_OPEN_CHALLENGES_H_
#define CCTL_PROTO_OPEN_CHALLENGES_H_

#include <cstddef>
#include <vector>

#include "cctl/identity/nonce.h"

namespace cctl {

class OpenChallenges {
 public:
  // Before the challenge is sent.
  void Insert(const Nonce& challenge) { nonces_.push_back(challenge); }

  // When its handshake has ended, either way. Does nothing if it is not there.
  void Erase(const Nonce& challenge) {
    for (Nonce& nonce : nonces_) {
      if (nonce != challenge) continue;
      nonce = nonces_.back();
      nonces_.pop_back();
      return;
    }
  }

  // A few hundred at most are open, and dials are rare: looking through them is quick enough.
  [[nodiscard]] bool Contains(const Nonce& challenge) const {
    for (const Nonce& nonce : nonces_) {
      if (nonce == challenge) return true;
    }
    return false;
  }

  [[nodiscard]] std::size_t size() const { return nonces_.size(); }

 private:
  std::vector<Nonce> nonces_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_OPEN_CHALLENGES_H_
