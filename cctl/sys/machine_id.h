// SPDX-License-Identifier: MIT
//
// Tells this machine from another that has a copy of its disk: the SHA-256 of the number that the system made when it
// was installed. A hash, because that number is not to leave the machine (machine-id(5)).

#ifndef CCTL_SYS_MACHINE_ID_H_
#define CCTL_SYS_MACHINE_ID_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
#elif defined(__APPLE__)
#include <unistd.h>
#endif

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/crypto/sha256.h"
#include "cctl/sys/file.h"

namespace cctl {

// 64 lower-case hexadecimal digits.
using MachineId = InlineString<64>;

// The hash of a number that is written in `text`, white space around it left out; none where nothing else is there.
inline std::optional<MachineId> HashMachineId(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return std::nullopt;
  text = text.substr(start, text.find_last_not_of(kSpace) + 1 - start);
  if (text == "uninitialized") return std::nullopt;  // machine-id(5): before the first boot is over
  const Digest digest = Sha256::Hash(AsBytes(text));
  char digits[2 * sizeof digest];
  EncodeHex(digest, digits);
  return MachineId(std::string_view(digits, sizeof digits));
}

// None where the system has no such number: a container, often.
inline std::optional<MachineId> GetMachineId() {
#ifdef _WIN32
  char guid[64] = {};
  DWORD size = sizeof guid - 1;
  if (RegGetValueA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Cryptography", "MachineGuid", RRF_RT_REG_SZ, nullptr, guid,
                   &size) != ERROR_SUCCESS) {
    return std::nullopt;
  }
  return HashMachineId(guid);
#elif defined(__APPLE__)
  unsigned char uuid[16] = {};
  const timespec no_wait = {};
  if (::gethostuuid(uuid, &no_wait) != 0) return std::nullopt;
  char digits[2 * sizeof uuid];
  EncodeHex(uuid, digits);
  return HashMachineId({digits, sizeof digits});
#else
  for (const char* const path : {"/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid"}) {
    const Result<std::string> text = ReadFile(path, 256, Links::kFollow);
    if (!text) continue;
    if (const auto id = HashMachineId(*text)) return id;
  }
  return std::nullopt;
#endif
}

}  // namespace cctl

#endif  // CCTL_SYS_MACHINE_ID_H_
