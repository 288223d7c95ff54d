// SPDX-License-Identifier: MIT
//
// The upper floors: a node under a stranger's own name starts on a free port of the loopback, and stops.

#include <cstdio>
#include <memory>
#include <string>

#include "cctl/node/node.h"
#include "cctl/node/state_folder.h"
#include "cctl/sys/os_random.h"

int main(int, char** argv) {
  cctl::OsRandom random;
  const cctl::Profile profile{.command = "stranger", .link_scheme = "strange", .state_folder = ".stranger"};
  auto folder = cctl::StateFolder::Open(std::string(argv[1]), profile, random);
  if (!folder || !folder->Lock()) return 1;
  auto node = cctl::Node::Start({.profile = profile, .random = &random, .listen = cctl::ListenAddress{"127.0.0.1", 0}},
                                *folder);
  if (!node) return 1;
  (*node)->Shutdown();
  while (!(*node)->done()) (*node)->RunOnce(cctl::Milliseconds(10));
  std::puts("the node has stopped");
}
