// SPDX-License-Identifier: MIT
//
// The version that `--version` prints and the relay tells its peers: 1-32 printable ASCII characters without a space.

#ifndef CCTL_TOOLS_CLAUDECTL_VERSION_H_
#define CCTL_TOOLS_CLAUDECTL_VERSION_H_

namespace cctl::cli {

inline constexpr const char kVersion[] = "0.1.0";
inline constexpr int kProtocolVersion = 1;  // of docs/protocol.md; counts up when an older peer could not follow

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_VERSION_H_
