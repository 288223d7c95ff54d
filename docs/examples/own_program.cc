// SPDX-License-Identifier: MIT
//
// A program that is not claudectl: under a name, ports and a folder of its own it can be found on the LAN and paired
// with. It shares nothing with claudectl on the same machine but the protocol.
//
//   own_program              is there, and lets everybody in who asks (a real one asks its user)
//   own_program IDENTITY     the same, and asks that one to pair

#include <cstdio>
#include <string>
#include <variant>

#include "cctl/node/node.h"
#include "cctl/node/state_folder.h"
#include "cctl/sys/os_random.h"
#include "cctl/sys/paths.h"

// Its links begin with chess://, its state is in ~/.chess or $CHESS_HOME.
constexpr cctl::Profile kChess{.command = "chess",
                               .link_scheme = "chess",
                               .state_folder = ".chess",
                               .env_prefix = "CHESS",
                               .tcp_port = 7420,
                               .udp_port = 7421};

int main(int argc, char** argv) {
  cctl::OsRandom random;
  auto root = cctl::StateRoot(kChess);
  if (!root) return std::fputs("there is no home folder\n", stderr), 1;
  auto folder = cctl::StateFolder::Open(*std::move(root), kChess, random);
  if (!folder || !folder->Lock()) return std::fputs("another chess has the state folder\n", stderr), 1;
  auto started = cctl::Node::Start(cctl::NodeOptionsFor(kChess, random), *folder);
  if (!started) return std::fprintf(stderr, "%s\n", started.error().message.c_str()), 1;
  cctl::Node& node = **started;
  if (const auto peer = cctl::Identity::Parse(argc > 1 ? argv[1] : "")) node.PairWith({*peer, {}}, {});

  for (;;) {
    node.RunOnce(cctl::Minutes(1));
    while (const auto event = node.PollEvent()) {
      if (const auto* asked = std::get_if<cctl::PairRequested>(&*event)) {
        std::printf("%s asks\n", std::string(asked->peer.view()).c_str());
        (void)node.Approve(asked->id);
      } else if (const auto* connected = std::get_if<cctl::PeerConnected>(&*event)) {
        std::printf("connected to %s\n", std::string(connected->peer.view()).c_str());
      }
      std::fflush(stdout);
    }
  }
}
