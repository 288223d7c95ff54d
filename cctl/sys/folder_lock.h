// SPDX-License-Identifier: MIT
//
// The lock of a folder, for whoever changes files in it that others change, too. Nothing is left behind in the folder,
// which may be a repository's; the kernel releases the lock however its holder ends. On Windows, where no folder can be
// locked, a file `.lock` in it stands for it.
//
//   const auto lock = cctl::FolderLock::Acquire(folder, cctl::Seconds(30));
//   if (!lock) ...  // read, change and replace the file only while `lock` lives

#ifndef CCTL_SYS_FOLDER_LOCK_H_
#define CCTL_SYS_FOLDER_LOCK_H_

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/file_api.h"
#include "cctl/sys/file_lock.h"

namespace cctl {

class FolderLock {
 public:
  // Waits for others for at most `patience`. Errors, part "lock": kBusy (it is still held), kNotFound (no such folder),
  // kIo (a symbolic link or a file in its place; anything else).
  static Result<FolderLock> Acquire(const std::string& folder, Duration patience) {
    constexpr auto kPause = std::chrono::milliseconds(2);  // holders are done within the time of a disk's write
#ifdef _WIN32
    Descriptor file = detail::OpenToLock(folder + "/.lock");
#else
    Descriptor file = detail::OpenFolder(folder);
#endif
    if (!file) return SystemError(errno, "lock");
    const Instant deadline = SteadyNow() + patience;
    while (!detail::AcquireLock(file.get())) {
      if (errno != EWOULDBLOCK && errno != EACCES) return SystemError(errno, "lock");
      if (SteadyNow() >= deadline) return Error{Errc::kBusy, 0, 0, "lock"};
      std::this_thread::sleep_for(kPause);
    }
    return FolderLock(std::move(file));
  }

 private:
  explicit FolderLock(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
};

}  // namespace cctl

#endif  // CCTL_SYS_FOLDER_LOCK_H_
