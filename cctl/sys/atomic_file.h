// SPDX-License-Identifier: MIT
//
// Replaces a file so that a crash or a power cut leaves the old content or the new, never a part: a temporary file in
// the same folder, fsync, rename, fsync of the folder. A symbolic link in place of the file is replaced, not followed.
// A crash can leave a temporary file behind, perhaps with a secret in it; RemoveTemporaryFiles clears them away.

#ifndef CCTL_SYS_ATOMIC_FILE_H_
#define CCTL_SYS_ATOMIC_FILE_H_

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"
#include "cctl/sys/file.h"
#include "cctl/sys/file_api.h"
#include "cctl/sys/process.h"

namespace cctl {

// What AtomicWriteFile has just done.
enum class WriteStep : std::uint8_t { kCreated, kWritten, kSynced, kRenamed, kFolderSynced };

// Observes nothing. A test's own observer ends the process between two steps.
struct NoObserver {
  void operator()(WriteStep) const {}
};

namespace detail {

inline constexpr std::string_view kTemporarySuffix = ".tmp~";

// Hidden, so that nobody takes it for the real one; unlike any other that a process alive has.
inline std::string TemporaryNameFor(const std::string& path) {
  static std::atomic<unsigned> counter = 0;
  const std::string folder = FolderOf(path);
  const std::size_t name = folder == "." && path.compare(0, 2, "./") != 0 ? 0 : folder.size() + (folder != "/");
  std::string out = path.substr(0, name);
  out += '.';
  out += std::string_view(path).substr(name);
  out += '.';
  out += std::to_string(ProcessId());
  out += '-';
  out += std::to_string(counter.fetch_add(1, std::memory_order_relaxed));
  out += kTemporarySuffix;
  return out;
}

}  // namespace detail

// Errors: kNotFound (no such folder) or kIo, `value` being errno and `part` the step: "create", "write", "sync" or
// "rename"; the file is then as it was and the temporary one is gone. The one exception is part "folder": the new
// content is in place, but may not survive a power cut. `mode` is subject to umask.
template <typename Observer = NoObserver>
Result<void> AtomicWriteFile(const std::string& path, ByteView content, unsigned mode = 0600,
                             const Observer& observe = {}) {
  std::string temporary = detail::TemporaryNameFor(path);
  Descriptor file = detail::OpenNew(temporary, mode);
  if (!file && errno == EEXIST) {  // left behind by a dead process that had our number
    (void)detail::Unlink(temporary);
    file = detail::OpenNew(temporary, mode);
  }
  if (!file) return SystemError(errno, "create");
  const auto failed = [&](const char* part) {
    const int error = errno;
    file.Close();  // Windows removes no open file
    (void)detail::Unlink(temporary);
    return SystemError(error, part);
  };
  observe(WriteStep::kCreated);
  if (!detail::WriteAll(file.get(), content)) return failed("write");
  observe(WriteStep::kWritten);
  if (!detail::SyncFile(file.get())) return failed("sync");
  observe(WriteStep::kSynced);
  file.Close();
  if (!detail::Rename(temporary, path)) return failed("rename");
  observe(WriteStep::kRenamed);
  if (!detail::SyncFolder(detail::FolderOf(path))) return SystemError(errno, "folder");
  observe(WriteStep::kFolderSynced);
  return {};
}

// Removes what a crash has left in a folder. Only for whoever knows that nobody is writing there (the lock's holder);
// returns how many there were. What cannot be removed stays and is not counted.
inline Result<unsigned> RemoveTemporaryFiles(const std::string& folder) {
  const auto names = ListFolder(folder);
  if (!names) return names.error();
  unsigned removed = 0;
  for (const std::string& name : *names) {
    if (!name.starts_with('.') || !name.ends_with(detail::kTemporarySuffix)) continue;
    std::string path = folder;
    path.append("/").append(name);
    if (detail::Unlink(path)) ++removed;
  }
  return removed;
}

}  // namespace cctl

#endif  // CCTL_SYS_ATOMIC_FILE_H_
