// SPDX-License-Identifier: MIT
//
// Any bytes as one JSON text: the same verdict and the same values as nlohmann/json (tests/wire/json_oracle.h).

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/wire/json_oracle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string difference = cctl::testing::DifferenceFromOracle(text);
  if (difference.empty()) return 0;
  std::fprintf(stderr, "differs: %s\n", difference.c_str());
  std::abort();
}
