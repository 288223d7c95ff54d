// SPDX-License-Identifier: MIT
//
// Stream sockets at a path in the file system, for this user only: the file is 0600 before anybody can connect. A
// path longer than an address holds (107 bytes on Linux, 103 on macOS) is reached through its folder: on Linux by the
// folder's descriptor (/proc/self/fd/N/name), elsewhere by a symbolic link to the folder in a fresh private one below
// /tmp. The file's own name must fit in either case (64 bytes). Nobody changes the working directory, which all
// threads share. On Windows everything here answers kUnsupported.
//
// A socket file outlives its listener, so whoever listens must know that no other process does (hold a lock,
// cctl/sys/file_lock.h), remove what is left over, and then listen. Listen never removes anything by itself.

#ifndef CCTL_NET_UNIX_SOCKET_H_
#define CCTL_NET_UNIX_SOCKET_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/result.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/stream_socket.h"

#ifndef _WIN32
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#endif

namespace cctl {

// How a path that is too long for an address is reached.
enum class LongPathRoute : std::uint8_t { kFolderDescriptor, kSymbolicLink };

#ifdef __linux__
inline constexpr LongPathRoute kLongPathRoute = LongPathRoute::kFolderDescriptor;
#else
inline constexpr LongPathRoute kLongPathRoute = LongPathRoute::kSymbolicLink;
#endif

struct AcceptedUnix {
  AcceptStatus status = AcceptStatus::kWouldBlock;
  StreamSocket socket;
  int error = 0;
};

#ifdef _WIN32

inline Result<StreamSocket> ConnectUnix(std::string_view) { return Error{Errc::kUnsupported, 0, 0, "connect"}; }
inline Result<void> RemoveUnixSocket(std::string_view) { return Error{Errc::kUnsupported, 0, 0, "socket"}; }

class UnixListener {
 public:
  static Result<UnixListener> Listen(std::string_view, int = 0) { return Error{Errc::kUnsupported, 0, 0, "listen"}; }
  [[nodiscard]] AcceptedUnix Accept() const { return {AcceptStatus::kError, {}, 0}; }
  [[nodiscard]] NativeSocket native() const { return kInvalidSocket; }
};

#else

namespace detail {

// A path in a form that an address holds, for as long as this object lives.
class ShortPath {
 public:
  explicit ShortPath(std::string_view path, LongPathRoute route = kLongPathRoute) : path_(path) {
    if (path_.size() < sizeof(sockaddr_un::sun_path)) return;
    const std::size_t slash = path_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
    const std::string name = path_.substr(slash == std::string::npos ? 0 : slash + 1);
    if (name.size() > kMaxName) {
      error_ = ENAMETOOLONG;
      return;
    }
    if (route == LongPathRoute::kFolderDescriptor) {
      folder_ = Socket(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!folder_) error_ = errno;
      path_ = "/proc/self/fd/" + std::to_string(folder_.native()) + "/" + name;
      return;
    }
    char made[] = "/tmp/cctl-XXXXXX";
    if (::mkdtemp(made) == nullptr) {
      error_ = errno;
      return;
    }
    link_folder_ = made;
    // A relative folder would be looked for beside the link.
    char* const absolute = ::realpath(folder.c_str(), nullptr);
    if (absolute == nullptr || ::symlink(absolute, LinkPath().c_str()) != 0) error_ = errno;
    std::free(absolute);
    path_ = LinkPath() + "/" + name;
  }
  ShortPath(const ShortPath&) = delete;
  ShortPath& operator=(const ShortPath&) = delete;
  ~ShortPath() {
    if (link_folder_.empty()) return;
    ::unlink(LinkPath().c_str());
    ::rmdir(link_folder_.c_str());
  }

  [[nodiscard]] int error() const { return error_; }  // 0: none
  [[nodiscard]] const char* c_str() const { return path_.c_str(); }
  [[nodiscard]] sockaddr_un address() const {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());  // and a zero behind it
    return address;
  }

 private:
  static constexpr std::size_t kMaxName = 64;  // leaves room for either route's beginning

