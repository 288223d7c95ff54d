// SPDX-License-Identifier: MIT
//
// Any bytes as a stream that arrives in pieces. The first byte is the limit, the second decides the pieces; the lines
// and the error are those of splitting the whole stream, and never is more held than the limit.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/wire/line_reader.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::vector<std::string> lines;
  bool too_long = false;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// All of the stream at once, split at newlines.
Outcome Split(std::string_view stream, std::size_t limit) {
  Outcome outcome;
  for (;;) {
    const std::size_t end = stream.find('\n');
    const std::string_view line = stream.substr(0, end);
    outcome.too_long = line.size() > limit;
    if (outcome.too_long || end == std::string_view::npos) return outcome;
    stream.remove_prefix(end + 1);
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) continue;
    outcome.lines.emplace_back(line.substr(first, line.find_last_not_of(" \t\r") + 1 - first));
  }
}

Outcome Feed(std::string_view stream, std::size_t limit, unsigned seed) {
  Outcome outcome;
  cctl::LineReader reader(limit);
  while (!stream.empty()) {
    seed = seed * 1'103'515'245 + 12'345;
    const std::string received(stream.substr(0, 1 + (seed >> 16) % 40));
    stream.remove_prefix(received.size());
    std::string_view in = received;
    for (;;) {
      const auto line = reader.Next(in);
      Check(reader.held() <= limit);
      if (!line) {
        Check(line.error().code == cctl::Errc::kTooLong && !reader.Next(in));
        outcome.too_long = true;
        return outcome;
      }
      if (!*line) break;
      outcome.lines.emplace_back(**line);
    }
    Check(in.empty());
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
  Check(Feed(stream, data[0], data[1]) == Split(stream, data[0]));
  return 0;
}
