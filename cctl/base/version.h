// SPDX-License-Identifier: MIT
//
// The version of cctl, library and tool, by semantic versioning (https://semver.org); docs/library.md says what it
// promises. And the version of the protocol.
//
//   static_assert(cctl::kVersionNumber >= 100, "needs cctl 0.1.0");

#ifndef CCTL_BASE_VERSION_H_
#define CCTL_BASE_VERSION_H_

#include <cstdint>

namespace cctl {

inline constexpr std::uint32_t kVersionMajor = 0;
inline constexpr std::uint32_t kVersionMinor = 1;
inline constexpr std::uint32_t kVersionPatch = 0;

// 0.1.0 is 100, and 1.2.3 is 10203: compares as versions do.
inline constexpr std::uint32_t kVersionNumber = kVersionMajor * 10'000 + kVersionMinor * 100 + kVersionPatch;

// What `claudectl --version` prints.
inline constexpr char kVersion[] = "0.1.0";

// Of docs/protocol.md; counts up when an older peer could not follow.
inline constexpr int kProtocolVersion = 1;

}  // namespace cctl

#endif  // CCTL_BASE_VERSION_H_
