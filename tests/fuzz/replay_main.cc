// SPDX-License-Identifier: MIT
//
// Runs a fuzz target once over every file named, and over every proper prefix of it: so the corpus is an ordinary test
// that needs no fuzzer.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// Longer files are replayed whole and at this many lengths, evenly spread.
constexpr std::size_t kPrefixes = 512;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "no corpus\n");
    return 1;
  }
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", argv[i]);
      return 1;
    }
    const std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(file)), {});
    const std::size_t step = bytes.size() / kPrefixes + 1;
    for (std::size_t size = 0; size < bytes.size(); size += step) {
      // A copy of the exact size: the address sanitizer then sees a read of one byte too many.
      const std::vector<std::uint8_t> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      LLVMFuzzerTestOneInput(prefix.data(), prefix.size());
    }
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("replayed %d files\n", argc - 1);
  return 0;
}
