// SPDX-License-Identifier: MIT
//
// The rules that an invite keeps, whether it comes from the command line or from a file.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"

namespace cctl {
namespace {

constexpr Duration kTick = Milliseconds(1);

const Identity kAnn = *Identity::Parse("ann");

// Valid.
Invite NewInvite() {
  Invite invite{.id = *InviteId::Parse("5b0c9a12"), .psk = {}, .host = *Host::Parse("192.168.1.50")};
  invite.created_at = UnixTime{1'795'422'026'237};
  invite.ttl = Days(1);
  invite.port = 9847;
  return invite;
}

void UnlimitedForAnn(Invite& invite) {
  invite.uses = invite.uses_left = kUnlimitedUses;
  invite.only_for = kAnn;
}

struct Change {
  const char* what;
  void (*change)(Invite&);
  Error error;  // a part of "": none
};

// One change of a valid invite each; limits are given from both sides.
const Change kChanges[] = {
    {"as made", [](Invite&) {}, {}},
    {"1 s", [](Invite& i) { i.ttl = Seconds(1); }, {}},
    {"30 days", [](Invite& i) { i.ttl = Days(30); }, {}},
    {"0 s", [](Invite& i) { i.ttl = Seconds(0); }, {Errc::kOutOfRange, 0, 0, "ttl"}},
    {"under 1 s", [](Invite& i) { i.ttl = Milliseconds(999); }, {Errc::kOutOfRange, 0, 0, "ttl"}},
    {"-1 day", [](Invite& i) { i.ttl = Days(-1); }, {Errc::kOutOfRange, 0, 0, "ttl"}},
    {"over 30 days", [](Invite& i) { i.ttl = Days(30) + kTick; }, {Errc::kOutOfRange, 0, 0, "ttl"}},
    {"half seconds", [](Invite& i) { i.ttl = Milliseconds(1500); }, {Errc::kInvalid, 0, 0, "ttl"}},
    {"no use", [](Invite& i) { i.uses = i.uses_left = 0; }, {Errc::kOutOfRange, 0, 0, "uses"}},
    {"none left", [](Invite& i) { i.uses_left = 0; }, {}},
    {"more left than made", [](Invite& i) { i.uses_left = 2; }, {Errc::kInvalid, 0, 0, "uses"}},
    {"unlimited left of 1", [](Invite& i) { i.uses_left = kUnlimitedUses; }, {Errc::kInvalid, 0, 0, "uses"}},
    {"most uses", [](Invite& i) { i.uses = i.uses_left = kUnlimitedUses - 1; }, {}},
    {"unlimited for all", [](Invite& i) { i.uses = i.uses_left = kUnlimitedUses; }, {Errc::kInvalid, 0, 0, "uses"}},
    {"unlimited for one", UnlimitedForAnn, {}},
    {"5 left of unlimited",
     [](Invite& i) {
       UnlimitedForAnn(i);
       i.uses_left = 5;
     },
     {Errc::kInvalid, 0, 0, "uses"}},
    {"label of 64", [](Invite& i) { i.label = InlineString<64>(std::string(64, 'a')); }, {}},
    {"label of 65",
     [](Invite& i) { i.label = InlineString<64>(std::string(65, 'a')); },
     {Errc::kTooLong, 0, 64, "label"}},
    {"label in UTF-8", [](Invite& i) { i.label.append("f\xc3\xbcr Ann \xf0\x9f\x94\x91"); }, {}},
    {"label in Latin-1", [](Invite& i) { i.label.append("f\xfcr Ann"); }, {Errc::kInvalid, 0, 0, "label"}},
    {"label cut in a character", [](Invite& i) { i.label.append("f\xc3"); }, {Errc::kInvalid, 0, 0, "label"}},
    {"label with a surrogate", [](Invite& i) { i.label.append("\xed\xa0\x80"); }, {Errc::kInvalid, 0, 0, "label"}},
    {"made in 1970", [](Invite& i) { i.created_at = UnixTime{0}; }, {}},
    {"made before", [](Invite& i) { i.created_at = UnixTime{-1}; }, {Errc::kOutOfRange, 0, 0, "created_at"}},
    {"made in 9999", [](Invite& i) { i.created_at = kLastRfc3339; }, {}},
    {"made after", [](Invite& i) { i.created_at = kLastRfc3339 + kTick; }, {Errc::kOutOfRange, 0, 0, "created_at"}},
    {"port 0", [](Invite& i) { i.port = 0; }, {Errc::kOutOfRange, 0, 65'535, "port"}},
    {"port 65535", [](Invite& i) { i.port = 65'535; }, {}},
    {"256 joiners", [](Invite& i) { i.joined.assign(256, kAnn); }, {}},
    {"257 joiners", [](Invite& i) { i.joined.assign(257, kAnn); }, {Errc::kTooLong, 0, 256, "joined"}},
};

TEST(CheckInvite, NamesThePartThatBreaksARule) {
  for (const Change& change : kChanges) {
    Invite invite = NewInvite();
    change.change(invite);
    const auto checked = CheckInvite(invite);
    EXPECT_EQ(checked.has_value(), std::string_view(change.error.part).empty()) << change.what;
    if (!checked) {
      EXPECT_EQ(checked.error(), change.error) << change.what << ": " << checked.error().part;
    }
  }
}

}  // namespace
}  // namespace cctl
