// SPDX-License-Identifier: MIT
//
// How the two ends of a control connection prove to each other that they are one user's, where the connection is made
// over loopback TCP, which every user of the machine can reach: both have read a file that only this user can (docs/
// protocol.md, section 8). The relay writes a port and a token into it. The caller sends a nonce; the relay answers
// with a nonce of its own and an authentication code of both; the caller sends another. Neither says anything else
// before. Only bytes go in and out; cctl/node/control_endpoint.h has the sockets.

#ifndef CCTL_NODE_CONTROL_GATE_H_
#define CCTL_NODE_CONTROL_GATE_H_

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/crypto/hmac_sha256.h"
#include "cctl/crypto/sha256.h"

namespace cctl {

inline constexpr std::size_t kGateNonceSize = 32;
inline constexpr std::size_t kGateGreetingSize = kGateNonceSize + sizeof(Digest);  // the relay's nonce and code

using GateToken = Secret<32>;
using GateNonce = std::array<std::uint8_t, kGateNonceSize>;

// What the file says: "<port> <token as 64 lower-case hexadecimal digits>\n".
struct GateAddress {
  std::uint16_t port = 0;
  GateToken token;
};

inline constexpr std::size_t kMaxGateFile = 5 + 1 + 2 * GateToken::kSize + 1;

// To be wiped by the caller.
inline std::string FormatGateFile(const GateAddress& address) {
  std::string text;
  text.reserve(kMaxGateFile);
  text.append(std::to_string(address.port)).append(" ");
  const std::size_t digits = text.size();
  text.resize(digits + 2 * GateToken::kSize);
  EncodeHex(address.token.bytes(), text.data() + digits);
  return text.append("\n");
}

// Errors, part "control": kInvalid.
inline Result<GateAddress> ParseGateFile(std::string_view text) {
  const Error invalid = {Errc::kInvalid, 0, 0, "control"};
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos || text.size() != space + 1 + 2 * GateToken::kSize + 1 || text.back() != '\n') {
    return invalid;
  }
  GateAddress address;
  const char* const port_end = text.data() + space;
  const auto port = std::from_chars(text.data(), port_end, address.port);
  if (port.ec != std::errc() || port.ptr != port_end || address.port == 0) return invalid;
  const std::string_view digits = text.substr(space + 1, 2 * GateToken::kSize);
  if (!DecodeHex(digits, address.token.mutable_bytes(), "control")) return invalid;
  return address;
}

namespace detail {

// Each end's own, so that neither's code can be sent back to it.
inline constexpr std::string_view kGateRelay = "cctl-control-v1 relay\n";
inline constexpr std::string_view kGateCaller = "cctl-control-v1 caller\n";

inline Digest GateCode(const GateToken& token, std::string_view end, const GateNonce& callers,
                       const GateNonce& relays) {
  HmacSha256Stream code{HmacSha256Key(token.bytes())};
  code.Update(AsBytes(end));
  code.Update(callers);
  code.Update(relays);
  return code.Finish();
}

// Takes from `in` what `part` still lacks of its size; whether it is whole then.
template <std::size_t N>
bool Collect(ByteView& in, std::array<std::uint8_t, N>& part, std::size_t& size) {
  const std::size_t taken = (std::min)(N - size, in.size());
  std::copy_n(in.begin(), taken, part.begin() + static_cast<std::ptrdiff_t>(size));
  size += taken;
  in = in.subspan(taken);
  return size == N;
}

}  // namespace detail

enum class GateState : std::uint8_t {
  kWaiting,  // for more of the other end
  kGreeted,  // relay: the greeting() is to be sent, once; then as kWaiting
  kOpen,     // the other end has proved itself; what is left of the input is its
  kRefused,  // it has not: close the connection
};

// The relay's end of one connection.
class ControlGate {
 public:
  // `nonce`: random, for this connection alone.
  ControlGate(const GateToken& token, const GateNonce& nonce) : token_(token), nonce_(nonce) {}

  // Reads as far as it needs to, and moves `in` on. To be called again after kGreeted.
  GateState Receive(ByteView& in) {
    if (nonce_size_ < callers_nonce_.size()) {
      if (!detail::Collect(in, callers_nonce_, nonce_size_)) return GateState::kWaiting;
      return GateState::kGreeted;
    }
    if (!detail::Collect(in, code_, code_size_)) return GateState::kWaiting;
    const Digest wanted = detail::GateCode(token_, detail::kGateCaller, callers_nonce_, nonce_);
    return ConstantTimeEqual(wanted, code_) ? GateState::kOpen : GateState::kRefused;
  }

  [[nodiscard]] std::array<std::uint8_t, kGateGreetingSize> greeting() const {
    std::array<std::uint8_t, kGateGreetingSize> out;
    std::copy(nonce_.begin(), nonce_.end(), out.begin());
    const Digest code = detail::GateCode(token_, detail::kGateRelay, callers_nonce_, nonce_);
    std::copy(code.begin(), code.end(), out.begin() + kGateNonceSize);
    return out;
  }

 private:
  GateToken token_;
  GateNonce nonce_;
  GateNonce callers_nonce_ = {};
  std::size_t nonce_size_ = 0;
  Digest code_ = {};
  std::size_t code_size_ = 0;
};

// What a caller sends after the relay's greeting, having sent `nonce`; nothing where the greeting is not of whoever
// wrote the file.
inline std::optional<Digest> AnswerGate(const GateToken& token, const GateNonce& nonce,
                                        const std::array<std::uint8_t, kGateGreetingSize>& greeting) {
  GateNonce relays;
  std::copy_n(greeting.begin(), kGateNonceSize, relays.begin());
  const Digest wanted = detail::GateCode(token, detail::kGateRelay, nonce, relays);
  if (!ConstantTimeEqual(wanted, ByteView(greeting).subspan(kGateNonceSize))) return std::nullopt;
  return detail::GateCode(token, detail::kGateCaller, nonce, relays);
}

}  // namespace cctl

#endif  // CCTL_NODE_CONTROL_GATE_H_
