// SPDX-License-Identifier: MIT
//
// The seam between cctl/sys and the operating system's files: POSIX (Linux, macOS, BSD) or Windows. Descriptors are
// ints on both (those of the C runtime there), errors are errno's numbers, paths are UTF-8 on Windows and bytes
// elsewhere. Descriptors are not inherited by programs that are started.

#ifndef CCTL_SYS_FILE_API_H_
#define CCTL_SYS_FILE_API_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
#include "cctl/sys/windows_text.h"
#include "cctl/sys/windows_time.h"
// The first has to come before these.
#include <direct.h>
#include <io.h>
#else
#include <dirent.h>
#include <unistd.h>
#endif
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"

namespace cctl {

// Owns a descriptor and closes it.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Descriptor() { Close(); }

  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

// What cctl/sys tells about a system call that failed: kNotFound if it is ENOENT (nothing there, which is often no
// fault), else kIo; `value` is errno and `part` what was being done.
inline Error SystemError(int error, const char* part) {
  return {error == ENOENT ? Errc::kNotFound : Errc::kIo, 0, static_cast<std::uint32_t>(error), part};
}

enum class FileKind : std::uint8_t { kRegular, kFolder, kSymbolicLink, kOther };

enum class Links : std::uint8_t { kFollow, kRefuse };

// What the system says about a file.
struct FileStatus {
  FileKind kind = FileKind::kOther;
  std::uint64_t size = 0;
  unsigned mode = 0;         // permission bits; on Windows made up
  UnixTime modified;         // when its content last changed
  bool owned = false;        // by the user that this process acts as; on Windows always
  std::uint32_t owner = 0;   // the user's number; on Windows 0
  std::uint64_t device = 0;  // these two say which file it is
  std::uint64_t inode = 0;
};

namespace detail {

inline constexpr unsigned kPermissionBits = 0777;

#ifdef _WIN32

inline int ErrnoOfWindows(DWORD error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
      return EACCES;
    case ERROR_ALREADY_EXISTS:
    case ERROR_FILE_EXISTS:
      return EEXIST;
    case ERROR_DIRECTORY:
      return ENOTDIR;
    case ERROR_DISK_FULL:
      return ENOSPC;
    default:
      return EIO;
  }
}

inline bool IsReparsePoint(const std::string& path) {
  const DWORD attributes = GetFileAttributesW(Wide(path).c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

inline Descriptor OpenToRead(const std::string& path, Links links) {
  if (links == Links::kRefuse && IsReparsePoint(path)) {
    errno = ELOOP;
    return Descriptor();
  }
  return Descriptor(_wopen(Wide(path).c_str(), _O_RDONLY | _O_BINARY | _O_NOINHERIT));
}
// Permissions on Windows are the folder's: below the user's profile nobody else may read.
inline Descriptor OpenNew(const std::string& path, unsigned) {
  return Descriptor(
      _wopen(Wide(path).c_str(), _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE));
}
inline Descriptor OpenToLock(const std::string& path) {
  return Descriptor(_wopen(Wide(path).c_str(), _O_RDWR | _O_CREAT | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE));
}
inline std::ptrdiff_t ReadSome(int fd, char* out, std::size_t size) {
  return _read(fd, out, size > 1 << 30 ? 1u << 30 : static_cast<unsigned>(size));
}
inline std::ptrdiff_t WriteSome(int fd, const char* bytes, std::size_t size) {
  return _write(fd, bytes, size > 1 << 30 ? 1u << 30 : static_cast<unsigned>(size));
}
inline bool SyncFile(int fd) { return _commit(fd) == 0; }
inline bool SyncFolder(const std::string&) { return true; }  // NTFS journals names; MOVEFILE_WRITE_THROUGH waits for it
inline bool Truncate(int fd) { return _chsize(fd, 0) == 0; }
inline bool Rename(const std::string& from, const std::string& to) {
  if (MoveFileExW(Wide(from).c_str(), Wide(to).c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
    return true;
  errno = ErrnoOfWindows(GetLastError());
  return false;
}
inline bool Unlink(const std::string& path) { return _wunlink(Wide(path).c_str()) == 0; }
inline bool MakeOneFolder(const std::string& path, unsigned) { return _wmkdir(Wide(path).c_str()) == 0; }
inline bool StatusOfHandle(HANDLE handle, FileStatus* out) {
  *out = {};
  out->owned = true;
  if (GetFileType(handle) != FILE_TYPE_DISK) return true;  // a console, a pipe, NUL
  BY_HANDLE_FILE_INFORMATION info = {};
  if (!GetFileInformationByHandle(handle, &info)) {
    errno = ErrnoOfWindows(GetLastError());
    return false;
  }
  out->kind = (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ? FileKind::kSymbolicLink
              : (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0   ? FileKind::kFolder
                                                                          : FileKind::kRegular;
  out->size = std::uint64_t{info.nFileSizeHigh} << 32 | info.nFileSizeLow;
  out->mode = out->kind == FileKind::kFolder ? 0700 : 0600;
  out->modified = FromFileTime(info.ftLastWriteTime);
  out->device = info.dwVolumeSerialNumber;
  out->inode = std::uint64_t{info.nFileIndexHigh} << 32 | info.nFileIndexLow;
  return true;
}
inline bool StatusOf(int fd, FileStatus* out) {
  return StatusOfHandle(reinterpret_cast<HANDLE>(_get_osfhandle(fd)), out);
}
inline bool StatusOf(const std::string& path, Links links, FileStatus* out) {
  constexpr DWORD kShared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const DWORD flags = FILE_FLAG_BACKUP_SEMANTICS | (links == Links::kRefuse ? FILE_FLAG_OPEN_REPARSE_POINT : 0);
  const HANDLE handle = CreateFileW(Wide(path).c_str(), 0, kShared, nullptr, OPEN_EXISTING, flags, nullptr);
  if (handle == INVALID_HANDLE_VALUE) {
    errno = ErrnoOfWindows(GetLastError());
    return false;
  }
  const bool known = StatusOfHandle(handle, out);
  CloseHandle(handle);
  return known;
}
inline bool NamesIn(const std::string& folder, std::vector<std::string>* out) {
  WIN32_FIND_DATAW found;
  const HANDLE search = FindFirstFileW(Wide(folder + "\\*").c_str(), &found);
  if (search == INVALID_HANDLE_VALUE) {
    errno = ErrnoOfWindows(GetLastError());
    return false;
  }
  do out->push_back(Narrow(found.cFileName));
  while (FindNextFileW(search, &found));
  const DWORD error = GetLastError();
  FindClose(search);
  errno = ErrnoOfWindows(error);
  return error == ERROR_NO_MORE_FILES;
}

#else  // POSIX

// Not blocked by a named pipe that nobody writes to: the caller sees what it is and closes it.
inline Descriptor OpenToRead(const std::string& path, Links links) {
  const int refuse = links == Links::kRefuse ? O_NOFOLLOW : 0;
  return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | refuse));
}
inline Descriptor OpenNew(const std::string& path, unsigned mode) {
  return Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
}
inline Descriptor OpenToLock(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
}
inline Descriptor OpenFolder(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}
inline std::ptrdiff_t ReadSome(int fd, char* out, std::size_t size) { return ::read(fd, out, size); }
inline std::ptrdiff_t WriteSome(int fd, const char* bytes, std::size_t size) { return ::write(fd, bytes, size); }
inline bool SyncFile(int fd) {
#ifdef F_FULLFSYNC
  if (::fcntl(fd, F_FULLFSYNC) == 0) return true;  // macOS: fsync() leaves it in the disk's cache
#endif
  return ::fsync(fd) == 0;
}
inline bool SyncFolder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: a file system that has no such thing (some network ones) does what it can at rename.
  return folder && (::fsync(folder.get()) == 0 || errno == EINVAL);
}
inline bool Truncate(int fd) { return ::ftruncate(fd, 0) == 0; }
inline bool Rename(const std::string& from, const std::string& to) { return ::rename(from.c_str(), to.c_str()) == 0; }
inline bool Unlink(const std::string& path) { return ::unlink(path.c_str()) == 0; }
inline bool MakeOneFolder(const std::string& path, unsigned mode) {
  return ::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0;
}
inline bool NarrowMode(int fd, unsigned mode) { return ::fchmod(fd, static_cast<mode_t>(mode)) == 0; }
inline FileStatus ToFileStatus(const struct stat& status) {
  FileStatus out;
  out.kind = S_ISREG(status.st_mode)   ? FileKind::kRegular
             : S_ISDIR(status.st_mode) ? FileKind::kFolder
             : S_ISLNK(status.st_mode) ? FileKind::kSymbolicLink
                                       : FileKind::kOther;
  out.size = static_cast<std::uint64_t>(status.st_size);
  out.mode = status.st_mode & kPermissionBits;
#ifdef __APPLE__
  const timespec& modified = status.st_mtimespec;
#else
  const timespec& modified = status.st_mtim;
#endif
  out.modified = {static_cast<std::int64_t>(modified.tv_sec) * 1000 + modified.tv_nsec / 1'000'000};
  out.owned = status.st_uid == ::geteuid();
  out.owner = status.st_uid;
  out.device = status.st_dev;
  out.inode = status.st_ino;
  return out;
}
inline bool StatusOf(int fd, FileStatus* out) {
  struct stat status;
  if (::fstat(fd, &status) != 0) return false;
  *out = ToFileStatus(status);
  return true;
}
inline bool StatusOf(const std::string& path, Links links, FileStatus* out) {
  struct stat status;
  const int failed = links == Links::kFollow ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status);
  if (failed != 0) return false;
  *out = ToFileStatus(status);
  return true;
}
inline bool NamesIn(const std::string& folder, std::vector<std::string>* out) {
  DIR* const stream = ::opendir(folder.c_str());
  if (stream == nullptr) return false;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) out->emplace_back(entry->d_name);
  const int error = errno;
  ::closedir(stream);
  errno = error;
  return error == 0;
}

#endif  // _WIN32

// All of `bytes`, however many calls that takes.
inline bool WriteAll(int fd, ByteView bytes) {
  const char* data = reinterpret_cast<const char*>(bytes.data());
  std::size_t left = bytes.size();
  while (left > 0) {
    const std::ptrdiff_t size = WriteSome(fd, data, left);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    data += size;
    left -= static_cast<std::size_t>(size);
  }
  return true;
}

// The folder part of a path: "." where it has none.
inline std::string FolderOf(const std::string& path) {
#ifdef _WIN32
  const std::size_t slash = path.find_last_of("/\\");
#else
  const std::size_t slash = path.rfind('/');
#endif
  if (slash == std::string::npos) return ".";
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

}  // namespace detail

}  // namespace cctl

#endif  // CCTL_SYS_FILE_API_H_
