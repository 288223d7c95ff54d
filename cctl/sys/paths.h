// SPDX-License-Identifier: MIT
//
// Where things lie: the user's home folder, this program's state, its configuration. Nothing is made or checked.

#ifndef CCTL_SYS_PATHS_H_
#define CCTL_SYS_PATHS_H_

#ifdef _WIN32
#include <direct.h>

#include "cctl/sys/windows_text.h"
#else
#include <pwd.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/profile.h"
#include "cctl/base/result.h"
#include "cctl/sys/environment.h"
#include "cctl/sys/file_api.h"

namespace cctl {

// One path below another; '/' does on Windows, too.
inline std::string JoinPath(std::string_view folder, std::string_view name) {
  std::string out(folder);
  if (!out.empty() && out.back() != '/') out += '/';
  return out.append(name);
}

// Whether a path means the same in every working directory. On Windows those do not that begin with a drive and no
// slash, nor those that begin with a slash and no drive, whose drive is the working directory's; but they stay on it.
inline bool IsAbsolutePath(std::string_view path) {
#ifdef _WIN32
  if (path.size() > 1 && path[1] == ':') path.remove_prefix(2);
  return path.starts_with('/') || path.starts_with('\\');
#else
  return path.starts_with('/');
#endif
}

// The working directory, absolute.
inline Result<std::string> WorkingFolder() {
#ifdef _WIN32
  wchar_t* const path = _wgetcwd(nullptr, 0);
  if (path == nullptr) return SystemError(errno, "folder");
  std::string out = detail::Narrow(path);
#else
  char* const path = ::getcwd(nullptr, 0);  // allocates, on all systems that we know
  if (path == nullptr) return SystemError(errno, "folder");
  std::string out(path);
#endif
  std::free(path);
  return out;
}

#ifdef _WIN32
inline constexpr const char* kHomeVariable = "USERPROFILE";
#else
inline constexpr const char* kHomeVariable = "HOME";
#endif

// $HOME (%USERPROFILE% on Windows), else what the user database says. Neither: kNotFound, part "home".
inline Result<std::string> HomeFolder() {
  if (const auto home = GetEnvironment(kHomeVariable)) return *home;
#ifndef _WIN32
  char memory[4096];
  passwd entry;
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, memory, sizeof memory, &found) == 0 && found != nullptr &&
      found->pw_dir != nullptr && found->pw_dir[0] == '/') {
    return std::string(found->pw_dir);
  }
#endif
  return Error{Errc::kNotFound, 0, 0, "home"};
}

// The root of what the program remembers: $<prefix>_HOME, for claudectl $CLAUDECTL_HOME, else ~/.claudectl. A relative
// one is taken from the working directory as it is now.
inline Result<std::string> StateRoot(const Profile& profile = kClaudectlProfile) {
  if (const auto root = GetEnvironment(std::string(profile.env_prefix) + "_HOME")) {
    if (IsAbsolutePath(*root)) return *root;
    const Result<std::string> here = WorkingFolder();
    if (!here) return here.error();
    return JoinPath(*here, *root);
  }
  const Result<std::string> home = HomeFolder();
  if (!home) return home.error();
  return JoinPath(*home, profile.state_folder);
}

// $XDG_CONFIG_HOME where it is absolute, as its specification demands, else ~/.config.
inline Result<std::string> ConfigFolder() {
  if (const auto folder = GetEnvironment("XDG_CONFIG_HOME"); folder && IsAbsolutePath(*folder)) return *folder;
  const Result<std::string> home = HomeFolder();
  if (!home) return home.error();
  return JoinPath(*home, ".config");
}

}  // namespace cctl

#endif  // CCTL_SYS_PATHS_H_
