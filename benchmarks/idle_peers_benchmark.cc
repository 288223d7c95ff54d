// SPDX-License-Identifier: MIT
//
// What an authenticated, idle peer costs a relay in memory, the kernel's part apart: one Node, 10,000 stored keys, and
// as many sessions, held by a second process. Counted is the allocator's memory in use (mallinfo2) before and after:
// `record_bytes` a paired peer that is not connected, `session_bytes` what its session adds, `bytes` both, `ratio` of
// that to what the usual server gives a connection, a struct with a read buffer of 4 KiB, allocated here as well.

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "benchmark/benchmark.h"
#include "cctl/base/profile.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/psk.h"
#include "cctl/node/node.h"
#include "cctl/node/node_options.h"
#include "cctl/node/state_folder.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/descriptor_limit.h"
#include "cctl/sys/os_random.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/version_text.h"

namespace {

constexpr int kPeers = 10'000;
constexpr double kAim = 256;
constexpr char kKey[] = "a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d\n";

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string PeerName(int number) { return "peer-" + std::to_string(number) + "-a3f2"; }

// A state folder in which everybody is paired.
void WriteFolder(const std::string& root) {
  std::filesystem::create_directories(root + "/relay/peers");
  chmod((root + "/relay").c_str(), 0700);
  std::ofstream(root + "/relay/identity") << "relay-0001\n";
  for (int i = 0; i < kPeers; ++i) {
    std::ofstream(root + "/relay/peers/" + PeerName(i) + ".key") << kKey;
  }
}

std::string ReadLine(int socket) {
  std::string line;
  for (char c = 0; read(socket, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

// One session, with a socket that blocks; left open.
void Connect(std::uint16_t port, int number, cctl::OsRandom& random, cctl::MessageIds& ids) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connection < 0 || connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) Die("connect");
  const cctl::Instant now = cctl::SteadyNow();
  cctl::ConnectorHandshake handshake({.self = *cctl::Identity::Parse(PeerName(number)),
                                      .version = *cctl::ParseVersion("1"),
                                      .client_nonce = *cctl::Nonce::Generate(random)},
                                     now);
  handshake.HandleLine(now, ReadLine(connection));
  (void)handshake.PollEvent();
  handshake.HandleKey(now, *cctl::ParsePskHex(std::string_view(kKey, 64)), cctl::KeyCandidate::Source::kStored);
  const std::string_view line = handshake.PollTransmit(ids, cctl::WallNow());
  if (write(connection, line.data(), line.size()) != static_cast<ssize_t>(line.size())) Die("write");
  handshake.HandleLine(now, ReadLine(connection));
  if (handshake.state() != cctl::ConnectorState::kAuthenticated) Die("handshake");
}

// The process at the other end of all sessions. Ends when `hold` is closed.
[[noreturn]] void BePeers(int port_pipe, int hold) {
  std::uint16_t port = 0;
  if (read(port_pipe, &port, sizeof port) != sizeof port) _exit(1);
  (void)cctl::RaiseDescriptorLimit();
  cctl::OsRandom random;
  const std::uint8_t tag[4] = {1, 2, 3, 4};
  cctl::MessageIds ids(tag);
  for (int i = 0; i < kPeers; ++i) Connect(port, i, random, ids);
  char end = 0;
  (void)!read(hold, &end, 1);
  _exit(0);
}

double InUse() { return static_cast<double>(mallinfo2().uordblks); }

double UsualServerBytes() {
  struct Usual {
    int descriptor;
    char buffer[4096];
  };
  std::vector<std::unique_ptr<Usual>> connections;
  connections.reserve(kPeers);
  const double before = InUse();
  for (int i = 0; i < kPeers; ++i) connections.push_back(std::make_unique<Usual>());
  return (InUse() - before) / kPeers;
}

void MeasureIdlePeers(benchmark::State& state, const std::string& root) {
  int port_pipe[2], hold[2];
  if (pipe(port_pipe) != 0 || pipe(hold) != 0) Die("pipe");
  const pid_t peers = fork();
  if (peers == 0) {
    close(hold[1]);
    BePeers(port_pipe[0], hold[0]);
  }
  for ([[maybe_unused]] auto _ : state) {
    cctl::OsRandom random;
    auto folder = cctl::StateFolder::Open(root, cctl::kClaudectlProfile, random);
    if (!folder || !folder->Lock()) Die("state folder");
    cctl::NodeOptions options;
    options.random = &random;
    options.listen = cctl::ListenAddress{"127.0.0.1", 0};
    options.max_sessions = 2 * kPeers;
    const double before = InUse();
    auto node = cctl::Node::Start(std::move(options), *folder);
    if (!node) Die("node");
    const double started = InUse();
    const std::uint16_t port = (*node)->port();
    if (write(port_pipe[1], &port, sizeof port) != sizeof port) Die("pipe");
    while ((*node)->session_count() < kPeers) {
      (*node)->RunOnce(cctl::Seconds(10));
      while ((*node)->PollEvent()) {
      }
    }
    for (int turn = 0; turn < 10; ++turn) (*node)->RunOnce(cctl::Milliseconds(200));  // metas written, buffers released
    while ((*node)->PollEvent()) {
    }
    const double connected = InUse();
    state.counters["record_bytes"] = (started - before) / kPeers;
    state.counters["session_bytes"] = (connected - started) / kPeers;
    state.counters["bytes"] = (connected - before) / kPeers;
    state.counters["usual_bytes"] = UsualServerBytes();
    state.counters["ratio"] = (connected - before) / kPeers / UsualServerBytes();
    state.counters["aim_bytes"] = kAim;
    close(hold[1]);
    waitpid(peers, nullptr, 0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  char root[] = "/tmp/cctl-bench.XXXXXX";
  if (mkdtemp(root) == nullptr) Die("mkdtemp");
  WriteFolder(root);
  benchmark::RegisterBenchmark("IdlePeers/10000", [&root](benchmark::State& state) {
    MeasureIdlePeers(state, root);
  })->Iterations(1);
  benchmark::RunSpecifiedBenchmarks();
  std::filesystem::remove_all(root);
}
