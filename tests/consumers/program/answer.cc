// SPDX-License-Identifier: MIT

#include "answer.h"

#include "cctl/cctl.h"

cctl::InviteLinkText MakeLink() {
  const std::uint8_t code[8] = {0xa3, 0xf2, 0x9b, 0x1c, 0xd4, 0xe5, 0xf6, 0x78};
  const cctl::InviteLink link = {*cctl::Identity::Parse("laptop-a3f2"), *cctl::Host::Parse("192.168.1.50"), 9847,
                                 cctl::PairCode(code)};
  cctl::InviteLinkText text;
  cctl::FormatInviteLink(link, text);
  return text;
}
