// SPDX-License-Identifier: MIT
//
// A new folder, for this user only, that is deleted with all that is in it.

#ifndef CCTL_TOOLS_CLAUDECTL_THROWAWAY_FOLDER_H_
#define CCTL_TOOLS_CLAUDECTL_THROWAWAY_FOLDER_H_

#include <memory>
#include <string>
#include <utility>

#include "cctl/node/outcome.h"

namespace cctl::cli {

class ThrowawayFolder {
 public:
  // Where the system keeps such things; `prefix`: its name begins so. Fails with kIo.
  static Outcome<std::unique_ptr<ThrowawayFolder>> Make(const std::string& prefix);
  ~ThrowawayFolder();
  ThrowawayFolder(const ThrowawayFolder&) = delete;
  ThrowawayFolder& operator=(const ThrowawayFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit ThrowawayFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_THROWAWAY_FOLDER_H_
