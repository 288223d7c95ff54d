// SPDX-License-Identifier: MIT
//
// Whole files of bounded size, and folders. Errors are kNotFound (nothing there) or kIo, `value` being errno and `part`
// what was being done: "open", "read", "status", "remove", "folder", "permissions", "sync". Writing is
// cctl/sys/atomic_file.h.

#ifndef CCTL_SYS_FILE_H_
#define CCTL_SYS_FILE_H_

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/sys/file_api.h"

namespace cctl {

// What is there; with kRefuse a symbolic link is told as such, with kFollow what it leads to.
inline Result<FileStatus> GetFileStatus(const std::string& path, Links links = Links::kRefuse) {
  FileStatus status;
  if (!detail::StatusOf(path, links, &status)) return SystemError(errno, "status");
  return status;
}

// The content of a regular file of at most `limit` bytes. Also fails with kInvalid, part "open", for a folder, pipe or
// device, and kTooLong, part "read", `value` being the limit. A symbolic link in place of the file is kIo (ELOOP)
// unless links are to be followed. Where the content is a secret the caller wipes it (ScopedWipe): there is no
// other copy, unless the file grew while it was read.
inline Result<std::string> ReadFile(const std::string& path, std::size_t limit, Links links = Links::kRefuse) {
  const Descriptor file = detail::OpenToRead(path, links);
  if (!file) return SystemError(errno, "open");
  FileStatus status;
  if (!detail::StatusOf(file.get(), &status)) return SystemError(errno, "open");
  if (status.kind != FileKind::kRegular) return Error{Errc::kInvalid, 0, 0, "open"};
  const Error too_long = {Errc::kTooLong, 0, static_cast<std::uint32_t>(limit), "read"};
  if (status.size > limit) return too_long;
  // One byte more than there should be: a file that grows meanwhile, or one whose size the system does not know
  // (/proc), is read up to the limit and not beyond.
  std::string content(status.size == 0 ? limit + 1 : static_cast<std::size_t>(status.size) + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const std::ptrdiff_t got = detail::ReadSome(file.get(), content.data() + size, content.size() - size);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(errno, "read");
    size += static_cast<std::size_t>(got);
    if (size > limit) return too_long;
    if (size == content.size()) content.resize((std::min)(limit, 2 * size) + 1);
  }
  content.resize(size);
  return content;
}

// Removes a file, so that it stays removed after a power cut. Nothing there: kNotFound.
inline Result<void> RemoveFile(const std::string& path) {
  if (!detail::Unlink(path)) return SystemError(errno, "remove");
  if (!detail::SyncFolder(detail::FolderOf(path))) return SystemError(errno, "sync");
  return {};
}

// The names in a folder without `.` and `..`, in the order of their bytes.
inline Result<std::vector<std::string>> ListFolder(const std::string& path) {
  std::vector<std::string> names;
  if (!detail::NamesIn(path, &names)) return SystemError(errno, "folder");
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
  std::sort(names.begin(), names.end());
  return names;
}

// Makes the folder, and those above it that are missing, for this user only unless `mode` says otherwise. One that is
// there is left as it is, whatever its permissions; a file in its place is kIo (ENOTDIR), part "folder".
inline Result<void> MakeFolder(const std::string& path, unsigned mode = 0700) {
  FileStatus status;
  if (detail::StatusOf(path, Links::kFollow, &status)) {
    if (status.kind == FileKind::kFolder) return {};
    return SystemError(ENOTDIR, "folder");
  }
  if (errno != ENOENT) return SystemError(errno, "folder");
  const std::string parent = detail::FolderOf(path);
  if (parent.size() >= path.size()) return SystemError(ENOENT, "folder");  // "." or "/" is missing: no use going on
  if (const Result<void> made = MakeFolder(parent, mode); !made) return made.error();
  if (!detail::MakeOneFolder(path, mode) && errno != EEXIST) return SystemError(errno, "folder");
  if (!detail::SyncFolder(parent)) return SystemError(errno, "sync");
  return {};
}

// Takes away what group and others may do with a file or folder; whether there was something to take away. Symbolic
// links are refused. Part "permissions".
inline Result<bool> NarrowPermissions(const std::string& path) {
#ifdef _WIN32
  FileStatus status;
  if (!detail::StatusOf(path, Links::kRefuse, &status)) return SystemError(errno, "permissions");
  return false;  // they are made up
#else
  const Descriptor file = detail::OpenToRead(path, Links::kRefuse);
  FileStatus status;
  if (!file || !detail::StatusOf(file.get(), &status)) return SystemError(errno, "permissions");
  if ((status.mode & 0077) == 0) return false;
  if (!detail::NarrowMode(file.get(), status.mode & 0700)) return SystemError(errno, "permissions");
  return true;
#endif
}

// Whether the file, or what a link leads to, belongs to the user that this process acts as.
inline Result<bool> IsOwnedByUser(const std::string& path) {
  const Result<FileStatus> status = GetFileStatus(path, Links::kFollow);
  if (!status) return status.error();
  return status->owned;
}

}  // namespace cctl

#endif  // CCTL_SYS_FILE_H_
