// SPDX-License-Identifier: MIT
//
// The folders in which something of a project may lie: the working folder and those above it, up to the git root. The
// way up ends at a folder that belongs to somebody else (/tmp, for one, where anybody could put a file for whoever
// works below it).

#ifndef CCTL_TOOLS_CLAUDECTL_PROJECT_FOLDERS_H_
#define CCTL_TOOLS_CLAUDECTL_PROJECT_FOLDERS_H_

#include <string>
#include <vector>

namespace cctl::cli {

struct ProjectFolders {
  std::vector<std::string> upwards;  // from the working folder on; empty: it is gone
  bool has_git_root = false;         // the last one
};

// Whose folders are looked at.
enum class FolderOwners {
  kUser,                   // the user's own
  kUserAndWorkingFolders,  // and, in a folder of somebody else (a container's checkout), that one's
};

ProjectFolders FindProjectFolders(FolderOwners owners);

// Whether two paths lead to one file or folder, by whatever links; of those that lead nowhere, whether they are equal.
bool IsSameFile(const std::string& a, const std::string& b);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_PROJECT_FOLDERS_H_
