// SPDX-License-Identifier: MIT
//
// Values only: nothing is sent, stored or listened to. Makes an invite link, reads it back, derives the key that both
// sides will share, and draws the link as a QR code on the terminal.

#include <cstdio>
#include <string>

#include "cctl/cctl.h"
#include "cctl/sys/os_random.h"

int main() {
  cctl::OsRandom random;
  const auto identity = cctl::Identity::Parse("laptop-a3f2");
  const auto host = cctl::Host::Parse("192.168.1.50");
  const auto code = cctl::PairCode::Generate(random);
  if (!identity || !host || !code) return 1;

  // The link is a secret: it is formatted into memory that is wiped at the end of the scope.
  cctl::InviteLinkText text;
  const cctl::ScopedWipe wipe(text);
  cctl::FormatInviteLink({*identity, *host, 9847, *code}, text);

  // On the other machine somebody pastes it. An error says which part is wrong, and where.
  const auto link = cctl::ParseInviteLink(text.view());
  if (!link) return std::printf("the %s is wrong at %u\n", link.error().part, link.error().offset), 1;
  if (cctl::DerivePsk(link->code) != cctl::DerivePsk(*code)) return 1;

  const auto qr = cctl::QrCode::Encode(text.view());
  if (!qr) return 1;
  std::string drawing;
  cctl::AppendQrText(*qr, {}, drawing);
  std::fputs(drawing.c_str(), stdout);
}
