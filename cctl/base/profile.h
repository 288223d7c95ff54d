// SPDX-License-Identifier: MIT
//
// What belongs to one program and not to the protocol: names, ports, folders. claudectl's own is the default; another
// program that uses this library hands in its own and shares nothing with claudectl but the code.

#ifndef CCTL_BASE_PROFILE_H_
#define CCTL_BASE_PROFILE_H_

#include <cstdint>
#include <string_view>

namespace cctl {

struct Profile {
  std::string_view command = "claudectl relay";  // what a hint tells the user to type stands behind it
  std::string_view link_scheme = "cctl";         // of invite links, lower case
  std::string_view state_folder = ".claudectl";  // below the home folder, and in a project
  std::string_view env_prefix = "CLAUDECTL";     // of environment variables: <prefix>_HOME, <prefix>_RELAY_<KEY>
  std::uint16_t tcp_port = 9847;                 // of the relay
  std::uint16_t udp_port = 9848;                 // of announcements
};

inline constexpr Profile kClaudectlProfile{};

}  // namespace cctl

#endif  // CCTL_BASE_PROFILE_H_
