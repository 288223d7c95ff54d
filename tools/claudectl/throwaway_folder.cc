// SPDX-License-Identifier: MIT

#include "tools/claudectl/throwaway_folder.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "cctl/base/hex.h"
#include "cctl/sys/environment.h"
#include "cctl/sys/file_api.h"
#include "cctl/sys/os_random.h"
#include "cctl/sys/paths.h"

namespace cctl::cli {

Outcome<std::unique_ptr<ThrowawayFolder>> ThrowawayFolder::Make(const std::string& prefix) {
#ifdef _WIN32
  const std::string parent = GetEnvironment("TEMP").value_or(".");
#else
  const std::string parent = GetEnvironment("TMPDIR").value_or("/tmp");
#endif
  std::array<std::uint8_t, 8> bytes;
  if (!OsRandom().Fill(bytes)) return Failure{Errc::kIo, "the system's random generator fails"};
  std::array<char, 2 * bytes.size()> digits;
  EncodeHex(bytes, digits.data());
  std::string path = JoinPath(parent, prefix + std::string(digits.data(), digits.size()));
  // Nobody else's at any moment, and not one that is there already.
  if (!detail::MakeOneFolder(path, 0700)) {
    return Failure{Errc::kIo, "cannot make a folder in " + parent + ": " + std::strerror(errno)};
  }
  return std::unique_ptr<ThrowawayFolder>(new ThrowawayFolder(std::move(path)));
}

ThrowawayFolder::~ThrowawayFolder() {
  std::error_code ignored;  // nothing more can be done
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace cctl::cli
