// SPDX-License-Identifier: MIT
//
// What the fuzz targets of the handshake machines share: the two ends, and lines that are right but for some bytes.

#ifndef CCTL_TESTS_FUZZ_HANDSHAKE_PROGRAM_H_
#define CCTL_TESTS_FUZZ_HANDSHAKE_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/psk.h"
#include "tests/fuzz/program.h"

namespace cctl::testing {

inline const Identity kListener = *Identity::Parse("alpha");
inline const Identity kConnector = *Identity::Parse("beta");
inline const Nonce kChallenge = *Nonce::Parse("5610a8506b7cbad460c722fe0880e0a69db7d45f9d39aab4dd5ce15760767489");
inline const Nonce kClientNonce = *Nonce::Parse("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
inline constexpr std::uint8_t kTag[] = {1, 2, 3, 4};
inline constexpr UnixTime kDate{1'795'422'026'237};

inline Psk KeyOf(std::uint8_t fill) {
  Psk key;
  for (std::uint8_t& byte : key.mutable_bytes()) byte = fill;
  return key;
}

inline const Psk kKey = KeyOf(7);

// `right` with up to three of its bytes replaced, or a line of the input's own.
inline std::string Line(Program& in, const std::string& right) {
  const std::uint8_t how = in.Byte();
  if (how == 0xff) return std::string(in.Text(in.Byte()));
  std::string line = right;
  for (unsigned i = 0; i < how % 4u; ++i) {
    const std::size_t at = (std::size_t{in.Byte()} << 8 | in.Byte()) % line.size();
    line[at] = static_cast<char>(in.Byte());
  }
  return line;
}

// After each step: an end is for good, and until then there is a time limit. `ended`: how it ended, once it has.
template <typename Machine, typename State>
void CheckEnd(const Machine& machine, std::optional<State>& ended) {
  const State state = machine.state();
  if (ended) Require(state == *ended);
  if (state == State::kAuthenticated || state == State::kFailed) ended = state;
  Require(machine.PollTimeout().has_value() == !ended.has_value());
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_FUZZ_HANDSHAKE_PROGRAM_H_
