// SPDX-License-Identifier: MIT
//
// What a handshake costs: connect, challenge, handshake, ack with proof, close, over loopback, both ends on one thread
// and one poller, so that the time is the processor time of both. Ours: sockets, lines, machines, proofs. The peer is
// what nobody can do without: a bare epoll loop that sends lines of the same length and looks for nothing but the
// newline. Ratio is of handshakes one after another; what it is above 1 is the protocol's share.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "benchmark/benchmark.h"
#include "benchmarks/ratio.h"
#include "cctl/base/bytes.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/tcp_socket.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/os_random.h"
#include "cctl/wire/line_reader.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/version_text.h"

namespace {

constexpr double kAim = 1.10;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

template <typename T>
T OrDie(cctl::Result<T> result, const char* what) {
  if (!result) Die(what);
  return *std::move(result);
}

// Lengths of the three lines as ours are written, newline included.
struct LineSizes {
  std::size_t challenge = 0, handshake = 0, ack = 0;
};

class OurPair {
 public:
  OurPair()
      : listener_(OrDie(cctl::TcpListener::Listen(*cctl::Endpoint::Parse("127.0.0.1:0")), "listen")),
        poller_(OrDie(cctl::Poller::Create(), "poller")) {
    if (!poller_.Add(listener_.native(), cctl::Interest::kRead, kListener)) Die("poller");
  }

  void Handshake() {
    const cctl::Instant now = cctl::SteadyNow();
    const cctl::UnixTime date = cctl::WallNow();
    cctl::ListenerHandshake listening({laptop_, OrDie(cctl::Nonce::Generate(random_), "random")}, now);
    cctl::ConnectorHandshake connecting({.self = desktop_,
                                         .expected = laptop_,
                                         .version = version_,
                                         .client_nonce = OrDie(cctl::Nonce::Generate(random_), "random")},
                                        now);
    cctl::LineReader listener_lines, connector_lines;
    cctl::StreamSocket connector = OrDie(cctl::ConnectTcp(listener_.local()), "connect");
    cctl::StreamSocket accepted;
    if (!poller_.Add(connector.native(), cctl::Interest::kRead, kConnector)) Die("poller");

    while (connecting.state() != cctl::ConnectorState::kAuthenticated) {
      cctl::Ready ready[4];
      const std::size_t count = OrDie(poller_.Wait(cctl::Seconds(5), ready), "wait");
      for (std::size_t i = 0; i < count; ++i) {
        if (ready[i].token == kListener) {
          accepted = listener_.Accept().socket;
          if (!poller_.Add(accepted.native(), cctl::Interest::kRead, kAccepted)) Die("poller");
          Send(accepted, listening.PollTransmit(ids_, date), sizes_.challenge);
        } else if (ready[i].token == kAccepted) {
          listening.HandleLine(now, ReadLine(accepted, listener_lines));
          if (!listening.PollEvent()) Die("handshake");  // KeysWanted
          const cctl::KeyCandidate key{cctl::KeyCandidate::Source::kStored, key_};
          listening.HandleKeys({&key, 1}, true);
          Send(accepted, listening.PollTransmit(ids_, date), sizes_.ack);
        } else {
          connecting.HandleLine(now, ReadLine(connector, connector_lines));
          if (connecting.state() != cctl::ConnectorState::kAwaitingKey) continue;
          connecting.HandleKey(now, key_, cctl::KeyCandidate::Source::kStored);
          Send(connector, connecting.PollTransmit(ids_, date), sizes_.handshake);
        }
      }
      if (connecting.state() == cctl::ConnectorState::kFailed) Die("handshake");
    }
  }

  [[nodiscard]] const LineSizes& sizes() const { return sizes_; }

 private:
  static constexpr std::uint64_t kListener = 0, kConnector = 1, kAccepted = 2;

  static void Send(const cctl::StreamSocket& socket, std::string_view line, std::size_t& size) {
    size = line.size();
    if (socket.Write(cctl::AsBytes(line)).size != line.size()) Die("write");
  }

  std::string_view ReadLine(const cctl::StreamSocket& socket, cctl::LineReader& lines) {
    const cctl::IoResult got = socket.Read(buffer_);
    std::string_view in = cctl::AsText(cctl::ByteView(buffer_).first(got.size));
    return *OrDie(lines.Next(in), "line");
  }

  const cctl::Identity laptop_ = *cctl::Identity::Parse("laptop-a3f2");
  const cctl::Identity desktop_ = *cctl::Identity::Parse("desktop-b7c1");
  const cctl::VersionText version_ = *cctl::ParseVersion("0.1.0");
  const cctl::Psk key_ = cctl::DerivePsk(*cctl::PairCode::Parse("a3f29b1cd4e5f678"));
  cctl::OsRandom random_;
  const std::uint8_t tag_[4] = {1, 2, 3, 4};
  cctl::MessageIds ids_{tag_};
  cctl::TcpListener listener_;
  cctl::Poller poller_;
  std::uint8_t buffer_[16 * 1024];
  LineSizes sizes_;
};

class BarePair {
 public:
  explicit BarePair(const LineSizes& sizes) : sizes_(sizes) {
    std::memset(line_, 'x', sizeof line_);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    if (bind(listener_, Address(), size) != 0 || listen(listener_, 512) != 0) Die("listen");
    if (getsockname(listener_, Address(), &size) != 0) Die("listen");
    Add(listener_);
  }

  void Handshake() {
    const int connector = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    NoDelay(connector);
    (void)connect(connector, Address(), sizeof address_);
    Add(connector);
    int accepted = -1;
    for (int lines_read = 0; lines_read < 2;) {
      epoll_event events[4];
      const int count = epoll_wait(epoll_, events, 4, 5000);
      if (count <= 0) Die("wait");
      for (int i = 0; i < count; ++i) {
        const int ready = events[i].data.fd;
        if (ready == listener_) {
          accepted = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
          NoDelay(accepted);
          Add(accepted);
          Send(accepted, sizes_.challenge);
        } else if (ready == accepted) {
          ReadLine(accepted);
          Send(accepted, sizes_.ack);
        } else {
          ReadLine(connector);
          if (++lines_read == 1) Send(connector, sizes_.handshake);
        }
      }
    }
    close(connector);
    close(accepted);
  }

 private:
  sockaddr* Address() { return reinterpret_cast<sockaddr*>(&address_); }

  void Add(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) Die("epoll_ctl");
  }

  static void NoDelay(int descriptor) {
    const int on = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void Send(int descriptor, std::size_t size) {
    line_[size - 1] = '\n';
    if (send(descriptor, line_, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) Die("write");
    line_[size - 1] = 'x';
  }

  void ReadLine(int descriptor) {
    const ssize_t size = read(descriptor, buffer_, sizeof buffer_);
    if (size <= 0 || std::memchr(buffer_, '\n', static_cast<std::size_t>(size)) == nullptr) Die("read");
  }

  LineSizes sizes_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address_{};
  char line_[1024];
  char buffer_[16 * 1024];
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  OurPair ours;
  ours.Handshake();  // tells how long the lines are
  BarePair bare(ours.sizes());
  cctl::bench::RunPaired(
      "Handshake/both ends", [&] { ours.Handshake(); }, [&] { bare.Handshake(); }, kAim);
  benchmark::RunSpecifiedBenchmarks();
}
