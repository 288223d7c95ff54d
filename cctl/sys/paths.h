// SPDX-License-Identifier: MIT
//
// Where things lie: the user's home folder, this program's state, its configuration. Nothing is made or checked.

#ifndef CCTL_SYS_PATHS_H_
#define CCTL_SYS_PATHS_H_

#ifdef _WIN32
#include <direct.h>
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

// The working directory, absolute.
inline Result<std::string> WorkingFolder() {
#ifdef _WIN32
  char* const path = _getcwd(nullptr, 0);
#else
  char* const path = ::getcwd(nullptr, 0);  // allocates, on all systems that we know
#endif
  if (path == nullptr) return SystemError(errno, "folder");
  std::string out(path);
  std::free(path);
  return out;
}

// $HOME (%USERPROFILE% on Windows), else what the user database says. Neither: kNotFound, part "home".
inline Result<std::string> HomeFolder() {
#ifdef _WIN32
  if (const auto home = GetEnvironment("USERPROFILE")) return *home;
#else
  if (const auto home = GetEnvironment("HOME")) return *home;
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
#ifndef _WIN32
    if (root->front() != '/') {
      const Result<std::string> here = WorkingFolder();
      if (!here) return here.error();
      return JoinPath(*here, *root);
    }
#endif
    return *root;
  }
  const Result<std::string> home = HomeFolder();
  if (!home) return home.error();
  return JoinPath(*home, profile.state_folder);
}

// $XDG_CONFIG_HOME where it is absolute, as its specification demands, else ~/.config.
inline Result<std::string> ConfigFolder() {
  if (const auto folder = GetEnvironment("XDG_CONFIG_HOME"); folder && folder->front() == '/') return *folder;
  const Result<std::string> home = HomeFolder();
  if (!home) return home.error();
  return JoinPath(*home, ".config");
}

}  // namespace cctl

#endif  // CCTL_SYS_PATHS_H_