  [[nodiscard]] std::string LinkPath() const { return link_folder_ + "/d"; }

  std::string path_;
  Socket folder_;
  std::string link_folder_;
  int error_ = 0;
};

// A path is what a shell could name: neither empty (Linux would make up a name) nor with a zero inside.
inline bool IsSocketPath(std::string_view path) { return !path.empty() && path.find('\0') == std::string_view::npos; }

}  // namespace detail

// Connects at once or not at all. Errors, part "connect": kNotFound (no such file), kUnreachable (a file, but nobody
// listens), kBusy (the listener's queue is full, or no descriptor is left), kIo.
inline Result<StreamSocket> ConnectUnix(std::string_view path, LongPathRoute route = kLongPathRoute) {
  if (!detail::IsSocketPath(path)) return Error{Errc::kInvalid, 0, 0, "connect"};
  const detail::ShortPath short_path(path, route);
  int error = short_path.error();
  Socket socket;
  if (error == 0) {
    const sockaddr_un address = short_path.address();
    socket = Socket(detail::OpenSocket(AF_UNIX, SOCK_STREAM));
    if (socket && ::connect(socket.native(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      return StreamSocket(std::move(socket));
    }
    error = errno;
  }
  Error failed = detail::SocketError(error, "connect");
  if (error == ENOENT) failed.code = Errc::kNotFound;
  if (error == EAGAIN) failed.code = Errc::kBusy;
  return failed;
}

// Removes a socket that a dead process left behind. Whatever is there and is no socket stays: kInvalid, part "socket".
// Nothing there is success.
inline Result<void> RemoveUnixSocket(std::string_view path) {
  const std::string file(path);
  struct stat status;
  if (::lstat(file.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return detail::SocketError(errno, "socket");
  }
  if (!S_ISSOCK(status.st_mode)) return Error{Errc::kInvalid, 0, 0, "socket"};
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return detail::SocketError(errno, "socket");
  return {};
}

class UnixListener {
 public:
  static constexpr int kBacklog = 64;

  // Errors, part "listen": kAlreadyRunning (the file is there, whether or not anybody listens), kBusy (no descriptor
  // left), kIo.
  static Result<UnixListener> Listen(std::string_view path, int backlog = kBacklog,
                                     LongPathRoute route = kLongPathRoute) {
    if (!detail::IsSocketPath(path)) return Error{Errc::kInvalid, 0, 0, "listen"};
    const detail::ShortPath short_path(path, route);
    if (short_path.error() != 0) return detail::SocketError(short_path.error(), "listen");
    const sockaddr_un address = short_path.address();
    UnixListener listener(Socket(detail::OpenSocket(AF_UNIX, SOCK_STREAM)));
    if (!listener.socket_ ||
        ::bind(listener.native(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      Error error = detail::SocketError(errno, "listen");
      if (errno == EADDRINUSE) error.code = Errc::kAlreadyRunning;
      return error;
    }
    // Before listen() nobody can connect, so nobody gets in while the file has the mode that umask gave it.
    if (::chmod(short_path.c_str(), 0600) != 0 || ::listen(listener.native(), backlog) != 0) {
      const Error error = detail::SocketError(errno, "listen");
      ::unlink(short_path.c_str());  // ours: bind() made it
      return error;
    }
    return listener;
  }

  [[nodiscard]] AcceptedUnix Accept() const {
    AcceptedUnix accepted;
    sockaddr_un peer;
    socklen_t size = sizeof peer;
    Socket socket;
    accepted.status = detail::AcceptNext(native(), reinterpret_cast<sockaddr*>(&peer), &size, &socket, &accepted.error);
    if (accepted.status == AcceptStatus::kAccepted) accepted.socket = StreamSocket(std::move(socket));
    return accepted;
  }

  [[nodiscard]] NativeSocket native() const { return socket_.native(); }

 private:
  explicit UnixListener(Socket socket) : socket_(std::move(socket)) {}

  Socket socket_;
};

#endif  // _WIN32

}  // namespace cctl

#endif  // CCTL_NET_UNIX_SOCKET_H_
