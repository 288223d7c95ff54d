// SPDX-License-Identifier: MIT
//
// A fuzzer's input as a program for a state machine: bytes that choose what is done next, and to whom.

#ifndef CCTL_TESTS_FUZZ_PROGRAM_H_
#define CCTL_TESTS_FUZZ_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/time.h"

namespace cctl::testing {

// Ends the process where a machine does what it must not.
inline void Require(bool holds) {
  if (!holds) __builtin_trap();
}

class Program {
 public:
  Program(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  // The next byte; 0 where there is none.
  std::uint8_t Byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  unsigned Below(unsigned bound) { return Byte() % bound; }
  bool Bit() { return (Byte() & 1) != 0; }

  std::string_view Text(std::size_t size) {
    const ByteView text = rest_.first(size < rest_.size() ? size : rest_.size());
    rest_ = rest_.subspan(text.size());
    return AsText(text);
  }

  // From nothing to about four minutes.
  Duration Pause() {
    const std::int64_t byte = Byte();
    return Milliseconds(byte * byte * byte / 64);
  }

 private:
  ByteView rest_;
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_FUZZ_PROGRAM_H_
