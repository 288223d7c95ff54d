// SPDX-License-Identifier: MIT
//
// A listener that is no relay of ours: listens on 127.0.0.1, prints its port, and plays a script to each connection in
// turn: sends the first line at once, and one more for each line that it gets; then it waits until the other side
// closes. An argument is a line; `close` closes instead. For what a relay of ours never says: no proof, another name,
// garbage, nothing at all.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

// Reads to the end of a line; false: the other side has closed.
bool SkipLine(int connection) {
  char c = 0;
  while (read(connection, &c, 1) == 1) {
    if (c == '\n') return true;
  }
  return false;
}

void Play(int connection, int count, char** lines) {
  for (int i = 0; i < count; ++i) {
    if (i > 0 && !SkipLine(connection)) return;
    if (std::string_view(lines[i]) == "close") return;
    const std::string line = std::string(lines[i]) + "\n";
    if (write(connection, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return;
  }
  while (SkipLine(connection)) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, 8) != 0) return 1;
  if (getsockname(listener, generic, &size) != 0) return 1;
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  while (true) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection < 0) return 1;
    Play(connection, argc - 1, argv + 1);
    close(connection);
  }
}
