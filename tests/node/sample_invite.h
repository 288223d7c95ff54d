// SPDX-License-Identifier: MIT
//
// An invite for one use within an hour, as a state folder keeps it.

#ifndef CCTL_TESTS_NODE_SAMPLE_INVITE_H_
#define CCTL_TESTS_NODE_SAMPLE_INVITE_H_

#include <string_view>

#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"

namespace cctl::testing {

inline Invite SampleInvite(std::string_view id, const Psk& key) {
  return {.id = *InviteId::Parse(id),
          .psk = key,
          .created_at = UnixTime{1'795'422'026'000},
          .ttl = Hours(1),
          .uses = 1,
          .uses_left = 1,
          .label = {},
          .only_for = {},
          .joined = {},
          .host = *Host::Parse("192.0.2.1"),
          .port = 9847};
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_NODE_SAMPLE_INVITE_H_
