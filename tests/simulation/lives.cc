// SPDX-License-Identifier: MIT
//
// Lives of a simulated world (docs/simulation.md): runs a row of seeds, and says which broke a rule. Exit status 1
// then.
//
//   lives [FIRST [COUNT]]     COUNT seeds from FIRST on (1, and 1,000)
//   lives --show SEED         one of them, with what happens

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/simulation/world.h"

int main(int argc, char** argv) {
  using cctl::testing::World;
  const auto number = [&](int at, std::uint64_t otherwise) {
    return at < argc ? std::strtoull(argv[at], nullptr, 10) : otherwise;
  };
  const bool show = argc > 1 && std::string_view(argv[1]) == "--show";
  const std::uint64_t first = number(show ? 2 : 1, 1), count = show ? 1 : number(2, 1000);

  World::Counts total;
  std::uint64_t broken = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    World world(seed, {.verbose = show});
    world.Live();
    if (!world.broken().empty()) {
      ++broken;
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), world.broken().c_str());
    }
    total.steps += world.counts().steps;
    total.sessions += world.counts().sessions;
    total.pairings += world.counts().pairings;
    total.crashes += world.counts().crashes;
    total.forgotten += world.counts().forgotten;
  }
  std::printf(
      "%llu lives, %llu of them broke a rule: %zu steps, %zu requests approved, %zu sessions, %zu crashes, %zu "
      "forgotten\n",
      static_cast<unsigned long long>(count), static_cast<unsigned long long>(broken), total.steps, total.pairings,
      total.sessions, total.crashes, total.forgotten);
  // A row of lives in which nothing happens has shown nothing.
  const bool idle = count >= 100 && (total.pairings < count || total.sessions < count || total.crashes < count);
  if (idle) std::puts("too little happens");
  return broken == 0 && !idle ? 0 : 1;
}
