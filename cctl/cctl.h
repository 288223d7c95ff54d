// SPDX-License-Identifier: MIT
//
// The values of cctl: identities, codes, keys and proofs, invite links, QR codes. Needs the standard library alone, and
// costs a compiler about what <string>, <vector> and <span> do. Who also shakes hands, announces or pairs includes
// cctl/machines.h; who wants all of that done includes cctl/node/node.h.

#ifndef CCTL_CCTL_H_
#define CCTL_CCTL_H_

#include "cctl/base/base64.h"
#include "cctl/base/bytes.h"
#include "cctl/base/decimal.h"
#include "cctl/base/duration_text.h"
#include "cctl/base/errc.h"
#include "cctl/base/glob.h"
#include "cctl/base/hex.h"
#include "cctl/base/host_name.h"
#include "cctl/base/host_port.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/profile.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/secret.h"
#include "cctl/base/sip_hash.h"
#include "cctl/base/text_cursor.h"
#include "cctl/base/time.h"
#include "cctl/base/utf8.h"
#include "cctl/base/version.h"
#include "cctl/crypto/hmac_sha256.h"
#include "cctl/crypto/sha256.h"
#include "cctl/identity/check_number.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/identity_from_hostname.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_id.h"
#include "cctl/invite/invite_link.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_mode.h"
#include "cctl/qr/qr_png.h"
#include "cctl/qr/qr_quiet_zone.h"
#include "cctl/qr/qr_svg.h"
#include "cctl/qr/qr_text.h"

#endif  // CCTL_CCTL_H_
