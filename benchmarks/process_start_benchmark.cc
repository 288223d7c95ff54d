// SPDX-License-Identifier: MIT
//
// A whole process, from spawn to exit: `claudectl relay identity --json` with a state folder at hand, against a static
// C program that prints the same line. Run it from the root of the checkout, as `tools/dev bench` does.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/ratio.h"

namespace {

constexpr double kAim = 1.4;

// Runs a program with its output thrown away. A program that cannot be run or fails ends the benchmark: what would be
// measured then is nothing.
void RunProcess(const char* program, std::vector<const char*> arguments, char* const* environment) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  arguments.insert(arguments.begin(), program);
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = -1;
  const int spawned =
      posix_spawn(&child, program, &actions, nullptr, const_cast<char* const*>(arguments.data()), environment);
  if (spawned == 0) waitpid(child, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0 || status != 0) {
    std::fprintf(stderr, "%s failed (%d)\n", program, spawned != 0 ? spawned : status);
    std::exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  char folder[] = "/tmp/cctl-bench.XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;
  std::filesystem::create_directories(std::string(folder) + "/relay");
  std::ofstream(std::string(folder) + "/relay/identity") << "laptop-a3f2\n";
  std::filesystem::permissions(std::string(folder) + "/relay", std::filesystem::perms::owner_all);

  const std::string home = "HOME=" + std::string(folder);
  const std::string state = "CLAUDECTL_HOME=" + std::string(folder);
  char* const environment[] = {const_cast<char*>(home.c_str()), const_cast<char*>(state.c_str()), nullptr};
  cctl::bench::RunPaired(
      "Process/identity --json",
      [&] {
        RunProcess("bazel-bin/tools/claudectl/claudectl", {"relay", "identity", "--json"}, environment);
      },
      [&] { RunProcess("bazel-bin/benchmarks/static_hello", {}, environment); }, kAim);
  benchmark::RunSpecifiedBenchmarks();
  std::filesystem::remove_all(folder);
}
