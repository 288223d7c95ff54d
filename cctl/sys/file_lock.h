// SPDX-License-Identifier: MIT
//
// A lock that one process at a time can hold, with its number written in the file so that the next one can say who has
// it. The kernel releases it however the holder ends, kill -9 included; the file stays, and means nothing by itself.
//
//   auto lock = cctl::FileLock::TryLock(folder + "/lock");
//   if (!lock && lock.error().code == cctl::Errc::kAlreadyRunning) Say("process %u has it", lock.error().value);

#ifndef CCTL_SYS_FILE_LOCK_H_
#define CCTL_SYS_FILE_LOCK_H_

#ifndef _WIN32
#include <sys/file.h>
#endif

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"
#include "cctl/sys/file_api.h"
#include "cctl/sys/process.h"

namespace cctl {

namespace detail {

// Takes the lock of an open file, or of a folder, without waiting. False with EWOULDBLOCK or EACCES: somebody holds it.
#ifdef _WIN32
// Windows forbids reading what is locked, so the lock is on a byte far behind the text.
inline bool AcquireLock(int fd) {
  OVERLAPPED at = {};
  at.Offset = 1u << 30;
  const HANDLE handle = reinterpret_cast<HANDLE>(_get_osfhandle(fd));
  if (LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)) return true;
  errno = GetLastError() == ERROR_LOCK_VIOLATION ? EACCES : EIO;
  return false;
}
#else
inline bool AcquireLock(int fd) {
  for (;;) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EINTR) return false;
  }
}
#endif

}  // namespace detail

class FileLock {
 public:
  // Never waits. Errors, part "lock": kAlreadyRunning (somebody holds it: `value` is the process, 0 where it has not
  // said so yet), kNotFound (no such folder), kIo. A second lock on one file is refused within one process, too.
  static Result<FileLock> TryLock(const std::string& path) {
    Descriptor file = detail::OpenToLock(path);
    if (!file) return SystemError(errno, "lock");
    if (!detail::AcquireLock(file.get())) {
      if (errno != EWOULDBLOCK && errno != EACCES) return SystemError(errno, "lock");
      return Error{Errc::kAlreadyRunning, 0, HolderOf(file.get()), "lock"};
    }
    const std::string process = std::to_string(ProcessId()) + "\n";
    // Only a word for whoever comes next: a full disk does not make the lock less of one.
    if (detail::Truncate(file.get())) (void)detail::WriteAll(file.get(), AsBytes(process));
    return FileLock(std::move(file));
  }

  FileLock(FileLock&&) = default;
  FileLock& operator=(FileLock&&) = default;
  // Closing the file releases the lock. The file is emptied and not removed: removing it would let a process that has
  // it open and one that makes it anew hold a lock each.
  ~FileLock() {
    if (file_) (void)detail::Truncate(file_.get());
  }

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}

  static std::uint32_t HolderOf(int fd) {
    char text[16];
    const std::ptrdiff_t size = detail::ReadSome(fd, text, sizeof text);
    std::uint32_t process = 0;
    if (size > 0) (void)std::from_chars(text, text + size, process);
    return process;
  }

  Descriptor file_;
};

}  // namespace cctl

#endif  // CCTL_SYS_FILE_LOCK_H_
