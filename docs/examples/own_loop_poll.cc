// SPDX-License-Identifier: MIT
//
// Machines only, moved by poll(2): a program with a loop of its own announces itself, is heard, asked to pair and
// connected to. pairing_sides.h says what is done with the machines; here are the sockets. Both programs are in this
// one, and what would be broadcast goes to the loopback. POSIX.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/machines.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/os_random.h"
#include "docs/examples/pairing_sides.h"

namespace {

using cctl::Instant;

// A socket on the loopback that does not block and closes itself.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {
    if (descriptor_ < 0 || ::fcntl(descriptor_, F_SETFL, O_NONBLOCK) != 0) {
      std::perror("socket");
      std::exit(1);
    }
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(descriptor_); }

  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Takes a free port, which it returns.
std::uint16_t Bind(const Socket& socket) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("bind");
    std::exit(1);
  }
  return ntohs(address.sin_port);
}

// One connection and the side that is at this end of it.
template <typename Side>
class Connection {
 public:
  template <typename... Arguments>
  explicit Connection(int descriptor, Arguments&&... arguments) : socket_(descriptor), side_(arguments...) {}

  [[nodiscard]] pollfd Wanted() {
    unsent_ += side_.TakeOutput();
    const int events = unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
    return {socket_.get(), static_cast<short>(events), 0};
  }
  void Handle(Instant now, int events) {
    if ((events & POLLOUT) != 0) {
      const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
    }
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
      char bytes[4096];
      const ssize_t received = ::recv(socket_.get(), bytes, sizeof bytes, 0);
      if (received >= 0) side_.Receive(now, {bytes, static_cast<std::size_t>(received)});
    }
    if (const auto due = side_.PollTimeout(); due && *due <= now) side_.HandleTimeout(now);
  }
  [[nodiscard]] bool ended() { return side_.ended() && unsent_.empty(); }
  [[nodiscard]] const Side& side() const { return side_; }

 private:
  Socket socket_;
  Side side_;
  std::string unsent_;
};

}  // namespace

int main() {
  cctl::OsRandom random;
  Instant now = cctl::SteadyNow();

  const Socket listener(::socket(AF_INET, SOCK_STREAM, 0));
  const std::uint16_t tcp_port = Bind(listener);
  if (::listen(listener.get(), 8) != 0) return 1;
  const Socket desktop_udp(::socket(AF_INET, SOCK_DGRAM, 0)), laptop_udp(::socket(AF_INET, SOCK_DGRAM, 0));
  const sockaddr_in everybody = Loopback(Bind(desktop_udp));  // on a network: its broadcast address, port 9848
  Bind(laptop_udp);

  cctl::Announcer announcer = example::MakeAnnouncer(tcp_port, random, now);
  cctl::NearbyPeers nearby = example::MakeNearby(random, now);
  std::optional<Connection<example::Laptop>> laptop;
  std::optional<Connection<example::Desktop>> desktop;

  while (!desktop || !desktop->ended()) {
    announcer.HandleTimeout(now);
    while (const auto transmit = announcer.PollTransmit()) {
      ::sendto(laptop_udp.get(), transmit->datagram.data(), transmit->datagram.size(), 0,
               reinterpret_cast<const sockaddr*>(&everybody), sizeof everybody);
    }

    // Sleep until a socket is ready or the first of the machines wants to be called.
    Instant due = now + cctl::Seconds(60);
    const auto wake = [&due](const std::optional<Instant>& at) { due = at ? std::min(due, *at) : due; };
    wake(announcer.PollTimeout());
    if (laptop) wake(laptop->side().PollTimeout());
    if (desktop) wake(desktop->side().PollTimeout());
    pollfd entries[4] = {{listener.get(), POLLIN, 0}, {desktop_udp.get(), POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}};
    if (laptop) entries[2] = laptop->Wanted();
    if (desktop) entries[3] = desktop->Wanted();
    if (::poll(entries, 4, static_cast<int>(std::max<std::int64_t>(0, (due - now).ms))) < 0) return 1;
    now = cctl::SteadyNow();

    if (laptop) laptop->Handle(now, entries[2].revents);
    if (desktop) desktop->Handle(now, entries[3].revents);
    if (laptop && laptop->ended()) laptop.reset();
    if (entries[0].revents != 0) {
      const int accepted = ::accept(listener.get(), nullptr, nullptr);
      if (accepted >= 0) laptop.emplace(accepted, random, now);
    }
    if (entries[1].revents != 0) {
      char datagram[1500];
      sockaddr_in from = {};
      socklen_t size = sizeof from;
      const ssize_t received =
          ::recvfrom(desktop_udp.get(), datagram, sizeof datagram, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (received < 0) continue;
      const auto found = example::HandleDatagram(now, example::MapIpv4(ntohl(from.sin_addr.s_addr)),
                                                 {datagram, static_cast<std::size_t>(received)}, nearby);
      if (!found || desktop) continue;
      std::printf("desktop: %s is near\n", std::string(found->identity.view()).c_str());
      desktop.emplace(::socket(AF_INET, SOCK_STREAM, 0), found->identity, random, now);
      sockaddr_in to = Loopback(found->address.port);
      to.sin_addr.s_addr = htonl(example::Ipv4Of(found->address.ip));
      // It goes on while we wait: in progress is no error.
      (void)::connect(desktop->Wanted().fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
  }
  return desktop->side().acknowledged() ? 0 : 1;
}
