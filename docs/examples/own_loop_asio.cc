// SPDX-License-Identifier: MIT
//
// Machines only, moved by Asio (https://think-async.com/Asio, without Boost): the same as own_loop_poll.cc for a
// program whose loop is an io_context. pairing_sides.h says what is done with the machines.

#define ASIO_STANDALONE
#include <algorithm>
#include <array>
#include <asio.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "cctl/machines.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/os_random.h"
#include "docs/examples/pairing_sides.h"

namespace {

using asio::ip::tcp;
using asio::ip::udp;

// One connection and the side that is at this end of it; it lives until it has ended.
template <typename Side>
class Connection : public std::enable_shared_from_this<Connection<Side>> {
 public:
  template <typename... Arguments>
  Connection(asio::io_context& io, tcp::socket socket, Arguments&&... arguments)
      : socket_(std::move(socket)), alarm_(io), side_(arguments...) {}

  // Once it is connected.
  void Begin() {
    Read();
    Turn();
  }

  [[nodiscard]] const Side& side() const { return side_; }

 private:
  void Read() {
    socket_.async_read_some(asio::buffer(incoming_),
                            [self = this->shared_from_this()](std::error_code error, std::size_t size) {
                              self->side_.Receive(cctl::SteadyNow(), {self->incoming_.data(), error ? 0 : size});
                              self->Turn();
                              if (!error && !self->side_.ended()) self->Read();
                            });
  }

  // After every call of the side: its output is sent, and it is called again when it wants to be.
  void Turn() {
    unsent_ += side_.TakeOutput();
    if (!unsent_.empty() && sending_.empty()) {
      sending_.swap(unsent_);
      asio::async_write(socket_, asio::buffer(sending_),
                        [self = this->shared_from_this()](std::error_code error, std::size_t) {
                          self->sending_.clear();
                          if (!error) self->Turn();
                        });
    }
    if (side_.ended() && sending_.empty()) return Close();
    alarm_.cancel();
    const auto due = side_.PollTimeout();
    if (!due || side_.ended()) return;
    alarm_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(0, (*due - cctl::SteadyNow()).ms)));
    alarm_.async_wait([self = this->shared_from_this()](std::error_code error) {
      if (error) return;
      self->side_.HandleTimeout(cctl::SteadyNow());
      self->Turn();
    });
  }

  void Close() {
    std::error_code ignored;
    socket_.close(ignored);
    alarm_.cancel();
  }

  tcp::socket socket_;
  asio::steady_timer alarm_;
  Side side_;
  std::array<char, 4096> incoming_;
  std::string unsent_;
  std::string sending_;  // must not move while Asio writes it
};

// Says who is there, until the program ends. On a network it goes to the broadcast address, port 9848.
class AnnouncementSender {
 public:
  AnnouncementSender(asio::io_context& io, udp::endpoint everybody, cctl::Announcer announcer)
      : socket_(io, udp::v4()), alarm_(io), everybody_(std::move(everybody)), announcer_(std::move(announcer)) {
    Turn();
  }

 private:
  void Turn() {
    announcer_.HandleTimeout(cctl::SteadyNow());
    while (const auto transmit = announcer_.PollTransmit()) {
      std::error_code lost;
      socket_.send_to(asio::buffer(transmit->datagram), everybody_, 0, lost);
    }
    alarm_.expires_after(std::chrono::milliseconds((*announcer_.PollTimeout() - cctl::SteadyNow()).ms));
    alarm_.async_wait([this](std::error_code error) {
      if (!error) Turn();
    });
  }

  udp::socket socket_;
  asio::steady_timer alarm_;
  udp::endpoint everybody_;
  cctl::Announcer announcer_;
};

class LaptopProgram {
 public:
  LaptopProgram(asio::io_context& io, const udp::endpoint& everybody, cctl::RandomSource& random)
      : io_(io),
        random_(random),
        acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
        sender_(io, everybody, example::MakeAnnouncer(acceptor_.local_endpoint().port(), random, cctl::SteadyNow())) {
    Accept();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
      if (!error) {
        std::make_shared<Connection<example::Laptop>>(io_, std::move(socket), random_, cctl::SteadyNow())->Begin();
      }
      Accept();
    });
  }

  asio::io_context& io_;
  cctl::RandomSource& random_;
  tcp::acceptor acceptor_;
  AnnouncementSender sender_;
};

class DesktopProgram {
 public:
  DesktopProgram(asio::io_context& io, cctl::RandomSource& random)
      : io_(io),
        random_(random),
        socket_(io, {asio::ip::address_v4::loopback(), 0}),
        nearby_(example::MakeNearby(random, cctl::SteadyNow())) {
    Listen();
  }

  [[nodiscard]] udp::endpoint endpoint() const { return socket_.local_endpoint(); }
  [[nodiscard]] bool acknowledged() const { return connection_ && connection_->side().acknowledged(); }

 private:
  void Listen() {
    socket_.async_receive_from(asio::buffer(datagram_), from_, [this](std::error_code error, std::size_t size) {
      if (error) return;
      const auto found = example::HandleDatagram(cctl::SteadyNow(), example::MapIpv4(from_.address().to_v4().to_uint()),
                                                 {datagram_.data(), size}, nearby_);
      if (found && !connection_) Connect(*found);
      Listen();
    });
  }

  void Connect(const cctl::NearbyPeers::PeerFound& found) {
    std::printf("desktop: %s is near\n", std::string(found.identity.view()).c_str());
    auto socket = std::make_shared<tcp::socket>(io_);
    const tcp::endpoint to(asio::ip::address_v4(example::Ipv4Of(found.address.ip)), found.address.port);
    socket->async_connect(to, [this, socket, peer = found.identity](std::error_code error) {
      if (error) return;
      connection_ =
          std::make_shared<Connection<example::Desktop>>(io_, std::move(*socket), peer, random_, cctl::SteadyNow());
      connection_->Begin();
    });
  }

  asio::io_context& io_;
  cctl::RandomSource& random_;
  udp::socket socket_;
  udp::endpoint from_;
  std::array<char, 1500> datagram_;
  cctl::NearbyPeers nearby_;
  std::shared_ptr<Connection<example::Desktop>> connection_;
};

}  // namespace

int main() {
  cctl::OsRandom random;
  asio::io_context io;
  DesktopProgram desktop(io, random);
  const LaptopProgram laptop(io, desktop.endpoint(), random);
  while (!desktop.acknowledged() && io.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  return desktop.acknowledged() ? 0 : 1;
}
