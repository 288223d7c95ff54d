// SPDX-License-Identifier: MIT
//
// Which identity a node of the tailnet has (relay/tailnet/<stable ID>.json; docs/protocol.md, sections 6 and 7), a JSON
// object:
//
//   {"identity":"ci-runner-9d1e","pinned_at":1795422026000}
//
// It is no secret. It is written when the node connects for the first time, and keeps the identity for that node.

#ifndef CCTL_STORE_TAILNET_PIN_FILE_H_
#define CCTL_STORE_TAILNET_PIN_FILE_H_

#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/store/json_file.h"

namespace cctl {

struct TailnetPin {
  Identity identity;
  UnixTime pinned_at;
};

// Reads the content. Errors: those of ParseJsonFile; kMissing, kInvalid or kOutOfRange with the member's name as part.
inline Result<TailnetPin> ParseTailnetPinFile(std::string_view content) {
  auto file = ParseJsonFile(content);
  if (!file) return file.error();
  const auto name = TakeMember(*file, "identity");
  const auto date = TakeMember(*file, "pinned_at");
  if (!name) return Error{Errc::kMissing, 0, 0, "identity"};
  if (!date) return Error{Errc::kMissing, 0, 0, "pinned_at"};
  const auto text = JsonText(*name, "identity");
  if (!text) return text.error();
  const auto identity = Identity::Parse(*text);
  if (!identity) return Error{Errc::kInvalid, 0, 0, "identity"};
  const auto pinned_at = JsonDate(*date, "pinned_at");
  if (!pinned_at) return pinned_at.error();
  return TailnetPin{*identity, *pinned_at};
}

// Writes the content.
inline std::string FormatTailnetPinFile(const TailnetPin& pin) {
  JsonFile file = JsonFile::object();
  file["identity"] = pin.identity.view();
  file["pinned_at"] = pin.pinned_at.ms;
  return FormatJsonFile(file);
}

}  // namespace cctl

#endif  // CCTL_STORE_TAILNET_PIN_FILE_H_
