// SPDX-License-Identifier: MIT
//
// Outcome<T, E>: a value or an error that carries text, for the floors that speak to people. Result<T> (base/result.h)
// names a part by a static word; here an error says which file, or has the sentence and the hint that a command prints.
// Same member names as Result; reading the value of a failure ends the program.
//
//   cctl::Outcome<Psk> key = ...;
//   if (!key) return key.error();  // a Failure

#ifndef CCTL_NODE_OUTCOME_H_
#define CCTL_NODE_OUTCOME_H_

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/profile.h"

namespace cctl {

// What a command says when it cannot do its work: `error.code`, `error.message` and `error.hint` of `--json`.
// All three are ours: text from outside is made printable before it is put into a message.
struct Failure {
  Errc code = Errc::kInternal;
  std::string message;
  std::string hint = {};  // the command to run next; empty: there is none
};

// What a user is told to type, for a Failure's hint: "claudectl relay forget desk-1".
inline std::string CommandHint(const Profile& profile, std::string_view words) {
  return std::string(profile.command).append(" ").append(words);
}

template <typename T, typename E = Failure>
class [[nodiscard]] Outcome {
 public:
  using value_type = T;
  using error_type = E;

  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Outcome(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return Checked(), *std::get_if<0>(&state_); }
  const T& value() const& { return Checked(), *std::get_if<0>(&state_); }
  T&& value() && { return Checked(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // The error. There must be one.
  [[nodiscard]] const E& error() const {
    if (has_value()) __builtin_trap();
    return *std::get_if<1>(&state_);
  }

 private:
  void Checked() const {
    if (!has_value()) __builtin_trap();
  }

  std::variant<T, E> state_;
};

// Success without a value: Outcome<Done>.
struct Done {};

}  // namespace cctl

#endif  // CCTL_NODE_OUTCOME_H_
