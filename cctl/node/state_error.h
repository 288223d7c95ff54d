// SPDX-License-Identifier: MIT
//
// An error about a file of the state folder, with the file: Error::part is a static word and cannot name it.

#ifndef CCTL_NODE_STATE_ERROR_H_
#define CCTL_NODE_STATE_ERROR_H_

#include <cstring>
#include <string>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/node/outcome.h"

namespace cctl {

struct StateError {
  Error error;
  std::string path;
};

template <typename T>
using StateResult = Outcome<T, StateError>;

// What a command or a warning says of it: `io` where the disk is at fault, `already_running` where another process
// holds the lock, else `invalid`, with the file's path and never anything of its content.
inline Failure ToFailure(const StateError& state_error) {
  const Error& error = state_error.error;
  const auto system_text = [&error] {
    return error.value == 0 ? std::string("failed") : std::string(std::strerror(static_cast<int>(error.value)));
  };
  if (error.code == Errc::kAlreadyRunning) {
    std::string who = error.value == 0 ? "another process" : "process " + std::to_string(error.value);
    return {Errc::kAlreadyRunning, who + " holds " + state_error.path};
  }
  if (error.code == Errc::kIo || error.code == Errc::kNotFound) {
    return {Errc::kIo, state_error.path + ": " + error.part + ": " + system_text()};
  }
  std::string message = state_error.path + " is not as it should be (" + error.part + ": ";
  message.append(ErrcName(error.code)).append(" at byte ").append(std::to_string(error.offset)).append(")");
  return {Errc::kInvalid, message + "; it was left as it is"};
}

}  // namespace cctl

#endif  // CCTL_NODE_STATE_ERROR_H_
