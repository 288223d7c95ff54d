// SPDX-License-Identifier: MIT

#include "tools/claudectl/port_holder.h"

#ifdef __linux__
#include <sys/stat.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <set>
#include <string_view>
#include <vector>

#include "cctl/base/printable_text.h"
#include "cctl/base/result.h"
#include "cctl/sys/file.h"
#endif

namespace cctl::cli {

#ifdef __linux__

namespace {

constexpr std::size_t kMaxTable = 16 << 20;  // a hundred thousand sockets
constexpr std::size_t kMaxName = 256;

// The sockets that are bound to the port, as /proc/net numbers them.
std::set<std::uint64_t> SocketsAt(PortKind kind, std::uint16_t port) {
  std::set<std::uint64_t> inodes;
  const bool tcp = kind == PortKind::kTcp;
  for (const char* path : {tcp ? "/proc/net/tcp" : "/proc/net/udp", tcp ? "/proc/net/tcp6" : "/proc/net/udp6"}) {
    const auto table = ReadFile(path, kMaxTable);
    if (!table) continue;
    for (std::size_t at = 0; at < table->size();) {
      const std::size_t end = std::min(table->find('\n', at), table->size());
      const std::string line = table->substr(at, end - at);
      at = end + 1;
      unsigned local_port = 0;
      unsigned state = 0;
      std::uint64_t inode = 0;
      // Number, local address:port, remote address:port, state, queues, timer, retransmits, user, timeout, inode.
      const int read = std::sscanf(line.c_str(), "%*d: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*u %*u %" SCNu64,
                                   &local_port, &state, &inode);
      constexpr unsigned kListening = 0x0a;
      if (read == 3 && local_port == port && (!tcp || state == kListening)) inodes.insert(inode);
    }
  }
  return inodes;
}

// The socket that a descriptor's entry in /proc leads to; 0: none.
std::uint64_t SocketOf(const std::string& entry) {
  struct stat status = {};
  return stat(entry.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

}  // namespace

std::string PortHolder(PortKind kind, std::uint16_t port) {
  const std::set<std::uint64_t> sockets = SocketsAt(kind, port);
  const auto processes = ListFolder("/proc");
  if (sockets.empty() || !processes) return "another program";
  for (const std::string& process : *processes) {
    if (process.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string folder = "/proc/" + process;
    const auto descriptors = ListFolder(folder + "/fd");
    if (!descriptors) continue;  // another user's
    for (const std::string& descriptor : *descriptors) {
      if (!sockets.contains(SocketOf(folder + "/fd/" + descriptor))) continue;
      const auto name = ReadFile(folder + "/comm", kMaxName);
      const std::string_view word = name ? std::string_view(*name).substr(0, name->find('\n')) : std::string_view("?");
      return "process " + process + " (" + std::string(Printable(word).view()) + ")";
    }
  }
  return "another program";
}

#else

std::string PortHolder(PortKind, std::uint16_t) { return "another program"; }

#endif  // __linux__

}  // namespace cctl::cli
