// SPDX-License-Identifier: MIT
//
// A program of somebody else's, in two translation units that both include cctl: what is defined twice shows when they
// are linked. Makes a link, reads it again, and prints the key's check and the size of its QR code.

#include <cstdio>

#include "answer.h"
#include "cctl/cctl.h"

int main() {
  const auto answer = MakeLink();
  const auto link = cctl::ParseInviteLink(answer.view());
  if (!link) return 1;
  const auto code = cctl::QrCode::Encode(answer.view());
  if (!code) return 1;
  const cctl::Psk key = cctl::DerivePsk(link->code);
  std::printf("cctl %s: key %02x..., %d modules\n", cctl::kVersion, key.bytes()[0], code->size());
}
