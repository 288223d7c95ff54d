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
#include <new>
#include <string_view>
#include <type_traits>
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

namespace detail {

// A value or none: what Result needs of std::optional, which takes a compiler five times as long for each type that it
// holds. This one is for types that are copied as bytes; it is copied so, too, and may be in a constant expression.
template <typename T, bool kIsBytes = std::is_trivially_copyable_v<T>>
class ResultSlot {
 public:
  constexpr ResultSlot() : none_(), holds_(false) {}
  constexpr explicit ResultSlot(T value) : value_(std::move(value)), holds_(true) {}

  [[nodiscard]] constexpr bool holds() const { return holds_; }
  constexpr T& value() { return value_; }
  constexpr const T& value() const { return value_; }

 private:
  union {
    char none_;
    T value_;
  };
  bool holds_;
};

// For the others. A copy that throws leaves the slot that was assigned to empty.
template <typename T>
class ResultSlot<T, false> {
 public:
  ResultSlot() : none_(), holds_(false) {}
  explicit ResultSlot(T value) : value_(std::move(value)), holds_(true) {}
  ResultSlot(const ResultSlot& other) requires std::is_copy_constructible_v<T> : none_(), holds_(false) {
    if (other.holds_) Hold(other.value_);
  }
  ResultSlot(ResultSlot&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : none_(), holds_(false) {
    if (other.holds_) Hold(std::move(other.value_));
  }
  ResultSlot& operator=(const ResultSlot& other) requires std::is_copy_constructible_v<T> {
    if (this == &other) return *this;
    Clear();
    if (other.holds_) Hold(other.value_);
    return *this;
  }
  ResultSlot& operator=(ResultSlot&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    if (this == &other) return *this;
    Clear();
    if (other.holds_) Hold(std::move(other.value_));
    return *this;
  }
  ~ResultSlot() { Clear(); }

  [[nodiscard]] bool holds() const { return holds_; }
  T& value() { return value_; }
  const T& value() const { return value_; }

 private:
  template <typename U>
  void Hold(U&& value) {
    ::new (static_cast<void*>(__builtin_addressof(value_))) T(std::forward<U>(value));
    holds_ = true;
  }
  void Clear() {
    if (!holds_) return;
    holds_ = false;
    value_.~T();
  }

  union {
    char none_;
    T value_;
  };
  bool holds_;
};

}  // namespace detail

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  constexpr Result(T value) : slot_(std::move(value)) {}  // NOLINT(google-explicit-constructor): as std::expected
  constexpr Result(Error error) : error_(error) {}        // NOLINT(google-explicit-constructor): `return error;`

  [[nodiscard]] constexpr bool has_value() const { return slot_.holds(); }
  constexpr explicit operator bool() const { return has_value(); }

  // The value. There must be one: otherwise the program ends here, in every build.
  constexpr T& value() & { return Checked(), slot_.value(); }
  constexpr const T& value() const& { return Checked(), slot_.value(); }
  constexpr T&& value() && { return Checked(), std::move(slot_.value()); }
  constexpr T& operator*() & { return value(); }
  constexpr const T& operator*() const& { return value(); }
  constexpr T&& operator*() && { return std::move(*this).value(); }
  constexpr T* operator->() { return &value(); }
  constexpr const T* operator->() const { return &value(); }

  // The error; a default one where there is a value.
  [[nodiscard]] constexpr const Error& error() const { return error_; }

  template <typename U>
  constexpr T value_or(U&& other) const& {
    return has_value() ? slot_.value() : static_cast<T>(std::forward<U>(other));
  }

 private:
  constexpr void Checked() const {
    if (!has_value()) __builtin_trap();
  }

  detail::ResultSlot<T> slot_;
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
