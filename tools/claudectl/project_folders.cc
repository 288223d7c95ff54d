// SPDX-License-Identifier: MIT

#include "tools/claudectl/project_folders.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "cctl/sys/file.h"
#include "cctl/sys/file_api.h"
#include "cctl/sys/paths.h"

namespace cctl::cli {

ProjectFolders FindProjectFolders(FolderOwners owners) {
  ProjectFolders found;
  const auto working = WorkingFolder();
  if (!working) return found;
  std::string folder = *working;
  std::optional<std::uint32_t> other;  // an owner beside the user
  while (true) {
    const auto status = GetFileStatus(folder, Links::kFollow);
    if (!status) return found;
    if (!other && owners == FolderOwners::kUserAndWorkingFolders) other = status->owner;
    if (!status->owned && status->owner != other) return found;
    found.upwards.push_back(folder);
    found.has_git_root = GetFileStatus(JoinPath(folder, ".git")).has_value();
    if (found.has_git_root || folder == "/") return found;
    folder.resize(std::max<std::size_t>(folder.rfind('/'), 1));
  }
}

bool IsSameFile(const std::string& a, const std::string& b) {
  const auto x = GetFileStatus(a, Links::kFollow);
  const auto y = GetFileStatus(b, Links::kFollow);
  if (!x || !y) return a == b;
  return x->device == y->device && x->inode == y->inode;
}

}  // namespace cctl::cli
