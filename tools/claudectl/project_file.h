// SPDX-License-Identifier: MIT
//
// The project's `.claudectl/peers.toml`: where it is, what it says, and its change by one process at a time. It comes
// with a clone. So no symbolic link is followed on the way to it, and the user's own state folder, which has the same
// name, is never taken for a project's.

#ifndef CCTL_TOOLS_CLAUDECTL_PROJECT_FILE_H_
#define CCTL_TOOLS_CLAUDECTL_PROJECT_FILE_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/result.h"
#include "cctl/node/outcome.h"
#include "cctl/project/peers_file.h"
#include "tools/claudectl/output.h"

namespace cctl::cli {

class ProjectFile {
 public:
  // The file of the project that the working folder is in: at the git root, else the nearest one upwards. kNotFound:
  // there is none, hint `project-init`.
  static Outcome<ProjectFile> Find();
  // The same, or where it is to be made: at the git root, else in the working folder.
  static Outcome<ProjectFile> FindOrPlace();
  // One that is named.
  static ProjectFile At(std::string path);

  [[nodiscard]] const std::string& path() const { return path_; }
  // As a person types it in the working folder.
  [[nodiscard]] const std::string& shown() const { return shown_; }

  // The content; no value where there is no file. kInvalid (a link or a folder in its place, too large), kIo.
  [[nodiscard]] Outcome<std::optional<std::string>> Read() const;
  // The content, parsed; a file with faults is returned with them. Fails as Read(), and with kNotFound.
  [[nodiscard]] Outcome<PeersFile> Parse() const;
  // The same for whoever uses the entries: with faults it fails, kInvalid, and names the first.
  [[nodiscard]] Outcome<PeersFile> Load() const;

  // Changes the file as `edit` says, which gets its text (no value: there is none) and returns the whole new one (no
  // value: nothing is to be done). Others that change it at the same time wait. The file is replaced at once, or stays.
  using Edit = std::function<Outcome<std::optional<std::string>>(const std::optional<std::string>& text)>;
  Outcome<Done> Change(const Edit& edit, const Printer& out) const;

  // What EditPeer says, as a sentence about this file.
  [[nodiscard]] Failure EditFailure(const Error& error, std::string_view text) const;

 private:
  ProjectFile(std::string path, std::string shown) : path_(std::move(path)), shown_(std::move(shown)) {}

  std::string path_;
  std::string shown_;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_PROJECT_FILE_H_
