// SPDX-License-Identifier: MIT

#include "tools/claudectl/project_file.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/profile.h"
#include "cctl/base/time.h"
#include "cctl/sys/atomic_file.h"
#include "cctl/sys/file.h"
#include "cctl/sys/file_api.h"
#include "cctl/sys/folder_lock.h"
#include "cctl/sys/paths.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/project_folders.h"
#include "tools/claudectl/slow_notice.h"

namespace cctl::cli {
namespace {

constexpr std::string_view kFolderName = ".claudectl";
constexpr std::string_view kFileName = "peers.toml";
constexpr unsigned kFolderMode = 0755;  // no secrets in it; a checkout is as open
constexpr unsigned kFileMode = 0644;

// Fifty others that each wait for a slow disk.
constexpr Duration kLockPatience = Seconds(30);

// Whether a project's folder would be the one in which this program keeps its keys.
bool IsStateFolder(const std::string& folder) {
  const auto root = StateRoot();
  const auto home = HomeFolder();
  return (root && IsSameFile(folder, *root)) ||
         (home && IsSameFile(folder, JoinPath(*home, kClaudectlProfile.state_folder)));
}

// The file `levels` folders above the working folder, as one would type it.
std::string ShownPath(std::size_t levels) {
  std::string shown;
  for (std::size_t i = 0; i < levels; ++i) shown += "../";
  return shown.append(kFolderName).append("/").append(kFileName);
}

Failure FileFailure(const std::string& shown, const Error& error) {
  if (error.code == Errc::kTooLong) {
    return {Errc::kInvalid, shown + ": larger than " + std::to_string(error.value / 1024) + " KiB"};
  }
  if (error.code == Errc::kInvalid) return {Errc::kInvalid, shown + ": not a file"};
  if (error.value == ELOOP) return {Errc::kInvalid, shown + ": a symbolic link, which is not followed"};
  return {Errc::kIo, shown + ": " + std::strerror(static_cast<int>(error.value))};
}

}  // namespace

Outcome<ProjectFile> ProjectFile::Find() {
  auto placed = FindOrPlace();
  if (!placed || GetFileStatus(placed->path_)) return placed;
  return Failure{Errc::kNotFound, "no " + std::string(kFolderName) + "/" + std::string(kFileName) + " here or above",
                 "claudectl relay project-init"};
}

Outcome<ProjectFile> ProjectFile::FindOrPlace() {
  const ProjectFolders folders = FindProjectFolders(FolderOwners::kUserAndWorkingFolders);
  if (folders.upwards.empty()) return Failure{Errc::kIo, "the working folder is gone"};
  // The git root before all others; where there is none, the working folder is the place for a new file.
  std::vector<std::size_t> order;
  const std::size_t last = folders.upwards.size() - 1;
  if (folders.has_git_root) order.push_back(last);
  for (std::size_t i = 0; i <= last; ++i) order.push_back(i);
  std::optional<std::size_t> chosen;
  for (const std::size_t i : order) {
    const std::string folder = JoinPath(folders.upwards[i], kFolderName);
    if (GetFileStatus(JoinPath(folder, kFileName)) && !IsStateFolder(folder)) {
      chosen = i;
      break;
    }
  }
  const std::size_t index = chosen.value_or(order.front());
  const std::string folder = JoinPath(folders.upwards[index], kFolderName);
  if (IsStateFolder(folder)) {
    return Failure{Errc::kUsage, folder + " is where this program keeps its keys, not a project's folder",
                   "run it in a project"};
  }
  if (const auto status = GetFileStatus(folder); status && status->kind != FileKind::kFolder) {
    const bool link = status->kind == FileKind::kSymbolicLink;
    return Failure{Errc::kInvalid, folder + (link ? ": a symbolic link, which is not followed" : ": not a folder")};
  }
  return ProjectFile(JoinPath(folder, kFileName), ShownPath(index));
}

ProjectFile ProjectFile::At(std::string path) {
  std::string shown = path;
  return {std::move(path), std::move(shown)};
}

Outcome<std::optional<std::string>> ProjectFile::Read() const {
  auto text = ReadFile(path_, kMaxPeersFileSize);
  if (text) return std::optional<std::string>(*std::move(text));
  if (text.error().code == Errc::kNotFound) return std::optional<std::string>();
  return FileFailure(shown_, text.error());
}

Outcome<PeersFile> ProjectFile::Parse() const {
  auto text = Read();
  if (!text) return text.error();
  if (!text->has_value()) return Failure{Errc::kNotFound, shown_ + ": no such file", "claudectl relay project-init"};
  return ParsePeersFile(**text);
}

Outcome<PeersFile> ProjectFile::Load() const {
  auto file = Parse();
  if (!file || file->faults.empty()) return file;
  const TomlFault& first = file->faults.front();
  std::string message = first.In(shown_);
  if (const std::size_t more = file->faults.size() - 1; more > 0) message += " (and " + std::to_string(more) + " more)";
  return Failure{Errc::kInvalid, std::move(message), "claudectl relay project-check"};
}

Outcome<Done> ProjectFile::Change(const Edit& edit, const Printer& out) const {
  const std::string folder = path_.substr(0, path_.rfind('/'));
  const auto failed = [this](const Error& error) { return FileFailure(shown_, error); };
  if (const auto made = MakeFolder(folder, kFolderMode); !made) return failed(made.error());
  std::optional<SlowNotice> notice(std::in_place, &out, "Waiting for another program that changes " + shown_ + "...");
  const auto lock = FolderLock::Acquire(folder, kLockPatience);
  notice.reset();
  if (!lock && lock.error().code == Errc::kBusy) return Failure{Errc::kBusy, shown_ + ": others are changing it"};
  if (!lock) return failed(lock.error());
  const InterruptHold hold;
  // Nobody else writes here now: what others left behind when they were killed is of no use.
  (void)RemoveTemporaryFiles(folder);
  const auto text = Read();
  if (!text) return text.error();
  const auto edited = edit(*text);
  if (!edited) return edited.error();
  if (!edited->has_value() || *edited == *text) return Done{};
  const auto status = GetFileStatus(path_);
  const auto written = AtomicWriteFile(path_, AsBytes(**edited), status ? status->mode : kFileMode);
  if (!written) return failed(written.error());
  return Done{};
}

Failure ProjectFile::EditFailure(const Error& error, std::string_view text) const {
  const std::string_view part = error.part;
  const auto at_line = [this, &error] { return shown_ + ":" + std::to_string(error.value) + ": "; };
  switch (error.code) {
    case Errc::kDuplicate:
      return {Errc::kInvalid, at_line() + "another entry of this identity (or of one that differs in case)",
              "claudectl relay project-check"};
    case Errc::kNotFound:
      return {Errc::kNotFound, shown_ + ": no entry of that identity"};
    case Errc::kUnsupported:
      return {Errc::kUnsupported, shown_ + ": written in a way in which the entry cannot be changed alone",
              "change it by hand"};
    case Errc::kTooLong:
      if (part == "peers") return {Errc::kInvalid, shown_ + ": it has 256 peers already, the most there may be"};
      if (part == "name") return {Errc::kUsage, "--name: longer than " + std::to_string(error.value) + " bytes"};
      return {Errc::kInvalid, shown_ + ": larger than " + std::to_string(error.value / 1024) + " KiB"};
    default:
      break;
  }
  if (part == "name") return {Errc::kUsage, "--name: this is no UTF-8"};
  const PeersFile file = ParsePeersFile(text);
  if (file.faults.empty()) return {Errc::kInvalid, at_line() + "peers is no list"};
  return {Errc::kInvalid, file.faults.front().In(shown_), "claudectl relay project-check"};
}

}  // namespace cctl::cli
