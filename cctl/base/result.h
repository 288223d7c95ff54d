// SPDX-License-Identifier: MIT
//
// Result<T>: a value or an Error, with the member names of C++23's std::expected. An Error allocates nothing, works in
// a constant expression and cannot hold a secret: it names the part that is wrong by a static word and says where. The
// upper floors make the sentence of it. There are no exceptions; reading the value of an error ends the program.
//
//   cctl::Result<int> port = ParsePort(text);
//   if (!port) return port.error();
//   Use(*port);

#ifndef CCTL_BASE_RESULT_H_
#define CCTL_BASE_RESULT_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "cctl/base/errc.h"

namespace cctl {

struct Error {
  Errc code = Errc::kInternal;
  std::uint32_t offset = 0;  // in bytes from the start of the input; 0 where there is none
  std::uint32_t value = 0;   // a limit, a line number or an errno, as the code says; 0 where there is none
  const char* part = "";     // a static word: "port", "host", "nonce"; never text from outside

  friend constexpr bool operator==(const Error& a, const Error& b) {
    return a.code == b.code && a.offset == b.offset && a.value == b.value &&
           std::string_view(a.part) == std::string_view(b.part);
  }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  constexpr Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor): as std::expected
  constexpr Result(Error error) : error_(error) {}         // NOLINT(google-explicit-constructor): `return error;`

  [[nodiscard]] constexpr bool has_value() const { return value_.has_value(); }
  constexpr explicit operator bool() const { return has_value(); }

  // The value. There must be one: otherwise the program ends here, in every build.
  constexpr T& value() & { return Checked(), *value_; }
  constexpr const T& value() const& { return Checked(), *value_; }
  constexpr T&& value() && { return Checked(), *std::move(value_); }
  constexpr T& operator*() & { return value(); }
  constexpr const T& operator*() const& { return value(); }
  constexpr T&& operator*() && { return std::move(*this).value(); }
  constexpr T* operator->() { return &value(); }
  constexpr const T* operator->() const { return &value(); }

  // The error; a default one where there is a value.
  [[nodiscard]] constexpr const Error& error() const { return error_; }

  template <typename U>
  constexpr T value_or(U&& other) const& {
    return has_value() ? *value_ : static_cast<T>(std::forward<U>(other));
  }

 private:
  constexpr void Checked() const {
    if (!value_.has_value()) __builtin_trap();
  }

  std::optional<T> value_;
  Error error_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  constexpr Result() = default;
  constexpr Result(Error error) : failed_(true), error_(error) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] constexpr bool has_value() const { return !failed_; }
  constexpr explicit operator bool() const { return has_value(); }
  [[nodiscard]] constexpr const Error& error() const { return error_; }

 private:
  bool failed_ = false;
  Error error_;
};

}  // namespace cctl

#endif  // CCTL_BASE_RESULT_H_
