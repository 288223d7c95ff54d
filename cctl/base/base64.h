// SPDX-License-Identifier: MIT
//
// Base64 (RFC 4648, section 4), with padding and without line breaks. Usable in a constant expression.

#ifndef CCTL_BASE_BASE64_H_
#define CCTL_BASE_BASE64_H_

#include <cstdint>
#include <string_view>

namespace cctl {

// Takes bytes piece by piece and appends their Base64 to anything with append(std::string_view), four characters at a
// time. Itself such a sink.
template <typename Sink>
class Base64Writer {
 public:
  constexpr explicit Base64Writer(Sink& out) : out_(out) {}

  constexpr void append(std::string_view bytes) {
    for (const char byte : bytes) {
      held_ = held_ << 8 | static_cast<unsigned char>(byte);
      if (++held_bytes_ == 3) Flush();
    }
  }

  // Writes what is left, with padding. Then begins anew.
  constexpr void Finish() {
    if (held_bytes_ > 0) Flush();
  }

 private:
  constexpr void Flush() {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    held_ <<= 8 * (3 - held_bytes_);
    char digits[4] = {'=', '=', '=', '='};
    for (int i = 0; i <= held_bytes_; ++i) digits[i] = kAlphabet[held_ >> (18 - 6 * i) & 63];
    out_.append(std::string_view(digits, sizeof digits));
    held_ = 0;
    held_bytes_ = 0;
  }

  Sink& out_;
  std::uint32_t held_ = 0;
  int held_bytes_ = 0;
};

}  // namespace cctl

#endif  // CCTL_BASE_BASE64_H_
